"""A phone is asked for an order only if no attempt of the order is open, in doubt or paid."""

from datetime import timedelta
from typing import Any

import pytest

from daraja import Checkout, Daraja, Payment, Status, Till, short_reference
from daraja.errors import AttemptOpen, InvalidInput, NotSent, RateLimited, RecordUnreadable, SubscriberBusy, TooEarly
from daraja.lifecycle.record import Account
from daraja.payments.model import PROMPT_LIFE
from daraja.simulator import Answer
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, NEVER_RESOLVED, SPIKE_ARREST
from daraja.stores import MemoryStore
from daraja.testing import MountedDaraja
from tests.payments.charging import ANOTHER_PHONE, MINUTE, ORDER, answered, charge, daraja_with
from tests.support.scripted import PASSKEY, PHONE, settings
from tests.support.shops import a_shop

# One prompt -----------------------------------------------------------------------------------------------------------


def test_the_first_charge_asks_the_phone() -> None:
    shop = a_shop()

    payment = charge(shop, metadata={"basket": 7})

    assert (payment.status, payment.order, payment.attempt) == (Status.INITIATED, ORDER, 1)
    assert (payment.phone, payment.amount, payment.reference) == (PHONE, 500, ORDER)
    assert payment.metadata == {"basket": 7}
    assert shop.pushes == 1
    assert shop.checkout.order(ORDER).attempts == (payment,)


def test_a_second_charge_of_an_open_attempt_asks_nobody_and_returns_it() -> None:
    shop = a_shop()

    first = charge(shop)
    shop.wait(1)

    assert charge(shop, "0712 345 678", description="Something").key == first.key
    assert shop.pushes == 1


@pytest.mark.parametrize(("phone", "amount"), [(ANOTHER_PHONE, 500), (PHONE, 501)])
def test_another_phone_or_amount_is_refused_while_an_attempt_is_open(phone: str, amount: int) -> None:
    shop = a_shop()
    first = charge(shop)
    shop.wait(20)

    with pytest.raises(AttemptOpen) as caught:
        charge(shop, phone, amount)

    error = caught.value
    assert error.payment is not None
    assert error.payment.key == first.key
    assert error.ends_at == first.created_at + PROMPT_LIFE
    assert (error.phone, error.amount, error.seconds) == ("2547*****678", 500, 160)
    assert "2547*****678 is being asked to pay KES 500" in error.customer_message
    assert "160 seconds" in error.customer_message
    assert PHONE not in f"{error!r} {error}"
    assert shop.pushes == 1


def test_another_till_of_the_store_is_refused_while_an_attempt_is_open() -> None:
    shop = a_shop(config=settings(Till(store="600111", till="5050505", passkey=PASSKEY)))
    first = charge(shop)
    config = settings(Till(store="600111", till="6060606", passkey=PASSKEY))
    other = Checkout(Daraja(config, transport=shop.simulator, clock=shop.clock), shop.store)

    with pytest.raises(AttemptOpen) as caught:
        other.charge(order=ORDER, phone=PHONE, amount=500)

    assert caught.value.payment is not None
    assert caught.value.payment.key == first.key
    assert charge(shop).key == first.key
    assert shop.pushes == 1


def test_an_attempt_that_daraja_is_silent_about_ends_when_daraja_is_asked_next() -> None:
    shop = a_shop(engine=daraja_with(NEVER_RESOLVED))
    first = charge(shop)
    shop.wait(10 * MINUTE)

    with pytest.raises(AttemptOpen) as caught:
        charge(shop, ANOTHER_PHONE)

    assert caught.value.ends_at == shop.clock.now() >= first.created_at + PROMPT_LIFE
    assert caught.value.seconds == 1


def test_nobody_is_told_a_time_while_the_answer_to_a_push_is_not_known() -> None:
    shop = a_shop(engine=daraja_with(ANSWER_LOST))
    charge(shop)

    with pytest.raises(AttemptOpen) as caught:
        charge(shop, ANOTHER_PHONE)

    assert caught.value.in_doubt
    assert "do not pay in another way yet" in caught.value.customer_message
    assert "seconds" not in caught.value.customer_message
    assert "only the M-Pesa statement can tell" in str(caught.value)
    assert ANOTHER_PHONE not in str(caught.value)


