"""A phone is asked for an order only if no attempt of the order is open, in doubt or paid."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, Final

import attrs
import pytest

from daraja import Checkout, Daraja, Payment, Status, Till, short_reference
from daraja.errors import (
    AttemptOpen,
    Conflict,
    InvalidInput,
    NotSent,
    PaymentView,
    RateLimited,
    RecordUnreadable,
    SubscriberBusy,
    TooEarly,
)
from daraja.payments.model import PROMPT_LIFE, Account
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import (
    ANSWER_LOST,
    FAILED_THEN_PAID,
    NEVER_RESOLVED,
    SPIKE_ARREST,
)
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlStore
from daraja.testing import MountedDaraja
from tests.support.scripted import PASSKEY, PHONE, settings
from tests.support.shops import FailingStore, Shop, a_shop

ORDER: Final = "ORD-2025-001"
ANOTHER_PHONE: Final = "254722345678"
MINUTE: Final = 60.0


Meanwhile = Callable[[], object]
"""What another caller does."""


def daraja_with(scenario: Scenario) -> Engine:
    """Return a Daraja that may ask the phone as often as a test likes, and what becomes of it."""
    return Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: scenario}, busy_seconds=0)


def charge(shop: Shop, phone: str = PHONE, amount: int = 500, **others: Any) -> Payment:  # noqa: ANN401 - as charge has them
    return shop.checkout.charge(order=ORDER, phone=phone, amount=amount, **others)


def answered(shop: Shop, answer: Answer, phone: str = PHONE) -> Payment:
    """Let the customer answer, deliver the callback, and return the newest attempt."""
    shop.engine.answer(phone, answer, shop.clock.now())
    shop.wait(3)
    return shop.checkout.order(ORDER).attempts[-1]


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


@pytest.mark.parametrize("where", ["memory", "sqlite", "postgres"])
def test_of_many_clicks_at_the_same_time_one_asks_and_all_get_its_payment(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    clicks, together = 12, Barrier(12)
    shop = a_shop()
    url = f"sqlite:///{tmp_path}/shop.db" if where == "sqlite" else ""
    address = request.getfixturevalue("postgres") if where == "postgres" else url
    memory = MemoryStore()

    def click(store: MemoryStore | SqlStore) -> Payment:
        together.wait(30)
        return Checkout(shop.daraja, store).charge(order=ORDER, phone=PHONE, amount=500)

    stores: list[MemoryStore | SqlStore] = [SqlStore(address) if address else memory for _ in range(clicks)]
    if isinstance(stores[0], SqlStore):
        stores[0].create_schema()
    with ThreadPoolExecutor(clicks) as pool:
        payments = list(pool.map(click, stores))
    assert len({payment.key for payment in payments}) == 1
    assert shop.pushes == 1
    for store in stores:
        if isinstance(store, SqlStore):
            store.close()


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


# Races ----------------------------------------------------------------------------------------------------------------


class Slow(MemoryStore):
    """A store before whose next insert something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Meanwhile] = []

    def insert(self, payment: Payment, /) -> Payment:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().insert(payment)


def test_a_caller_who_was_slower_returns_the_attempt_of_the_faster_one() -> None:
    store = Slow()
    shop = a_shop(store=store)
    store.meanwhile.append(lambda: charge(shop))

    assert charge(shop).attempt == 1
    assert shop.pushes == 1


def test_a_caller_who_was_slower_learns_that_another_phone_is_asked() -> None:
    store = Slow()
    shop = a_shop(store=store)
    store.meanwhile.append(lambda: charge(shop, ANOTHER_PHONE))

    with pytest.raises(AttemptOpen, match=r"2547\*\*\*\*\*678"):
        charge(shop)
    assert shop.pushes == 1


def test_a_caller_who_was_so_slow_that_the_order_is_paid_asks_nobody() -> None:
    store = Slow()
    shop = a_shop(store=store)

    def another_pays() -> None:
        charge(shop)
        answered(shop, Answer.PAY)

    store.meanwhile.append(another_pays)

    assert charge(shop).paid
    assert shop.pushes == 1


def test_a_store_that_gives_other_attempts_every_time_is_not_asked_for_ever() -> None:
    class Confused(MemoryStore):
        def insert(self, payment: Payment, /) -> Payment:
            return attrs.evolve(payment, key="0" * 32)

    shop = a_shop(store=Confused())
    with pytest.raises(Conflict, match="lost a race"):
        charge(shop)
    assert shop.pushes == 0


# A second success -----------------------------------------------------------------------------------------------------


