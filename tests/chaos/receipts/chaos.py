"""A chaos run of sales, from the empty database to the stored payments and receipts at the end."""

import socket
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Final

from sqlalchemy import Connection, Engine, create_engine

from daraja import Checkout, Daraja, Payment, Receipt, Receipts
from daraja.simulator import LocalDaraja
from daraja.stores.sql import SqlReceiptStore, SqlStore
from daraja.stores.sql.schema import PAYMENTS, RECEIPTS
from tests.chaos.clock import FastClock
from tests.chaos.database import count_open, read_stored
from tests.chaos.driver import Driver
from tests.chaos.ledger import create_ledger, fulfil, notify
from tests.chaos.outcome import QUEUE, RECOVERY_WORKERS, WORKERS, Outcome, settings_of
from tests.chaos.process import Worker
from tests.chaos.receipts.books import create_books, read_shipped, take_by_hand, take_payment
from tests.chaos.receipts.customers import Customers
from tests.chaos.receipts.engine import ReceiptEngine
from tests.chaos.receipts.invariants import Truth
from tests.chaos.receipts.person import decide
from tests.chaos.receipts.plan import draw
from tests.chaos.receipts.sales import Sale
from tests.chaos.receipts.scenarios import ConfirmationScenarios
from tests.chaos.receipts.worker import Counter, config_of
from tests.chaos.recovery import recover
from tests.chaos.scenarios import Scenarios
from tests.chaos.shop import Settings
from tests.chaos.workers import Inbox, WorkerPool, kills

__all__ = ["run_chaos"]

_PACE: Final = 1
"""The shop and the local Daraja have the same time, since the shop compares the times of payments with its own."""


def run_chaos(database: str, folder: Path, *, sales: int, seed: int) -> Outcome[Truth, Payment]:
    """Sell with faults of every kind, let time pass, let a person decide the rest, and return the outcome.

    Args:
        database: The address of an empty PostgreSQL database.
        folder: The folder for the error output of workers.
        sales: The number of orders.
        seed: Chooses the faults. Their exact time depends on the machine.
    """
    began = time.monotonic()
    rng = Random(seed)  # noqa: S311 - the test needs a repeatable random number
    plans = [draw(rng) for _ in range(sales)]
    all_sales = [Sale(number) for number in range(sales)]
    pushes, payers = Scenarios(), ConfirmationScenarios()
    engine = create_engine(database, hide_parameters=True)
    SqlStore(engine).create_schema()
    create_ledger(engine)
    create_books(engine, all_sales)
    by_day: Inbox = SimpleQueue()
    by_night: Inbox = SimpleQueue()

    def announce() -> None:
        for inbox in (by_day, by_night):
            inbox.put((None, "notified", ""))

    daraja = ReceiptEngine(
        {
            sale.phone: pushes.scenario(plan.push)
            for sale, plan in zip(all_sales, plans, strict=True)
            if sale.has_prompt
        },
        {sale.phone: payers.scenario(plan) for sale, plan in zip(all_sales, plans, strict=True)},
        announce,
    )
    with socket.create_server(("127.0.0.1", 0), backlog=QUEUE) as listener, LocalDaraja(engine=daraja) as local:

        def is_under_way() -> bool:
            with local.locked():
                return daraja.is_under_way

        settings = settings_of(local, listener, database, sales, path="callback", before=timedelta(0), pace=_PACE)
        counter, clock = _office(settings, engine)
        counter.receipts.register()
        start_worker = partial(Worker, "tests.chaos.receipts.worker", settings, folder / "workers.log")
        with WorkerPool(start_worker, WORKERS, by_day) as day:
            customers = Customers(local)
            customers.pay_before(all_sales)
            driver = Driver(day, local, is_under_way, sales, rng, on_end=customers.pay)
            driver.run()
            customers.pay_again()
            while is_under_way():
                day.next_event()
        with WorkerPool(start_worker, RECOVERY_WORKERS, by_night) as night:

            def advance(step: timedelta) -> None:
                clock.ahead += step.total_seconds()
                local.advance(seconds=step.total_seconds())

            reports = recover(night, lambda: _count_open(engine), is_under_way, advance)
        decided = decide(counter, daraja.money, daraja.asked_for)
        for _ in range(2):
            counter.reconcile(limit=1_000_000)
        orders = [counter.checkout.order(sale.order) for sale in all_sales]
    truth = Truth(
        plans=plans,
        money=daraja.money,
        asked_for=daraja.asked_for,
        confirmed=daraja.confirmed,
        shipped=read_shipped(engine),
        orders=orders,
        receipts=read_stored(engine, RECEIPTS),
        reports=reports,
        decided=decided,
    )
    stored = read_stored(engine, PAYMENTS)
    engine.dispose()
    return Outcome(
        seed=seed,
        seconds=time.monotonic() - began,
        truth=truth,
        stored=stored,
        faults_played={
            **pushes.counts,
            **payers.counts,
            "callback: lost with its receiver": daraja.lost,
            "validation: a mistyped account refused": customers.refused,
            **kills(day, night),
        },
        errors=driver.errors,
    )


def _office(settings: Settings, engine: Engine) -> tuple[Counter, FastClock]:
    """Return the shop as a person in the office has it, and the clock there."""
    clock = FastClock(datetime.fromisoformat(settings["day"]), settings["began"], settings["pace"])
    client = Daraja(config_of(settings), clock=clock)

    def take(connection: Connection, payment: Payment) -> None:
        take_payment(connection, payment)
        fulfil(connection, payment)

    def receive(connection: Connection, receipt: Receipt) -> None:
        take_by_hand(connection, receipt)
        fulfil(connection, receipt)

    receipts = SqlReceiptStore(engine, on_received=receive)
    checkout = Checkout(
        client, SqlStore(engine, on_success=take), on_success=partial(notify, engine), receipts=receipts
    )
    counter = Counter(
        checkout, Receipts(client, receipts, checkout=checkout, on_received=partial(notify, engine), pull=True)
    )
    return counter, clock


def _count_open(engine: Engine) -> int:
    return count_open(engine, PAYMENTS) + count_open(engine, RECEIPTS)
