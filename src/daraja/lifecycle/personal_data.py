"""Exports all that is stored about a phone number, or erases it as far as the books allow."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import attrs

from daraja.errors import CallbackMalformed, Conflict
from daraja.http.flow import Flow, Log, Now, ask
from daraja.http.json_body import read_body
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Records, Unreadable
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.serialization import from_dict, to_dict
from daraja.values.prompt import written_forms

R = TypeVar("R", bound=Record)

_PAGE: Final = 100
_RACES: Final = 50
_REPLACED: Final = ("reference", "idempotency_key")
"""The fields that hold the mark and nothing else, as a column of a database may have room for no more."""
_NEVER_CUT: Final = ("format", "kind", "key", "environment", "shortcode", "tenant", "status", "readings", "denied_at")
"""The fields in which such digits are no number of a phone."""


@attrs.frozen(kw_only=True)
class Erasure:
    """The result of an erasure.

    Args:
        erased: Keys of the records that no longer name the number.
        kept: Why the other records still name it, by their keys. Erase again when the reason has gone.
        callbacks: Ids of callbacks that wait and hold the number, and belong to none of its records. ``dismiss`` them
            if ``reconcile`` leaves them; ``purge_callbacks`` or another erasure then deletes them.
        unreadable: Keys of records that cannot be read. They stay as they are.
        deleted: How many processed callbacks held the number and were deleted, beside those of the records that were
            erased now: unsigned ones, and those that came after an earlier erasure.
    """

    erased: tuple[str, ...] = ()
    kept: Mapping[str, str] = attrs.field(factory=dict[str, str])
    callbacks: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    deleted: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether no record, and no callback that waits, names the number any more."""
        return not (self.kept or self.callbacks or self.unreadable)


def erase(which: Filter, /) -> Flow[Erasure]:
    """Erase the number that *which* names from its records, their history and their callbacks."""
    number = which.phone or ""
    erased, kept = list[str](), dict[str, str]()
    waiting = yield from _all_callbacks(Records.unprocessed, which.account)
    keys = {callback.key for callback in waiting}
    records, unreadable = yield from _all_of(which)
    for record in records:
        reason = yield from _erase_one(record, number, keys)
        if reason:
            kept[record.key] = reason
        else:
            erased.append(record.key)
    known = {record.key for record in records}
    unmatched = [one.id for one in waiting if one.key not in known and names(one.body, number)]
    deleted = yield from _delete_processed(number, which.account, keys)
    yield from Log("store.number_erased", {"records": len(erased), "kept": len(kept) + len(unreadable)})
    return Erasure(erased=tuple(erased), kept=kept, callbacks=tuple(unmatched), unreadable=unreadable, deleted=deleted)


def export(which: Filter, /) -> Flow[dict[str, Any]]:  # Any: what JSON can hold
    """Collect everything that is stored about the number that *which* names, as JSON can hold it."""
    number = which.phone or ""
    known: list[dict[str, Any]] = []  # Any: as above
    records, unreadable = yield from _all_of(which)
    for record in records:
        history = yield from ask(Records.history, record.key)
        callbacks = yield from ask(Records.callbacks, record.key)
        about = {"history": list(map(_entry, history)), "callbacks": list(map(_callback, callbacks))}
        known.append(to_dict(record) | about)
    waiting = yield from _all_callbacks(Records.unprocessed, which.account, number)
    processed = yield from _all_callbacks(Records.processed_callbacks, which.account, number)
    keys = {record.key for record in records}
    others = [_callback(one) for one in (*waiting, *processed) if one.key not in keys]
    return {"phone": str(number), "records": known, "callbacks": others, "unreadable": list(unreadable)}


def _all_of(which: Filter) -> Flow[tuple[list[Record], tuple[str, ...]]]:
    """Return all records that *which* names, and the keys of those among them that cannot be read."""
    records, unreadable = list[Record](), list[str]()
    last: str | None = None
    while page := (yield from ask(Records.list, which, _PAGE, last)):
        for one in page:
            if isinstance(one, Unreadable):
                unreadable.append(one.key)
            else:
                records.append(one)
        last = page[-1].key
    return records, tuple(unreadable)


def _erase_one(record: Record, number: str, waiting: set[str | None]) -> Flow[str]:
    """Erase the number from one record, and return why it has to stay; empty if it is gone."""
    for _ in range(_RACES):
        reason = _why_it_stays(record, number, waiting)
        if reason:
            return reason
        now = yield from Now()
        history = yield from ask(Records.history, record.key)
        after = _without_number(record, number, now)
        if (yield from ask(Records.erase, record, after, _history_without(number, history, record, after))):
            return ""
        found = yield from ask(Records.load, record.key)
        if found is None:
            return ""
        record = found
    raise Conflict(f"{record.kind.name} {record.key} was not erased in {_RACES} attempts, each of which lost a race")