@attrs.frozen
class Hooks:
    """What a shop's hooks were called with."""

    fulfilled: list[str] = attrs.field(factory=list[str])
    refunds: list[str] = attrs.field(factory=list[str])

    def on_success(self, payment: Payment) -> None:
        self.fulfilled.append(payment.key)

    def on_refund_due(self, payment: Payment) -> None:
        assert payment.refund_due
        self.refunds.append(payment.key)


def shop_with(hooks: Hooks) -> Shop:
    """Return a shop in which attempt 1 failed, and its customer is asked by attempt 2."""
    engine = daraja_with(FAILED_THEN_PAID)
    shop = a_shop(engine=engine)
    checkout = Checkout(shop.daraja, shop.store, on_success=hooks.on_success, on_refund_due=hooks.on_refund_due)
    return attrs.evolve(shop, checkout=checkout)


def failed_then_asked(shop: Shop) -> tuple[Payment, Payment]:
    first = charge(shop)
    shop.claim(first, result_code="1032", receipt=None)
    shop.clock.advance(MINUTE)
    second = charge(shop)
    assert second.attempt == 2
    return shop.now(first), second


def key_of(payment: PaymentView | None) -> str:
    assert payment is not None
    return payment.key


def test_a_second_success_is_kept_reported_and_not_fulfilled() -> None:
    hooks = Hooks()
    shop = shop_with(hooks)
    first, second = failed_then_asked(shop)

    shop.claim(shop.now(second))
    transition = shop.claim(shop.now(first)).transition

    assert transition is not None
    assert not transition.became_success
    late = shop.now(first)
    assert (late.status, late.paid, late.refund_due, late.succeeded_at) == (Status.SUCCESS, False, True, None)
    assert late.receipt is not None
    assert "send this payment back" in late.customer_message
    assert hooks == Hooks(fulfilled=[second.key], refunds=[first.key])
    order = shop.checkout.order(ORDER)
    assert (key_of(order.payment), order.paid) == (second.key, True)
    assert [one.key for one in order.refunds_due] == [first.key]
    assert "more than once" in order.customer_message
    report = shop.checkout.reconcile()
    assert report.refunds_due == (first.key,)
    assert report.needs_attention
    assert (report.unconfirmed, report.conflicts) == ((), ())
    assert hooks == Hooks(fulfilled=[second.key], refunds=[first.key])


def test_a_refund_is_due_until_a_person_has_closed_it() -> None:
    shop = shop_with(Hooks())
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(second))
    shop.claim(shop.now(first))

    shop.checkout.resolve(first.key, paid=False, note="refunded as UAG1BBBBBB", by="Wanjiku")

    assert shop.checkout.reconcile().refunds_due == ()
    order = shop.checkout.order(ORDER)
    assert (key_of(order.payment), order.paid, order.refunds_due) == (second.key, True, ())
    assert "Another payment has paid" in shop.now(first).customer_message
    shop.checkout.resolve(first.key, paid=True, note="the refund was refused", by="Wanjiku")
    assert shop.checkout.reconcile().refunds_due == (first.key,)


def test_a_second_success_counts_once_the_first_one_is_denied() -> None:
    hooks = Hooks()
    shop = shop_with(hooks)
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(second))
    shop.claim(shop.now(first))

    shop.checkout.resolve(second.key, paid=False, note="Safaricom reversed it", by="Wanjiku")
    assert not shop.checkout.order(ORDER).paid
    assert charge(shop).key == first.key, "nobody is asked meanwhile"
    report = shop.checkout.reconcile()

    assert (report.succeeded, report.refunds_due) == (1, ())
    order = shop.checkout.order(ORDER)
    assert (key_of(order.payment), order.paid, order.refunds_due) == (first.key, True, ())
    assert hooks == Hooks(fulfilled=[second.key, first.key], refunds=[first.key])
    shop.checkout.resolve(second.key, paid=True, note="the reversal was reversed", by="Wanjiku")
    assert shop.checkout.order(ORDER).refunds_due == (shop.now(second),)
    assert hooks == Hooks(fulfilled=[second.key, first.key], refunds=[first.key, second.key])


def test_a_second_success_that_a_person_calls_paid_counts_at_once_if_the_first_one_is_denied() -> None:
    hooks = Hooks()
    shop = shop_with(hooks)
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(second))
    shop.claim(shop.now(first))

    shop.checkout.resolve(second.key, paid=False, note="Safaricom reversed it", by="Wanjiku")
    shop.checkout.resolve(first.key, paid=True, note="this one is on the statement", by="Wanjiku")

    assert not shop.now(first).is_second
    order = shop.checkout.order(ORDER)
    assert (key_of(order.payment), order.paid, order.refunds_due) == (first.key, True, ())
    assert order.customer_message == "Thank you, your payment has arrived."
    assert hooks == Hooks(fulfilled=[second.key, first.key], refunds=[first.key])


