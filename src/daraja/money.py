"""Amounts: whole Kenyan shillings within Safaricom's limits."""

from decimal import Decimal
from typing import Final

__all__ = ["MAX_AMOUNT", "whole_shillings"]

MAX_AMOUNT: Final = 250_000
"""The most that M-Pesa moves in one payment, in KES (Daraja FAQ; it was 70,000 and 150,000 in earlier years)."""

_LIKE_A_PHONE: Final = 9
"""Digits from which on an amount may be a customer's number in the wrong place, and is not shown."""


def whole_shillings(value: int | Decimal, /, *, maximum: int = MAX_AMOUNT) -> int:
    """Check an amount and make it an ``int``; nothing is ever rounded or cut.

    >>> whole_shillings(Decimal("500.00"))
    500

    Args:
        value: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to *maximum*.
        maximum: The highest amount allowed, in KES.

    Returns:
        The same amount as an ``int``.

    Raises:
        ValueError: If it is a float, a bool, text, a fraction, not a number, or outside the limits.

    Source:
        Daraja, MpesaExpressSimulate (Amount) and FAQ (limits).
    """
    whole = _whole(value)
    if whole is None:
        shown = repr(value)[:40]
        shown = shown if sum(map(str.isdigit, shown)) < _LIKE_A_PHONE else f"this {type(value).__name__}"
        message = f"{shown} is not a whole amount; give whole shillings as an int or a Decimal, for example 500"
        raise ValueError(message)
    if not 1 <= whole <= maximum:
        shown = f"{whole:,}" if abs(whole) < 10 ** (_LIKE_A_PHONE - 1) else "this number"
        message = f"{shown} is outside the limits; M-Pesa takes 1 to {maximum:,} KES in one payment"
        raise ValueError(message)
    return whole


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < len(str(MAX_AMOUNT)) * 2:
        whole = int(value)
        return whole if whole == value else None
    return None
