"""The async checkout as a shop uses it: any store, any hook, and no output that shows a secret."""

import asyncio
import logging
import pickle
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import get_ident
from typing import Any, Final

import attrs
import httpx2
import pytest

from daraja import AsyncCheckout, AsyncDaraja, Environment, Payment, Status
from daraja.errors import AttemptOpen, DarajaError, InvalidInput, NotSent, OutcomeUnknown, TooEarly, UnknownPayment
from daraja.lifecycle.reconcile import Report
from daraja.simulator import LocalDaraja
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from daraja.testing import ManualClock
from daraja.transports.httpx2 import Httpx2Transport
from tests.aio.awaiting import AsyncStore, Awaited
from tests.simulator.kiosk import CONFIG
from tests.support.leaks import everything_shown
from tests.support.scripted import (
    CALLBACK_SECRET,
    CONSUMER_KEY,
    CONSUMER_SECRET,
    PASSKEY,
    PHONE,
    ScriptedAnswer,
    ScriptedTransport,
    accepted,
    answer,
    refusal,
    settings,
    token,
)
from tests.support.shops import callback_body, paid, token_for

TOKEN: Final = "an-access-token-nobody-may-see"
PAID: Final = answer(200, {"ResponseCode": "0", "ResultCode": "0", "ResultDesc": "Processed."})
PROCESSING: Final = refusal(500, "500.001.1001", "The transaction is being processed")


def client_of(*replies: ScriptedAnswer, clock: ManualClock | None = None) -> AsyncDaraja:
    clock = ManualClock() if clock is None else clock
    return AsyncDaraja(settings(), transport=Awaited(ScriptedTransport(replies)), clock=clock)


async def claim(checkout: AsyncCheckout, payment: Payment) -> None:
    """Deliver the callback that says that a payment was paid."""
    reply = await checkout.receive(paid(payment), token=token_for(settings(), payment.key), remote_ip="1.2.3.4")
    assert reply.status_code == 200
    assert reply.transition is not None
    assert reply.transition.became_success


def sqlite(folder: Path) -> SqlStore:
    store = SqlStore(f"sqlite:///{folder / 'payments.db'}")
    store.create_schema()
    return store


def in_memory(_: Path) -> MemoryStore:
    return MemoryStore()


def async_itself(_: Path) -> AsyncStore:
    return AsyncStore()


@pytest.mark.parametrize("open_store", [in_memory, async_itself, sqlite])
def test_a_whole_payment_works_with_any_store(open_store: Callable[[Path], Any], tmp_path: Path) -> None:
    clock, store, told = ManualClock(), open_store(tmp_path), list[Payment]()

    async def sell() -> None:
        checkout = AsyncCheckout(client_of(token(), accepted(), PROCESSING, clock=clock), store, on_success=told.append)
        payment = await checkout.start(phone="0712 345 678", amount=500, reference="ORD-1", metadata={"order": 7})
        assert payment.status is Status.INITIATED
        assert checkout.store is store
        assert await checkout.payment(payment.key) == payment
        assert (await checkout.refresh(payment.key)).after.status is Status.INITIATED
        assert not await checkout.may_retry(payment.key)
        await claim(checkout, payment)
        assert [(one.key, one.metadata) for one in told] == [(payment.key, {"order": 7})]
        assert (await checkout.wait(payment.key)).paid
        await checkout.receive(callback_body({"CheckoutRequestID": "ws_CO_9", "ResultCode": 0, "ResultDesc": "x"}))
        [callback_id] = (await checkout.reconcile()).unmatched
        await checkout.dismiss(callback_id, note="nothing of ours")
        assert (await checkout.reconcile()).unmatched == ()
        clock.advance(1)
        assert await checkout.purge_callbacks(timedelta(0)) == 2
        with pytest.raises(InvalidInput):
            await checkout.resolve(payment.key, paid=True, note="", by="me")
        with pytest.raises(UnknownPayment):
            await checkout.payment("0" * 32)

    asyncio.run(sell())
    if isinstance(store, SqlStore):
        store.close()


