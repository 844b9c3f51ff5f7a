"""Records in this process's memory, for tests and trials: they end with the process."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final, Generic, TypeVar

import attrs

from daraja.disbursements.model import Payout
from daraja.errors import Conflict
from daraja.lifecycle.charges import changed_charges
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account, Record
from daraja.payments.model import Payment

R = TypeVar("R", bound=Record)

_Unique = tuple[str, object, str | Account]
"""The name of a value, the value, and the environment or the account in which only one record has it."""


class MemoryRecords(Generic[R]):
    """A ``RecordStore`` without a database; what it holds is lost with the process, so move no real money with it."""

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._records: Final[dict[str, R]] = {}
        self._owners: Final[dict[_Unique, str]] = {}
        self._held: Final[dict[str, frozenset[_Unique]]] = {}
        self._charged: Final[Counter[tuple[Account, str]]] = Counter()
        self._renewals: Final[dict[tuple[Account, str], datetime | None]] = {}
        self._history: Final[dict[str, list[HistoryEntry]]] = {}
        self._callbacks: Final[dict[int, ReceivedCallback]] = {}
        self._notes: Final[dict[int, str]] = {}
        self._kept: Final[Counter[tuple[Account, str | None]]] = Counter()
        self._recorded = 0

    def insert(self, record: R, /) -> R:
        """See ``RecordStore.insert``."""
        with self._lock:
            for name in _unique_in_account(record):
                if name in self._owners:
                    return self._records[self._owners[name]]
            if record.key in self._records:
                raise Conflict(f"{record.kind.name} {record.key} is there already")
            self._claim(None, record)
            self._records[record.key] = record
            self._history[record.key] = []
            return record

    def load(self, key: str, /) -> R | None:
        """See ``RecordStore.load``."""
        with self._lock:
            return self._records.get(key)

    def find(self, name: str, value: str, environment: str, /) -> R | None:
        """See ``RecordStore.find``."""
        with self._lock:
            return self._records.get(self._owners.get((name, value, environment), ""))

    def swap(self, old: R, new: R, entry: HistoryEntry, /) -> bool:
        """See ``RecordStore.swap``."""
        with self._lock:
            if not self._replace(old, new):
                return False
            self._history[new.key].append(entry)
            if entry.callback_id is not None:
                self._note(entry.callback_id, entry.event)
            return True

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[R]:
        """See ``RecordStore.due``."""
        with self._lock:
            waiting = [(record.next_check_at, record) for record in self._records.values()]
        found = [(at, record) for at, record in waiting if at and at <= now and is_of(record.account, account)]
        return [record for _, record in sorted(found, key=lambda entry: entry[0])[:limit]]

    def count_due(self, now: datetime, account: Account | None = None, /) -> int:
        """See ``RecordStore.count_due``."""
        return len(self.due(now, len(self._records), account))

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[R]:
        """See ``RecordStore.need_attention``."""
        with self._lock:
            found = [
                record for record in self._records.values() if record.needs_attention and is_of(record.account, account)
            ]
        return sorted(found, key=lambda record: record.created_at)[:limit]

    def list(self, which: Filter, limit: int, after: str | None = None, /) -> Sequence[R]:
        """See ``RecordStore.list``."""
        with self._lock:
            last = None if after is None else self._records.get(after)
            found = sorted(self._records.values(), key=age, reverse=True)
        if after is not None:
            found = [record for record in found if last is not None and age(record) < age(last)]
        return [record for record in found if which.matches(record)][:limit]

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """See ``RecordStore.history``."""
        with self._lock:
            return tuple(self._history.get(key, ()))

    def erase(self, old: R, new: R, history: Sequence[HistoryEntry], /) -> bool:
        """See ``RecordStore.erase``."""
        with self._lock:
            if not self._replace(old, new):
                return False
            self._history[new.key] = [*history]
            done = [number for number, one in self._callbacks.items() if one.key == new.key and number in self._notes]
            self._delete_callbacks(done)
            return True

    def callbacks(self, key: str, /) -> Sequence[ReceivedCallback]:
        """See ``RecordStore.callbacks``."""
        with self._lock:
            return [callback for callback in self._callbacks.values() if callback.key == key]

    def record(self, callback: ReceivedCallback, /) -> str:
        """See ``RecordStore.record``."""
        place = callback.account, callback.key
        with self._lock:
            if self._kept[place] >= callback.limit:
                raise Conflict(f"{self._kept[place]} callbacks of one kind are kept already, which is all that may be")
            self._kept[place] += 1
            self._recorded += 1
            self._callbacks[self._recorded] = attrs.evolve(callback, id=str(self._recorded))
            return str(self._recorded)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback]:
        """See ``RecordStore.unprocessed``."""
        return self._callbacks_from(after, limit, account, are_processed=False)

    def processed_callbacks(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback]:
        """See ``RecordStore.processed_callbacks``."""
        return self._callbacks_from(after, limit, account, are_processed=True)

    def delete_callbacks(self, ids: Sequence[str], /) -> int:
        """See ``RecordStore.delete_callbacks``."""
        with self._lock:
            done = [one for one in {int(one) for one in ids} if one in self._notes]
            self._delete_callbacks(done)
            return len(done)

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``RecordStore.processed``."""
        with self._lock:
            self._note(callback_id, note)

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge``."""
        with self._lock:
            for place, renews_at in list(self._renewals.items()):
                if renews_at is not None and renews_at < before and is_of(place[0], account):
                    del self._charged[place], self._renewals[place]
        return self._purge(before, limit, account, lambda callback: not self._needs_attention(callback.key))

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge_unsigned``."""
        return self._purge(before, limit, account, lambda callback: callback.key is None)

    def _purge(
        self, before: datetime, limit: int, account: Account | None, may_go: Callable[[ReceivedCallback], bool]
    ) -> int:
        with self._lock:
            old = [
                number
                for number, callback in self._callbacks.items()
                if number in self._notes
                and callback.received_at < before
                and is_of(callback.account, account)
                and may_go(callback)
            ][:limit]
            self._delete_callbacks(old)
            return len(old)

    def _claim(self, before: R | None, after: R) -> None:
        """Take the unique values and the charges of a record, all or none, and give back those that it had before."""
        old, new = () if before is None else before.charges, after.charges
        charges = changed_charges(old, new) if old or new else ()
        for charge in charges:
            charged = self._charged[after.account, charge.counter]
            if charge.exceeds(charged):
                raise charge.refusal(charged)
        held, wanted = self._held.get(after.key, frozenset()), _unique(after)
        for value in wanted - held:
            if value in self._owners:
                kind = after.kind.name
                raise Conflict(f"{kind} {self._owners[value]} has the {value[0]} of {kind} {after.key}")
        self._held[after.key] = wanted
        self._owners.update(dict.fromkeys(wanted - held, after.key))
        for value in held - wanted:
            del self._owners[value]
        for charge in charges:
            place = after.account, charge.counter
            self._charged[place] += charge.amount
            self._renewals.setdefault(place, charge.renews_at)

    def _callbacks_from(
        self, after: str | None, limit: int, account: Account | None, *, are_processed: bool
    ) -> Sequence[ReceivedCallback]:
        first = int(after or 0) + 1
        with self._lock:
            return [
                callback
                for number, callback in self._callbacks.items()
                if number >= first and (number in self._notes) is are_processed and is_of(callback.account, account)
            ][:limit]

    def _delete_callbacks(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            callback = self._callbacks.pop(number)
            self._kept[callback.account, callback.key] -= 1
            del self._notes[number]

    def _replace(self, old: R, new: R) -> bool:
        current = self._records.get(old.key)
        if current is None or current.version != old.version:
            return False
        self._claim(current, new)
        self._records[new.key] = new
        return True

    def _note(self, callback_id: str, note: str) -> None:
        number = int(callback_id)
        if number in self._callbacks:
            self._notes.setdefault(number, note)

    def _needs_attention(self, key: str | None) -> bool:
        record = self._records.get(key or "")
        return record is not None and record.needs_attention


class MemoryStore(MemoryRecords[Payment]):
    """A ``PaymentStore`` without a database; what it holds is lost with the process, so take no real money with it."""

    def attempts(self, order: str, account: Account, /) -> Sequence[Payment]:
        """See ``PaymentStore.attempts``."""
        with self._lock:
            found = [one for one in self._records.values() if one.order == order and one.account == account]
        return sorted(found, key=lambda payment: payment.attempt)


class MemoryPayoutStore(MemoryRecords[Payout]):
    """A ``PayoutStore`` without a database; it is lost with the process, so pay out no real money with it."""

    def refunds(self, receipt: str, account: Account, /) -> Sequence[Payout]:
        """See ``PayoutStore.refunds``."""
        with self._lock:
            found = [one for one in self._records.values() if one.refunds == receipt and one.account == account]
        return sorted(found, key=age)


def _unique(record: Record) -> frozenset[_Unique]:
    """Return everything that no other record may have."""
    facts = {(name, record.facts[name], record.environment) for name in record.kind.unique if name in record.facts}
    return frozenset({*facts, *_unique_in_account(record)})


def _unique_in_account(record: Record) -> list[_Unique]:
    """Return the values that no other record of its account may have."""
    values = [(names, [getattr(record, name) for name in names]) for names in record.kind.unique_in_account]
    return [(" ".join(names), tuple(value), record.account) for names, value in values if None not in value]


def age(record: Record, /) -> tuple[datetime, str]:
    """Return the key that sorts records, the oldest first."""
    return record.created_at, record.key


def is_of(account: Account, wanted: Account | None, /) -> bool:
    """Tell whether something belongs to the account that is asked for; None asks for all."""
    return wanted is None or account == wanted
