"""The cost of receiving a callback: the checkout against its bare statements."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.figures import Figure, medians, seconds, share
from bench.rivals import Core, Postgres, Rival, Sqlite
from bench.servers import postgres
from bench.waiting import Waiting, waiting
from daraja import Checkout, Daraja
from daraja.stores.sql import SqlStore
from daraja.testing import sample_config

__all__ = ["measure"]

_ROUNDS: Final = 100
_AT_ONCE: Final = 20
"""The number of callbacks of one contender before the next has its turn, because callbacks per second count."""
_TARGETS: Final = {"SQLite": (0.70, 0.40), "PostgreSQL": (0.80, 0.55)}


def measure(*, quick: bool) -> list[Figure]:
    """Compare callbacks a second through ``Checkout.receive`` with SQLAlchemy Core and with the bare driver."""
    rounds = 5 if quick else _ROUNDS
    payments = waiting(sample_config(base_url="http://127.0.0.1:1"), (rounds + 1) * _AT_ONCE)
    with TemporaryDirectory() as folder:
        files = [f"sqlite:///{Path(folder) / name}.db" for name in ("ours", "core", "driver")]
        with Sqlite(Path(folder) / "driver.db") as driver:
            figures = _compare("SQLite", files, driver, payments, rounds)
    with postgres() as server, ExitStack() as stack:
        addresses = [stack.enter_context(server.database()) for _ in range(3)]
        with Postgres(addresses[-1]) as driver:
            figures += _compare("PostgreSQL", addresses, driver, payments, rounds)
    return figures


def _compare(name: str, urls: list[str], driver: Rival, payments: list[Waiting], rounds: int) -> list[Figure]:
    stores = [SqlStore(url) for url in urls]
    for store in stores:
        store.create_schema()
        for each in payments:
            store.insert(each.payment)
    checkout = Checkout(Daraja(sample_config(base_url="http://127.0.0.1:1")), stores[0])
    core = Core(urls[1])
    ours, plain, bare = medians(
        rounds,
        _some_at_once(lambda each: _receive(checkout, each), payments),
        _some_at_once(core.take_in, payments),
        _some_at_once(driver.take_in, payments),
    )
    core.close()
    for store in stores:
        store.close()
    least_core, least_driver = _TARGETS[name]
    return [
        share(f"callbacks, {name}", ours, plain, "the same statements in SQLAlchemy Core", at_least=least_core),
        share(f"callbacks, {name}, bare", ours, bare, "the same statements in the driver", at_least=least_driver),
    ]


def _receive(checkout: Checkout, each: Waiting) -> None:
    checkout.receive(each.body, token=each.token)


def _some_at_once(take_in: Callable[[Waiting], None], payments: Iterable[Waiting]) -> Callable[[], float]:
    """Return a function that receives the next callbacks and returns the time of one."""
    left = iter(payments)
    return lambda: seconds(lambda: take_in(next(left)), times=_AT_ONCE)