@pytest.mark.parametrize("open_store", [in_memory, async_itself, sqlite])
def test_of_many_tasks_that_charge_an_order_one_asks_and_all_get_its_payment(
    open_store: Callable[[Path], Any], tmp_path: Path
) -> None:
    store, refunds = open_store(tmp_path), list[str]()

    async def refund(payment: Payment) -> None:
        refunds.append(payment.key)

    async def sell() -> None:
        clock = ManualClock()
        client = client_of(token(), accepted("ws_CO_1"), accepted("ws_CO_2"), clock=clock)
        checkout = AsyncCheckout(client, store, on_refund_due=refund)
        charge = partial(checkout.charge, order="ORD-1", phone=PHONE, amount=500)
        payments = await asyncio.gather(*(charge() for _ in range(20)))
        [key] = {payment.key for payment in payments}
        first = await checkout.payment(key)
        with pytest.raises(AttemptOpen):
            await checkout.charge(order="ORD-1", phone=PHONE, amount=700)
        failed = paid(first, result_code="1032", receipt=None)
        await checkout.receive(failed, token=token_for(settings(), first.key))
        with pytest.raises(TooEarly):
            await charge()
        clock.advance(60)
        second = await charge()
        await claim(checkout, second)
        await checkout.receive(paid(first), token=token_for(settings(), first.key))
        order = await checkout.order("ORD-1")
        assert order.paid
        assert order.refunds_due == (await checkout.payment(key),)
        assert refunds == [key]

    asyncio.run(sell())
    if isinstance(store, SqlStore):
        store.close()


# Who is told ----------------------------------------------------------------------------------------------------------


