"""Kenyan mobile numbers: one form for Daraja, and a mask for people."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Final, TypeVar, cast

from daraja.privacy import hide_locals
from daraja.values.pasted import without_invisible

__all__ = [
    "Personal",
    "Unshown",
    "hide",
    "mask_numbers",
    "mask_phone",
    "mask_runs",
    "normalise_phone",
    "personal_id",
    "type_name",
]

Value = TypeVar("Value")

_SEPARATOR: Final = r"[\s().\-\u2010-\u2015]"
_SEPARATORS: Final = re.compile(_SEPARATOR)
_MOBILE: Final = re.compile(r"(?:(?:\+|00)?254)?0?([17][0-9]{8})")
_CLINGING: Final = re.compile(r"^(?:['\u2019]|tel:)+|\.0{1,2}$", re.IGNORECASE)
"""Spreadsheets put an apostrophe before text and decimals behind a number; links begin with ``tel:``."""
_SHORTENED: Final = re.compile(r"[0-9][0-9.,]*E\+?[0-9]+", re.IGNORECASE)
"""A long number as a spreadsheet shows it: 2.54713E+11."""
_NATIONAL: Final = 9
"""Digits after 254."""
# A CheckoutRequestID begins with a date and a time, which may be shown; the phone number follows without a separator.
_NUMBER: Final = re.compile(rf"(ws_CO_[0-3][0-9][01][0-9]20[0-9]{{8}})?(\d(?:{_SEPARATOR}{{0,3}}\d){{8,}})")
# The id of a push, an id that is a number and nothing else, or one with a number in it that can be nothing else.
_HOLDS_A_NUMBER: Final = re.compile(
    r"ws_CO_|\A[\s+().\d]+\Z|(?<![0-9A-Za-z])(?:\+?254|0)[17][0-9]{8}(?![0-9A-Za-z])", re.IGNORECASE
)
_RUN: Final = re.compile(r"\d{9,}")
_LIKE_A_PHONE: Final = 9
"""A number with so many digits may be a phone number, and is masked."""
_ENOUGH_TO_SHOW: Final = 40
_FIRST_SHOWN: Final = 4
_LAST_SHOWN: Final = 3
_HIDDEN: Final = 5


class Personal(str):
    """Text that holds a customer's number: whole for the program, masked in every repr.

    >>> Personal("254712345678")
    '2547*****678'
    >>> str(Personal("254712345678"))
    '254712345678'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(mask_numbers(self))


class Unshown:
    """Stands for something of a wrong type, which may be a customer's number, and says no more than its type.

    Args:
        value: What is not to be shown.
    """

    __slots__ = ("type_name",)

    def __init__(self, value: object, /) -> None:
        self.type_name: Final = type(value).__name__

    def __repr__(self) -> str:
        return f"this {self.type_name}"


def hide(value: Value, /) -> Value:
    """Give text with a masked repr, and whatever else may be a phone number as ``Unshown``, for a check to refuse."""
    if isinstance(value, str):
        return cast("Value", Personal(value))
    if value is None or isinstance(value, Unshown) or _is_small(value):
        return value
    return cast("Value", Unshown(value))


def type_name(value: object, /) -> str:
    """Give the name of the type of *value*, also where it is not shown."""
    if isinstance(value, Unshown):
        return value.type_name
    return "str" if isinstance(value, str) else type(value).__name__


def _is_small(value: object) -> bool:
    if isinstance(value, Decimal) and not value.is_finite():
        return True
    return isinstance(value, int | float | Decimal) and not abs(value) >= 10 ** (_LIKE_A_PHONE - 1)


def mask_phone(number: str, /) -> str:
    """Hide the middle of a phone number, well-formed or not, so that it can be shown and logged.

    >>> mask_phone("0712 345 678")
    '07** *** 678'

    Args:
        number: Any text that is meant as one phone number; letters and signs in it stay. Whatever is no text is
            masked as it prints, so that masking never fails.

    Returns:
        At most 40 characters of the text, with ``*`` for every digit but the last three and those before the last
        eight, of which four at most are shown.
    """
    return "".join(islice(_masked(str(number)), _ENOUGH_TO_SHOW))