def _why_it_stays(record: Record, number: str, waiting: set[str | None]) -> str:
    kind = record.kind
    if kind.keeps_phone:
        return f"the books need the receiver of a {kind.name}"
    if record.needs_attention:
        return "a person has to look at it first"
    if record.status in kind.open or record.next_check_at is not None:
        return "it is not settled yet"
    if record.key in waiting:
        return "a callback about it is not processed yet"
    for name in kind.named_by:
        if names(getattr(record, name) or "", number):
            return f"its {name} is named by the number"
    return ""


def _without_number(record: R, number: str, now: datetime) -> R:
    """Return the next version of a record, without what tells whose it is.

    Money, receipt, times and the account stay for the books.
    """
    fields = to_dict(record)
    kept = {name: fields[name] for name in _NEVER_CUT if name in fields}
    cut: dict[str, Any] = _cut(fields, number, _mark(record))
    cut |= {name: _mark(record) for name in _REPLACED if names(fields.get(name) or "", number)}
    personal = record.kind.personal
    cut["facts"] = {name: v for name, v in record.facts.items() if name not in personal and not names(v, number)}
    cut |= {"metadata": {}, "erased_at": now.isoformat(), "updated_at": now.isoformat(), "version": record.version + 1}
    if "phone" in fields:
        cut["phone"] = ""
    return from_dict(type(record), cut | kept)


def _history_without(
    number: str, history: Sequence[HistoryEntry], before: Record, after: Record
) -> Sequence[HistoryEntry]:
    mark, status = _mark(before), before.status.value
    cut = [attrs.evolve(one, note=_cut(one.note, number, mark), by=_cut(one.by, number, mark)) for one in history]
    return [*cut, HistoryEntry(key=before.key, at=after.updated_at, event="erased", before=status, after=status)]


def _mark(record: Record) -> str:
    """Stand in the place of the number, different in each record: an order and an idempotency key stay unique."""
    return f"erased-{record.key[:12]}"


def _cut(value: Any, number: str, mark: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, str):
        return written_forms(number).sub(mark, value)
    if isinstance(value, Mapping):
        named = cast("Mapping[str, Any]", value)
        return {_cut(name, number, mark): _cut(one, number, mark) for name, one in named.items()}
    if isinstance(value, list | tuple):
        return [_cut(one, number, mark) for one in cast("Sequence[Any]", value)]
    return value


def names(text: str | bytes, number: str, /) -> bool:
    """Tell whether a text or the body of a callback, in any form, names the number."""
    if isinstance(text, str):
        return written_forms(number).search(text) is not None
    try:
        read = json.dumps(read_body(text), default=str)
    except CallbackMalformed:
        read = ""
    return names(text.decode("latin-1"), number) or names(read, number)


def _delete_processed(number: str, account: Account | None, waiting: set[str | None]) -> Flow[int]:
    """Delete the processed callbacks that hold the number, but for those of records that have to keep it."""
    done: list[str] = []
    for callback in (yield from _all_callbacks(Records.processed_callbacks, account, number)):
        record = None if callback.key is None else (yield from ask(Records.load, callback.key))
        if record is None or not _why_it_stays(record, number, waiting):
            done.append(callback.id)
    return (yield from ask(Records.delete_callbacks, done)) if done else 0


def _all_callbacks(
    listed: Callable[[Records, int, Account | None, str | None], Sequence[ReceivedCallback | Unreadable]],
    account: Account | None,
    number: str | None = None,
) -> Flow[Sequence[ReceivedCallback]]:
    """Return all callbacks, or those that hold a number: of all customers together they may not fit in the memory."""
    found, last = list[ReceivedCallback](), None
    while page := (yield from ask(listed, _PAGE, account, last)):
        readable = [one for one in page if isinstance(one, ReceivedCallback)]
        found += [one for one in readable if number is None or names(one.body, number)]
        last = page[-1].id
    return found


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return attrs.asdict(entry) | {"at": entry.at.isoformat()}


def _callback(callback: ReceivedCallback | Unreadable) -> dict[str, Any]:
    if isinstance(callback, Unreadable):
        return attrs.asdict(callback)
    return {
        "id": callback.id,
        "key": callback.key,
        "received_at": callback.received_at.isoformat(),
        "remote_ip": callback.remote_ip,
        "purpose": callback.purpose.value,
        "body": callback.body.decode(errors="backslashreplace"),
    }