def test_an_attempt_whose_answer_was_lost_holds_the_order() -> None:
    shop = a_shop(engine=daraja_with(ANSWER_LOST))

    first = charge(shop)

    assert first.status is Status.PENDING
    assert charge(shop) == first
    with pytest.raises(AttemptOpen):
        charge(shop, ANOTHER_PHONE)
    assert shop.pushes == 1


def test_accounts_in_one_store_have_orders_of_their_own() -> None:
    store = MemoryStore()
    first, second = a_shop(store=store), a_shop(store=store, config=settings(tenant="another shop"))

    payments = charge(first), charge(second)

    assert [payment.attempt for payment in payments] == [1, 1]
    assert first.checkout.order(ORDER).attempts == payments[:1]
    assert second.checkout.order(ORDER).attempts == payments[1:]


# The next attempt -----------------------------------------------------------------------------------------------------


def test_a_new_attempt_waits_until_the_prompt_is_surely_gone() -> None:
    shop = a_shop()
    first = charge(shop)
    assert answered(shop, Answer.CANCEL).status is Status.FAILED

    with pytest.raises(TooEarly) as caught:
        charge(shop)

    error = caught.value
    assert error.payment is not None
    assert error.payment.key == first.key
    assert error.not_before == first.created_at + timedelta(seconds=60)
    assert error.seconds == 57
    assert "57 seconds" in error.customer_message
    assert "nobody was charged" in str(error)
    shop.wait(57)
    second = charge(shop, ANOTHER_PHONE, 700)
    assert (second.attempt, second.phone, second.amount) == (2, ANOTHER_PHONE, 700)


def test_attempts_are_numbered_and_the_newest_one_is_shown() -> None:
    shop = a_shop()
    for number in range(1, 4):
        payment = charge(shop)
        assert payment.attempt == number
        assert shop.checkout.order(ORDER).payment == payment
        answered(shop, Answer.WRONG_PIN)
        shop.wait(MINUTE)
    assert [one.attempt for one in shop.checkout.order(ORDER).attempts] == [1, 2, 3]


def test_a_push_that_was_not_sent_may_be_charged_again_at_once() -> None:
    simulator = a_shop().simulator

    class OffLine(MountedDaraja):
        def send(self, *_: object) -> Any:  # noqa: ANN401 - it returns nothing
            reason = "the network is down"
            raise NotSent(reason)

    shop = a_shop()
    off = OffLine(simulator.engine, shop.clock, base_url=shop.config.environment.base_url)
    checkout = Checkout(Daraja(shop.config, transport=off, clock=shop.clock), shop.store)

    with pytest.raises(NotSent) as caught:
        checkout.charge(order=ORDER, phone=PHONE, amount=500)

    assert caught.value.payment is not None
    assert caught.value.payment.status is Status.FAILED
    assert shop.checkout.order(ORDER).may_charge
    assert charge(shop).attempt == 2


def test_a_busy_line_is_asked_again_after_a_minute() -> None:
    shop = a_shop()
    shop.start()  # another order is on that phone

    with pytest.raises(SubscriberBusy) as busy:
        charge(shop)
    with pytest.raises(TooEarly) as caught:
        charge(shop)

    assert caught.value.seconds == 60
    assert isinstance(busy.value.payment, Payment)
    shop.wait(60)
    assert charge(shop).attempt == 2


def test_a_gateway_that_asks_to_slow_down_is_asked_again_when_it_said() -> None:
    shop = a_shop(engine=daraja_with(SPIKE_ARREST))

    with pytest.raises(RateLimited):
        charge(shop)

    verdict = shop.checkout.order(ORDER).may_charge
    assert verdict or verdict.not_before is not None


# In doubt -------------------------------------------------------------------------------------------------------------


def test_an_attempt_that_only_the_statement_can_decide_is_returned_and_asks_nobody() -> None:
    shop = a_shop(engine=daraja_with(NEVER_RESOLVED))
    first = charge(shop)
    for _ in range(30):
        shop.wait(3_600)
        shop.checkout.reconcile()

    found = charge(shop, ANOTHER_PHONE)

    assert (found.key, found.status) == (first.key, Status.UNCONFIRMED)
    assert "do not pay again" in found.customer_message
    order = shop.checkout.order(ORDER)
    assert not order.may_charge
    assert "statement" in order.may_charge.reason
    assert shop.pushes == 1


