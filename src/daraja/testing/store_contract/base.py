"""The base of the contracts: how a store is made, and the records and callbacks that tests put into it."""

# ruff: noqa: ANN401 - changes are fields of a value, which may be of any type

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeVar

import attrs
import pytest

from daraja.lifecycle.kind import Kind
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, RecordStore
from daraja.lifecycle.record import Account, Record
from daraja.payments.model import Payment
from daraja.stores import PaymentStore

R = TypeVar("R", bound=Record)
Result = TypeVar("Result")

NOON: Final = datetime(2026, 1, 15, 9, 0, 0, 123456, tzinfo=UTC)  # noon in Nairobi, to the microsecond
ANOTHER_ACCOUNT: Final = Account("simulator", "600222")
_MANY: Final = 1_000


class RecordCase(Generic[R]):
    """The base of all store contracts: the kind of record, the store of the subclass, and makers of records."""

    kind: ClassVar[Kind]

    def make_store(self) -> RecordStore[R]:
        """Make an empty store: override this, or the fixture ``store``."""
        raise NotImplementedError

    def make_record(self, **changes: Any) -> R:
        """Make a record that is not in the store yet, with a key of its own and *changes* as in ``with_facts``."""
        raise NotImplementedError

    def in_thread(self, work: Callable[[], Result], /) -> Result:
        """Do *work* in a thread of a race; override it to close connections that your thread leaves open."""
        return work()

    @pytest.fixture
    def store(self) -> RecordStore[R]:
        """An empty store."""
        return self.make_store()

    @pytest.fixture
    def another_store(self, store: RecordStore[R]) -> RecordStore[R]:
        """Another store with the same records, as another process has it. Here it is the same one."""
        return store

    @property
    def moved(self) -> StrEnum:
        """A status above the first one, which decides nothing."""
        return list(self.kind.statuses)[1]

    @property
    def failed(self) -> StrEnum:
        """A status that means that no money moved."""
        return max(self.kind.denied, key=list(self.kind.statuses).index)

    @property
    def unclear(self) -> StrEnum:
        """A status in which a person has to look at a record."""
        return self.kind.stopped

    def named(self, value: str) -> dict[str, str]:
        """Return the change that gives a record Safaricom's id *value*. Each record has its own id."""
        return {self.kind.unique[0]: value}

    def receipted(self, value: str) -> dict[str, str]:
        """Return the change that gives a record a receipt. Each record has its own."""
        return {self.kind.unique[-1]: value}

    def to_phone(self, phone: str) -> dict[str, Any]:
        """Return the change that makes it a record of that phone, other than 254712345678."""
        return {"phone": phone}

    def found(self, store: RecordStore[R], value: str, environment: str = "simulator") -> R | None:
        """Find the record that has that id."""
        return store.find(self.kind.unique[0], value, environment)

    def inserted(self, store: RecordStore[R], **changes: Any) -> R:
        """Put a record into the store."""
        return store.insert(self.make_record(**changes))

    def loaded(self, store: RecordStore[R], record: R) -> R:
        """Return a record as it stands in the store now."""
        found = store.load(record.key)
        assert found is not None, "load gives a record that was inserted"
        return found

    def next_of(self, record: R, **changes: Any) -> R:
        """Return the record with *changes*, in its next version."""
        moved = {"version": record.version + 1, "updated_at": record.updated_at + timedelta(seconds=1)}
        return with_facts(record, **{**moved, **changes})

    def entry_of(self, old: R, new: R, **changes: Any) -> HistoryEntry:
        """Return the entry that the history gets for a change."""
        entry = HistoryEntry(key=old.key, at=new.updated_at, event="check", before=old.status, after=new.status)
        return attrs.evolve(entry, **changes)

    def swapped(self, store: RecordStore[R], record: R, **changes: Any) -> R:
        """Put a record with *changes* in the place of the one that is there."""
        new = self.next_of(record, **changes)
        assert store.swap(record, new, self.entry_of(record, new)), "a swap of the version there is True"
        return new

    def make_callback(self, **changes: Any) -> ReceivedCallback:
        """Make a callback that is not in the store yet."""
        callback = ReceivedCallback(
            account=Account("simulator", "600111"),
            key=secrets.token_hex(16),
            body=b'{"Body": {}}',
            remote_ip="196.201.214.200",
            received_at=NOON,
            limit=_MANY,
        )
        return attrs.evolve(callback, **changes)

    def recorded(self, store: RecordStore[R], **changes: Any) -> ReceivedCallback:
        """Put a callback into the store."""
        callback = self.make_callback(**changes)
        return attrs.evolve(callback, id=store.record(callback))


class PaymentCase(RecordCase[Payment]):
    """The payments of a contract."""

    kind = Payment.kind

    def make_store(self) -> PaymentStore:
        """Make an empty store: override this, or the fixture ``store``."""
        raise NotImplementedError

    def make_payment(self, **changes: Any) -> Payment:
        """Make a payment that is not in the store yet, with a key of its own and *changes* to its fields.

        ``merchant_request_id``, ``checkout_request_id`` and ``receipt`` are facts of it.
        """
        payment = Payment(
            key=secrets.token_hex(16),
            idempotency_key=None,
            account=Account("simulator", "600111"),
            reference="ORD-2026-001",
            description="Laundry",
            amount=500,
            phone="254712345678",
            created_at=NOON,
            updated_at=NOON,
        )
        return with_facts(payment, **changes)

    def make_record(self, **changes: Any) -> Payment:
        """Make a payment."""
        return self.make_payment(**changes)


def with_facts(record: R, **changes: Any) -> R:
    """Return the record with *changes*. The names of unique facts change its facts, and None takes one away.

    ``environment``, ``shortcode`` and ``tenant`` change its account.
    """
    facts: dict[str, Any] = dict(record.facts) | changes.pop("facts", {})
    facts.update({name: changes.pop(name) for name in record.kind.unique if name in changes})
    named = {name: changes.pop(name) for name in ("environment", "shortcode", "tenant") if name in changes}
    account = attrs.evolve(record.account, **named)
    known = {name: value for name, value in facts.items() if value is not None}
    return attrs.evolve(record, facts=known, account=account, **changes)
