"""The base of the contracts: how a store is made, and the payments and callbacks that tests put into it."""

# ruff: noqa: ANN401 - changes are fields of a value, which may be of any type

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import attrs
import pytest

from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.payments.model import Account, Payment
from daraja.stores import PaymentStore

__all__ = ["ANOTHER_ACCOUNT", "NOON", "StoreCase"]

Result = TypeVar("Result")

NOON: Final = datetime(2026, 1, 15, 9, 0, 0, 123456, tzinfo=UTC)  # noon in Nairobi, to the microsecond
ANOTHER_ACCOUNT: Final = Account("simulator", "600222")
_MANY: Final = 1_000
_FACTS: Final = ("merchant_request_id", "checkout_request_id", "receipt")


class StoreCase:
    """What a subclass provides, and what the tests make from it."""

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

    def in_thread(self, work: Callable[[], Result], /) -> Result:
        """Do *work* in a thread of a race; override it to close what a thread of yours would leave open."""
        return work()

    @pytest.fixture
    def store(self) -> PaymentStore:
        """An empty store."""
        return self.make_store()

    @pytest.fixture
    def another_store(self, store: PaymentStore) -> PaymentStore:
        """Another store with the same payments in it: what another process would have. Here it is the same one."""
        return store

    def inserted(self, store: PaymentStore, **changes: Any) -> Payment:
        """Put a payment into the store."""
        return store.insert(self.make_payment(**changes))

    def loaded(self, store: PaymentStore, payment: Payment) -> Payment:
        """Return a payment as it stands in the store now."""
        found = store.load(payment.key)
        assert found is not None, "load gives a payment that was inserted"
        return found

    def next_of(self, payment: Payment, **changes: Any) -> Payment:
        """Return the payment with *changes*, in its next version."""
        moved = {"version": payment.version + 1, "updated_at": payment.updated_at + timedelta(seconds=1)}
        return with_facts(payment, **{**moved, **changes})

    def entry_of(self, old: Payment, new: Payment, **changes: Any) -> HistoryEntry:
        """Return the entry that the history gets for a change."""
        entry = HistoryEntry(key=old.key, at=new.updated_at, event="check", before=old.status, after=new.status)
        return attrs.evolve(entry, **changes)

    def swapped(self, store: PaymentStore, payment: Payment, **changes: Any) -> Payment:
        """Put a payment with *changes* in the place of the one that is there."""
        new = self.next_of(payment, **changes)
        assert store.swap(payment, new, self.entry_of(payment, new)), "a swap of the version there is True"
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

    def recorded(self, store: PaymentStore, **changes: Any) -> ReceivedCallback:
        """Put a callback into the store."""
        callback = self.make_callback(**changes)
        return attrs.evolve(callback, id=store.record(callback))


def with_facts(payment: Payment, **changes: Any) -> Payment:
    """Return the payment with *changes*. Ids and the receipt are facts of it, and None takes one away.

    ``environment``, ``shortcode`` and ``tenant`` change its account.
    """
    facts: dict[str, Any] = dict(payment.facts)
    facts.update({name: changes.pop(name) for name in _FACTS if name in changes})
    named = {name: changes.pop(name) for name in ("environment", "shortcode", "tenant") if name in changes}
    account = attrs.evolve(payment.account, **named)
    known = {name: value for name, value in facts.items() if value is not None}
    return attrs.evolve(payment, facts=known, account=account, **changes)
