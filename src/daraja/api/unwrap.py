"""Find the fields in a decoded body: inside wrappers, and in lists of names and values."""

from collections.abc import Mapping
from typing import Final, cast

from daraja.api.amounts import only_one
from daraja.api.parameters import Parameters, fold
from daraja.errors import CallbackMalformed

_MOST_WRAPPERS: Final = 8
_PUSH: Final = "stkCallback."
_WRAPPERS: Final = {"result": "Result", "envelope": "Envelope", "body": "Body", "stkcallback": "stkCallback"}
_PARTS: Final = ("responseheader", "responsebody")
"""The two parts of a standing order's callback. One may be missing. They are no wrappers."""
_LISTS: Final = frozenset({"resultparameter", "resultparameters", "referenceitem", "responsedata", "item"})
_OBJECT_OR_LIST: Final = (dict, list, Mapping)


def unwrap(value: object, /) -> tuple[Parameters, str]:
    """Find the inner object: inside ``Result``, ``Body`` and the wrapper of a proxy.

    Args:
        value: The decoded body.

    Returns:
        Its fields, and the path to them, which ends in a full stop or is empty.

    Raises:
        CallbackMalformed: If there is no object, or it is the callback of an STK push.
    """
    result = _usual_result(value)
    fields, path = _innermost(value, "") if result is None else _innermost(result, "Result.")
    if path.endswith(_PUSH):
        raise CallbackMalformed(path.removesuffix("."), "is of an STK push; read it with parse_stk_callback")
    return fields, path


def unwrap_push(value: object, /) -> tuple[dict[str, object], str]:
    """Do what ``unwrap`` does for the callback of an STK push. Its fields keep their names.

    Args:
        value: The decoded body.

    Raises:
        CallbackMalformed: If there is no object.
    """
    fields, path = _innermost(value, "")
    return {name: fields[name] for name in fields}, path


def _innermost(value: object, path: str) -> tuple[Parameters, str]:
    for _ in range(_MOST_WRAPPERS):
        fields = fields_of(value, path)
        inner = _inner(fields)
        if inner is None:
            return fields, path
        # A name that we do not know may be anything, somebody's number too, and is not shown.
        path, value = f"{path}{_WRAPPERS.get(inner, '*')}.", fields.first(inner)
    raise CallbackMalformed(path.removesuffix("."), "is wrapped too often")


def fields_of(value: object, path: str, /) -> Parameters:
    """Give the fields of an object; a list of one object counts as the object.

    Raises:
        CallbackMalformed: If it is no object.
    """
    if type(value) is not dict:
        value = only_one(value)
        if not isinstance(value, Mapping):
            raise CallbackMalformed(path.removesuffix(".") or "body", "is not an object")
    return Parameters(cast("Mapping[str, object]", value).items())


def read_parameters(value: object, path: str, /) -> Parameters:
    """Read names and values in every form there is: a list, one object, an object that maps names to values.

    Raises:
        CallbackMalformed: If it is something else.
    """
    try:
        items = cast("Mapping[str, list[dict[str, str]]]", value)["ResultParameter"]
        return Parameters([(item["Key"], item["Value"]) for item in items])
    except (KeyError, TypeError, IndexError):  # another form than the usual one
        return Parameters(_pairs(value, path))


def _usual_result(value: object) -> object:
    """Return the content of ``Result``, which nearly all bodies have; None for any other body."""
    result = cast("dict[str, object]", value).get("Result") if type(value) is dict else None
    return result if type(result) is dict else None  # pyright: ignore[reportUnknownVariableType] - of anything


def _inner(fields: Parameters) -> str | None:
    """Return the name of the wrapper among these fields; None if there is none."""
    for wrapper in _WRAPPERS:
        if (content := fields.first(wrapper)) is not None and isinstance(content, _OBJECT_OR_LIST):
            return wrapper
    only = fold(next(iter(fields))) if len(fields) == 1 else ""
    return only if only not in _PARTS and isinstance(fields.first(only), Mapping) else None


# No generator: a frame of one keeps its local variables when an exception leaves the library.
def _pairs(value: object, path: str) -> list[tuple[str, object]]:
    if value is None or (isinstance(value, str) and not value.strip()):
        return []
    if isinstance(value, list | tuple):
        found = [_pairs(each, f"{path}[{index}]") for index, each in enumerate(cast("list[object]", value))]
        return [pair for pairs in found for pair in pairs]
    if not isinstance(value, Mapping):
        raise CallbackMalformed(path, "is neither a list nor an object")
    item = cast("Mapping[object, object]", value)
    names = {fold(name): name for name in item if isinstance(name, str)}
    key = names.get("key") or (names.get("name") if names.keys() <= {"name", "value"} else None)
    if key is not None and isinstance(name := item[key], str):
        return [(name, item.get(names.get("value")))]
    pairs: list[tuple[str, object]] = []
    for folded, name in names.items():
        pairs += _pairs(item[name], f"{path}.{name}") if folded in _LISTS else [(name, item[name])]
    return pairs
