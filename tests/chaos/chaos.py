"""A chaos run, from the empty database to the stored payments at the end."""

import socket
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Final

from sqlalchemy import create_engine

from daraja import Payment
from daraja.simulator import LocalDaraja
from daraja.stores.sql import SqlStore
from daraja.stores.sql.schema import PAYMENTS
from tests.chaos.attempts import phone_of
from tests.chaos.database import count_open, read_stored
from tests.chaos.driver import Driver
from tests.chaos.invariants import Truth
from tests.chaos.ledger import create_ledger
from tests.chaos.outcome import QUEUE, RECOVERY_WORKERS, WORKERS, Outcome, settings_of
from tests.chaos.plan import draw
from tests.chaos.process import Worker
from tests.chaos.recording_engine import RecordingEngine
from tests.chaos.recovery import recover
from tests.chaos.scenarios import Scenarios
from tests.chaos.workers import Inbox, WorkerPool, kills

__all__ = ["run_chaos"]

_BEFORE: Final = timedelta(hours=13)
"""The run starts this long before the real time and ends as long after it. Daraja refuses timestamps a day off."""


def run_chaos(database: str, folder: Path, *, payments: int, seed: int) -> Outcome[Truth, Payment]:
    """Make payments with faults of every kind, let time pass, and return the outcome.

    Args:
        database: The address of an empty PostgreSQL database.
        folder: The folder for the error output of workers.
        payments: The number of attempts.
        seed: Chooses the faults. Their exact time depends on the machine.
    """
    began = time.monotonic()
    rng, planned = Random(seed), Scenarios()  # noqa: S311 - the test needs a repeatable random number
    plans = [draw(rng) for _ in range(payments)]
    engine = create_engine(database, hide_parameters=True)
    SqlStore(engine).create_schema()
    create_ledger(engine)
    scenarios = {phone_of(number): planned.scenario(plan) for number, plan in enumerate(plans)}
    inbox: Inbox = SimpleQueue()
    recording = RecordingEngine(scenarios, lambda: inbox.put((None, "notified", "")))
    with socket.create_server(("127.0.0.1", 0), backlog=QUEUE) as listener, LocalDaraja(engine=recording) as local:
        settings = settings_of(local, listener, database, payments, path="callback", before=_BEFORE)
        start_worker = partial(Worker, "tests.chaos.worker", settings, folder / "workers.log")
        with WorkerPool(start_worker, WORKERS, inbox) as day:
            driver = Driver(day, local, lambda: bool(recording.under_way), payments, rng)
            driver.run()
        with WorkerPool(start_worker, RECOVERY_WORKERS, SimpleQueue()) as night:
            reports = recover(night, partial(count_open, engine, PAYMENTS))
    stored = read_stored(engine, PAYMENTS)
    engine.dispose()
    return Outcome(
        seed=seed,
        seconds=time.monotonic() - began,
        truth=Truth(
            plans=plans,
            pushes=len(recording.stk.pushes),
            prompts=recording.by_key(),
            arrived=recording.arrived,
            notified=driver.notified,
            interrupted=driver.interrupted,
            reports=reports,
        ),
        stored=stored,
        faults_played=_faults_played(planned, recording, driver, day, night),
        errors=driver.errors,
    )


def _faults_played(
    planned: Scenarios, recording: RecordingEngine, driver: Driver, *pools: WorkerPool
) -> Mapping[str, int]:
    return {
        **planned.counts,
        "callback: lost with its receiver": recording.lost,
        "callback: overtaken by that of a later payment": recording.reordered,
        "attempt: repeated": driver.repeated,
        "attempt: interrupted by a kill": len(driver.interrupted),
        "all tokens revoked": driver.revocations,
        **kills(*pools),
    }
