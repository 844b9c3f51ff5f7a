"""Checked fields: converters for classes on ``Checked``, which raises all faults of its fields in one error.

A check raises ``ValueError``. The converter of a field calls it through ``value_or_fault``, which returns a ``Fault``
instead. So all fields are converted, and then ``raise_faults`` names all the faults.

An operation writes ``amount: int = attrs.field(converter=fields.amount)``. If a field has a limit of its own, the
operation names a converter for it, because type checkers read the types of the constructor from a named function:

>>> def remarks(value: str) -> str:
...     return fields.text(value, shortest=2, longest=100)
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Final, ParamSpec, TypeVar, cast, final

import attrs

from daraja.errors import InvalidInput
from daraja.values.pasted import check_unwrapped
from daraja.values.prompt import check_description, check_reference, check_text, normalise_phone, whole_shillings
from daraja.values.secret import MaskedText, Secret, check_credential, hide_locals, mask_phone

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

_LONGEST_IDENTIFIER: Final = 200
_LONGEST_NAME: Final = 100
_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_CONVERSATION_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,38}")
_LETTERS_AND_DIGITS: Final = re.compile(r"[A-Za-z0-9]+")
_LONGEST_SHOWN: Final = 8
"""A longer text in the place of a shortcode may be a passkey or a phone number, so no error shows it."""
_LIKE_A_NAME: Final = re.compile(r"[A-Za-z]{1,24}")
"""Any other text in the place of a choice may be a secret, so no error shows it."""


@final
@attrs.frozen
class Fault:
    """Stands in the place of a field's value, and says why there is none.

    Args:
        words: What is wrong with the field.
        fields: What is wrong with the fields of the value, if it has fields of its own, by their names.
    """

    words: str
    fields: Mapping[str, str] = attrs.field(factory=dict[str, str])


def value_or_fault(check: Callable[Arguments, Value], /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
    """Call *check* and return its result, or a ``Fault`` if it raises ``ValueError``.

    The type does not show the fault, so the caller hands all values to ``raise_faults`` before it uses one.

    Args:
        check: Raises ``ValueError``, or ``InvalidInput`` if the value has fields of its own.
        args: The arguments of *check*. If one of them is a fault, the fault is returned and *check* is not called.
        kwargs: More arguments of *check*.
    """
    for value in args:
        if isinstance(value, Fault):
            return cast("Value", value)
    try:
        return check(*args, **kwargs)
    except InvalidInput as error:
        # Not `error.faults`, which has the hints of a setting: the owner of the field adds its own.
        fault = Fault(str(error), error.args[0])
    except ValueError as error:
        fault = Fault(str(error))
    return cast("Value", fault)


def _fault(value: Value, words: str) -> Value:
    """Return a fault in the place of *value*. A value that is a fault already stays as it is."""
    return value if isinstance(value, Fault) else cast("Value", Fault(words))


def raise_faults(values: Mapping[str, object], error: type[InvalidInput] = InvalidInput, /) -> None:
    """Raise *error* with all the faults among *values*, if there are any.

    Args:
        values: The values of the fields, by the names of the fields.
        error: The class of the error.

    Raises:
        InvalidInput: If one of the values is a fault.
    """
    faults = faults_in(values)
    if faults:
        raise error(faults)


def faults_in(values: Mapping[str, object], /) -> dict[str, str]:
    """Return the faults among *values* by the names of their fields; if a field has two, the first one counts."""
    faults: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Fault):
            for field, words in (value.fields or {name: value.words}).items():
                faults.setdefault(field, words)
    return faults


def values_of(instance: object, /) -> Mapping[str, object]:
    """Return the values of the fields of an attrs instance, by the names of the fields."""
    attributes = attrs.fields(cast("type[attrs.AttrsInstance]", type(instance)))
    return {attribute.name: getattr(instance, attribute.name) for attribute in attributes}


class Checked:
    """The base of attrs classes whose converters return faults.

    The constructor raises all the faults at once, and hides its arguments from tracebacks: see ``hide_locals``.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # attrs makes a class with slots twice; the second time the class has its constructor.
        if "__init__" in vars(cls):
            setattr(cls, "__init__", hide_locals(cls.__init__))  # noqa: B010 - a type checker refuses the assignment

    def __attrs_post_init__(self) -> None:
        raise_faults(values_of(self))


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
    if not isinstance(value, str) or not _CONVERSATION_ID.fullmatch(value):
        message = "is not 1 to 38 letters, digits, - and _ as text; use uuid.uuid4().hex, and write it down first"
        return _fault(value, message)
    return MaskedText(value)


def receipt(value: str) -> str:
    """Return an M-Pesa receipt number: ten letters and digits, or more in the sandbox."""
    return letters_and_digits(value, "a receipt number, such as RKL51ZDR4F", shortest=8, longest=100)


def letters_and_digits(value: str, meaning: str, *, longest: int, shortest: int = 1) -> str:
    """Return a text of letters and digits, masked in reprs.

    Args:
        value: The text.
        meaning: What it is, for the error.
        longest: The highest number of characters.
        shortest: The lowest number of characters.
    """
    if not isinstance(value, str) or not _LETTERS_AND_DIGITS.fullmatch(value) or not shortest <= len(value) <= longest:
        return _fault(value, f"is not {meaning}; give {shortest} to {longest} letters and digits, as text")
    return MaskedText(value)


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
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= _LONGEST_NAME or not value.isprintable():
        return _fault(value, f"is not text of 1 to {_LONGEST_NAME} characters that can be printed")
    return MaskedText(value)


def day(value: date) -> date:
    """Return a day, which has no time."""
    if not isinstance(value, date) or isinstance(value, datetime):
        return _fault(value, "is not a day; give a datetime.date")
    return value


def whole_number(value: int, *, lowest: int, highest: int) -> int:
    """Return a whole number.

    Args:
        value: The number.
        lowest: The lowest number that is allowed.
        highest: The highest number that is allowed.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        return _fault(value, f"is not a whole number from {lowest:,} to {highest:,}")
    return value


def instance(value: Value, kinds: type | UnionType, hint: str) -> Value:
    """Return a value of one class.

    Args:
        value: The value.
        kinds: The class, or a union of classes.
        hint: What to give instead of a value of another class.
    """
    if not isinstance(value, kinds):
        return _fault(value, f"is {type(value).__name__}; {hint}")
    return value


def one_of(value: Value, choices: Iterable[Value]) -> Value:
    """Return one of the *choices*, spelled exactly like it.

    Args:
        value: The choice.
        choices: All choices, for example ``typing.get_args(Command)`` of a ``Literal``.
    """
    known = tuple(choices)
    if value not in known:
        shown = repr(value) if isinstance(value, str) and _LIKE_A_NAME.fullmatch(value) else "this"
        return _fault(value, f"{shown} is not known; use one of {', '.join(map(str, known))}")
    return value


def _check_identifier(value: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {type(value).__name__}; an id is text")
    if not value.strip():
        raise ValueError("is blank; give the id as text")
    if len(value) > _LONGEST_IDENTIFIER or not value.isprintable():
        message = f"{mask_phone(value)!r} is no id; it has 1 to {_LONGEST_IDENTIFIER} characters that can be printed"
        raise ValueError(message)
    return MaskedText(value)


def _check_shortcode(value: str) -> str:
    if value == "":
        raise ValueError("is missing")
    if not isinstance(value, str) or not _SHORTCODE.fullmatch(value):
        check_unwrapped(str(value))
        shown = repr(value)
        shown = shown if len(shown) <= _LONGEST_SHOWN else "this"
        raise ValueError(f"{shown} is not five to seven digits, as text")
    return value
