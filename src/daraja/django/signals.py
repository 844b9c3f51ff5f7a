"""Signals about payments, payouts and receipts, sent once the change is committed.

Receivers get ``payment`` and ``before``, both ``daraja.Payment``; ``payout`` and ``before``, both ``daraja.Payout``; or
``receipt`` and ``before``, both ``daraja.Receipt``. A receiver that fails is logged and stops nothing. For work that
must not be lost there are ``ON_SUCCESS`` and ``AFTER_SUCCESS``, ``ON_PAID`` and ``AFTER_PAID``, ``ON_RECEIVED`` and
``AFTER_RECEIVED``: a process that ends at the wrong moment sends no signal.
"""

from typing import Final

from django.dispatch import Signal

__all__ = [
    "payment_changed",
    "payment_succeeded",
    "payout_changed",
    "payout_paid",
    "receipt_changed",
    "receipt_received",
]

payment_changed: Final = Signal()
"""A payment has changed in any way."""

payment_succeeded: Final = Signal()
"""A payment has become a success. It is sent once for each payment."""

payout_changed: Final = Signal()
"""A payout has changed in any way."""

payout_paid: Final = Signal()
"""A payout was paid. It is sent once for each payout."""

receipt_changed: Final = Signal()
"""A receipt has changed in any way."""

receipt_received: Final = Signal()
"""Money that a customer paid by themselves counts. It is sent once for each receipt."""
