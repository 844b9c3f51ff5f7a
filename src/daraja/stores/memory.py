"""Payments in this process's memory, for tests and trials: they end with the process."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final

import attrs

from daraja.errors import Conflict
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment

__all__ = ["MemoryStore"]


class MemoryStore:
    """A ``PaymentStore`` without a database; what it holds is lost with the process, so take no real money with it."""

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._payments: Final[dict[str, Payment]] = {}
        self._attempts: Final[dict[tuple[Account, str | None], str]] = {}
        self._owners: Final[dict[tuple[str, str, str], str]] = {}
        self._history: Final[dict[str, list[HistoryEntry]]] = {}
        self._callbacks: Final[dict[int, ReceivedCallback]] = {}
        self._notes: Final[dict[int, str]] = {}
        self._kept: Final[Counter[tuple[Account, str | None]]] = Counter()
        self._recorded = 0

    def insert(self, payment: Payment, /) -> Payment:
        """See ``PaymentStore.insert``."""
        with self._lock:
            attempt = payment.account, payment.idempotency_key
            if attempt in self._attempts:
                return self._payments[self._attempts[attempt]]
            if payment.key in self._payments:
                message = f"payment {payment.key} is there already"
                raise Conflict(message)
            self._claim_facts(payment)
            self._payments[payment.key] = _copied(payment)
            self._history[payment.key] = []
            if payment.idempotency_key is not None:
                self._attempts[attempt] = payment.key
            return payment

    def load(self, key: str, /) -> Payment | None:
        """See ``PaymentStore.load``."""
        with self._lock:
            return self._payments.get(key)

    def find(self, name: str, value: str, environment: str, /) -> Payment | None:
        """See ``PaymentStore.find``."""
        with self._lock:
            return self._payments.get(self._owners.get((name, value, environment), ""))

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        """See ``PaymentStore.swap``."""
        with self._lock:
            current = self._payments.get(old.key)
            if current is None or current.version != old.version:
                return False
            self._claim_facts(new)
            for fact in _unique_facts(current) - _unique_facts(new):
                del self._owners[fact]
            self._payments[new.key] = _copied(new)
            self._history[new.key].append(entry)
            if entry.callback_id is not None:
                self._note(entry.callback_id, entry.event)
            return True

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[Payment]:
        """See ``PaymentStore.due``."""
        with self._lock:
            waiting = [(payment.next_check_at, payment) for payment in self._payments.values()]
        found = [(at, payment) for at, payment in waiting if at and at <= now and _is_of(payment.account, account)]
        return [payment for _, payment in sorted(found, key=lambda entry: entry[0])[:limit]]

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[Payment]:
        """See ``PaymentStore.need_attention``."""
        with self._lock:
            found = [
                payment
                for payment in self._payments.values()
                if payment.needs_attention and _is_of(payment.account, account)
            ]
        return sorted(found, key=lambda payment: payment.created_at)[:limit]

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """See ``PaymentStore.history``."""
        with self._lock:
            return tuple(self._history.get(key, ()))

    def record(self, callback: ReceivedCallback, /) -> str:
        """See ``PaymentStore.record``."""
        place = callback.account, callback.key
        with self._lock:
            if self._kept[place] >= callback.limit:
                message = f"{self._kept[place]} callbacks of one kind are kept already, which is all that may be"
                raise Conflict(message)
            self._kept[place] += 1
            self._recorded += 1
            self._callbacks[self._recorded] = attrs.evolve(callback, id=str(self._recorded))
            return str(self._recorded)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback]:
        """See ``PaymentStore.unprocessed``."""
        first = int(after or 0) + 1
        with self._lock:
            return [
                callback
                for number, callback in self._callbacks.items()
                if number >= first and number not in self._notes and _is_of(callback.account, account)
            ][:limit]

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``PaymentStore.processed``."""
        with self._lock:
            self._note(callback_id, note)

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge``."""
        return self._purge(before, limit, account, lambda callback: not self._needs_attention(callback.key))

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge_unsigned``."""
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
                and _is_of(callback.account, account)
                and may_go(callback)
            ][:limit]
            for number in old:
                callback = self._callbacks.pop(number)
                self._kept[callback.account, callback.key] -= 1
                del self._notes[number]
            return len(old)

    def _claim_facts(self, payment: Payment) -> None:
        for fact in _unique_facts(payment):
            if self._owners.get(fact, payment.key) != payment.key:
                message = f"payment {self._owners[fact]} has the {fact[0]} of payment {payment.key}"
                raise Conflict(message)
        self._owners.update(dict.fromkeys(_unique_facts(payment), payment.key))

    def _note(self, callback_id: str, note: str) -> None:
        number = int(callback_id)
        if number in self._callbacks:
            self._notes.setdefault(number, note)

    def _needs_attention(self, key: str | None) -> bool:
        payment = self._payments.get(key or "")
        return payment is not None and payment.needs_attention


def _unique_facts(payment: Payment) -> frozenset[tuple[str, str, str]]:
    facts = payment.facts
    return frozenset((name, str(facts[name]), payment.environment) for name in payment.kind.unique if name in facts)


def _copied(payment: Payment) -> Payment:
    """Keep the metadata as a database would: later changes by the caller are not stored, and what is no JSON fails."""
    metadata = json.loads(json.dumps(dict(payment.metadata), allow_nan=False))
    return attrs.evolve(payment, metadata=metadata)


def _is_of(account: Account, wanted: Account | None) -> bool:
    return wanted is None or account == wanted
