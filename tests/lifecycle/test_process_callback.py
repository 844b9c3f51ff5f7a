"""What is made of a callback that is kept: who is believed, what is asked instead, what waits for whom."""

import attrs
import pytest

from daraja import Status
from daraja.errors import DarajaError, OutcomeUnknown
from daraja.http.messages import HttpResponse
from daraja.lifecycle.callbacks import CallbackOutcome, Processed, process_callback
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.runtime import run
from daraja.runtime.base import RecordRuntime
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import (
    ANOTHER_AMOUNT,
    ANSWER_LOST,
    EARLY_CALLBACK,
    FAILED_THEN_PAID,
    NEVER_RESOLVED,
    NO_CALLBACK,
    QUERY_CONTRADICTS,
)
from daraja.stores import MemoryStore
from tests.support.scripted import PASSKEY, PHONE, TILL, answer, settings
from tests.support.shops import RacingStore, Shop, a_shop, callback_body, paid, receipt_of, result_of_query, token_for

SAFARICOM = "196.201.214.200"


def shop_where(scenario: Scenario, *, confirm: bool = False, store: MemoryStore | None = None) -> Shop:
    engine = Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: scenario})
    return a_shop(engine=engine, confirm=confirm, store=store)


def applied(shop: Shop, *, fresh: bool = False) -> Processed[Payment]:
    """Apply the one callback that is left over once more."""
    (callback,) = shop.left_over()
    policy = Policy(records=Payment, config=shop.config, account=Account.of(shop.config))
    return run(
        process_callback(callback, policy, fresh=fresh), RecordRuntime(runtime=shop.daraja.runtime, store=shop.store)
    )


# Whose it is


@pytest.mark.parametrize("fields", [{"CheckoutRequestID": "ws_CO_1", "ResultCode": 0}, {"ResultCode": 0}])
def test_a_callback_for_an_unknown_payment_waits_for_a_person(fields: dict[str, object]) -> None:
    shop = a_shop()
    shop.start()

    assert shop.checkout.receive(callback_body(fields)).status_code == 200
    assert applied(shop) == Processed(CallbackOutcome.UNMATCHED)
    assert shop.checkout.reconcile().unmatched == (shop.left_over()[0].id,)


def test_a_callback_without_a_token_finds_its_payment_by_id() -> None:
    shop = shop_where(ANSWER_LOST)
    payment = shop.start()
    shop.clock.advance(10)
    (own,) = shop.engine.due(shop.clock.now())
    shop.checkout.receive(own.body)  # the way by which a shop may have had its callbacks before
    assert applied(shop) == Processed(CallbackOutcome.UNMATCHED)

    names_it = {"CheckoutRequestID": shop.engine.stk.pushes[0].checkout_request_id, "ResultCode": 4999}
    shop.claim(payment, callback_body(names_it))
    report = shop.checkout.reconcile()
    assert (report.replayed, report.unmatched, report.asked, report.succeeded) == (1, (), 1, 1)
    assert shop.now(payment).paid


def test_a_payment_of_another_account_is_not_found() -> None:
    store = MemoryStore()
    engine = Engine(shortcodes={"600222": PASSKEY}, tills={"600222": "5050505"})
    theirs = a_shop(store=store, config=settings(business=TILL), engine=engine)
    ours = a_shop(store=store)
    payment = theirs.start()
    reply = ours.checkout.receive(paid(payment))

    assert reply.transition is None
    assert theirs.now(payment) == payment
    assert len(ours.left_over()) == 1
    assert theirs.left_over() == []
    assert ours.checkout.receive(paid(payment), token=token_for(theirs.config, payment.key)).status_code == 404


# From whom it came


@pytest.mark.parametrize("remote_ip", [SAFARICOM, f"::ffff:{SAFARICOM}", f"{SAFARICOM}:443"])
def test_a_callback_from_a_listed_address_is_trusted(remote_ip: str) -> None:
    shop = a_shop(senders=[SAFARICOM])
    payment = shop.start()
    token = token_for(shop.config, payment.key)
    reply = shop.checkout.receive(paid(payment), token=token, remote_ip=remote_ip)

    assert reply.transition is not None
    assert reply.transition.became_success


