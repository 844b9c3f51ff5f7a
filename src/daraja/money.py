"""Totals with cents, or in other currencies, as the whole shillings that M-Pesa moves."""

import decimal
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

from daraja.errors import InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.values.secret import hide_locals

__all__ = ["to_shillings"]

_MOST: Final = 99_999_999
"""More than any order costs. M-Pesa's own limit for one payment is far lower, and ``charge`` checks it."""
_ROUNDINGS: Final = frozenset(value for name, value in vars(decimal).items() if name.startswith("ROUND_"))


@hide_locals
def to_shillings(amount: int | Decimal, /, *, rate: int | Decimal = 1, rounding: str = ROUND_HALF_UP) -> int:
    """Turn a total into whole KES. Do it once, when the order is made, and store the rate and the result with it.

    >>> from decimal import Decimal, ROUND_UP
    >>> to_shillings(Decimal("499.50"))
    500
    >>> to_shillings(Decimal("12.99"), rate=Decimal("129.35"))  # a total in USD
    1680
    >>> to_shillings(Decimal("499.10"), rounding=ROUND_UP)
    500

    Args:
        amount: The total, in any currency: more than 0. A float is refused, because ``0.1 + 0.2`` is not ``0.3``.
        rate: How many KES one unit of that currency costs: more than 0.
        rounding: How a fraction of a shilling is rounded, one of the ``ROUND_...`` constants of ``decimal``. By
            default half a shilling is rounded up.

    Returns:
        Whole KES, from 1 to 99,999,999.

    Raises:
        InvalidInput: If an argument is wrong, or the result is outside the limits.
    """
    checked = {
        "amount": value_or_fault(_positive, amount),
        "rate": value_or_fault(_positive, rate),
        "rounding": value_or_fault(_rounding, rounding),
    }
    raise_faults(checked)
    with localcontext(prec=100):
        shillings = int((Decimal(amount) * Decimal(rate)).to_integral_value(rounding))
    if not 1 <= shillings <= _MOST:
        raise InvalidInput({"amount": f"comes to {shillings:,} KES; give a total that comes to 1 to {_MOST:,} KES"})
    return shillings


def _positive(value: int | Decimal) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"is of type {type(value).__name__}; give an int or a Decimal, such as Decimal('12.99')")
    if not (isinstance(value, int) or value.is_finite()) or not 0 < value <= _MOST:
        raise ValueError(f"must be a number above 0, and at most {_MOST:,}")
    return value


def _rounding(value: str) -> str:
    if value not in _ROUNDINGS:
        raise ValueError("is not a rounding; give one of the constants of decimal, such as decimal.ROUND_UP")
    return value
