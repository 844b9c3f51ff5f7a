"""A run tells the shop of each success until the shop has heard it."""

import pytest

from daraja import Checkout
from daraja.lifecycle.reconcile import Report
from daraja.payments.model import Payment
from daraja.simulator.products.stk.scenarios import NO_CALLBACK
from tests.lifecycle.runs import due, shop_where, started
from tests.support.scripted import refusal
from tests.support.shops import FailingStore, Shop, a_shop, callback_body, result_of_query

# Telling the shop


def test_a_failed_notification_is_repeated_until_it_works() -> None:
    told: list[str] = []
    broken = True

    def on_success(payment: Payment) -> None:
        told.append(payment.key)
        if broken:
            message = "the shop's database is down"
            raise RuntimeError(message)

    shop = a_shop(on_success=on_success)
    payment = shop.start()
    reply = shop.claim(payment)
    assert reply.transition is not None
    assert reply.transition.became_success
    assert told == [payment.key]

    assert shop.checkout.reconcile() == Report()  # not at once
    shop.clock.advance(60)
    assert shop.checkout.reconcile() == Report()  # it failed again, which the log says
    assert shop.now(payment).notified_at is None
    broken = False
    shop.clock.advance(120)
    assert shop.checkout.reconcile() == Report(delivered=1)
    assert shop.now(payment).notified_at == shop.clock.now()
    shop.clock.advance(24 * 3600)
    assert shop.checkout.reconcile() == Report()
    assert told == [payment.key] * 3
    assert shop.queries == 0


def test_a_success_with_a_conflict_before_its_notification_waits_for_a_person() -> None:
    told: list[str] = []

    def on_success(payment: Payment) -> None:
        if not told:
            told.append("")
            raise RuntimeError
        told.append(payment.key)

    shop = a_shop(on_success=on_success)
    payment = shop.start()
    shop.claim(payment)
    shop.claim(payment, receipt="UAF2BBBBBB")
    for _ in range(5):
        shop.clock.advance(3600)
        shop.checkout.reconcile()
    assert shop.checkout.reconcile() == Report(conflicts=(payment.key,))
    assert told == [""]

    shop.checkout.resolve(payment.key, paid=True, note="both are there", by="Wanjiku")
    assert told == ["", payment.key]
    shop.clock.advance(3600)
    assert shop.checkout.reconcile() == Report()
    assert told == ["", payment.key]


def untold() -> tuple[Shop, Payment]:
    """Give a shop and its success of which nobody could be told."""

    def forget(_: Payment) -> None:
        raise LookupError

    shop = a_shop(on_success=forget)
    payment = shop.start()
    shop.claim(payment)
    return shop, payment


def test_a_run_without_on_success_takes_no_delivery_from_another_process() -> None:
    shop, payment = untold()
    deaf = a_shop(store=shop.store, clock=shop.clock, listens=False)
    hearing = a_shop(store=shop.store, clock=shop.clock)
    shop.clock.advance(60)
    assert deaf.checkout.reconcile() == Report()
    shop.clock.advance(3600)

    assert hearing.checkout.reconcile() == Report(delivered=1)
    assert [one.key for one in hearing.told] == [payment.key]


def test_a_run_without_on_success_logs_it_and_leaves_the_delivery_to_another_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop, payment = untold()
    deaf = a_shop(store=shop.store, clock=shop.clock, listens=False)
    hearing = a_shop(store=shop.store, clock=shop.clock)
    for _ in range(24 * 60):
        shop.clock.advance(60)
        deaf.checkout.reconcile()

    assert f"payment.nobody_to_notify key={payment.key}" in caplog.text
    shop.clock.advance(1)
    assert hearing.checkout.reconcile() == Report(delivered=1)


@pytest.mark.parametrize("code", ["26", "9999"])
def test_a_failure_without_proof_is_listed_until_a_person_has_decided(code: str) -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, callback_body({"CheckoutRequestID": str(payment.checkout_request_id), "ResultCode": code}))

    assert shop.checkout.reconcile().unconfirmed == (payment.key,)
    shop.checkout.resolve(payment.key, paid=False, note="not on the statement", by="Wanjiku")
    assert shop.checkout.reconcile().unconfirmed == ()


# Telling how far it has come


def test_progress_is_reported_after_each_payment_and_at_the_end() -> None:
    shop = shop_where(NO_CALLBACK)
    started(shop, 3)
    seen: list[Report] = []
    report = shop.checkout.reconcile(progress=seen.append)

    assert [one.asked for one in seen] == [1, 2, 3, 3]
    assert seen[-1] == report


def test_an_exception_in_progress_ends_the_run_and_loses_nothing() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 3)

    def progress(_: Report) -> None:
        message = "the terminal is gone"
        raise BrokenPipeError(message)

    with pytest.raises(BrokenPipeError):
        shop.checkout.reconcile(progress=progress)
    assert shop.now(payments[0]).paid
    assert due(shop) == [payment.key for payment in payments[1:]]

    assert shop.checkout.reconcile() == Report(asked=2, succeeded=2)
    assert len(shop.told) == 3


def test_an_error_of_the_store_s_list_reaches_the_caller() -> None:
    class Broken(FailingStore):
        def due(self, *_: object) -> list[Payment]:
            message = "no such table"
            raise LookupError(message)

    with pytest.raises(LookupError, match="no such table"):
        a_shop(store=Broken()).checkout.reconcile()


# What belongs to others -----------------------------------------------------------------------------------------------


def test_a_success_found_without_on_success_is_delivered_by_a_process_that_has_it() -> None:
    shop = shop_where(NO_CALLBACK)
    (payment,) = started(shop, 1)
    deaf = Checkout(shop.daraja, shop.store)
    for _ in range(3):
        assert deaf.reconcile().delivered == 0
        shop.clock.advance(60)
    assert shop.now(payment).paid
    assert shop.told == []
    assert shop.checkout.reconcile() == Report(delivered=1)
    assert [told.key for told in shop.told] == [payment.key]


def test_a_payment_that_daraja_always_refuses_stops_no_other_and_needs_a_person_in_the_end() -> None:
    shop = shop_where(NO_CALLBACK)
    payments = started(shop, 5)
    shop.simulator.respond_with(refusal(404, "404.001.01", "Resource not found"))
    report = shop.checkout.reconcile()

    assert (report.asked, report.failed, report.stopped) == (5, 5, "")
    shop.clock.advance(24 * 3600)
    report = shop.checkout.reconcile()
    assert set(report.unconfirmed) == {payment.key for payment in payments}
    assert shop.checkout.reconcile().asked == 0


def test_a_failure_from_one_query_without_a_second_is_listed() -> None:
    shop = shop_where(NO_CALLBACK)
    (payment,) = started(shop, 1)
    shop.clock.advance(25 * 3600)
    shop.daraja.stk_query("ws_CO_1")  # which fetches a token
    shop.simulator.respond_with(result_of_query("1032"))
    assert shop.checkout.reconcile().settled == 1
    shop.simulator.respond_with(refusal(500, "500.001.1001", "The transaction is being processed"))
    shop.clock.advance(60)
    report = shop.checkout.reconcile()

    assert (report.asked, report.unconfirmed) == (1, (payment.key,))
    assert shop.now(payment).next_check_at is None
