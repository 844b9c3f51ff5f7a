"""Amounts: whole Kenyan shillings within Safaricom's limits."""

from decimal import Decimal
from typing import Final

from daraja.values.phone import Unshown, hide, mask_runs, type_name

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
    value = hide(value)
    if not _is_number(value):
        message = f"{value!r:.40} is of type {type_name(value)}; give whole shillings as an int or a Decimal"
        raise ValueError(message)
    if isinstance(value, Decimal) and not _is_whole(value):
        shown = mask_runs(str(value))[:40]
        message = f"{shown} is not whole; give whole shillings, for example 500, since M-Pesa moves no cents"
        raise ValueError(message)
    if isinstance(value, Unshown) or not 1 <= value <= (_ENORMOUS if maximum is None else maximum):
        shown = f"{value:,}" if isinstance(value, int) else str(value)
        message = f"{shown} is outside the limits; M-Pesa takes 1 to {maximum or MAX_AMOUNT:,} KES in one payment"
        raise ValueError(message)
    return int(value)


def _is_number(value: object) -> bool:
    if isinstance(value, Unshown):
        return value.type_name in {"int", "Decimal"}
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()