def mask_numbers(text: str, /) -> str:
    """Hide every number of nine digits or more in *text*, as a CheckoutRequestID or a message may hold one.

    >>> mask_numbers("ws_CO_17082026142826127708374149")
    'ws_CO_170820261428261277*****149'
    """
    return _NUMBER.sub(lambda found: (found[1] or "") + "".join(_masked(found[2])), text)


def personal_id(text: str, /) -> str:
    """Give an id as it is, unless it can hold a customer's number: then it is masked in reprs.

    >>> personal_id("19072-295731-1"), personal_id("ws_CO_17082026142826127708374149")
    ('19072-295731-1', 'ws_CO_170820261428261277*****149')
    """
    return Personal(text) if _HOLDS_A_NUMBER.search(text) else text


def mask_runs(text: str, /) -> str:
    """Hide only what stands as nine digits or more in a row: codes such as ``500.001.1001`` stay.

    >>> mask_runs("500.001.1001 for 254712345678")
    '500.001.1001 for 2547*****678'
    """
    return _RUN.sub(lambda found: "".join(_masked(found[0])), text)


@hide_locals
def normalise_phone(number: str, /) -> str:
    """Bring a Kenyan mobile number into the one form that Daraja takes.

    >>> str(normalise_phone("+254 712-345678"))
    '254712345678'

    Args:
        number: ``07...``, ``01...``, ``7...``, ``1...``, ``254...``, ``+254...`` or ``00254...``, in ASCII digits; a 0
            may stand after 254. Spaces, dashes, dots and brackets are allowed between them. Marks that cannot be seen
            are left out, and so are ``tel:`` and what spreadsheets add: an apostrophe before, ``.0`` behind.

    Returns:
        ``254``, then 7 or 1, then eight digits, as text that is masked in its repr.

    Raises:
        ValueError: If it is anything else. The message shows the number masked and says what is wrong with it; ask for
            another one.

    Source:
        Daraja, MpesaExpressSimulate (PartyA, PhoneNumber).
    """
    if not isinstance(number, str):
        way_out = "write it in quotes, like '07XXXXXXXX'" if isinstance(number, int | float) else "give str(number)"
        message = f"a phone number is text, not {type_name(number)}; {way_out}"
        raise ValueError(message)
    text = _SEPARATORS.sub("", _CLINGING.sub("", without_invisible(number).strip()))
    if found := _MOBILE.fullmatch(text):
        return Personal("254" + found[1])
    shown = mask_phone(number)
    message = (
        f"{shown!r} is not a Kenyan mobile number: {_what_is_wrong(text)}; write it like 07XXXXXXXX, 01XXXXXXXX or "
        "+2547XXXXXXXX, with spaces, dashes or brackets if you like"
    )
    raise ValueError(message)


def _what_is_wrong(text: str) -> str:
    """Say why *text*, without separators, is no mobile number."""
    if not text:
        return "it is blank"
    if _SHORTENED.fullmatch(text):
        return "a spreadsheet shortened it; give the cell the format text and enter the number again"
    strange = next((character for character in text.removeprefix("+") if character not in "0123456789"), None)
    if strange is not None:
        return f"it has {strange!r} in it"
    if text.startswith(("+", "00")) and not text.startswith(("+254", "00254")):
        return "after + or 00 comes 254 in Kenya"
    national = text.removeprefix("+").removeprefix("00").removeprefix("254").removeprefix("0")
    if len(national) != _NATIONAL:
        return f"it has {len(national)} digits after 0 or 254, where {_NATIONAL} belong"
    return "after 0 or 254 comes 7 or 1"


def _masked(number: str) -> Iterator[str]:
    last = sum(character.isdigit() for character in number) - _LAST_SHOWN
    first = min(last - _HIDDEN, _FIRST_SHOWN)
    passed = 0
    for character in number:
        if character.isdigit():
            yield "*" if first <= passed < last else character
            passed += 1
        else:
            yield character
