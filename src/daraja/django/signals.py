"""Signals about payments and payouts, sent once what they tell of is committed.

Receivers get ``payment`` and ``before``, both ``daraja.Payment``; or ``payout`` and ``before``, both ``daraja.Payout``.
A receiver that fails is logged and stops nothing. For work that must not be lost there are ``ON_SUCCESS`` and
``AFTER_SUCCESS``, ``ON_PAID`` and ``AFTER_PAID``: a process that ends at the wrong moment sends no signal.
"""

from typing import Final

from django.dispatch import Signal

__all__ = ["payment_changed", "payment_succeeded", "payout_changed", "payout_paid"]

payment_changed: Final = Signal()
"""A payment has changed in any way."""

payment_succeeded: Final = Signal()
"""A payment has become a success. It is sent once for each payment."""

payout_changed: Final = Signal()
"""A payout has changed in any way."""

payout_paid: Final = Signal()
"""A payout was paid. It is sent once for each payout."""