@pytest.mark.parametrize("remote_ip", ["", "203.0.113.9", "unknown"])
def test_a_callback_from_another_address_is_stored_and_daraja_is_queried_instead(remote_ip: str) -> None:
    shop = a_shop(senders=[SAFARICOM])
    payment = shop.start()
    token = token_for(shop.config, payment.key)
    reply = shop.checkout.receive(paid(payment), token=token, remote_ip=remote_ip)

    assert reply.status_code == 200
    assert reply.transition is None
    assert shop.now(payment).next_check_at == shop.clock.now()
    assert [callback.key for callback in shop.left_over()] == [payment.key]
    shop.engine.answer(PHONE, Answer.CANCEL, shop.clock.now())
    assert shop.checkout.reconcile().asked == 1
    assert shop.now(payment).status is Status.FAILED
    assert not shop.checkout.may_retry(payment.key)
    assert shop.told == []
    shop.clock.advance(60)
    assert shop.checkout.reconcile().conflicts == (payment.key,)
    assert shop.left_over() == []


def test_a_callback_from_another_address_waits_while_there_is_no_id_to_query() -> None:
    engine = Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: ANSWER_LOST})
    shop = a_shop(engine=engine, senders=[SAFARICOM])
    payment = shop.start()
    token = token_for(shop.config, payment.key)
    shop.clock.advance(10)
    cancelled = callback_body({"CheckoutRequestID": engine.stk.pushes[0].checkout_request_id, "ResultCode": 1032})
    shop.checkout.receive(cancelled, token=token, remote_ip="203.0.113.9")
    assert shop.now(payment) == payment
    assert shop.checkout.reconcile().unmatched == (shop.left_over()[0].id,)

    named = callback_body({"CheckoutRequestID": engine.stk.pushes[0].checkout_request_id, "ResultCode": 4999})
    shop.checkout.receive(named, token=token, remote_ip=SAFARICOM)
    report = shop.checkout.reconcile()
    assert (report.replayed, report.unmatched, report.succeeded) == (1, (), 1)
    assert shop.left_over() == []


def test_an_untrusted_callback_makes_no_check_due_for_a_settled_payment() -> None:
    shop = shop_where(FAILED_THEN_PAID)
    payment = shop.start()
    shop.wait(2)
    settled = shop.now(payment)
    assert settled.next_check_at is None
    for _ in range(3):
        assert shop.checkout.receive(paid(payment)).status_code == 200

    assert shop.now(payment) == settled
    assert shop.left_over() == []
    shop.clock.advance(3600)
    assert shop.checkout.reconcile().asked == 0


def test_untrusted_callbacks_cause_at_most_one_query_a_minute() -> None:
    shop = shop_where(NEVER_RESOLVED)
    payment = shop.start()
    for second in range(200):
        shop.clock.advance(1)
        shop.checkout.receive(paid(payment))
        shop.checkout.refresh(payment.key, if_due=True)
        assert shop.queries <= 1 + second // 60 + 1

    shop.clock.advance(25 * 3600)
    shop.checkout.refresh(payment.key, if_due=True)
    before = shop.now(payment)
    shop.checkout.receive(paid(payment))
    assert shop.now(payment) == before  # it is over a day old


NO_ANSWERS = [
    answer(500, {"requestId": "1", "errorCode": "500.001.1001", "errorMessage": "The transaction is being processed"}),
    answer(429, {"fault": {"faultstring": "Spike arrest", "detail": {"errorcode": "policies.ratelimit.Spike"}}}),
    OutcomeUnknown("the connection was dropped"),
    result_of_query("4999"),
]


def doubted() -> tuple[Shop, Payment]:
    """Return a shop, and its payment that a query denied once before an unsigned callback says that it was paid."""
    shop = a_shop()
    payment = shop.start()
    shop.simulator.respond_with(result_of_query("1037"))
    shop.checkout.refresh(payment.key)
    shop.simulator.respond_with(None)
    shop.engine.answer(PHONE, Answer.PAY, shop.clock.now())
    shop.checkout.receive(paid(payment))
    assert shop.now(payment).next_check_at == shop.clock.now()
    return shop, payment


@pytest.mark.parametrize("no_answer", NO_ANSWERS)
def test_an_untrusted_callback_stays_until_daraja_gives_a_useful_answer(
    no_answer: HttpResponse | DarajaError,
) -> None:
    shop, payment = doubted()
    shop.simulator.respond_with(no_answer)
    shop.checkout.reconcile()

    assert shop.now(payment).status is Status.TIMEOUT
    assert not shop.checkout.may_retry(payment.key)
    shop.simulator.respond_with(None)
    shop.clock.advance(60)
    assert shop.checkout.reconcile().succeeded == 1


