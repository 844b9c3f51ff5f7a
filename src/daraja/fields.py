"""The fields that operations and settings share: attrs converters, for classes on ``Checked``.

An operation writes ``amount: int = attrs.field(converter=fields.amount)``. Where a field has a limit of its own, its
converter is a named function, from which type checkers read the constructor's types:

>>> def remarks(value: str) -> str:
...     return fields.text(value, shortest=2, longest=100)
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from types import UnionType
from typing import Final, TypeVar

from daraja.validation import value_or_fault
from daraja.values.money import whole_shillings
from daraja.values.pasted import check_unwrapped
from daraja.values.phone import Personal, mask_phone, normalise_phone, type_name
from daraja.values.reference import check_description, check_reference, check_text
from daraja.values.secret import Secret, check_credential

__all__ = [
    "amount",
    "credential",
    "description",
    "hidden_url",
    "identifier",
    "instance",
    "one_of",
    "phone",
    "reference",
    "shortcode",
    "text",
    "whole_number",
]

Value = TypeVar("Value")


def phone(value: str) -> str:
    """Give a Kenyan mobile number as ``2547XXXXXXXX``; see ``normalise_phone``."""
    return value_or_fault(normalise_phone, value)


def amount(value: int | Decimal) -> int:
    """Give whole shillings from 1 on; the operation's flow checks the highest amount, which the settings know."""
    return value_or_fault(whole_shillings, value, maximum=None)


def reference(value: str) -> str:
    """Give an account reference, of 1 to 12 characters; see ``check_reference``."""
    return value_or_fault(check_reference, value)


def description(value: str) -> str:
    """Give a description, of 1 to 13 characters; see ``check_description``."""
    return value_or_fault(check_description, value)


def text(value: str, *, longest: int, shortest: int = 1) -> str:
    """Give letters, digits, spaces and ``- _ . /``, which every product takes.

    Args:
        value: The text.
        longest: Characters at the most.
        shortest: Characters at the least.
    """
    return value_or_fault(check_text, value, shortest=shortest, longest=longest)


def identifier(value: str) -> str:
    """Give an id of Daraja's or of the caller's: 1 to 200 characters; masked in reprs, since it can hold a number."""
    return value_or_fault(_check_identifier, value)


def shortcode(value: str) -> str:
    """Give a pay bill, till or store number: five to seven digits, as text."""
    return value_or_fault(_check_shortcode, value)


def credential(value: str | Secret) -> Secret:
    """Give a key, a password or a passkey, of visible characters only: a copied line end is what spoils most."""
    return value_or_fault(check_credential, value)


def hidden_url(value: str | Secret | None) -> Secret | None:
    """Give an address for Daraja to call, kept out of sight; the operation's flow checks it against the settings."""
    return None if value is None else value_or_fault(Secret, value)


def whole_number(value: int, *, lowest: int, highest: int) -> int:
    """Give a whole number.

    Args:
        value: The number.
        lowest: The least that is allowed.
        highest: The most that is allowed.
    """
    return value_or_fault(_check_whole_number, value, lowest, highest)


def instance(value: Value, kinds: type | UnionType, hint: str) -> Value:
    """Give a value of one of the *kinds*.

    Args:
        value: The value.
        kinds: What ``isinstance`` takes.
        hint: What to give instead of anything else.
    """
    return value_or_fault(_check_instance, value, kinds, hint)


def one_of(value: Value, choices: Iterable[Value]) -> Value:
    """Give one of the *choices*, and nothing like it: no default, no other case.

    Args:
        value: What is chosen.
        choices: What can be chosen, for example ``typing.get_args(Command)`` of a ``Literal``.
    """
    return value_or_fault(_check_choice, value, tuple(choices))


_LONGEST_IDENTIFIER: Final = 200
_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_LONGEST_SHOWN: Final = 8
"""What is longer in the place of a shortcode may be a passkey or somebody's phone number, and is not shown."""
_LIKE_A_NAME: Final = re.compile(r"[A-Za-z]{1,24}")
"""What looks otherwise in the place of a choice may be a secret that was put there by mistake, and is not shown."""


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
    return Personal(value)


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
        message = f"is {type_name(value)}; {hint}"
        raise ValueError(message)
    return value


def _check_choice(value: Value, choices: tuple[Value, ...]) -> Value:
    if value not in choices:
        shown = repr(value) if isinstance(value, str) and _LIKE_A_NAME.fullmatch(value) else "this"
        message = f"{shown} is not known; use one of {', '.join(map(str, choices))}"
        raise ValueError(message)
    return value