def test_a_second_success_that_a_person_calls_paid_stays_second_while_the_first_one_counts() -> None:
    hooks = Hooks()
    shop = shop_with(hooks)
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(second))
    shop.claim(shop.now(first))

    shop.checkout.resolve(first.key, paid=True, note="it is on the statement", by="Wanjiku")

    assert shop.now(first).refund_due
    assert shop.checkout.order(ORDER).refunds_due == (shop.now(first),)
    assert hooks.fulfilled == [second.key]


def test_a_success_after_a_persons_denial_is_a_refund_only_once_a_person_has_looked() -> None:
    hooks = Hooks()
    shop = shop_with(hooks)
    first = charge(shop)
    shop.checkout.resolve(first.key, paid=False, note="the customer says no", by="Wanjiku")
    shop.clock.advance(PROMPT_LIFE.total_seconds())
    second = charge(shop)
    shop.claim(shop.now(second))

    shop.claim(shop.now(first))

    assert shop.now(first).needs_review
    assert shop.checkout.reconcile().conflicts == (first.key,)
    assert hooks == Hooks(fulfilled=[second.key])
    shop.checkout.resolve(first.key, paid=True, note="it is on the statement", by="Wanjiku")
    assert shop.now(first).refund_due
    assert hooks == Hooks(fulfilled=[second.key], refunds=[first.key])


def test_a_success_with_another_amount_does_not_keep_a_second_one_from_counting() -> None:
    hooks = Hooks()
    shop = shop_with(hooks)
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(first), amount=499)

    shop.claim(shop.now(second))

    assert hooks == Hooks(fulfilled=[second.key])
    shop.checkout.resolve(first.key, paid=True, note="KES 499 is there", by="Wanjiku")
    assert shop.now(first).refund_due


def test_a_hook_that_fails_is_called_again_by_reconcile() -> None:
    hooks, failures = Hooks(), [RuntimeError("the mail server is down")]
    shop = shop_with(hooks)

    def tell(payment: Payment) -> None:
        if failures:
            raise failures.pop()
        hooks.on_refund_due(payment)

    shop = attrs.evolve(shop, checkout=Checkout(shop.daraja, shop.store, on_refund_due=tell))
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(second))
    shop.claim(shop.now(first))
    assert shop.now(first).refund_notified_at is None

    assert shop.checkout.reconcile().refunds_due == (first.key,)

    assert hooks.refunds == [first.key]
    assert shop.now(first).refund_notified_at == shop.clock.now()
    shop.checkout.reconcile()
    assert hooks.refunds == [first.key]


def test_a_refund_stays_listed_while_the_store_fails(caplog: pytest.LogCaptureFixture) -> None:
    store = FailingStore()
    shop = a_shop(engine=daraja_with(FAILED_THEN_PAID), store=store)
    first, second = failed_then_asked(shop)
    shop.claim(shop.now(second))
    shop.claim(shop.now(first))
    store.failing["swap"] = OSError("the disk is full")

    report = shop.checkout.reconcile()

    assert (report.failed, report.refunds_due) == (1, (first.key,))
    assert f"payment.refund_postponed key={first.key} error=OSError" in caplog.messages
    store.failing.clear()
    report = shop.checkout.reconcile()
    assert (report.failed, report.refunds_due) == (0, (first.key,))


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_of_two_successes_at_the_same_time_one_is_fulfilled_and_one_is_due_for_refund(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/shop.db" if where == "sqlite" else request.getfixturevalue("postgres")
    inside: Counter[str] = Counter()
    outside = Hooks()
    with closing(
        SqlStore(
            url,
            on_success=lambda _, payment: inside.update(["paid", payment.key]),
            on_refund_due=lambda _, payment: inside.update(["refund", payment.key]),
        )
    ) as store:
        store.create_schema()
        shop = shop_with(Hooks())
        checkout = Checkout(shop.daraja, store, on_success=outside.on_success, on_refund_due=outside.on_refund_due)
        shop = attrs.evolve(shop, checkout=checkout)
        first = charge(shop)
        shop.claim(first, result_code="1032", receipt=None)
        shop.clock.advance(MINUTE)
        second = charge(shop)
        together = Barrier(2)

        def pays(payment: Payment) -> object:
            together.wait(30)
            return shop.claim(payment)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(pays, [first, second]))

        order = checkout.order(ORDER)
        assert sorted(one.paid for one in order.attempts) == [False, True]
        assert len(order.refunds_due) == 1
        assert inside == Counter({"paid": 1, "refund": 1, first.key: 1, second.key: 1})
        assert outside == Hooks(fulfilled=[key_of(order.payment)], refunds=[order.refunds_due[0].key])


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
