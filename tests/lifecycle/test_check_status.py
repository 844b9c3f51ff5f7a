"""Daraja is asked what became of a payment, and what it says, or does not, is drawn the right conclusion from."""

from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Checkout, Daraja, PayBill, Status
from daraja.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    DarajaError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    UnexpectedResponse,
    UnknownPayment,
)
from daraja.http.messages import HttpResponse
from daraja.lifecycle.check_status import refresh
from daraja.payments.model import Payment
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import (
    ANSWER_LOST,
    NEVER_RESOLVED,
    NO_CALLBACK,
    PROCESSING_AS_ERROR,
    PROCESSING_AS_INVALID_ID,
    PROCESSING_AS_RESULT,
    PROCESSING_AS_UNKNOWN,
    PROCESSING_UNWORDED,
    PROCESSING_UNWORDED_500,
    PROCESSING_WITHOUT_RESULT,
)
from daraja.stores import MemoryStore
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown
from tests.support.payments import a_payment
from tests.support.scripted import CHECKOUT_REQUEST_ID, PASSKEY, PHONE, TILL, answer, refusal, settings
from tests.support.shops import RacingStore, Shop, a_shop, by_turns, result_of_query

if TYPE_CHECKING:
    from daraja.lifecycle.transitions import Transition

UNDECIDED = [
    PROCESSING_AS_RESULT,
    PROCESSING_AS_ERROR,
    PROCESSING_UNWORDED,
    PROCESSING_UNWORDED_500,
    PROCESSING_AS_INVALID_ID,
    PROCESSING_WITHOUT_RESULT,
    PROCESSING_AS_UNKNOWN,
]


def shop_where(scenario: Scenario) -> Shop:
    return a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: scenario}))


@pytest.mark.parametrize(
    ("pressed", "status"),
    [(Answer.PAY, Status.SUCCESS), (Answer.CANCEL, Status.FAILED), (Answer.WRONG_PIN, Status.FAILED)],
)
def test_a_query_tells_the_decision_of_the_customer(pressed: Answer, status: Status) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.engine.answer(PHONE, pressed, shop.clock.now())
    transition = shop.checkout.refresh(payment.key)

    assert transition.before == payment
    assert transition.after == shop.now(payment)
    assert transition.changed
    assert transition.after.status is status
    assert transition.became_success is (status is Status.SUCCESS)
    assert len(shop.told) == (status is Status.SUCCESS)


def test_a_query_tells_that_nobody_answered() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.clock.advance(30)

    assert shop.checkout.refresh(payment.key).after.status is Status.TIMEOUT
    assert shop.now(payment).next_check_at is not None  # queries err, so it is asked once more


def test_refresh_queries_before_a_check_is_due_and_changes_nothing_while_the_prompt_is_open() -> None:
    shop = a_shop()
    payment = shop.start()
    transition = shop.checkout.refresh(payment.key)

    assert shop.queries == 1
    assert transition.after.status is Status.INITIATED
    assert not transition.became_success


def test_many_presses_of_the_button_make_one_query() -> None:
    shop = shop_where(PROCESSING_AS_RESULT)
    payment = shop.start()
    for _ in range(9):
        assert not shop.checkout.refresh(payment.key, if_due=True).changed
    assert shop.queries == 0  # a check is due 30 seconds after the prompt

    for asked in range(1, 5):
        shop.clock.advance(240)
        for _ in range(9):
            shop.checkout.refresh(payment.key, if_due=True)
        assert shop.queries == asked
    assert shop.now(payment).status is Status.SUCCESS
    shop.clock.advance(3600)
    assert not shop.checkout.refresh(payment.key, if_due=True).changed
    assert shop.queries == 4


def test_of_two_callers_one_queries_and_the_other_gets_the_stored_state() -> None:
    store = RacingStore()
    shop = a_shop(store=store)
    payment = shop.start()
    shop.engine.answer(PHONE, Answer.PAY, shop.clock.now())
    shop.clock.advance(60)
    first: list[Transition[Payment]] = []
    store.faster["check"] = lambda: first.append(shop.checkout.refresh(payment.key, if_due=True))
    second = shop.checkout.refresh(payment.key, if_due=True)

    assert shop.queries == 1
    assert [first[0].became_success, second.became_success] == [True, False]
    assert second.after.status is Status.SUCCESS


@pytest.mark.parametrize("scenario", UNDECIDED)
def test_an_undecided_payment_stays_open_until_the_result_arrives(scenario: Scenario) -> None:
    shop = shop_where(scenario)
    payment = shop.start()
    for _ in range(3):
        shop.clock.advance(50)
        assert shop.checkout.refresh(payment.key).after.status is Status.INITIATED
    shop.clock.advance(20)

    assert shop.checkout.refresh(payment.key).became_success


@pytest.mark.parametrize("scenario", UNDECIDED)
def test_an_undecided_answer_after_the_life_of_the_prompt_ends_the_waiting(scenario: Scenario) -> None:
    shop = shop_where(scenario)
    payment = shop.start()
    shop.clock.advance(179)
    assert shop.checkout.refresh(payment.key).after.status is Status.INITIATED
    shop.clock.advance(1)
    given_up = shop.checkout.refresh(payment.key)
    assert given_up.after.status is Status.UNCONFIRMED
    assert given_up.changed
    assert shop.checkout.reconcile().unconfirmed == (payment.key,)
    shop.checkout.refresh(payment.key)

    assert shop.checkout.refresh(payment.key).became_success
    assert shop.checkout.reconcile().unconfirmed == ()


