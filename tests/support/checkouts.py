"""A checkout whose Daraja follows a script, and a store that records its calls."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

import attrs

from daraja import Checkout, Config, Daraja
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.serialization import dumps, loads
from daraja.payments.model import Payment
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, settings

__all__ = ["ScriptedCheckout", "WatchedStore", "scripted_checkout"]

Hitch = Callable[[], object]
"""Something that happens before a store does what it is asked; it may raise."""


class WatchedStore(MemoryStore):
    """Stores payments as text, like a database, records its calls, and first runs a function of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Final[list[str]] = []
        self.first: Final[defaultdict[str, list[Hitch]]] = defaultdict(list)
        """By the name of a method, what happens before its next calls."""

    def insert(self, payment: Payment, /) -> Payment:
        self._asked("insert")
        return _reread(super().insert(payment))

    def load(self, key: str, /) -> Payment | None:
        self._asked("load")
        found = super().load(key)
        return None if found is None else _reread(found)

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        self._asked("swap")
        return super().swap(old, new, entry)

    def record(self, callback: ReceivedCallback, /) -> str:
        self._asked("record")
        return super().record(callback)

    def _asked(self, name: str) -> None:
        self.asked.append(name)
        if self.first[name]:
            self.first[name].pop(0)()


def _reread(payment: Payment) -> Payment:
    return loads(Payment, payment.key, dumps(payment))


@attrs.frozen
class ScriptedCheckout:
    """A checkout with all its parts."""

    checkout: Checkout
    transport: ScriptedTransport
    store: WatchedStore
    clock: ManualClock


def scripted_checkout(
    *replies: ScriptedAnswer,
    store: WatchedStore | None = None,
    clock: ManualClock | None = None,
    config: Config | None = None,
) -> ScriptedCheckout:
    clock = ManualClock() if clock is None else clock
    store = WatchedStore() if store is None else store
    transport = ScriptedTransport(replies)
    daraja = Daraja(settings() if config is None else config, transport=transport, clock=clock)
    return ScriptedCheckout(Checkout(daraja, store), transport, store, clock)
