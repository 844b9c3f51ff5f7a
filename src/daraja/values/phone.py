"""Kenyan mobile numbers: one form for Daraja, and a mask for people."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from daraja.values.pasted import without_invisible
from daraja.values.secret import hide_locals

__all__ = [
    "MaskedText",
    "mask_numbers",
    "mask_phone",
    "mask_runs",
    "masks_differ",
    "normalise_phone",
    "personal_id",
    "written_forms",
]

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
_SHOWN: Final = re.compile(r"(254[0-9]{9}|254[0-9]{0,8}(?=[*xX]))(?:[*xX]+([0-9]*))?")
"""A whole number, or the beginning of one and its end where the middle is masked."""
_ENOUGH_TO_SHOW: Final = 40
_FIRST_SHOWN: Final = 4
_LAST_SHOWN: Final = 3
_HIDDEN: Final = 5


class MaskedText(str):
    """Text that holds a customer's number: whole for the program, masked in every repr.

    >>> MaskedText("254712345678")
    '2547*****678'
    >>> str(MaskedText("254712345678"))
    '254712345678'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(mask_numbers(self))


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
    return MaskedText(text) if _HOLDS_A_NUMBER.search(text) else text


def mask_runs(text: str, /) -> str:
    """Hide only what stands as nine digits or more in a row: codes such as ``500.001.1001`` stay.

    >>> mask_runs("500.001.1001 for 254712345678")
    '500.001.1001 for 2547*****678'
    """
    return _RUN.sub(lambda found: "".join(_masked(found[0])), text)


def masks_differ(shown: str, phone: str, /) -> bool:
    """Tell whether a number that M-Pesa has masked is surely not *phone*. A hash is never sure.

    >>> masks_differ("2547 ***** 126", "254712345678"), masks_differ("2547 ***** 678", "254712345678")
    (True, False)

    Args:
        shown: The number as M-Pesa shows it: plain, or with ``*`` or ``x`` for some of its digits.
        phone: A number in the form ``2547XXXXXXXX``.
    """
    digits = _SEPARATORS.sub("", shown).removeprefix("+")
    found = _SHOWN.fullmatch(digits)
    if found is None:
        return False
    first, last = found.groups()
    return phone != first if last is None else not (phone.startswith(first) and phone.endswith(last))


@hide_locals
def normalise_phone(number: str, /) -> str:
    """Return a Kenyan mobile number in the form that Daraja takes.

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
        message = f"a phone number is text, not {type(number).__name__}; {way_out}"
        raise ValueError(message)
    text = number if number.isascii() else without_invisible(number)
    text = _SEPARATORS.sub("", _CLINGING.sub("", text.strip()))
    if found := _MOBILE.fullmatch(text):
        return MaskedText("254" + found[1])
    shown = mask_phone(number)
    message = (
        f"{shown!r} is not a Kenyan mobile number: {_what_is_wrong(text)}; write it like 07XXXXXXXX, 01XXXXXXXX or "
        "+2547XXXXXXXX, with spaces, dashes or brackets if you like"
    )
    raise ValueError(message)


def written_forms(number: str, /) -> re.Pattern[str]:
    """Match a normalised number in a text, however a person or a program wrote it there.

    >>> written_forms("254712345678").sub("...", "call (0712) 345-678, not 0799 000 000")
    'call (..., not 0799 000 000'

    Args:
        number: As ``normalise_phone`` returns it.
    """
    between = rf"{_SEPARATOR}{{0,3}}"
    national = between.join(number[-_NATIONAL:])
    return re.compile(rf"(?:(?:\+|00)?254{between})?(?:0{between})?{national}")


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
        return f"{_NATIONAL} digits must follow 0 or 254, and it has {len(national)}"
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
