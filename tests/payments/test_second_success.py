"""A second success of an order is money to give back, unless a person denies the first."""

import attrs
import pytest

from daraja import Checkout, Payment, Status
from daraja.payments.model import PROMPT_LIFE
from daraja.simulator.products.stk.scenarios import FAILED_THEN_PAID
from tests.payments.charging import ORDER, Hooks, charge, daraja_with, failed_then_asked, key_of, shop_with
from tests.support.shops import FailingStore, a_shop


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
