"""Compare a store of a million payments with a store of a thousand."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import attrs
from sqlalchemy import create_engine, insert

from bench.figures import Figure, medians, ratio, seconds
from bench.servers import postgres
from bench.waiting import waiting
from daraja import Payment
from daraja.lifecycle.ports import HistoryEntry
from daraja.stores.sql import SqlStore
from daraja.stores.sql.rows import record_values
from daraja.stores.sql.schema import PAYMENTS
from daraja.testing import sample_config

__all__ = ["measure"]

_FEW: Final = 1_000
_MANY: Final = 1_000_000
_PAGE: Final = 10_000
_ROUNDS: Final = 1_000
_OPEN: Final = 100
"""One payment in this number is open; the others are decided, as in a shop of some years."""


def measure(*, quick: bool) -> list[Figure]:
    """Compare look-ups in a large store with the same in a small one."""
    many, rounds = (20_000, 50) if quick else (_MANY, _ROUNDS)
    with TemporaryDirectory() as folder:
        files = [f"sqlite:///{Path(folder) / name}.db" for name in ("few", "many")]
        figures = _compare("SQLite", files, many, rounds)
    with postgres() as server, ExitStack() as stack:
        addresses = [stack.enter_context(server.database()) for _ in range(2)]
        return figures + _compare("PostgreSQL", addresses, many, rounds)


def _compare(name: str, urls: list[str], many: int, rounds: int) -> list[Figure]:
    few, lots = (_Filled(url, size) for url, size in zip(urls, (_FEW, many), strict=True))
    figures: list[Figure] = []
    for what in ("load", "find", "swap", "due"):
        slow, fast = medians(rounds, getattr(lots, what), getattr(few, what))
        figures.append(ratio(f"{what}, {name}", slow, fast, f"{many:,} payments : {_FEW:,}", at_most=1.5))
    few.store.close()
    lots.store.close()
    return figures


class _Filled:
    """A store with this number of payments, and the timed queries."""

    def __init__(self, url: str, size: int) -> None:
        self.store: Final = SqlStore(url)
        self.store.create_schema()
        self._size: Final = size
        self._chance: Final = Random(1)  # noqa: S311 - which payment is asked for is no secret
        (pattern,) = waiting(sample_config(base_url="http://127.0.0.1:1"), 1)
        self._pattern: Final = pattern
        self._later: Final = pattern.payment.created_at + timedelta(days=1)
        _fill(url, size, self._payment)

    def load(self) -> float:
        """Time a look-up by key."""
        key = self._any().key
        return seconds(partial(self.store.load, key))

    def find(self) -> float:
        """Time a look-up by Daraja's id."""
        checkout_request_id = self._any().checkout_request_id or ""
        environment = self._pattern.payment.environment
        return seconds(partial(self.store.find, "checkout_request_id", checkout_request_id, environment))

    def due(self) -> float:
        """Time the list of due payments."""
        return seconds(partial(self.store.due, self._later, 10, self._pattern.payment.account))

    def swap(self) -> float:
        """Time a change."""
        old = self.store.load(self._any().key) or self._pattern.payment
        new = attrs.evolve(old, checks=old.checks + 1, version=old.version + 1)
        entry = HistoryEntry(key=old.key, at=old.updated_at, event="check", before=old.status, after=new.status)
        return seconds(partial(self.store.swap, old, new, entry))

    def _any(self) -> Payment:
        return self._payment(self._chance.randrange(self._size))

    def _payment(self, number: int) -> Payment:
        is_open = number % _OPEN == 0
        like = self._pattern.payment if is_open else self._pattern.paid
        own = {"checkout_request_id": f"ws_CO_23112026101530770{number:09}"}
        if not is_open:
            own["receipt"] = f"UKN{number:07}"
        return attrs.evolve(
            like,
            key=f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}",  # spread like random keys
            idempotency_key=f"attempt-{number}",
            facts={**like.facts, **own},
        )


def _fill(url: str, size: int, payment: Callable[[int], Payment]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for begin in range(0, size, _PAGE):
            page = [record_values(PAYMENTS, payment(number)) for number in range(begin, min(begin + _PAGE, size))]
            connection.execute(insert(PAYMENTS.records), page)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
