"""A chaos run of payouts, from the empty database to the stored payouts at the end."""

import socket
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Final

from sqlalchemy import Engine, create_engine, select

from daraja.disbursements.model import Payout
from daraja.simulator import Account, LocalDaraja
from daraja.stores.sql import SqlPayoutStore
from daraja.stores.sql.schema import PAYOUTS
from tests.chaos.attempts import phone_of
from tests.chaos.database import count_open, read_stored
from tests.chaos.driver import Driver
from tests.chaos.ledger import create_ledger
from tests.chaos.outcome import QUEUE, RECOVERY_WORKERS, WORKERS, Outcome, settings_of
from tests.chaos.payouts.attempts import BULK
from tests.chaos.payouts.engine import PayoutEngine
from tests.chaos.payouts.invariants import Truth
from tests.chaos.payouts.plan import draw
from tests.chaos.payouts.scenarios import PROBE_DUPLICATE, Scenarios
from tests.chaos.process import Worker
from tests.chaos.recovery import recover
from tests.chaos.workers import Inbox, WorkerPool, kills

__all__ = ["run_chaos"]

_BEFORE: Final = timedelta(hours=14)
_FLOAT: Final = 1_000_000_000


def run_chaos(database: str, folder: Path, *, payouts: int, probe: bool, seed: int) -> Outcome[Truth, Payout]:
    """Pay out with faults of every kind, let time pass, and return the outcome.

    Args:
        database: The address of an empty PostgreSQL database.
        folder: The folder for the error output of workers.
        payouts: The number of attempts.
        probe: Whether the same id is sent once more while it is in doubt.
        seed: Chooses the faults. Their exact time depends on the machine.
    """
    began = time.monotonic()
    rng, planned = Random(seed), Scenarios()  # noqa: S311 - the test needs a repeatable random number
    plans = [draw(rng) for _ in range(payouts)]
    engine = create_engine(database, hide_parameters=True)
    SqlPayoutStore(engine).create_schema()
    create_ledger(engine)
    by_day: Inbox = SimpleQueue()
    by_night: Inbox = SimpleQueue()

    def announce() -> None:
        for inbox in (by_day, by_night):
            inbox.put((None, "notified", ""))

    scenarios = {phone_of(number): planned.scenario(plan) for number, plan in enumerate(plans)}
    daraja = PayoutEngine(scenarios, _FLOAT, announce)
    with socket.create_server(("127.0.0.1", 0), backlog=QUEUE) as listener, LocalDaraja(engine=daraja) as local:

        def is_under_way() -> bool:
            with local.locked():
                return daraja.is_under_way

        settings = settings_of(local, listener, database, payouts, path="results", before=_BEFORE, probe=probe)
        start_worker = partial(Worker, "tests.chaos.payouts.worker", settings, folder / "workers.log")
        with WorkerPool(start_worker, WORKERS, by_day) as day:
            driver = Driver(day, local, is_under_way, payouts, rng)
            driver.run()
        with WorkerPool(start_worker, RECOVERY_WORKERS, by_night) as night:
            reports = recover(night, partial(count_open, engine, PAYOUTS), is_under_way)
    truth = Truth(
        plans=plans,
        transactions=daraja.transactions_by_key(),
        spent=_FLOAT - int(daraja.ledger.balances(BULK)[Account.UTILITY]),
        arrived=daraja.arrived,
        told=driver.notified,
        counters=_read_counters(engine),
        reports=reports,
    )
    stored = read_stored(engine, PAYOUTS)
    engine.dispose()
    return Outcome(
        seed=seed,
        seconds=time.monotonic() - began,
        truth=truth,
        stored=stored,
        faults_played={
            **planned.counts,
            "callback: lost with its receiver": daraja.lost,
            PROBE_DUPLICATE: daraja.duplicates,
            **kills(day, night),
        },
        errors=driver.errors,
    )


def _read_counters(engine: Engine) -> Mapping[str, int]:
    assert PAYOUTS.charges is not None
    with engine.connect() as connection:
        return {row.counter: row.amount for row in connection.execute(select(PAYOUTS.charges))}
