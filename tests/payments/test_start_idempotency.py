"""One idempotency key is one attempt, whoever repeats it and however many at once."""

import copy
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Lock
from typing import Any, Final

import pytest

from daraja import Checkout, Config, Daraja, Environment, PayBill, Payment, Status
from daraja.errors import DuplicatePayment
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Engine, LocalDaraja
from daraja.simulator.event_log import EventKind
from daraja.stores import MemoryStore, PaymentStore
from daraja.stores.sql import SqlStore
from tests.payments.starts import GOOD, but, written
from tests.support.checkouts import WatchedStore, scripted_checkout
from tests.support.scripted import accepted, answer, settings, token

OTHER: Final[Mapping[str, Any]] = {  # Any: as in GOOD
    "phone": "0722345678",
    "amount": 501,
    "reference": "ORD-2026-002",
    "description": "Ironing",
    "metadata": {"order_id": "ORD-2026-002"},
}


@pytest.mark.parametrize("field", OTHER)
def test_a_key_with_other_content_is_refused_and_nothing_is_sent(field: str) -> None:
    shop = scripted_checkout(token(), accepted())
    first = shop.checkout.start(**GOOD)
    with pytest.raises(DuplicatePayment, match=first.key) as caught:
        shop.checkout.start(**but(**{field: OTHER[field]}))

    assert caught.value.payment == first
    assert len(shop.transport.requests) == 2
    assert written(shop) == [first]


@pytest.mark.parametrize(
    "same", [{"phone": "+254-712-345678"}, {"amount": Decimal("500.0")}, {"metadata": copy.deepcopy(GOOD["metadata"])}]
)
def test_the_same_content_in_another_form_is_the_same_attempt(same: Mapping[str, Any]) -> None:
    shop = scripted_checkout(token(), accepted())

    assert shop.checkout.start(**GOOD) == shop.checkout.start(**but(**same))
    assert len(shop.transport.requests) == 2


def test_two_shortcodes_in_one_store_have_separate_keys() -> None:
    store = WatchedStore()
    one = scripted_checkout(token(), accepted("ws_CO_1"), store=store)
    other = scripted_checkout(
        token(), accepted("ws_CO_2"), store=store, config=settings(business=PayBill("600999", passkey="another"))
    )

    assert one.checkout.start(**GOOD).key != other.checkout.start(**GOOD).key


def test_a_repetition_returns_the_current_payment() -> None:
    shop = scripted_checkout(
        token(), accepted(), answer(200, {"ResponseCode": "0", "ResultCode": "0", "ResultDesc": "Fine"})
    )
    payment = shop.checkout.start(**GOOD)
    shop.checkout.refresh(payment.key)

    assert shop.checkout.start(**GOOD).status is Status.SUCCESS


def config_for(base_url: str) -> Config:
    return Config(
        consumer_key="key",
        consumer_secret="secret",
        business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
        environment=Environment(base_url),
        callback_url="http://127.0.0.1:9/callback/",
    )


def at_once(count: int, work: Callable[[int], Payment]) -> list[Payment | BaseException]:
    """Start this number of threads together; return their results."""
    gate = Barrier(count)

    def begin(number: int) -> Payment:
        gate.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(begin, number) for number in range(count)]
        return [one.exception(60) or one.result(60) for one in asked]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaymentStore]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        with closing(SqlStore(f"sqlite:///{tmp_path}/payments.db")) as sqlite:
            yield sqlite


def test_fifty_callers_with_one_key_make_one_push(store: PaymentStore) -> None:
    with LocalDaraja() as local, Daraja(config_for(local.base_url)) as daraja:
        checkout = Checkout(daraja, store)
        got = at_once(50, lambda _: checkout.start(**GOOD))
        pushes = local.engine.stk.pushes
        payments = [one for one in got if isinstance(one, Payment)]
        last = checkout.start(**GOOD)

    assert len(payments) == 50
    assert {payment.key for payment in payments} == {last.key}
    assert {payment.status for payment in payments} <= {Status.PENDING, Status.INITIATED}
    assert [push.checkout_request_id for push in pushes] == [last.checkout_request_id]


def test_of_fifty_callers_with_one_key_and_two_contents_one_content_wins() -> None:
    with LocalDaraja() as local, Daraja(config_for(local.base_url)) as daraja:
        checkout = Checkout(daraja, MemoryStore())
        got = at_once(50, lambda number: checkout.start(**but(amount=500 + number % 2)))
        pushes = local.engine.stk.pushes

    payments = [one for one in got if isinstance(one, Payment)]
    others = [one for one in got if isinstance(one, DuplicatePayment)]
    assert (len(payments), len(others)) == (25, 25)
    assert [push.amount for push in pushes] == [payments[0].amount]
    assert len({(payment.key, payment.amount) for payment in payments}) == 1


class InProcess:
    """The local Daraja without a socket: many threads, one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()

    def send(self, request: HttpRequest, /) -> HttpResponse:
        with self._lock:
            return self._engine.handle(request, datetime.now(UTC))


def test_fifty_callers_with_keys_of_their_own_make_fifty_pushes_with_one_token() -> None:
    engine = Engine(busy_seconds=0)
    checkout = Checkout(Daraja(config_for("http://127.0.0.1:8765"), transport=InProcess(engine)), MemoryStore())
    got = at_once(50, lambda number: checkout.start(**but(idempotency_key=f"attempt {number}")))

    payments = [one for one in got if isinstance(one, Payment)]
    assert {push.checkout_request_id for push in engine.stk.pushes} == {one.checkout_request_id for one in payments}
    assert len(engine.stk.pushes) == 50
    assert [event.kind for event in engine.events].count(EventKind.TOKEN) == 1
