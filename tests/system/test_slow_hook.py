"""A function of the shop's that keeps customers waiting is named in the log."""

import asyncio
import logging
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection

from daraja import Daraja, Payment
from daraja.lifecycle.effects import Notify
from daraja.runtime import arun
from daraja.runtime.base import RecordRuntime
from daraja.runtime.tasks import TaskRecordRuntime
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from daraja.system.machine import timed
from daraja.testing import ManualClock
from tests.stores.sql.samples import paid
from tests.support.payments import a_payment
from tests.support.scripted import ScriptedTransport, settings


def fulfil(_: object) -> None: ...


class Fulfilment:
    def __call__(self, _: object) -> None: ...


@pytest.mark.parametrize(
    ("hook", "name"),
    [
        (fulfil, f"{__name__}.fulfil"),
        (Fulfilment(), f"{__name__}.Fulfilment"),
        (partial(fulfil), "functools.partial"),
    ],
)
def test_a_hook_that_takes_more_than_a_second_is_named(
    hook: object, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    times = iter([10.0, 12.5])
    with timed(hook, lambda: next(times)):
        pass
    assert [record.getMessage() for record in caplog.records] == [f"payment.slow_hook hook={name} seconds=2.5"]


def test_a_hook_that_is_quick_is_not_named_and_one_that_fails_slowly_is(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([10.0, 11.0, 20.0, 23.0])
    with timed(fulfil, lambda: next(times)):
        pass
    assert caplog.records == []
    with suppress(LookupError), timed(fulfil, lambda: next(times)):
        raise LookupError
    assert len(caplog.records) == 1


@pytest.mark.parametrize("runtime", [RecordRuntime, TaskRecordRuntime])
def test_the_hook_of_a_checkout_is_timed(runtime: type[RecordRuntime], caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()

    def slow(_: object) -> None:
        clock.advance(1.2)

    inner = Daraja(settings(), transport=ScriptedTransport([])).runtime
    notifying = runtime(runtime=inner, store=MemoryStore(), on_success=slow, monotonic=clock.monotonic)
    with caplog.at_level(logging.WARNING):
        asyncio.run(arun(Notify(a_payment()), notifying))
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.endswith("test_the_hook_of_a_checkout_is_timed.<locals>.slow seconds=1.2")


@pytest.mark.slow
def test_the_hook_inside_the_transaction_of_a_store_is_timed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def slow(_: Connection, __: Payment) -> None:
        Event().wait(1.1)

    with closing(SqlStore(f"sqlite:///{tmp_path / 'payments.db'}", on_success=slow)) as store:
        old = store.insert(a_payment())
        assert store.swap(old, *paid(old))
    assert "payment.slow_hook" in caplog.text