def test_an_untrusted_callback_that_daraja_denies_is_processed() -> None:
    shop, payment = doubted()
    shop.simulator.respond_with(result_of_query("1037"))
    shop.checkout.reconcile()
    shop.clock.advance(60)  # two denials within a minute count as one
    shop.checkout.reconcile()

    assert shop.now(payment).next_check_at is None
    assert shop.queries == 3


def test_an_untrusted_callback_is_queried_for_at_most_a_week_of_silence() -> None:
    shop, payment = doubted()
    shop.simulator.respond_with(OutcomeUnknown("the connection was dropped"))
    for _ in range(8 * 24):
        shop.clock.advance(3600)
        shop.checkout.reconcile()

    assert shop.now(payment).next_check_at is None
    assert shop.checkout.reconcile().unconfirmed == (payment.key,)


# What has to be confirmed


def test_a_claimed_success_waits_for_a_query_and_then_adds_the_receipt() -> None:
    shop = a_shop(confirm=True)
    payment = shop.start()
    shop.clock.advance(10)
    shop.engine.answer(PHONE, Answer.PAY, shop.clock.now())
    (reply,) = shop.deliver()

    assert reply.status_code == 200
    assert reply.transition is None
    waiting = shop.now(payment)
    assert (waiting.status, waiting.receipt, waiting.next_check_at) == (Status.INITIATED, None, shop.clock.now())
    assert len(shop.left_over()) == 1
    assert shop.told == []

    report = shop.checkout.reconcile()
    assert (report.asked, report.succeeded, report.replayed) == (1, 1, 1)
    after = shop.now(payment)
    assert after.paid
    assert after.receipt is not None
    assert after.decided_by == "callback"
    assert shop.left_over() == []
    assert [one.key for one in shop.told] == [payment.key]


def test_a_claim_waits_while_the_payment_is_not_paid() -> None:
    shop = a_shop(confirm=True)
    payment = shop.start()
    for _ in range(3):
        shop.claim(payment)
        assert shop.checkout.reconcile().succeeded == 0
    assert shop.checkout.reconcile().asked == 0  # a claim that waits does not hurry anybody again
    assert len(shop.left_over()) == 3
    assert shop.queries == 3
    assert shop.now(payment).status is Status.INITIATED
    assert not shop.now(payment).needs_review


def test_a_failure_is_applied_without_a_query() -> None:
    shop = a_shop(confirm=True)
    payment = shop.start()
    shop.engine.answer(PHONE, Answer.CANCEL, shop.clock.now())
    (reply,) = shop.deliver()

    assert reply.transition is not None
    assert shop.now(payment).status is Status.FAILED
    assert shop.queries == 0


@pytest.mark.parametrize("scenario", [EARLY_CALLBACK, ANSWER_LOST])
def test_the_id_in_a_claim_is_used_for_the_query(scenario: Scenario) -> None:
    shop = shop_where(scenario, confirm=True)
    payment = shop.start()
    shop.wait(10)
    assert shop.now(payment).status is Status.INITIATED
    assert shop.now(payment).checkout_request_id == shop.engine.stk.pushes[0].checkout_request_id

    assert shop.checkout.reconcile().succeeded == 1
    assert shop.now(payment).paid
    assert shop.now(payment).receipt is not None
    assert len(shop.told) == 1


def test_a_claim_after_a_failure_from_a_callback_is_queried() -> None:
    shop = shop_where(FAILED_THEN_PAID, confirm=True)
    payment = shop.start()
    shop.wait(2)
    assert shop.now(payment).status is Status.TIMEOUT
    shop.wait(5)
    assert shop.now(payment).conflicts == frozenset()

    assert shop.checkout.reconcile().succeeded == 1
    assert shop.now(payment).paid


def test_a_claim_that_daraja_denies_after_such_a_failure_needs_a_person() -> None:
    shop = a_shop(confirm=True)
    payment = shop.start()
    shop.engine.answer(PHONE, Answer.CANCEL, shop.clock.now())
    shop.deliver()
    shop.claim(payment)
    report = shop.checkout.reconcile()

    assert report.conflicts == (payment.key,)
    assert shop.now(payment).conflicts == {"callback=paid"}
    assert shop.now(payment).status is Status.FAILED
    assert shop.left_over() == []
    assert shop.told == []


