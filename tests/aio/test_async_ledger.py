"""The ledger for async code, over a store with coroutine functions and over one that is called in threads."""

import asyncio
from typing import Any

import attrs
import pytest

from daraja import Status
from daraja.aio import AsyncLedger
from daraja.errors import ConfigurationError
from daraja.ledger import Filter, Ledger
from daraja.stores import MemoryStore
from tests.aio.awaiting import AsyncStore
from tests.support.payments import a_payment
from tests.support.scripted import PHONE


@pytest.mark.parametrize("make", [MemoryStore, AsyncStore])
def test_it_lists_decides_exports_and_erases_like_the_other_one(make: Any) -> None:  # noqa: ANN401 - either store
    store = make()
    behind: MemoryStore = store.store if isinstance(store, AsyncStore) else store
    payment = behind.insert(attrs.evolve(a_payment(), status=Status.UNCONFIRMED))

    async def work() -> None:
        ledger = AsyncLedger(store)
        assert (await ledger.list(Filter(phone=PHONE))).records == (payment,)
        transition = await ledger.resolve(payment.key, paid=True, note="on the statement", by="Wanjiku")
        assert transition.became_success
        assert [entry.event for entry in await ledger.history(payment.key)] == ["person paid"]
        assert len((await ledger.export(PHONE))["records"]) == 1
        assert (await ledger.erase(PHONE)).erased == (payment.key,)

    asyncio.run(work())
    assert behind.load(payment.key) not in (None, payment)
    assert behind.list(Filter(phone=PHONE), 9) == []


def test_a_store_that_has_to_be_awaited_is_refused_by_the_other_one() -> None:
    class Awaited(AsyncStore):
        async def swap(self, *_: object) -> bool:
            return False

    store: Any = Awaited()
    with pytest.raises(ConfigurationError, match="store: is async; give it to AsyncCheckout or AsyncLedger"):
        Ledger(store)
