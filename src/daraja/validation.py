"""All faults of one input in one error.

A check raises ``ValueError``. The converter of a field calls it through ``value_or_fault``, which returns a ``Fault``
instead. So all fields are converted, and then ``raise_faults`` names all the faults in one error.
"""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar, cast, final

import attrs

from daraja.errors import InvalidInput
from daraja.values.secret import hide_locals

__all__ = ["Checked", "Fault", "faults_in", "raise_faults", "value_or_fault", "values_of"]

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")
Result = TypeVar("Result")


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
