"""A callback is kept before anything else, is answered at once, and nothing is asked of Daraja on the way."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest

from daraja import Status
from daraja.api.addresses import Purpose, sign
from daraja.errors import Conflict
from daraja.http.flow import Effect, StoreCall
from daraja.lifecycle.callbacks import Reply, receive_callback
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.runtime.base import RecordRuntime, Runtime, run
from daraja.simulator import Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, EARLY_CALLBACK, THREE_CALLBACKS
from daraja.stores import MemoryStore
from tests.support.crashes.naming import names
from tests.support.numbers import digits_shown
from tests.support.scripted import CALLBACK_SECRET, PASSKEY, PHONE, settings
from tests.support.shops import FailingStore, Shop, a_shop, paid, receipt_of, token_for

HINT = "we did not sign its address; did the callback secrets, the shortcode or the environment change?"

ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}


def shop_where(scenario: Scenario) -> Shop:
    return a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: scenario}))


def status_and_code(reply: Reply[Payment]) -> tuple[int, int]:
    body = json.loads(reply.body)
    assert set(body) == {"ResultCode", "ResultDesc"}
    assert reply.content_type == "application/json"
    return reply.status_code, body["ResultCode"]


class Listening:
    """Runtime effects as a checkout does, and keeps account of them."""

    def __init__(self, office: Runtime) -> None:
        self.office = office
        self.asked: list[Effect[object]] = []

    def answer(self, effect: Effect[object], /) -> object:
        self.asked.append(effect)
        return self.office.answer(effect)


def test_a_callback_is_stored_before_it_is_parsed_or_matched() -> None:
    shop = a_shop()
    payment = shop.start()
    office = Listening(RecordRuntime(runtime=shop.daraja.runtime, store=shop.store))
    policy = Policy(records=Payment, config=shop.config, account=Account.of(shop.config))
    run(receive_callback(paid(payment), token_for(shop.config, payment.key), "", policy), office)

    assert names(office.asked)[:3] == ["Now", "record", "load"]
    swaps = [effect for effect in office.asked if isinstance(effect, StoreCall) and effect.method == "swap"]
    entries = [entry for swap in swaps for entry in swap.arguments if isinstance(entry, HistoryEntry)]
    assert [entry.callback_id for entry in entries] == ["1"]
    assert "processed" not in names(office.asked)


def test_receive_sends_no_request() -> None:
    for confirm in (False, True):
        shop = a_shop(confirm=confirm)
        payment = shop.start()
        before = shop.simulator.requests
        shop.claim(payment)
        shop.checkout.receive(paid(payment))
        shop.checkout.receive(b"[", token=token_for(shop.config, payment.key))

        assert shop.simulator.requests == before


def test_a_paid_callback_makes_a_success_with_all_its_facts() -> None:
    shop = a_shop()
    payment = shop.start()
    reply = shop.claim(payment)

    assert status_and_code(reply) == (200, 0)
    assert json.loads(reply.body) == ACCEPTED
    assert reply.transition is not None
    assert reply.transition.became_success
    assert reply.transition.before.status is Status.INITIATED
    after = reply.transition.after
    assert (after.status, after.receipt, after.result_code, after.paid) == (
        Status.SUCCESS,
        receipt_of(payment),
        "0",
        True,
    )
    assert shop.now(payment) == after
    assert [one.key for one in shop.told] == [payment.key]
    assert shop.left_over() == []
    assert shop.events(payment) == ["answer accepted", "callback paid", "notified"]


def test_the_same_callback_again_changes_nothing_and_is_processed() -> None:
    shop = shop_where(THREE_CALLBACKS)
    payment = shop.start()
    first, second, third = shop.wait(10)

    assert first.transition is not None
    assert first.transition.became_success
    for reply in (second, third):
        assert status_and_code(reply) == (200, 0)
        assert reply.transition is not None
        assert not reply.transition.changed
        assert not reply.transition.became_success
    assert len(shop.told) == 1
    assert shop.left_over() == []
    assert shop.events(payment).count("callback paid") == 1


def test_a_callback_that_comes_before_the_answer_counts() -> None:
    shop = shop_where(EARLY_CALLBACK)
    payment = shop.start()

    assert payment.status is Status.SUCCESS
    assert payment.checkout_request_id == shop.engine.stk.pushes[0].checkout_request_id
    assert shop.now(payment).conflicts == frozenset()
    assert len(shop.told) == 1


def test_after_a_lost_answer_the_callback_adds_the_id() -> None:
    shop = shop_where(ANSWER_LOST)
    payment = shop.start()
    assert (payment.status, payment.checkout_request_id) == (Status.PENDING, None)
    (reply,) = shop.wait(10)

    assert reply.transition is not None
    assert reply.transition.became_success
    assert shop.now(payment).checkout_request_id == shop.engine.stk.pushes[0].checkout_request_id
    assert shop.now(payment).merchant_request_id == shop.engine.stk.pushes[0].merchant_request_id


def test_a_wrong_token_gets_404_is_stored_and_has_daraja_asked_instead() -> None:
    shop = a_shop()
    payment = shop.start()
    almost = token_for(shop.config, payment.key)[:-1] + "g"
    for token in ("x", "0" * 96, almost, "a/b", "\x00", "\ud800", "0" * 100_000):
        reply = shop.checkout.receive(paid(payment), token=token)
        assert status_and_code(reply) == (404, 1)
        assert reply.transition is None

    assert shop.now(payment).known() == payment.known()
    assert shop.now(payment).next_check_at == shop.clock.now()  # after a change of secrets it may be Safaricom's own
    assert shop.left_over() == []
    assert shop.checkout.purge_callbacks(timedelta(0)) == 0
    shop.clock.advance(1)
    assert shop.checkout.purge_callbacks(timedelta(0)) == 7


def test_a_callback_without_a_token_only_makes_a_query_due() -> None:
    shop = a_shop()
    payment = shop.start()
    assert payment.next_check_at is not None
    assert payment.next_check_at > shop.clock.now()
    reply = shop.checkout.receive(paid(payment))

    assert status_and_code(reply) == (200, 0)
    assert reply.transition is None
    after = shop.now(payment)
    assert after.next_check_at == shop.clock.now()
    assert after.known() == payment.known()
    assert shop.left_over() == []
    assert shop.told == []


def test_no_token_is_untrusted_and_an_empty_token_gets_404() -> None:
    shop = a_shop()
    payment = shop.start()

    assert shop.checkout.receive(paid(payment), token="").status_code == 404
    assert shop.checkout.receive(paid(payment), token=None).status_code == 200
    assert shop.events(payment)[-1] == "callback not believed"


@pytest.mark.parametrize("written", ["{}/", "/payments/callback/{}/", "/payments/callback/{}"])
def test_the_token_may_be_passed_with_slashes(written: str) -> None:
    shop = a_shop()
    payment = shop.start()
    reply = shop.checkout.receive(paid(payment), token=written.format(token_for(shop.config, payment.key)))

    assert reply.transition is not None
    assert reply.transition.became_success


def test_a_body_that_is_neither_stored_nor_applied_gets_503() -> None:
    shop = a_shop(store=Full())
    nobody_s = {"CheckoutRequestID": "ws_CO_nobody_s", "ResultCode": 0}
    reply = shop.checkout.receive({"Body": {"stkCallback": nobody_s}})

    assert reply.status_code == 503


def test_a_callback_whose_hook_fails_stays_for_the_next_run() -> None:
    shop = a_shop(store=Grumpy())
    payment = shop.start()
    shop.checkout.receive(paid(payment), token=token_for(shop.config, payment.key))

    assert shop.checkout.payment(payment.key).claimed_at is not None
    assert not shop.checkout.may_retry(payment.key)


class Full(MemoryStore):
    def record(self, _: ReceivedCallback, /) -> str:
        raise Conflict


class Grumpy(MemoryStore):
    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        if entry.became_success:
            raise RuntimeError
        return super().swap(old, new, entry)


def test_an_unreadable_body_without_a_token_is_answered_and_closed() -> None:
    shop = a_shop()
    reply = shop.checkout.receive(b"{")

    assert status_and_code(reply) == (200, 0)
    assert shop.left_over() == []


def test_an_unreadable_body_at_a_payment_s_own_address_is_stored_for_a_person_and_daraja_is_queried() -> None:
    shop = a_shop()
    payment = shop.start()
    reply = shop.claim(payment, b"{")

    assert status_and_code(reply) == (200, 0)
    assert reply.transition is None
    (kept,) = shop.left_over()
    assert (kept.key, kept.body) == (payment.key, b"{")
    assert shop.now(payment).next_check_at == shop.clock.now()
    assert shop.checkout.reconcile().unmatched == (kept.id,)
    assert shop.queries == 1


def test_a_signed_body_is_stored_up_to_64_kib_and_another_up_to_four() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, b"[" * 65_537)
    (signed,) = shop.left_over()

    assert signed.body == b"[" * 65_536

    kept: list[ReceivedCallback] = []

    class Watching(FailingStore):
        def record(self, callback: ReceivedCallback, /) -> str:
            kept.append(callback)
            return super().record(callback)

    other = a_shop(store=Watching())
    other.checkout.receive(b"[" * 65_537)
    other.checkout.receive(b"[" * 65_537, token="0" * 96)
    assert [callback.body for callback in kept] == [b"[" * 4096] * 2


def test_a_body_of_64_kib_is_read_to_its_end() -> None:
    shop = a_shop()
    payment = shop.start()
    body = paid(payment)
    reply = shop.claim(payment, body + b" " * (65_536 - len(body)))

    assert reply.transition is not None
    assert reply.transition.became_success


def test_the_caller_s_address_is_stored_if_it_is_known() -> None:
    shop = a_shop()
    payment = shop.start()
    token = token_for(shop.config, payment.key)
    for remote_ip in ("196.201.214.200", "a\nb", "\x00", "f" * 99):
        shop.checkout.receive(b"[", token=token, remote_ip=remote_ip)

    assert [callback.remote_ip for callback in shop.left_over()] == ["196.201.214.200", "", "", "f" * 45]
    assert {callback.received_at for callback in shop.left_over()} == {shop.clock.now()}


@pytest.mark.parametrize("signed", [True, False])
def test_callbacks_above_the_limit_are_not_stored_but_applied(
    *, signed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    shop = a_shop()
    payment = shop.start()
    token = token_for(shop.config, payment.key) if signed else None
    most = 100 if signed else 2_000
    fill = ReceivedCallback(
        account=payment.account,
        key=payment.key if signed else None,
        body=b"",
        received_at=shop.clock.now(),
        limit=most,
    )
    for _ in range(most):
        shop.store.record(fill)
    reply = shop.checkout.receive(paid(payment), token=token)

    assert status_and_code(reply) == ((200, 0) if signed else (503, 1))
    assert "callback.not_stored" in caplog.text
    assert shop.now(payment).status is (Status.SUCCESS if signed else Status.INITIATED)
    assert shop.events(payment)[1] == ("callback paid" if signed else "callback not believed")
    with pytest.raises(Conflict):
        shop.store.record(fill)
    assert shop.checkout.receive(paid(payment), token="0" * 96).status_code == 404
    assert shop.checkout.receive(b"[").status_code == (200 if signed else 503)


def test_without_a_working_store_the_answer_is_503() -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    payment = shop.start()
    store.failing["record"] = RuntimeError("the disk is full")

    reply = shop.claim(payment)
    assert status_and_code(reply) == (503, 1)
    assert reply.transition is None
    assert shop.checkout.receive(paid(payment)).status_code == 503
    assert shop.checkout.receive(paid(payment), token="0" * 96).status_code == 404
    assert shop.now(payment) == payment


@pytest.mark.parametrize("failing", ["load", "swap"])
def test_a_store_that_fails_midway_leaves_the_payment_unchanged_and_the_body_stored(failing: str) -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    payment = shop.start()
    store.failing[failing] = RuntimeError("the line to the database broke")
    body = paid(payment)
    reply = shop.claim(payment, body)
    store.failing.clear()

    assert status_and_code(reply) == (200, 0)
    assert reply.transition is None
    assert shop.now(payment) == payment
    assert [callback.body for callback in shop.left_over()] == [body]

    report = shop.checkout.reconcile()
    assert (report.replayed, report.succeeded, report.failed) == (1, 1, 0)
    assert shop.now(payment).paid
    assert len(shop.told) == 1
    assert shop.left_over() == []


def test_a_callback_that_can_be_neither_stored_nor_applied_gets_503() -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    payment = shop.start()
    store.failing["record"] = Conflict("there are too many")
    store.failing["swap"] = RuntimeError("the line to the database broke")

    assert status_and_code(shop.claim(payment)) == (503, 1)
    assert shop.now(payment) == payment


def test_a_forgery_is_refused_although_the_store_cannot_mark_it() -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    payment = shop.start()
    store.failing["processed"] = RuntimeError("the line to the database broke")

    assert status_and_code(shop.checkout.receive(paid(payment), token="0" * 96)) == (404, 1)
    assert shop.now(payment).known() == payment.known()


def test_a_success_stays_a_success_if_on_success_fails() -> None:
    def fail(_: object) -> None:
        message = "no such order"
        raise LookupError(message)

    shop = a_shop(on_success=fail)
    payment = shop.start()
    reply = shop.claim(payment)

    assert reply.status_code == 200
    assert reply.transition is not None
    assert reply.transition.became_success
    assert shop.now(payment).paid
    assert shop.now(payment).notified_at is None


def test_an_exception_is_caught_and_an_interrupt_is_not() -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    payment = shop.start()

    class Interrupting(FailingStore):
        def swap(self, *_: object) -> bool:
            raise KeyboardInterrupt

    other = a_shop(store=Interrupting())
    other.store.insert(payment)
    with pytest.raises(KeyboardInterrupt):
        other.claim(payment)

    assert len(other.left_over()) == 1  # what is kept is heard by the next `reconcile`


def test_the_log_names_the_event_and_shows_no_customer(caplog: pytest.LogCaptureFixture) -> None:
    store = FailingStore()
    shop = a_shop(store=store)
    with caplog.at_level(logging.DEBUG):
        payment = shop.start()
        shop.checkout.receive(paid(payment), token="0" * 96, remote_ip=PHONE)
        shop.claim(payment, amount=499)
        store.failing["swap"] = RuntimeError(PHONE)
        shop.claim(payment, amount=498)
        store.failing["record"] = RuntimeError(PHONE)
        shop.claim(payment)
        store.failing["record"] = Conflict(PHONE)
        shop.claim(payment, amount=497)

    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "daraja"]
    assert [line for line in lines if line[1].startswith(("callback", "payment"))] == [
        ("INFO", f"payment.moved key={payment.key} event=answer_accepted before=pending after=initiated"),
        ("WARNING", f"callback.refused callback=1 hint={HINT}"),
        ("WARNING", f"payment.needs_review key={payment.key} event=callback_paid before=initiated after=success"),
        ("WARNING", f"callback.postponed callback=3 key={payment.key} error=RuntimeError"),
        ("WARNING", f"callback.not_stored key={payment.key} error=RuntimeError"),
        ("WARNING", f"callback.not_stored key={payment.key} error=too many are stored"),
        ("WARNING", f"callback.postponed key={payment.key} error=RuntimeError"),
    ]
    assert digits_shown(PHONE, caplog.text) == []
    assert token_for(shop.config, payment.key)[32:] not in caplog.text
    assert CALLBACK_SECRET not in caplog.text


def test_a_reply_and_a_stored_callback_show_no_customer() -> None:
    shop = a_shop(config=settings())
    payment = shop.start()
    shop.claim(payment, b'{"PhoneNumber": "254712345678"')
    reply = shop.claim(payment)
    shown = f"{reply!r} {shop.left_over()!r} {shop.store.history(payment.key)!r}"

    assert digits_shown(PHONE, shown) == []


def test_a_result_of_a_payout_at_the_route_of_the_checkout_is_named_as_such(caplog: pytest.LogCaptureFixture) -> None:
    shop = a_shop()
    payment = shop.start()
    token = sign(settings(), Purpose.RESULT, payment.key)
    reply = shop.checkout.receive(paid(payment), token=token)
    assert reply.status_code == 404
    assert "its address is signed for a result, which another route takes" in caplog.text


def in_base64(body: bytes) -> bytes:
    return b64encode(body)


def in_an_event(body: bytes) -> bytes:
    return json.dumps({"body": body.decode(), "path": "/a/secret/address", "isBase64Encoded": False}).encode()


def in_an_event_in_base64(body: bytes) -> bytes:
    return json.dumps({"body": b64encode(body).decode(), "isBase64Encoded": True}).encode()


@pytest.mark.parametrize("wrap", [in_base64, in_an_event, in_an_event_in_base64])
def test_a_callback_is_stored_without_what_a_gateway_put_around_it(wrap: Callable[[bytes], bytes]) -> None:
    shop = a_shop()
    payment = shop.start()
    body = paid(payment)
    reply = shop.checkout.receive(wrap(body), token=token_for(shop.config, payment.key))
    assert reply.status_code == 200
    assert shop.checkout.payment(payment.key).status is Status.SUCCESS
    (stored,) = shop.store.callbacks(payment.key)
    assert isinstance(stored, ReceivedCallback)
    assert json.loads(stored.body) == json.loads(body)


@pytest.mark.parametrize("body", [b"A" * 70_000, b64encode(b"no JSON, but in base64")])
def test_what_only_looks_like_the_work_of_a_gateway_is_stored_as_it_came(body: bytes) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.checkout.receive(body, token=token_for(shop.config, payment.key))
    (stored,) = shop.store.callbacks(payment.key)
    assert isinstance(stored, ReceivedCallback)
    assert stored.body == body[:65_536]