@pytest.mark.parametrize("code", ["4999", "31337", "SFC_IC9999"])
def test_an_unknown_code_decides_nothing(code: str) -> None:
    shop = shop_where(NEVER_RESOLVED)
    payment = shop.start()
    shop.simulator.respond_with(result_of_query(code))

    assert shop.checkout.refresh(payment.key).after.status is Status.INITIATED
    shop.clock.advance(180)
    after = shop.checkout.refresh(payment.key).after
    assert (after.status, after.result_code, after.result_description) == (Status.UNCONFIRMED, code, "As it is.")


def test_without_an_id_no_query_is_sent_and_the_callback_has_the_life_of_the_prompt() -> None:
    shop = shop_where(ANSWER_LOST)
    payment = shop.start()
    shop.clock.advance(179)
    before = shop.checkout.refresh(payment.key)
    assert not before.changed
    assert before.after == payment
    assert "nothing appears" in payment.customer_message
    shop.clock.advance(1)
    after = shop.checkout.refresh(payment.key).after

    assert (after.status, after.next_check_at) == (Status.UNCONFIRMED, None)
    assert "do not pay again" in after.customer_message
    assert "dropped the connection" in after.result_description  # says why, for the person who checks
    assert shop.queries == 0
    assert shop.checkout.reconcile().unconfirmed == (payment.key,)
    (late,) = shop.deliver()
    assert late.transition is not None
    assert late.transition.became_success  # it came after all


def test_a_success_is_not_queried_again() -> None:
    shop = shop_where(NO_CALLBACK)
    payment = shop.start()
    shop.clock.advance(10)
    first = shop.checkout.refresh(payment.key)
    second = shop.checkout.refresh(payment.key)

    assert (first.became_success, second.became_success, second.changed) == (True, False, False)
    assert shop.queries == 1
    assert len(shop.told) == 1


def test_an_answer_about_another_payment_fulfils_nothing() -> None:
    shop = a_shop()
    payment = shop.start()
    about_another = {"ResponseCode": "0", "ResultCode": "0", "CheckoutRequestID": "ws_CO_0"}
    shop.simulator.respond_with(answer(200, about_another))
    transition = shop.checkout.refresh(payment.key)

    assert not transition.became_success
    assert transition.after.needs_review
    assert not transition.after.paid
    assert shop.told == []


@pytest.mark.parametrize(
    ("instead", "kind"),
    [
        (NotSent("refused"), NotSent),
        (OutcomeUnknown("broke"), OutcomeUnknown),
        (answer(429), RateLimited),
        (refusal(500, "500.001.1001", "Wrong credentials"), AuthenticationError),
        (refusal(400, "400.002.05", "Invalid Request Payload"), ApiError),
        (answer(200, b"<html>"), UnexpectedResponse),
    ],
)
def test_without_an_answer_of_daraja_the_payment_does_not_change(
    instead: HttpResponse | DarajaError, kind: type[DarajaError]
) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.simulator.respond_with(instead)
    with pytest.raises(kind):
        shop.checkout.refresh(payment.key)

    assert shop.now(payment) == payment


@pytest.mark.parametrize(
    "key", ["0" * 32, "", "\x00", "\ud800", None, 7, int(PHONE), PHONE, CHECKOUT_REQUEST_ID, b"0" * 32]
)
def test_another_key_finds_no_payment_and_the_error_shows_no_key(key: str) -> None:
    class Strict(MemoryStore):
        def load(self, key: str, /) -> Payment | None:
            assert isinstance(key, str)  # a database takes nothing else
            assert key.isprintable()
            return super().load(key)

    shop = a_shop(store=Strict())
    shop.start()
    for ask in (shop.checkout.refresh, shop.checkout.may_retry, shop.checkout.wait):
        with pytest.raises(UnknownPayment, match="no payment") as caught:
            ask(key)
        assert digits_shown(PHONE, everything_shown(caught.value)) == []


def test_the_payment_of_another_account_is_unknown() -> None:
    store = MemoryStore()
    shop = a_shop(store=store)
    theirs = a_payment(key="1" * 32)
    store.insert(theirs)
    other = a_shop(store=store, config=settings(business=TILL))

    assert shop.checkout.refresh(theirs.key).after == theirs
    with pytest.raises(UnknownPayment, match="600222"):
        other.checkout.refresh(theirs.key)


@given(st.lists(st.integers(0, 2), max_size=40))
def test_of_simultaneous_callers_one_sees_the_success(turns: list[int]) -> None:
    shop = shop_where(NO_CALLBACK)
    payment = shop.start()
    shop.clock.advance(10)
    flows = [refresh(payment.key, shop.policy) for _ in range(3)]
    transitions = by_turns(shop.office, flows, turns)

    assert sorted(transition.became_success for transition in transitions) == [False, False, True]
    assert all(transition.after.paid for transition in transitions)
    assert len(shop.told) == 1
    assert shop.events(payment).count("query paid") == 1


def test_a_payment_that_the_settings_no_longer_let_us_query_waits_for_a_person_after_a_day() -> None:
    shop = shop_where(NEVER_RESOLVED)
    payment = shop.start()
    config = attrs.evolve(shop.config, business=PayBill(shop.config.business.shortcode))
    checkout = Checkout(Daraja(config, transport=shop.simulator, clock=shop.clock), shop.store)
    with pytest.raises(ConfigurationError, match="passkey: is missing"):
        checkout.refresh(payment.key)

    shop.clock.advance(3600)
    assert checkout.reconcile().failed == 1
    assert shop.now(payment).status is Status.INITIATED
    shop.clock.advance(24 * 3600)
    assert checkout.reconcile().unconfirmed == (payment.key,)
