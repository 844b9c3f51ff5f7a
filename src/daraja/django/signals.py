"""Signals about payments, sent once what they tell of is committed.

Receivers get ``payment`` and ``before``, both ``daraja.Payment``. A receiver that fails is logged and stops nothing.
For work that must not be lost there are ``ON_SUCCESS`` and ``AFTER_SUCCESS``: a process that ends at the wrong moment
sends no signal.
"""

from typing import Final

from django.dispatch import Signal

__all__ = ["payment_changed", "payment_succeeded"]

payment_changed: Final = Signal()
"""A payment has changed in any way."""

payment_succeeded: Final = Signal()
"""A payment has become a success. It is sent once for each payment."""
