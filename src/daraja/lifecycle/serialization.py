"""A record as JSON and back, for stores that keep it in a column.

Several releases may share one database, during a deploy above all. So a stored record has a format number; a field that
is absent gets its default; a field that this release does not know is kept and written again. A record that cannot be
read in spite of that, because its status is unknown for example, is reported and left as it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

import attrs

from daraja.errors import RecordUnreadable
from daraja.lifecycle.evidence import Readings, Source
from daraja.lifecycle.record import Account, Record, Resolution
from daraja.values.secret import MaskedText, hide_locals

R = TypeVar("R", bound=Record)

FORMAT: Final = 1
"""Counts the changes to the meaning of a stored field. A new field alone does not change it."""

# Any, in this module: whatever JSON can hold.
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]


_CODEC: Final = "daraja.codec"


def stored_as(encode: Encoder, decode: Decoder, /) -> Mapping[str, tuple[Encoder, Decoder]]:
    """Return the ``metadata`` of an attrs field that JSON cannot hold as it is. None is stored as it is.

    Args:
        encode: Makes what JSON holds.
        decode: Makes the value of the field again.
    """
    return {_CODEC: (encode, decode)}


def dumps(record: Record, /) -> str:
    """Return a record as JSON text, in ASCII: some databases refuse NUL or half a surrogate pair, which notes may hold.

    Raises:
        ValueError: If its metadata holds something that JSON does not have.
    """
    return json.dumps(to_dict(record), allow_nan=False)


@hide_locals
def loads(records: type[R], key: str, text: str, /) -> R:
    """Return the record that ``dumps`` wrote.

    Args:
        records: The class of the record.
        key: Its key, for the error.
        text: The JSON text.

    Raises:
        RecordUnreadable: If it cannot be read.
    """
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    return from_dict(records, {**fields, "key": key} if isinstance(fields, dict) else {"key": key})


def to_dict(record: Record, /) -> dict[str, Any]:
    """Return every field of a record as a value that JSON has."""
    fields: dict[str, Any] = {"format": FORMAT, **record.newer, "kind": record.kind.name}
    plan = _plan(type(record))
    for name in plan.plain:
        fields[name] = getattr(record, name)
    for name, (encode, _) in plan.codecs.items():
        value = getattr(record, name)
        fields[name] = None if value is None else encode(value)
    account = record.account
    return fields | {"environment": account.environment, "shortcode": account.shortcode, "tenant": account.tenant}


@hide_locals
def from_dict(records: type[R], fields: Mapping[str, Any], /) -> R:
    """Return the record of which ``to_dict`` made *fields*.

    Args:
        records: The class of the record.
        fields: The fields by name.

    Raises:
        RecordUnreadable: If they cannot be read.
    """
    key, reason = fields.get("key"), ""
    try:
        return _read(records, fields)
    except KeyError as error:
        reason = f"it has no {error.args[0]}"
    except (ValueError, TypeError, AttributeError) as error:
        reason = f"a field has a value that this release does not know ({type(error).__name__})"
    raise RecordUnreadable(key if isinstance(key, str) else "?", reason)


def _read(records: type[R], fields: Mapping[str, Any]) -> R:
    plan = _plan(records)
    read: dict[str, Any] = {name: fields[name] for name in plan.plain if name in fields}
    for name, (_, decode) in plan.codecs.items():
        if name in fields:
            value = fields[name]
            read[name] = None if value is None else decode(value)
    read["status"] = records.kind.statuses(fields["status"])
    newer = {name: value for name, value in fields.items() if name not in read and name not in _APART}
    missing = plan.required - read.keys()
    if missing:
        raise KeyError(min(missing))
    account = _account(fields["environment"], fields["shortcode"], fields.get("tenant", ""))
    return records(**read, account=account, newer=newer)


_APART: Final = frozenset({"format", "kind", "environment", "shortcode", "tenant"})


@attrs.frozen
class _Plan:
    """The fields of one class of records: those that JSON holds as they are, the others, and the required ones."""

    plain: Sequence[str]
    codecs: Mapping[str, tuple[Encoder, Decoder]]
    required: frozenset[str]


_PLANS: Final[dict[type[Record], _Plan]] = {}
"""Made once for each class, since a store reads and writes records all day."""


def _plan(records: type[Record]) -> _Plan:
    if records not in _PLANS:
        fields = {field.alias or field.name: field for field in attrs.fields(records)}
        del fields["account"], fields["newer"]
        own = {name: field.metadata[_CODEC] for name, field in fields.items() if _CODEC in field.metadata}
        codecs = {**_CODECS, **own}
        _PLANS[records] = _Plan(
            plain=[name for name in fields if name not in codecs],
            codecs=codecs,
            required=frozenset(name for name, field in fields.items() if field.default is attrs.NOTHING),
        )
    return _PLANS[records]


@cache
def _account(environment: str, shortcode: str, tenant: str) -> Account:
    """Return the same object for the same account, of which a store has few."""
    return Account(environment, shortcode, tenant)


def _isoformat(moment: datetime) -> str:
    return moment.isoformat()


def _value(member: Any) -> Any:  # noqa: ANN401 - an enum's
    return member.value


def _sorted(texts: frozenset[str]) -> list[str]:
    return sorted(map(str, texts))


def _masked_set(texts: list[str]) -> frozenset[str]:
    return frozenset(map(MaskedText, texts))


def _dict(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return dict(mapping)


def _encode_readings(readings: Readings) -> dict[str, list[str]]:
    return {clock: [first.isoformat(), last.isoformat()] for clock, (first, last) in readings.items()}


def _decode_readings(fields: Mapping[str, Sequence[str]]) -> Readings:
    return {
        clock: (datetime.fromisoformat(first), datetime.fromisoformat(last)) for clock, (first, last) in fields.items()
    }


def _encode_resolution(decision: Resolution) -> dict[str, Any]:
    return {
        "paid": decision.paid,
        "note": decision.note,
        "by": decision.by,
        "at": decision.at.isoformat(),
        "status": str(decision.status),
        "conflicts": _sorted(decision.conflicts),
        "claimed": decision.claimed,
    }


def _decode_resolution(fields: Mapping[str, Any]) -> Resolution:
    return Resolution(
        paid=fields["paid"],
        note=fields["note"],
        by=fields["by"],
        at=datetime.fromisoformat(fields["at"]),
        status=fields.get("status", ""),
        conflicts=_masked_set(fields.get("conflicts", [])),
        claimed=fields.get("claimed", False),
    )


_MOMENTS: Final = (
    "created_at",
    "updated_at",
    "claimed_at",
    "next_check_at",
    "hurried_at",
    "succeeded_at",
    "notified_at",
    "refund_notified_at",
    "refund_asked_at",
    "erased_at",
)
_CODECS: Final[Mapping[str, tuple[Encoder, Decoder]]] = {
    **dict.fromkeys(_MOMENTS, (_isoformat, datetime.fromisoformat)),
    "status": (_value, str),
    "decided_by": (_value, Source),
    "facts": (_dict, _dict),
    "metadata": (_dict, _dict),
    "conflicts": (_sorted, _masked_set),
    "denials": (_sorted, _masked_set),
    "refusal": (list, tuple),
    "denied_at": (_encode_readings, _decode_readings),
    "readings": (_encode_readings, _decode_readings),
    "resolution": (_encode_resolution, _decode_resolution),
}
"""The fields that JSON cannot hold as they are: how each is written, and how it is read."""
