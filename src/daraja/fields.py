"""The fields that operations and settings share: attrs converters for classes on ``Checked``.

An operation writes ``amount: int = attrs.field(converter=fields.amount)``. If a field has a limit of its own, the
operation names a converter for it, because type checkers read the types of the constructor from a named function:

>>> def remarks(value: str) -> str:
...     return fields.text(value, shortest=2, longest=100)
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Final, TypeVar

from daraja.validation import value_or_fault
from daraja.values.pasted import check_unwrapped
from daraja.values.prompt import check_description, check_reference, check_text, normalise_phone, whole_shillings
from daraja.values.secret import MaskedText, Secret, check_credential, mask_phone

__all__ = [
    "account",
    "amount",
    "conversation_id",
    "credential",
    "day",
    "description",
    "hidden_url",
    "identifier",
    "instance",
    "moment",
    "name",
    "national_id",
    "occasion",
    "one_of",
    "phone",
    "prn",
    "receipt",
    "reference",
    "remarks",
    "shortcode",
    "text",
    "url",
    "whole_number",
]

Value = TypeVar("Value")


def phone(value: str) -> str:
    """Return a Kenyan mobile number as ``2547XXXXXXXX``; see ``normalise_phone``."""
    return value_or_fault(normalise_phone, value)


def amount(value: int | Decimal) -> int:
    """Return an amount in whole shillings, 1 or more; the flow of the operation checks the highest amount."""
    return value_or_fault(whole_shillings, value, maximum=None)


def reference(value: str) -> str:
    """Return an account reference of 1 to 12 characters; see ``check_reference``."""
    return value_or_fault(check_reference, value)


def description(value: str) -> str:
    """Return a description of 1 to 13 characters; see ``check_description``."""
    return value_or_fault(check_description, value)


def account(value: str) -> str:
    """Return the account at somebody else's pay bill, of 1 to 13 characters; see ``text``."""
    return text(value, longest=13)


def remarks(value: str) -> str:
    """Return the remarks about a request of an initiator, of 2 to 100 characters; see ``text``."""
    return text(value, shortest=2, longest=100)


def occasion(value: str) -> str:
    """Return the occasion of a request of an initiator, of 1 to 100 characters; see ``text``."""
    return text(value, longest=100)


def conversation_id(value: str) -> str:
    """Return an id that we choose for a payment: 1 to 38 letters, digits, ``-`` and ``_``, as in Daraja's samples."""
    return value_or_fault(_check_conversation_id, value)


def receipt(value: str) -> str:
    """Return an M-Pesa receipt number: ten letters and digits, or more in the sandbox."""
    return value_or_fault(_check_letters_and_digits, value, "a receipt number, such as RKL51ZDR4F", 8, 100)


def prn(value: str) -> str:
    """Return the payment registration number of a tax, of 1 to 30 letters and digits."""
    return value_or_fault(_check_letters_and_digits, value, "the payment registration number of a tax", 1, 30)


def national_id(value: str) -> str:
    """Return a national id, of 5 to 12 letters and digits, masked in reprs."""
    return value_or_fault(_check_letters_and_digits, value, "a national id", 5, 12)


def text(value: str, *, longest: int, shortest: int = 1) -> str:
    """Return a text of letters, digits, spaces and ``- _ . /``, which every product accepts.

    Args:
        value: The text.
        longest: The highest number of characters.
        shortest: The lowest number of characters.
    """
    return value_or_fault(check_text, value, shortest=shortest, longest=longest)


def identifier(value: str) -> str:
    """Return an id of 1 to 200 characters, masked in reprs, since it can hold a phone number."""
    return value_or_fault(_check_identifier, value)


def shortcode(value: str) -> str:
    """Return a pay bill, till or store number: five to seven digits, as text."""
    return value_or_fault(_check_shortcode, value)


def credential(value: str | Secret) -> Secret:
    """Return a key, a password or a passkey; it has visible characters only, so a copied line end is found."""
    return value_or_fault(check_credential, value)


def hidden_url(value: str | Secret | None) -> Secret | None:
    """Return an address as a secret; the flow of the operation checks it against the settings."""
    return None if value is None else value_or_fault(Secret, value)


def url(value: str | Secret) -> Secret:
    """Return an address that must be given, as a secret; the flow of the operation checks it against the settings."""
    return value_or_fault(Secret, value)


def name(value: str) -> str:
    """Return the name of a person or a thing, as people write it: 1 to 100 characters that can be printed."""
    return value_or_fault(_check_name, value)


