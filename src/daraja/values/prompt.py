"""The parts of a customer's prompt: the phone, the amount, the account reference and the description."""

import hashlib
import re
from base64 import b32encode
from decimal import Decimal
from typing import Final

from daraja.values.pasted import without_invisible
from daraja.values.secret import SEPARATOR, MaskedText, hide_locals, mask_numbers, mask_phone

MAX_AMOUNT: Final = 250_000
"""The most that M-Pesa moves in one payment, in KES (Daraja FAQ; it was 70,000 and 150,000 in earlier years)."""

_ENORMOUS: Final = 99_999_999
"""A number with more digits is no amount; it may be a phone number."""
_SEPARATORS: Final = re.compile(SEPARATOR)
_MOBILE: Final = re.compile(r"(?:(?:\+|00)?254)?0?([17][0-9]{8})")
_CLINGING: Final = re.compile(r"^(?:['\u2019]|tel:)+|\.0{1,2}$", re.IGNORECASE)
"""Spreadsheets put an apostrophe before text and decimals behind a number; links begin with ``tel:``."""
_SHORTENED: Final = re.compile(r"[0-9][0-9.,]*E\+?[0-9]+", re.IGNORECASE)
"""A long number as a spreadsheet shows it: 2.54713E+11."""
_SHOWN: Final = re.compile(r"(254[0-9]{9}|254[0-9]{0,8}(?=[*xX]))(?:[*xX]+([0-9]*))?")
"""A whole number, or the beginning of one and its end if the middle is masked."""
_NATIONAL: Final = 9
"""Digits after 254."""
# What Daraja documents. It was seen to accept 17 and 27 characters, but of a longer reference it is reported that no
# phone showed the prompt: a push that nobody sees is worse than one that is refused.
_LONGEST_REFERENCE: Final = 12
_LONGEST_DESCRIPTION: Final = 13
_NO_BREAK_SPACE: Final = "\u00a0"
_ALLOWED: Final = re.compile(r"[A-Za-z0-9 \-_./]+")


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
        raise ValueError(f"a phone number is text, not {type(number).__name__}; {way_out}")
    text = number if number.isascii() else without_invisible(number)
    text = _SEPARATORS.sub("", _CLINGING.sub("", text.strip()))
    if found := _MOBILE.fullmatch(text):
        return MaskedText("254" + found[1])
    shown = mask_phone(number)
    raise ValueError(
        f"{shown!r} is not a Kenyan mobile number: {_what_is_wrong(text)}; write it like 07XXXXXXXX, 01XXXXXXXX or "
        "+2547XXXXXXXX, with spaces, dashes or brackets if you like"
    )


def written_forms(number: str, /) -> re.Pattern[str]:
    """Match a normalised number in a text, however a person or a program wrote it there.

    >>> written_forms("254712345678").sub("...", "call (0712) 345-678, not 0799 000 000")
    'call (..., not 0799 000 000'

    Args:
        number: As ``normalise_phone`` returns it.
    """
    between = rf"{SEPARATOR}{{0,3}}"
    national = between.join(number[-_NATIONAL:])
    return re.compile(rf"(?:(?:\+|00)?254{between})?(?:0{between})?{national}")


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
        raise ValueError(f"{_shown(value)} is outside the limits; {_limits(maximum, is_small=value < 1)}")
    return int(value)


def _limits(maximum: int | None, *, is_small: bool) -> str:
    if maximum is not None:
        return f"M-Pesa takes 1 to {maximum:,} KES in one payment"
    # The highest amount differs from product to product, and is checked later.
    return "M-Pesa takes 1 KES or more" if is_small else "M-Pesa moves no such sum in one payment"


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()


def _shown(value: object) -> str:
    """Write a wrong amount for an error. A number with nine digits or more may be a phone number, and is masked."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _ENORMOUS:
        return f"{value:,}"
    if isinstance(value, int):
        return "this"
    return mask_numbers(str(value) if isinstance(value, Decimal) else repr(value))[:40]


def check_reference(reference: str, /) -> str:
    """Check an account reference: 1 to 12 letters, digits, spaces and ``- _ . /``; it is never cut.

    Invisible characters are removed, and a no-break space becomes a space.

    Raises:
        ValueError: If it is longer, blank or has other characters; ``short_reference`` makes one that fits.

    Source:
        Daraja, MpesaExpressSimulate (AccountReference).
    """
    way_out = "; daraja.short_reference(order_id) makes one that fits"
    return check_text(reference, longest=_LONGEST_REFERENCE, way_out=way_out)


def check_description(description: str, /) -> str:
    """Check a description: 1 to 13 letters, digits, spaces and ``- _ . /``; it is never cut.

    Raises:
        ValueError: If it is longer, blank or has other characters.

    Source:
        Daraja, MpesaExpressSimulate (TransactionDesc).
    """
    return check_text(description, longest=_LONGEST_DESCRIPTION)


def check_text(text: str, /, *, longest: int, shortest: int = 1, way_out: str = "") -> str:
    """Check a text that Safaricom shows or keeps: letters, digits, spaces and ``- _ . /``; it is never cut.

    Args:
        text: The text.
        longest: The highest number of characters.
        shortest: The lowest number of characters.
        way_out: What to do with a longer text; it begins with a semicolon.

    Raises:
        ValueError: If it is shorter, longer, blank or has other characters.
    """
    if not isinstance(text, str):
        message = f"text is needed, not {type(text).__name__}" + ("" if text is None else "; write str(...) around it")
        raise ValueError(message)
    text = MaskedText(text if text.isascii() else without_invisible(text).replace(_NO_BREAK_SPACE, " "))
    if not text.strip():
        raise ValueError("text is needed; it is blank")
    if len(text) < shortest:
        raise ValueError(f"{text!r} is too short; Safaricom takes {shortest} characters or more")
    if len(text) > longest:
        raise ValueError(f"{MaskedText(text[:80])!r} has {len(text)} characters, Safaricom takes {longest}{way_out}")
    if not _ALLOWED.fullmatch(text):
        refused = next(character for character in text if not _ALLOWED.fullmatch(character))
        message = f"{text!r} has {refused!r}, which Safaricom refuses; use letters, digits, space and - _ . /{way_out}"
        raise ValueError(message)
    return text


@hide_locals
def short_reference(order_id: str, /) -> str:
    """Return a reference of at most 12 characters for an order id of any length, always the same for the same id.

    >>> short_reference("ORD-2025-001")
    'ORD-2025-001'
    >>> short_reference("ORDER-2026-000000117")
    'BLBRSE2C4KC4'

    Args:
        order_id: Your own id of the order, of any length and in any alphabet.

    Returns:
        The id itself if it fits, else twelve letters and digits made from its SHA-256 (60 bits, so that two of
        a million orders share one with a chance of less than one in a million).

    Raises:
        ValueError: If the id is blank, or is a number rather than text.
    """
    if not isinstance(order_id, str):
        raise ValueError(f"an order id is text, not {type(order_id).__name__}; write str(order_id)")
    if not order_id.strip():
        raise ValueError("an order id is needed; it is blank")
    if len(order_id) <= _LONGEST_REFERENCE and _ALLOWED.fullmatch(order_id):
        return order_id
    digest = hashlib.sha256(order_id.encode("utf-8", "surrogatepass")).digest()
    return b32encode(digest).decode("ascii")[:_LONGEST_REFERENCE]
