"""The checkout as a shop uses it, from the first prompt to the receipt."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from daraja import Checkout, Config, Daraja, PayBill, Status
from daraja.errors import ConfigurationError, InvalidInput
from daraja.http.messages import HttpRequest
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.record import Account
from daraja.lifecycle.source_ip import SAFARICOM_ADDRESSES
from daraja.payments.model import Payment
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenarios import THREE_CALLBACKS
from daraja.stores import MemoryStore
from daraja.testing import ManualClock, assert_paid_once
from daraja.testing.adapters import MountedDaraja
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown
from tests.support.payments import with_facts
from tests.support.scripted import (
    CALLBACK_SECRET,
    CONSUMER_KEY,
    CONSUMER_SECRET,
    PASSKEY,
    PHONE,
    TILL,
    ScriptedTransport,
    settings,
)
from tests.support.shops import Shop, a_shop, callback_body, paid, token_for

OLD, NEW = "an-old-secret-of-ours", "a-new-secret-of-ours"


def rotated(*secrets: str, callback_url: str = "https://shop.example/pay/") -> Config:
    return Config(
        consumer_key=CONSUMER_KEY,
        consumer_secret=CONSUMER_SECRET,
        business=PayBill("600111", passkey=PASSKEY),
        environment="simulator",
        callback_url=callback_url,
        callback_secrets=secrets,
    )


# As a whole


def test_a_whole_payment_over_http(daraja_simulator: MountedDaraja, daraja_client: Daraja) -> None:
    told: list[Payment] = []
    checkout = Checkout(daraja_client, MemoryStore(), on_success=told.append)
    payment = checkout.start(phone="0712 345 678", amount=500, reference="ORD-1", metadata={"order": 7})
    assert payment.status is Status.INITIATED
    daraja_simulator.advance(seconds=10)
    daraja_simulator.pay(PHONE)
    (callback,) = daraja_simulator.due()
    reply = checkout.receive(callback.body, token=callback.url, remote_ip=SAFARICOM_ADDRESSES[0])

    assert reply.transition is not None
    assert reply.transition.became_success
    assert [(one.key, one.metadata) for one in told] == [(payment.key, {"order": 7})]
    assert not checkout.may_retry(payment.key)
    assert checkout.refresh(payment.key).after.paid
    assert checkout.reconcile().asked == 0
    assert assert_paid_once(checkout, payment) == checkout.wait(payment.key)
    daraja_simulator.advance(seconds=1)
    assert checkout.purge_callbacks(timedelta(0)) == 1


def test_a_cancelled_payment_may_be_retried_after_a_minute() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.engine.answer(PHONE, Answer.CANCEL, shop.clock.now())
    shop.deliver()

    answer = shop.checkout.may_retry(payment.key)
    assert not answer
    assert answer.not_before == payment.created_at + timedelta(seconds=60)
    shop.clock.advance(60)
    assert shop.checkout.may_retry(payment.key)


def test_the_store_is_an_attribute() -> None:
    shop = a_shop()

    assert shop.checkout.store is shop.store


# Its settings


def test_a_checkout_works_without_on_success() -> None:
    shop = a_shop(listens=False)
    payment = shop.start()
    reply = shop.claim(payment)

    assert reply.transition is not None
    assert reply.transition.became_success
    assert shop.now(payment).notified_at is None
    assert shop.now(payment).next_check_at is None


async def on_success_that_is_awaited(_: Payment) -> None:
    """A sync checkout would not await it, so no order would be fulfilled."""


@pytest.mark.parametrize("on_success", [on_success_that_is_awaited, "fulfil", 7])
def test_an_on_success_that_is_not_callable_is_refused_at_once(on_success: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(ConfigurationError, match="on_success: must be a"):
        a_shop(on_success=on_success)


@pytest.mark.parametrize("senders", [["196.201.214"], ["safaricom.co.ke"], "196.201.214.200"])
def test_invalid_senders_are_refused_at_once(senders: list[str]) -> None:
    with pytest.raises(ConfigurationError, match=r"senders: .* is not an IP address"):
        a_shop(senders=senders)


def test_the_published_addresses_can_be_checked_too() -> None:
    shop = a_shop(senders=SAFARICOM_ADDRESSES)
    payment = shop.start()
    token = token_for(shop.config, payment.key)

    assert shop.checkout.receive(paid(payment), token=token, remote_ip="203.0.113.9").transition is None
    reply = shop.checkout.receive(paid(payment), token=token, remote_ip=SAFARICOM_ADDRESSES[-1])
    assert reply.transition is not None
    assert reply.transition.became_success


# Its addresses


@pytest.mark.parametrize(
    "callback_url", ["https://shop.example/pay", "https://shop.example/pay/", "https://shop.example"]
)
def test_the_callback_address_is_the_configured_one_and_one_segment(callback_url: str) -> None:
    shop = a_shop(config=rotated(NEW, callback_url=callback_url))
    payment = shop.start()
    (pushed,) = [request for request in shop.simulator.requests if request.url.endswith("processrequest")]
    address: str = json.loads(pushed.body)["CallBackURL"]
    assert address == f"{callback_url.rstrip('/')}/{token_for(shop.config, payment.key)}/"


def test_secrets_are_rotated_while_payments_are_under_way() -> None:
    def opened(*secrets: str) -> Shop:
        return a_shop(store=store, engine=engine, clock=clock, config=rotated(*secrets))

    store, clock, engine = MemoryStore(), ManualClock(), Engine(shortcodes={"600111": PASSKEY}, busy_seconds=0)
    before = opened(OLD)
    first, second, third = (before.start(phone=f"25471234560{number}") for number in range(3))
    for number in range(3):
        engine.answer(f"25471234560{number}", Answer.PAY, clock.now())
    of_first, of_second, of_third = engine.due(clock.now())

    during, after = opened(NEW, OLD), opened(NEW)
    assert during.take_in(of_first).status_code == 200
    assert before.take_in(of_second).status_code == 200  # a worker that was not restarted yet
    assert after.take_in(of_third).status_code == 404
    assert [after.now(payment).paid for payment in (first, second, third)] == [True, True, False]

    fourth = during.start(phone="254712345609")
    engine.answer("254712345609", Answer.PAY, clock.now())
    (of_fourth,) = engine.due(clock.now())
    assert before.take_in(of_fourth).status_code == 404
    assert after.take_in(of_fourth).status_code == 200
    assert after.now(fourth).paid


@pytest.mark.parametrize("other", [settings(business=TILL), settings(environment="sandbox")])
def test_an_address_of_another_account_is_refused(other: Config) -> None:
    ours = a_shop()
    theirs = a_shop(config=other, store=ours.store)
    payment = ours.start()

    reply = theirs.checkout.receive(paid(payment), token=token_for(ours.config, payment.key))
    assert reply.status_code == 404
    assert ours.now(payment) == payment


# What comes in


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode, json.loads])
def test_a_body_may_have_any_form(form: Any) -> None:  # noqa: ANN401 - each makes something else of bytes
    shop = a_shop()
    payment = shop.start()
    reply = shop.checkout.receive(form(paid(payment)), token=token_for(shop.config, payment.key))

    assert reply.transition is not None
    assert reply.transition.became_success


@pytest.mark.parametrize("body", [[], None, 7, True, 1.5, "", b"", {}, [PHONE], "null"])
def test_hostile_json_raises_no_error(body: Any) -> None:  # noqa: ANN401 - wrong on purpose
    shop = a_shop()
    payment = shop.start()
    for token in (None, "0" * 96, token_for(shop.config, payment.key)):
        reply = shop.checkout.receive(body, token=token)
        assert reply.status_code == (404 if token == "0" * 96 else 200)
        assert reply.transition is None
    assert shop.now(payment).status is Status.INITIATED


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": iter([PHONE])}, "body"),
        ({"token": 7}, "token"),
        ({"token": b"0" * 96}, "token"),
        ({"remote_ip": 7}, "remote_ip"),
        ({"remote_ip": [PHONE]}, "remote_ip"),
    ],
)
def test_a_wrong_type_is_a_clear_error_and_shows_no_customer(given: dict[str, Any], field: str) -> None:
    shop = a_shop()
    payment = shop.start()
    token = token_for(shop.config, payment.key)
    arguments: dict[str, Any] = {"body": paid(payment, phone=PHONE), "token": token, **given}
    body = arguments.pop("body")
    with pytest.raises(InvalidInput, match=f"{field}: has the type") as caught:
        shop.checkout.receive(body, **arguments)

    shown = everything_shown(caught.value)
    assert set(caught.value.faults) == {field}
    assert digits_shown(PHONE, shown) == []
    assert token not in shown
    assert shop.now(payment) == payment


def test_of_many_threads_with_one_callback_one_fulfils() -> None:
    shop = a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: THREE_CALLBACKS}))
    payment = shop.start()
    shop.clock.advance(10)
    callbacks: list[HttpRequest] = list(shop.engine.due(shop.clock.now())) * 4
    ready = Barrier(len(callbacks))

    def take_in(callback: HttpRequest) -> Reply[Payment]:
        ready.wait(timeout=30)
        return shop.take_in(callback)

    with ThreadPoolExecutor(len(callbacks)) as pool:
        replies = list(pool.map(take_in, callbacks))

    successes = [reply for reply in replies if reply.transition is not None and reply.transition.became_success]
    assert [reply.status_code for reply in replies] == [200] * 12
    assert len(successes) == 1
    assert [one.key for one in shop.told] == [payment.key]
    assert shop.left_over() == []


# What is shown


def test_no_event_shows_a_number_or_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    def tell(payment: Payment) -> None:
        message = f"no order for {payment.phone}"
        raise LookupError(message)

    shop = a_shop(on_success=tell)
    with caplog.at_level(logging.DEBUG):
        payment = shop.start()
        replies = [
            shop.checkout.receive(paid(payment), token="0" * 96, remote_ip="203.0.113.9"),
            shop.checkout.receive(callback_body({"CheckoutRequestID": f"ws_CO_1{PHONE}", "ResultCode": 0})),
            shop.checkout.receive(paid(payment)),
            shop.claim(payment, PHONE.encode()),
            shop.claim(payment, result_description=f"paid by {PHONE}"),
            shop.claim(payment, amount=499),
        ]
        shop.clock.advance(3600)
        report = shop.checkout.reconcile()
        transition = shop.checkout.resolve(payment.key, paid=True, note=PHONE, by="Wanjiku")
    shown = f"{replies!r} {report!r} {transition!r} {shop.now(payment)!r} {shop.checkout!r} {caplog.text}"

    assert "payment.notify_failed" in caplog.text
    assert digits_shown(PHONE, shown) == []
    for secret in (CALLBACK_SECRET, CONSUMER_KEY, CONSUMER_SECRET, PASSKEY, token_for(shop.config, payment.key)[32:]):
        assert secret not in shown
    assert {record.name for record in caplog.records} == {"daraja"}
    assert all(record.getMessage().split()[0].count(".") == 1 for record in caplog.records)


def test_an_error_about_one_argument_does_not_show_the_others() -> None:
    shop = a_shop()
    with pytest.raises(InvalidInput, match="amount") as caught:
        shop.checkout.start(phone=PHONE, amount=0, reference="ORD-1", metadata={"call": PHONE})

    assert digits_shown(PHONE, everything_shown(caught.value)) == []


def test_a_new_checkout_sends_nothing() -> None:
    transport = ScriptedTransport([])
    Checkout(Daraja(settings(), transport=transport), MemoryStore())

    assert transport.requests == []


def test_settings_of_another_account_do_not_see_its_payments() -> None:
    shop = a_shop()
    payment = shop.start()
    other = a_shop(store=shop.store, config=settings(environment="sandbox"))
    shop.store.insert(with_facts(payment, key="1" * 32, account=Account("sandbox", "600111"), checkout_request_id=None))
    shop.clock.advance(60)

    assert other.checkout.reconcile().asked == 0
    assert shop.checkout.reconcile().asked == 1


@pytest.mark.parametrize(
    ("daraja", "store", "named"),
    [
        (settings(), MemoryStore(), "daraja"),
        (Daraja(settings()), "sqlite:///payments.db", "store"),
        (Daraja(settings()), MemoryStore, "store"),
    ],
)
def test_a_wrong_client_or_store_is_named_at_once(daraja: Any, store: Any, named: str) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(ConfigurationError) as refused:
        Checkout(daraja, store)
    assert list(refused.value.faults) == [named]
