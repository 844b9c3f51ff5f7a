"""All faults of one input in one error.

A check raises ``ValueError``. The converter of a field calls it through ``value_or_fault``, which gives a ``Fault``
instead, so that all fields are converted. Then ``raise_faults`` names all the faults in one error.
"""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar, cast, final

import attrs

from daraja.errors import InvalidInput
from daraja.privacy import hide_locals

__all__ = ["Checked", "Fault", "Faults", "faults_in", "raise_faults", "value_or_fault", "values_of"]

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")
Result = TypeVar("Result")


@final
@attrs.frozen
class Fault:
    """What is wrong with a field, in the place of its value.

    Args:
        words: A sentence for each field that is wrong; the empty name stands for the field itself.
    """

    words: Mapping[str, str]


def value_or_fault(check: Callable[Arguments, Value], /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
    """Give what *check* returns, or a ``Fault`` where it raises ``ValueError``.

    The type says nothing of the fault: whoever calls this hands all values to ``raise_faults`` before they are used.

    Args:
        check: Raises ``ValueError``, or ``InvalidInput`` if the field has fields of its own.
        args: Its arguments, with *kwargs*. A fault among them is given back, and *check* is not called.
        kwargs: As above.
    """
    for value in args:
        if isinstance(value, Fault):
            return cast("Value", value)
    try:
        return check(*args, **kwargs)
    except InvalidInput as error:
        fault = Fault(error.args[0])  # without the hints of a setting, which its owner adds again
    except ValueError as error:
        fault = Fault({"": str(error)})
    return cast("Value", fault)


def raise_faults(values: Mapping[str, object], error: type[InvalidInput] = InvalidInput, /) -> None:
    """Raise *error* with all the faults among *values*, if there are any.

    Args:
        values: What the fields hold, by their names.
        error: Which error.

    Raises:
        InvalidInput: If there is a fault; *error* is of this class.
    """
    faults = faults_in(values)
    if faults:
        raise error(faults)


def faults_in(values: Mapping[str, object], /) -> dict[str, str]:
    """Give the faults among *values* by the names of their fields; the first fault of a field stays."""
    faults: dict[str, str] = {}
    for field, value in values.items():
        if isinstance(value, Fault):
            for inner, words in value.words.items():
                faults.setdefault(inner or field, words)
    return faults


def values_of(instance: object, /) -> Mapping[str, object]:
    """Give what the fields of an attrs value hold, by their names."""
    attributes = attrs.fields(cast("type[attrs.AttrsInstance]", type(instance)))
    return {attribute.name: getattr(instance, attribute.name) for attribute in attributes}


class Checked:
    """The base of an attrs value whose converters give faults: all of them are raised when it is made.

    Its constructor hides what it is given: see ``hide_locals``.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # attrs makes a class with slots anew, with the constructor in it, and comes here a second time.
        if "__init__" in vars(cls):
            setattr(cls, "__init__", hide_locals(cls.__init__))  # noqa: B010 - a type checker refuses the assignment

    def __attrs_post_init__(self) -> None:
        raise_faults(values_of(self))


class Faults:
    """A collector for checks that are not fields; what uses it moves to ``raise_faults``."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, field: str, fault: str, /) -> None:
        """Note a fault; the first one of a field stays."""
        self._found.setdefault(field, fault)

    def check(self, field: str, check: Callable[[Value], Result], value: Value, /) -> Result:
        """Give what *check* makes of *value*, or note its complaint."""
        checked = value_or_fault(check, value)
        for name, words in faults_in({field: checked}).items():
            self.add(name, words)
        return checked

    def settle(self, error: type[InvalidInput], /) -> None:
        """Raise *error* with all the faults, if there are any."""
        if self._found:
            raise error(self._found)