def test_a_failure_that_proves_nothing_is_returned_and_asks_nobody() -> None:
    shop = a_shop()
    first = charge(shop)
    shop.claim(first, result_code="8006", receipt=None)
    shop.wait(3_600)

    found = charge(shop)

    assert found.key == first.key
    order = shop.checkout.order(ORDER)
    assert not order.may_charge
    assert "does not prove" in order.may_charge.reason
    assert shop.pushes == 1


def test_a_person_who_denies_an_attempt_frees_the_order_once_its_prompt_is_gone() -> None:
    shop = a_shop(engine=daraja_with(NEVER_RESOLVED))
    first = charge(shop)
    shop.wait(MINUTE)
    shop.checkout.resolve(first.key, paid=False, note="not on the statement", by="Wanjiku")

    with pytest.raises(TooEarly) as caught:
        charge(shop)

    assert caught.value.not_before == first.created_at + PROMPT_LIFE
    shop.wait(PROMPT_LIFE.total_seconds())
    assert charge(shop).attempt == 2


def test_an_attempt_under_review_holds_the_order() -> None:
    shop = a_shop()
    first = charge(shop)
    shop.claim(shop.now(first), amount=499)
    shop.wait(3_600)

    assert charge(shop).key == first.key
    assert not shop.checkout.order(ORDER).paid
    assert "person" in shop.checkout.order(ORDER).may_charge.reason


def test_an_attempt_that_cannot_be_read_holds_the_order() -> None:
    shop = a_shop()

    class Unreadable(MemoryStore):
        def attempts(self, order: str, account: Account, /) -> list[Payment]:
            raise RecordUnreadable(order, f"{account} was written by another release")

    checkout = Checkout(shop.daraja, Unreadable())
    with pytest.raises(RecordUnreadable):
        checkout.charge(order=ORDER, phone=PHONE, amount=500)
    assert shop.pushes == 0


# Paid -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("phone", "amount"), [(PHONE, 500), (ANOTHER_PHONE, 500), (PHONE, 9_000)])
def test_a_paid_order_is_returned_as_its_paid_payment(phone: str, amount: int) -> None:
    shop = a_shop()
    charge(shop)
    paid = answered(shop, Answer.PAY)
    shop.wait(3_600)

    found = charge(shop, phone, amount)

    assert found == shop.now(paid)
    assert (found.paid, found.amount) == (True, 500)
    order = shop.checkout.order(ORDER)
    assert order.paid
    assert order.payment == found
    assert order.may_charge.reason == "it was paid"
    assert order.customer_message == "Thank you, your payment has arrived."
    assert shop.pushes == 1


# Input ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["ORDER-2026-000000117", "550e8400-e29b-41d4-a716-446655440000", "Kauf Nº 7"])
def test_an_order_that_does_not_fit_into_the_prompt_gets_a_short_reference(order: str) -> None:
    shop = a_shop()

    payment = shop.checkout.charge(order=order, phone=PHONE, amount=500)

    assert payment.reference == short_reference(order)
    assert payment.order == order


def test_a_reference_of_ones_own_is_taken() -> None:
    shop = a_shop()
    assert shop.checkout.charge(order=ORDER, phone=PHONE, amount=500, reference="INV 7").reference == "INV 7"


@pytest.mark.parametrize("order", ["", " ", "ORD-1 ", " ORD-1", "ORD\n1", "x" * 201, 17, None])
def test_what_is_no_order_is_refused_with_every_other_fault(order: Any) -> None:  # noqa: ANN401 - that is the test
    shop = a_shop()
    with pytest.raises(InvalidInput) as caught:
        shop.checkout.charge(order=order, phone="12", amount=0, metadata={"a": object()})
    assert set(caught.value.faults) == {"order", "phone", "amount", "metadata"}
    with pytest.raises(InvalidInput) as caught:
        shop.checkout.order(order)
    assert set(caught.value.faults) == {"order"}
    assert not shop.simulator.requests


def test_an_order_that_nobody_was_asked_to_pay_may_be_charged() -> None:
    order = a_shop().checkout.order(ORDER)
    assert (order.attempts, order.payment, order.paid, order.refunds_due) == ((), None, False, ())
    assert order.may_charge
    assert order.customer_message == "This order is not paid yet."