def test_only_a_person_can_fulfil_a_claim_that_daraja_denies() -> None:
    shop = shop_where(attrs.evolve(QUERY_CONTRADICTS, callbacks=()), confirm=True)
    payment = shop.start()
    for _ in range(4):
        shop.clock.advance(120)
        shop.checkout.reconcile()
    denied = shop.now(payment)
    assert (denied.status, denied.next_check_at) == (Status.TIMEOUT, None)

    reply = shop.claim(payment)
    assert reply.transition is not None
    assert reply.transition.after.conflicts == {"callback=paid"}
    assert shop.events(payment)[-1] == "callback contradicted"
    assert shop.left_over() == []
    for _ in range(3):
        shop.claim(payment)
        shop.clock.advance(3600)
        assert shop.checkout.reconcile().conflicts == (payment.key,)
    assert shop.now(payment).status is Status.TIMEOUT
    assert shop.told == []

    shop.checkout.resolve(payment.key, paid=True, note="on the statement", by="Wanjiku")
    assert [one.key for one in shop.told] == [payment.key]


def test_a_wrong_amount_is_a_conflict_before_the_query_can_fulfil() -> None:
    shop = shop_where(ANOTHER_AMOUNT, confirm=True)
    payment = shop.start()
    shop.wait(10)
    assert shop.now(payment).conflicts == {"amount=501"}

    report = shop.checkout.reconcile()
    assert (report.succeeded, report.conflicts) == (0, (payment.key,))
    assert shop.now(payment).status is Status.SUCCESS
    assert not shop.now(payment).paid
    assert shop.told == []


def test_a_claim_without_an_id_waits_until_the_window_ends() -> None:
    shop = shop_where(attrs.evolve(ANSWER_LOST, callbacks=()), confirm=True)
    payment = shop.start()
    shop.claim(payment, callback_body({"ResultCode": 0}))
    assert shop.checkout.reconcile().conflicts == ()
    shop.clock.advance(24 * 3600)
    shop.checkout.reconcile()
    report = shop.checkout.reconcile()

    assert report.conflicts == (payment.key,)
    assert shop.now(payment).status is Status.UNCONFIRMED
    assert shop.now(payment).conflicts == {"callback=paid"}
    assert shop.told == []


def test_a_claim_without_an_answer_of_daraja_needs_a_person_in_the_end() -> None:
    shop = shop_where(NEVER_RESOLVED, confirm=True)
    payment = shop.start()
    shop.claim(payment)
    for _ in range(23):
        shop.clock.advance(3600)
        assert shop.checkout.reconcile().conflicts == ()
    assert len(shop.left_over()) == 1
    shop.clock.advance(2 * 3600)
    shop.checkout.reconcile()

    assert shop.checkout.reconcile().conflicts == (payment.key,)
    assert shop.now(payment).conflicts == {"callback=paid"}
    assert shop.left_over() == []
    assert shop.told == []


def test_a_claim_for_a_paid_payment_is_applied_at_once() -> None:
    shop = shop_where(NO_CALLBACK, confirm=True)
    payment = shop.start()
    shop.clock.advance(30)
    assert shop.checkout.refresh(payment.key).became_success
    reply = shop.claim(payment)

    assert reply.transition is not None
    assert reply.transition.after.receipt == receipt_of(payment)
    assert shop.left_over() == []


def test_a_query_that_is_faster_than_a_contradiction_counts() -> None:
    store = RacingStore()
    shop = shop_where(NO_CALLBACK, confirm=True, store=store)
    payment = shop.start()
    shop.simulator.respond_with(result_of_query("1037"))
    for _ in range(4):
        shop.clock.advance(120)
        shop.checkout.reconcile()
    assert shop.now(payment).next_check_at is None
    shop.simulator.respond_with(None)
    store.faster["callback contradicted"] = lambda: shop.checkout.refresh(payment.key)
    reply = shop.claim(payment)

    assert store.faster == {}
    assert reply.transition is not None
    after = shop.now(payment)
    assert (after.paid, after.receipt, after.conflicts) == (True, receipt_of(payment), frozenset())
    assert len(shop.told) == 1
