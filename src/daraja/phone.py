"""Kenyan mobile numbers: one form on the wire, and a mask wherever people read."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeVar, cast

__all__ = ["Personal", "hide", "mask_numbers", "mask_phone", "normalise_phone"]

Value = TypeVar("Value")

_SEPARATORS: Final = re.compile(r"[\s().\-\u2010-\u2015]")
_MOBILE: Final = re.compile(r"(?:\+?254|0)?([17][0-9]{8})")
# A CheckoutRequestID begins with a day and a time, which nobody needs to hide, and runs on into the number.
_NUMBER: Final = re.compile(r"(ws_CO_[0-3][0-9][01][0-9]20[0-9]{8})?(\d(?:[\s().\-\u2010-\u2015]{0,2}\d){8,})")
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


def hide(value: Value, /) -> Value:
    """Give text with a masked repr; what is no text stays as it is, for a later check to name."""
    return cast("Value", Personal(value)) if isinstance(value, str) else value


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


def normalise_phone(number: str, /) -> str:
    """Bring a Kenyan mobile number into the one form that Daraja takes.

    >>> str(normalise_phone("+254 712-345678"))
    '254712345678'

    Args:
        number: ``07...``, ``01...``, ``7...``, ``1...``, ``+254...`` or ``254...``, in ASCII digits; spaces, dashes,
            dots and brackets are allowed between them.

    Returns:
        ``254``, then 7 or 1, then eight digits: text that is masked in its repr.

    Raises:
        ValueError: If it is anything else. The message shows the number masked; ask for another one.

    Source:
        Daraja, MpesaExpressSimulate (PartyA, PhoneNumber).
    """
    if not isinstance(number, str):
        message = f"a phone number is text, not {type(number).__name__}; write '0712345678', in quotes"
        number = ""
        raise ValueError(message)  # noqa: TRY004 - ValueError is what this library promises for bad input
    if found := _MOBILE.fullmatch(_SEPARATORS.sub("", number)):
        return Personal("254" + found[1])
    number = mask_phone(number)
    message = (
        f"{number!r} is not a Kenyan mobile number; accepted are 07XXXXXXXX, 01XXXXXXXX, 7XXXXXXXX, 1XXXXXXXX, "
        "+2547XXXXXXXX and 2541XXXXXXXX, with spaces, dashes or brackets if you like"
    )
    raise ValueError(message)


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