class Hook:
    """An ``on_success`` in every form. It records its payments and its threads."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.threads: list[int] = []

    def plain(self, payment: Payment) -> None:
        self.told.append(payment.key)
        self.threads.append(get_ident())

    async def awaited(self, payment: Payment) -> None:
        await asyncio.sleep(0)
        self.plain(payment)

    def promised(self, payment: Payment) -> Awaitable[None]:
        return self.awaited(payment)


@pytest.mark.parametrize(("form", "here"), [("plain", False), ("awaited", True), ("promised", True)])
def test_on_success_is_awaited_or_called_in_a_thread(form: str, *, here: bool) -> None:
    hook = Hook()

    async def sell() -> Payment:
        checkout = AsyncCheckout(client_of(token(), accepted()), MemoryStore(), on_success=getattr(hook, form))
        payment = await checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        await claim(checkout, payment)
        return await checkout.payment(payment.key)

    payment = asyncio.run(sell())

    assert hook.told == [payment.key]
    assert (hook.threads == [get_ident()]) is here
    assert payment.notified_at is not None


def test_reconcile_calls_a_failed_on_success_again() -> None:
    clock, told = ManualClock(), list[Payment]()

    async def fulfil(payment: Payment) -> None:
        told.append(payment)
        if len(told) == 1:
            raise LookupError

    async def sell() -> Report:
        checkout = AsyncCheckout(client_of(token(), accepted(), clock=clock), MemoryStore(), on_success=fulfil)
        await claim(checkout, await checkout.start(phone=PHONE, amount=500, reference="ORD-1"))
        clock.advance(3600)
        return await checkout.reconcile()

    assert asyncio.run(sell()).delivered == 1
    assert len(told) == 2


@pytest.mark.parametrize("awaited", [True, False])
def test_progress_is_reported_to_an_async_callable_too(*, awaited: bool) -> None:
    clock, seen = ManualClock(), list[Report]()

    async def watch(report: Report) -> None:
        seen.append(report)

    async def look() -> Report:
        checkout = AsyncCheckout(client_of(token(), accepted(), PAID, clock=clock), MemoryStore())
        await checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        clock.advance(60)
        return await checkout.reconcile(progress=watch if awaited else seen.append)

    report = asyncio.run(look())

    assert report.succeeded == 1
    assert seen[-1].asked == report.asked == 1


# What nobody may see --------------------------------------------------------------------------------------------------

NUMBERS: Final[Mapping[str, Any]] = {  # Any: arguments of many types
    "phone": PHONE,
    "amount": 5,
    "reference": PHONE,
    "description": PHONE,
    "idempotency_key": f"{PHONE}-1",
    "metadata": {"customer": PHONE, "order": {"phone": int(PHONE)}},
}
NEVER_SHOWN: Final = (CONSUMER_KEY, CONSUMER_SECRET, PASSKEY, CALLBACK_SECRET, TOKEN, PHONE[3:])

FAILING: Final[list[list[ScriptedAnswer]]] = [
    [NotSent("refused")] * 3,
    [answer(200, [TOKEN])],
    [token(TOKEN), *[OutcomeUnknown("broke")] * 3],
    [token(TOKEN), refusal(400, "400.002.02", f"Bad Request - Invalid PhoneNumber {PHONE}")],
    [token(TOKEN), refusal(500, "500.001.1001", f"Unable to lock subscriber {PHONE}")],
]


def found_in(text: str) -> list[str]:
    return [secret for secret in NEVER_SHOWN if secret in text]


def shown_by(work: Callable[[], Awaitable[object]]) -> str:
    """Return all visible output of *work*."""

    async def run() -> object:
        return await work()

    try:
        return repr(asyncio.run(run()))
    except DarajaError as error:
        failed = error
    assert (failed.__context__, failed.__cause__) == (None, None)
    stored: DarajaError = pickle.loads(pickle.dumps(failed))  # noqa: S301 - our own bytes
    return everything_shown(failed) + everything_shown(stored)


@pytest.mark.parametrize("replies", FAILING)
def test_no_failure_shows_a_secret_or_a_number(replies: list[ScriptedAnswer], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        shown = shown_by(partial(AsyncCheckout(client_of(*replies), MemoryStore()).start, **NUMBERS))
        shown += shown_by(partial(client_of(*replies).stk_push, phone=PHONE, amount=5, reference=PHONE))
        shown += shown_by(partial(client_of(*replies).stk_query, f"ws_CO_{PHONE}"))

    assert found_in(shown) == []
    assert found_in(caplog.text) == []


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("wrong", [PHONE * 60, int(PHONE), PHONE.encode(), (PHONE,)])
def test_no_error_about_an_argument_shows_a_secret_or_a_number(name: str, wrong: Any) -> None:  # noqa: ANN401 - wrong on purpose
    checkout = AsyncCheckout(client_of(), MemoryStore())
    shown = shown_by(partial(checkout.start, **{**NUMBERS, name: wrong}))
    shown += shown_by(partial(checkout.receive, wrong)) + shown_by(partial(checkout.payment, PHONE))

    assert "InvalidInput" in shown
    assert found_in(shown) == []


def test_a_wrong_argument_raises_when_the_call_is_awaited() -> None:
    checkout = AsyncCheckout(client_of(), MemoryStore())

    async def start() -> None:
        wrong, unknown = checkout.start(phone="1", amount=5, reference="A"), checkout.start(phne="1")  # type: ignore[call-arg]  # wrong on purpose
        with pytest.raises(InvalidInput):
            await wrong
        with pytest.raises(TypeError, match="phne"):
            await unknown

    asyncio.run(start())


# With real parts ------------------------------------------------------------------------------------------------------


def test_it_works_with_the_default_transport_and_with_the_user_s_own_client() -> None:
    async def sell(local: LocalDaraja) -> None:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url="http://127.0.0.1:9/")
        daraja = AsyncDaraja(config)
        async with daraja, httpx2.AsyncClient() as client:
            lent = AsyncDaraja(config, transport=Httpx2Transport(client))
            for each, phone in ((daraja, "0712345678"), (lent, "0733345678")):
                payment = await AsyncCheckout(each, MemoryStore()).start(phone=phone, amount=5, reference="A")
                assert payment.status is Status.INITIATED
                await each.close()
            assert not client.is_closed
            assert (await daraja.stk_push(phone="0722345678", amount=5, reference="A")).checkout_request_id
        assert daraja.config is config

    with LocalDaraja() as local:
        asyncio.run(sell(local))
        assert len(local.engine.stk.pushes) == 3


def test_event_loops_in_several_threads_share_one_client_and_one_store(tmp_path: Path) -> None:
    store = sqlite(tmp_path)

    async def sell(number: int) -> Payment:
        async with daraja:
            return await AsyncCheckout(daraja, store).start(phone=f"071234567{number}", amount=5, reference="A")

    def sell_here(number: int) -> Payment:
        return asyncio.run(sell(number))

    with LocalDaraja() as local, ThreadPoolExecutor(2) as threads:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url="http://127.0.0.1:9/")
        daraja = AsyncDaraja(config)
        payments = list(threads.map(sell_here, range(6)))
        assert len(local.engine.stk.pushes) == 6
    store.close()

    assert [payment.status for payment in payments] == [Status.INITIATED] * 6


def test_without_asyncio_nothing_is_sent_and_nothing_is_stored() -> None:
    line, store = ScriptedTransport([]), MemoryStore()
    daraja = AsyncDaraja(settings(), transport=Awaited(line))
    push: Mapping[str, Any] = {"phone": PHONE, "amount": 5, "reference": "A"}  # Any: as above
    for work in (daraja.stk_push(**push), daraja.stk_query("ws_CO_1"), AsyncCheckout(daraja, store).start(**push)):
        with pytest.raises(RuntimeError, match="no running event loop"):
            work.send(None)

    assert line.requests == []
    assert store.due(datetime.max.replace(tzinfo=UTC), 10) == []


def test_without_the_extra_the_error_says_what_to_install() -> None:
    program = """
import sys
sys.modules["httpx2"] = None
from daraja import AsyncDaraja, Config, PayBill
config = Config(
    consumer_key="k",
    consumer_secret="s",
    business=PayBill("174379", passkey="p"),
    environment="simulator",
    callback_url="https://shop.example/",
)
class Transport:
    async def asend(self, request, /): ...
AsyncDaraja(config, transport=Transport())
AsyncDaraja(config)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].endswith('needs the package httpx2: pip install "daraja-kit[async]"')
