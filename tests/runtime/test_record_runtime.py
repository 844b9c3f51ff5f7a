"""The runtime of a checkout calls the store and the hooks, and passes every other effect on."""

import logging
import re

import pytest

from daraja.http.flow import Effect, Log, Now, Sleep, ask
from daraja.lifecycle.effects import NewKey, Notify, ShowProgress
from daraja.lifecycle.ports import Records
from daraja.lifecycle.reconcile import Report
from daraja.payments.model import Payment
from daraja.runtime.base import RecordRuntime
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.payments import a_payment
from tests.support.shops import Shop, a_shop


def runtime_of(shop: Shop) -> RecordRuntime:
    return RecordRuntime(runtime=shop.daraja.runtime, store=shop.store)


def test_every_method_of_a_store_can_be_called_by_name() -> None:
    shop = a_shop()
    runtime, payment = runtime_of(shop), a_payment()

    assert runtime.answer(ask(Records.load, payment.key)) is None
    assert runtime.answer(ask(Records.insert, payment)) == payment
    assert runtime.answer(ask(Records.load, payment.key)) == payment
    assert runtime.answer(ask(Records.history, payment.key)) == ()
    assert runtime.answer(ask(Records.unprocessed, 9)) == []


def test_a_call_of_the_store_shows_no_arguments() -> None:
    assert repr(ask(Records.find, "checkout_request_id", "ws_CO_254712345678", "sandbox")) == "StoreCall(method='find')"


def test_keys_have_128_random_bits() -> None:
    runtime = runtime_of(a_shop())
    keys = {runtime.answer(NewKey()) for _ in range(100)}

    assert len(keys) == 100
    assert all(isinstance(key, str) and re.fullmatch("[0-9a-f]{32}", key) for key in keys)


def test_the_hooks_of_the_shop_are_called() -> None:
    paid: list[Payment] = []
    seen: list[Report] = []
    shop = a_shop()
    runtime = RecordRuntime(runtime=shop.daraja.runtime, store=shop.store, on_success=paid.append, progress=seen.append)

    assert runtime.answer(Notify(a_payment())) is None
    assert runtime.answer(ShowProgress(Report(asked=1))) is None
    assert (paid, seen) == ([a_payment()], [Report(asked=1)])


@pytest.mark.parametrize("effect", [Notify(a_payment()), ShowProgress(Report())])
def test_an_async_hook_is_refused(effect: Effect[None]) -> None:
    async def later(_: object) -> None:
        """A coroutine function that does nothing."""

    shop = a_shop()
    runtime = RecordRuntime(runtime=shop.daraja.runtime, store=shop.store, on_success=later, progress=later)

    with pytest.raises(TypeError, match="returned an awaitable"):
        runtime.answer(effect)


def test_without_hooks_nothing_is_called() -> None:
    runtime = runtime_of(a_shop())

    assert runtime.answer(Notify(a_payment())) is None
    assert runtime.answer(ShowProgress(Report())) is None


@pytest.mark.parametrize(("warning", "level"), [(False, "INFO"), (True, "WARNING")])
def test_a_log_line_begins_with_its_event(warning: object, level: str, caplog: pytest.LogCaptureFixture) -> None:
    runtime = runtime_of(a_shop())
    line = Log("payment.moved", {"key": "0" * 32, "before": "pending"}, warning=bool(warning))
    with caplog.at_level(logging.DEBUG):
        runtime.answer(line)

    assert [(one.name, one.levelname, one.getMessage()) for one in caplog.records] == [
        ("daraja", level, f"payment.moved key={'0' * 32} before=pending")
    ]


def test_a_log_line_below_the_level_is_not_formatted(caplog: pytest.LogCaptureFixture) -> None:
    class Dear:
        def __str__(self) -> str:
            raise AssertionError

    with caplog.at_level(logging.ERROR, "daraja"):
        runtime_of(a_shop()).answer(Log("payment.moved", {"key": Dear()}))

    assert caplog.records == []


def test_every_other_effect_is_passed_on() -> None:
    clock = ManualClock()
    runtime = runtime_of(a_shop(clock=clock))

    assert runtime.answer(Now()) == clock.now()
    assert runtime.answer(Sleep(3)) is None
    assert clock.slept == [3]


def test_an_unknown_effect_is_a_clear_error() -> None:
    class Unknown(Effect[None]):
        pass

    with pytest.raises(TypeError, match="Unknown"):
        runtime_of(a_shop()).answer(Unknown())


def test_an_error_of_the_store_passes_through() -> None:
    class Broken(MemoryStore):
        def load(self, key: str, /) -> Payment | None:
            raise LookupError(key)

    with pytest.raises(LookupError):
        runtime_of(a_shop(store=Broken())).answer(ask(Records.load, "0" * 32))
