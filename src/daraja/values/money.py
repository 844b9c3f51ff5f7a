"""Amounts: whole Kenyan shillings within Safaricom's limits."""

from decimal import Decimal
from typing import Final

from daraja.values.phone import mask_numbers

__all__ = ["MAX_AMOUNT", "whole_shillings"]

MAX_AMOUNT: Final = 250_000
"""The most that M-Pesa moves in one payment, in KES (Daraja FAQ; it was 70,000 and 150,000 in earlier years)."""

_ENORMOUS: Final = 99_999_999
"""A number with more digits is no amount; it may be a phone number."""


def whole_shillings(value: int | Decimal, /, *, maximum: int | None = MAX_AMOUNT) -> int:
    """Check an amount and make it an ``int``; nothing is ever rounded or cut.

    >>> whole_shillings(Decimal("500.00"))
    500

    Args:
        value: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to *maximum*.
        maximum: The highest amount allowed, in KES; None if the caller checks it later.

    Returns:
        The same amount as an ``int``.

    Raises:
        ValueError: If it is a float, a bool, text, a fraction, not a number, or outside the limits.

    Source:
        Daraja, MpesaExpressSimulate (Amount) and FAQ (limits).
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        message = f"{_shown(value)} is of type {type(value).__name__}; give whole shillings as an int or a Decimal"
        raise ValueError(message)
    if isinstance(value, Decimal) and not _is_whole(value):
        message = f"{_shown(value)} is not whole; give whole shillings, for example 500, since M-Pesa moves no cents"
        raise ValueError(message)
    if not 1 <= value <= (_ENORMOUS if maximum is None else maximum):
        limit = MAX_AMOUNT if maximum is None else maximum
        message = f"{_shown(value)} is outside the limits; M-Pesa takes 1 to {limit:,} KES in one payment"
        raise ValueError(message)
    return int(value)


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()


def _shown(value: object) -> str:
    """Write a wrong amount for an error. A number with nine digits or more may be a phone number, and is masked."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _ENORMOUS:
        return f"{value:,}"
    if isinstance(value, int):
        return "this"
    return mask_numbers(str(value) if isinstance(value, Decimal) else repr(value))[:40]