def day(value: date) -> date:
    """Return a day, which has no time."""
    return value_or_fault(_check_day, value)


def moment(value: datetime) -> datetime:
    """Return a moment that knows its zone, since the zone of the server may be another one."""
    return value_or_fault(_check_moment, value)


def whole_number(value: int, *, lowest: int, highest: int) -> int:
    """Return a whole number.

    Args:
        value: The number.
        lowest: The lowest number that is allowed.
        highest: The highest number that is allowed.
    """
    return value_or_fault(_check_whole_number, value, lowest, highest)


def instance(value: Value, kinds: type | UnionType, hint: str) -> Value:
    """Return a value of one class.

    Args:
        value: The value.
        kinds: The class, or a union of classes.
        hint: What to give instead of a value of another class.
    """
    return value_or_fault(_check_instance, value, kinds, hint)


def one_of(value: Value, choices: Iterable[Value]) -> Value:
    """Return one of the *choices*, spelled exactly like it.

    Args:
        value: The choice.
        choices: All choices, for example ``typing.get_args(Command)`` of a ``Literal``.
    """
    return value_or_fault(_check_choice, value, tuple(choices))


_LONGEST_IDENTIFIER: Final = 200
_LONGEST_NAME: Final = 100
_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_CONVERSATION_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,38}")
_LETTERS_AND_DIGITS: Final = re.compile(r"[A-Za-z0-9]+")
_LONGEST_SHOWN: Final = 8
"""A longer text in the place of a shortcode may be a passkey or a phone number, so no error shows it."""
_LIKE_A_NAME: Final = re.compile(r"[A-Za-z]{1,24}")
"""Any other text in the place of a choice may be a secret, so no error shows it."""


def _check_identifier(value: str) -> str:
    if not isinstance(value, str):
        message = f"is {type(value).__name__}; an id is text"
        raise ValueError(message)
    if not value.strip():
        message = "is blank; give the id as text"
        raise ValueError(message)
    if len(value) > _LONGEST_IDENTIFIER or not value.isprintable():
        message = f"{mask_phone(value)!r} is no id; it has 1 to {_LONGEST_IDENTIFIER} characters that can be printed"
        raise ValueError(message)
    return MaskedText(value)


def _check_conversation_id(value: str) -> str:
    if not isinstance(value, str) or not _CONVERSATION_ID.fullmatch(value):
        message = "is not 1 to 38 letters, digits, - and _ as text; use uuid.uuid4().hex, and write it down first"
        raise ValueError(message)
    return MaskedText(value)


def _check_name(value: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= _LONGEST_NAME or not value.isprintable():
        message = f"is not text of 1 to {_LONGEST_NAME} characters that can be printed"
        raise ValueError(message)
    return MaskedText(value)


def _check_day(value: date) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        message = "is not a day; give a datetime.date"
        raise ValueError(message)
    return value


def _check_moment(value: datetime) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        message = "is not a time with a zone; use datetime.now(UTC) rather than datetime.now()"
        raise ValueError(message)
    return value


def _check_letters_and_digits(value: str, meaning: str, shortest: int, longest: int) -> str:
    if not isinstance(value, str) or not _LETTERS_AND_DIGITS.fullmatch(value) or not shortest <= len(value) <= longest:
        message = f"is not {meaning}; give {shortest} to {longest} letters and digits, as text"
        raise ValueError(message)
    return MaskedText(value)


def _check_shortcode(value: str) -> str:
    if value == "":
        message = "is missing"
        raise ValueError(message)
    if not isinstance(value, str) or not _SHORTCODE.fullmatch(value):
        check_unwrapped(str(value))
        shown = repr(value)
        shown = shown if len(shown) <= _LONGEST_SHOWN else "this"
        message = f"{shown} is not five to seven digits, as text"
        raise ValueError(message)
    return value


def _check_whole_number(value: int, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        message = f"is not a whole number from {lowest:,} to {highest:,}"
        raise ValueError(message)
    return value


def _check_instance(value: Value, kinds: type | UnionType, hint: str) -> Value:
    if not isinstance(value, kinds):
        message = f"is {type(value).__name__}; {hint}"
        raise ValueError(message)
    return value


def _check_choice(value: Value, choices: tuple[Value, ...]) -> Value:
    if value not in choices:
        shown = repr(value) if isinstance(value, str) and _LIKE_A_NAME.fullmatch(value) else "this"
        message = f"{shown} is not known; use one of {', '.join(map(str, choices))}"
        raise ValueError(message)
    return value
