"""An order that was paid by hand is paid: it is seen beside the attempts, and nobody is asked again."""

from asyncio import run
from typing import Any, Final, cast

import attrs
import pytest

from daraja import Checkout, Daraja, Receipts, Till
from daraja.aio import AsyncLedger
from daraja.errors import ConfigurationError, InvalidInput, NotSent, PaidByHand, RecordUnreadable
from daraja.inbound.expectation import Expectation
from daraja.ledger import Ledger
from daraja.lifecycle import ports
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.record import Account
from daraja.payments import Status
from daraja.stores import MemoryReceiptStore
from daraja.testing import stk_callback
from tests.inbound.by_hand import denied, expected, paid_after_all
from tests.support.receiving import SHORTCODE, Counter, a_counter, receiving_settings
from tests.support.scripted import PASSKEY, PHONE

TILL: Final = Till(store=SHORTCODE, till="5050505", passkey=PASSKEY)


def offered(counter: Counter) -> Expectation | None:
    return counter.receipts.offer(counter.checkout.order("ORD-1"), amount=500)


def test_an_order_that_nobody_was_asked_for_is_paid_by_hand() -> None:
    counter = a_counter()
    number = counter.pay(expected(counter))
    order = counter.checkout.order("ORD-1")
    assert order.paid
    assert [one.number for one in order.receipts] == [number]
    assert (order.attempts, order.refunds_due, order.excess_receipts) == ((), (), ())
    assert order.customer_message == "Thank you, your payment has arrived."
    assert not order.may_charge
    assert order.may_charge.reason == "it was paid by hand"
    with pytest.raises(PaidByHand, match=f"with receipt {number}. Nobody was prompted"):
        counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    assert counter.checkout.order("ORD-1").attempts == ()


class Unreadable(MemoryReceiptStore):
    """A store whose receipts were all written by another release."""

    def list(self, which: Filter, limit: int, after: str | None = None, /) -> Any:  # noqa: ANN401 - rows, not receipts
        rows = super().list(which, limit, after)
        return [ports.Unreadable(row.key, "another release wrote it") for row in rows]


def test_a_receipt_that_cannot_be_read_holds_its_order() -> None:
    counter = a_counter(store=Unreadable())
    account = expected(counter)
    number = counter.pay(account)
    key = counter.receipts.receipt(number).key
    with pytest.raises(RecordUnreadable, match=key):
        counter.checkout.order("ORD-1")
    with pytest.raises(RecordUnreadable, match=key):
        counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    assert counter.checkout.store.attempts("ORD-1", Account.of(counter.daraja.config)) == []
    counter.simulator.advance(seconds=1)
    counter.pay(account)
    assert counter.replies[-1].status_code == 200
    assert [one.number for one in counter.received] == [number]


def test_a_customer_whose_prompt_failed_pays_by_hand() -> None:
    counter = a_counter()
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    counter.pay(expected(counter))
    order = counter.checkout.order("ORD-1")
    assert order.paid
    assert [one.status for one in order.attempts] == [Status.FAILED]
    counter.simulator.advance(seconds=120)
    with pytest.raises(PaidByHand) as refused:
        counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    assert refused.value.payment == order.attempts[0]


def test_both_paths_paid_is_a_refund_that_is_due_and_one_of_them_is_fulfilled() -> None:
    counter = a_counter()
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    number = counter.pay(expected(counter))
    order = counter.checkout.order("ORD-1")
    assert order.paid
    assert [one.number for one in order.receipts] == [number]
    assert list(order.excess_receipts) == list(order.receipts)
    assert order.received == 500
    assert (len(counter.paid), counter.received) == (1, [])
    assert [one.number for one in counter.refunds_due] == [number]
    assert order.customer_message.endswith("You have paid more than once, and we will send the rest back.")


def test_the_same_money_by_hand_again_is_a_refund_that_is_due() -> None:
    counter = a_counter()
    account = expected(counter)
    counter.pay(account)
    counter.simulator.advance(seconds=1)
    second = counter.pay(account)
    assert [one.number for one in counter.checkout.order("ORD-1").excess_receipts] == [second]


def test_a_part_by_hand_does_not_pay_the_order() -> None:
    counter = a_counter()
    counter.pay(expected(counter), 200)
    order = counter.checkout.order("ORD-1")
    assert not order.paid
    assert order.by_hand.received == 200
    assert order.may_charge
    with pytest.raises(InvalidInput, match="300 KES are missing, since 200 KES were paid by hand; ask for the rest"):
        counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    assert counter.checkout.charge(order="ORD-1", phone=PHONE, amount=300).status is Status.INITIATED
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    order = counter.checkout.order("ORD-1")
    assert (order.paid, order.refunds_due) == (True, ())
    assert order.received == 500


def test_a_receipt_has_suggestions() -> None:
    counter = a_counter()
    account = expected(counter)
    number = counter.pay("a wrong account")
    (suggestion,) = counter.receipts.suggestions(number)
    assert (suggestion.expectation.reference, suggestion.reason) == (account, "the amount is the same")
    with pytest.raises(InvalidInput, match="names no receipt"):
        counter.receipts.suggestions("UAF0000000")


def test_money_that_a_person_assigned_pays_what_an_attempt_asked_for() -> None:
    counter = a_counter()
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    for amount, paid in ((200, False), (300, True)):
        number = counter.pay("a wrong account", amount)
        counter.receipts.assign(number, order="ORD-1", by="Wanjiku", note="she called")
        assert counter.checkout.order("ORD-1").paid is paid


def test_money_under_review_keeps_the_order_from_being_charged_and_from_being_paid() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174")
    receipt = counter.receipts.receipt(number)
    counter.store.swap(
        receipt,
        attrs.evolve(receipt, conflicts=frozenset({"reversed=UAF2AAAAAA"}), version=receipt.version + 1),
        counter.store.history(receipt.key)[0],
    )
    order = counter.checkout.order("ORD-1")
    assert not order.paid
    assert not order.may_charge
    assert "closer look" in order.customer_message


def test_a_customer_is_shown_how_to_pay_by_hand_once_a_prompt_failed() -> None:
    counter = a_counter()
    assert offered(counter) is None  # nobody was asked
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    assert offered(counter) is None  # the prompt is on the phone
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    expectation = offered(counter)
    assert expectation is not None
    assert (expectation.account.shortcode, int(expectation.due)) == (SHORTCODE, 500)
    counter.pay(expectation.reference, 200)
    rest = offered(counter)
    assert rest is not None
    assert (rest.reference, rest.due) == (expectation.reference, counter.checkout.order("ORD-1").due(500))
    assert rest.due == 300
    counter.pay(expectation.reference, 300)
    assert offered(counter) is None
    assert counter.checkout.order("ORD-1").due(500) == 0


def test_a_prompt_that_nobody_answers_for_a_minute_is_in_vain() -> None:
    counter = a_counter()
    key = counter.checkout.charge(order="ORD-1", phone="254700008013", amount=500).key
    for seconds, is_offered in ((59, False), (1, True), (60, True)):
        counter.simulator.advance(seconds=seconds)
        counter.checkout.refresh(key)  # Daraja says that it is open
        assert (offered(counter) is not None) is is_offered
    counter.simulator.advance(seconds=3600)
    counter.checkout.reconcile()
    assert counter.checkout.payment(key).status is Status.UNCONFIRMED
    assert offered(counter) is None  # it may have been paid


@pytest.mark.parametrize("change", [{"registered_secret": None}, {"business": TILL}])
def test_nobody_is_shown_a_number_where_no_payment_could_be_told_to_an_order(change: dict[str, Any]) -> None:
    counter = a_counter()
    counter.checkout.charge(order="ORD-1", phone="254700001032", amount=500)
    counter.simulator.advance(seconds=5)
    order = counter.checkout.order("ORD-1")
    assert order.may_pay_by_hand
    elsewhere = Receipts(Daraja(receiving_settings(**change)), MemoryReceiptStore())
    assert elsewhere.offer(order, amount=500) is None


def test_an_order_has_the_receipts_of_all_its_money() -> None:
    counter = a_counter()
    assert counter.checkout.order("ORD-1").receipt_numbers == []
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    by_hand = counter.pay(expected(counter))
    order = counter.checkout.order("ORD-1")
    assert order.payment is not None
    assert order.receipt_numbers == [order.payment.receipt, by_hand]


def test_an_order_is_refreshed_if_a_check_is_due_and_shown_as_stored_if_daraja_is_away() -> None:
    counter = a_counter(registered=False)
    assert counter.checkout.order("ORD-1", refresh=True).attempts == ()
    counter.checkout.charge(order="ORD-1", phone="254700008001", amount=500)  # it pays, and no callback comes
    counter.simulator.advance(seconds=60)
    counter.simulator.respond_with(NotSent("nobody is there"))
    assert not counter.checkout.order("ORD-1", refresh=True).paid
    counter.simulator.respond_with(None)
    counter.simulator.advance(seconds=60)
    assert not counter.checkout.order("ORD-1").paid
    assert counter.checkout.order("ORD-1", refresh=True).paid


def test_a_checkout_without_receipts_sees_its_attempts_only() -> None:
    counter = a_counter()
    counter.pay(expected(counter))
    checkout = Checkout(counter.daraja, counter.checkout.store)
    order = checkout.order("ORD-1")
    assert (order.paid, order.receipts) == (False, ())


def test_money_that_the_shops_rule_matched_is_no_excess_where_nobody_knows_the_amount() -> None:
    counter = a_counter(match=lambda _: "ORD-1")
    counter.pay("house 9")
    order = counter.checkout.order("ORD-1")
    assert (order.paid, order.excess_receipts) == (True, ())
    assert order.customer_message == "Thank you, your payment has arrived."


def test_a_prompt_for_the_rest_does_not_lower_the_price_of_an_order_that_nothing_expects() -> None:
    counter = a_counter(match=lambda _: "ORD-1")
    denied(counter)
    counter.pay("house 9", 200)
    counter.simulator.advance(seconds=120)
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=300)
    order = counter.checkout.order("ORD-1")
    assert (order.paid, order.paid_by_hand) == (False, False)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    order = counter.checkout.order("ORD-1")
    assert (order.paid, order.refunds_due, order.excess_receipts) == (True, (), ())
    assert len(counter.paid) == 1


def test_a_part_that_nothing_expects_goes_back_once_a_prompt_has_paid_all() -> None:
    counter = a_counter(match=lambda _: "ORD-1")
    payment = denied(counter)
    number = counter.pay("house 9", 200)
    assert paid_after_all(counter, payment).paid
    assert [one.number for one in counter.checkout.order("ORD-1").excess_receipts] == [number]
    counter.receipts.reconcile()
    assert [one.number for one in counter.refunds_due] == [number]


def test_money_for_an_order_counts_for_what_is_expected_for_it() -> None:
    counter = a_counter()
    account = expected(counter)
    seen: list[tuple[int, bool]] = []
    for amount in (10, 490):
        number = counter.pay("a wrong account", amount)
        counter.receipts.assign(number, order="ORD-1", by="Wanjiku", note="she called")
        now = counter.receipts.expectation(account)
        assert now is not None
        seen.append((int(now.due), counter.checkout.order("ORD-1").paid))
    assert seen == [(490, False), (0, True)]


def test_an_assignment_once_more_is_for_the_same_order_also_if_it_is_expected_since() -> None:
    counter = a_counter()
    number = counter.pay("a wrong account", 10)
    counter.receipts.assign(number, order="ORD-1", by="Wanjiku", note="she called")
    expected(counter)
    assert not counter.checkout.order("ORD-1").paid
    counter.receipts.assign(number, order="ORD-1", by="Otieno", note="she called again")
    assert counter.receipts.receipt(number).order == "ORD-1"


def test_money_that_was_booked_by_hand_before_its_payment_succeeded_counts_once() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    key = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500).key
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    number = counter.pay("ORD-1")
    callback = stk_callback(counter.checkout.payment(key), receipt=number, config=counter.daraja.config)
    counter.checkout.receive(callback.body, token=callback.path)
    order = counter.checkout.order("ORD-1")
    assert [one.receipt for one in order.attempts] == [number]
    assert (order.paid, [one.number for one in order.receipts], order.excess_receipts) == (True, [number], ())
    assert (order.refunds_due, order.customer_message) == ((), "Thank you, your payment has arrived.")
    assert ([one.number for one in counter.received], counter.paid) == ([number], [])
    assert not counter.checkout.reconcile().needs_attention


def test_an_order_whose_part_by_hand_went_back_is_not_paid_by_the_rest() -> None:
    counter = a_counter()
    account = expected(counter)
    part = counter.pay(account, 200)
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=300)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    assert counter.checkout.order("ORD-1").paid
    counter.receipts.dismiss(part, by="Wanjiku", note="the customer reversed it")
    order = counter.checkout.order("ORD-1")
    assert (order.paid, bool(order.may_charge)) == (False, False)
    assert order.may_charge.reason == "a prompt has paid a part; the rest can be paid by hand"
    assert order.customer_message == "A part of this order is paid. Please pay the rest."
    counter.pay(account, 200)
    assert counter.checkout.order("ORD-1").paid
    assert counter.checkout.order("ORD-1").excess_receipts == ()


def test_money_on_top_that_went_back_leaves_the_order_paid() -> None:
    counter = a_counter()
    account = expected(counter)
    counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    number = counter.pay(account)
    assert counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500).paid
    counter.receipts.dismiss(number, by="Wanjiku", note="it was sent back")
    order = counter.checkout.order("ORD-1")
    assert (order.paid, order.excess_receipts, order.receipts) == (True, (), [])


def test_a_ledger_that_knows_the_receipts_decides_as_the_checkout_does() -> None:
    counter = a_counter()
    number = counter.pay(expected(counter))
    other = counter.checkout.charge(order="ORD-2", phone=PHONE, amount=500)
    ledger = Ledger(counter.checkout.store, receipts=counter.store, clock=counter.clock)
    with pytest.raises(InvalidInput, match="counts as paid by hand already"):
        ledger.resolve(other.key, paid=True, note="on the statement", by="Wanjiku", receipt=number)
    assert ledger.resolve(other.key, paid=True, note="on the statement", by="Wanjiku", receipt="UAF1AAAAAA").after.paid


@pytest.mark.parametrize("knows", [True, False])
def test_a_ledger_makes_a_payment_second_where_its_order_was_paid_by_hand(knows: bool) -> None:  # noqa: FBT001 - a column
    counter = a_counter()
    account = expected(counter)
    payment = denied(counter)
    counter.pay(account)
    ledger = Ledger(counter.checkout.store, receipts=counter.store if knows else None, clock=counter.clock)
    decided = ledger.resolve(payment.key, paid=True, note="on the statement", by="Wanjiku").after
    assert (decided.refund_due, decided.paid) == (knows, not knows)


def test_an_async_ledger_knows_the_receipts_too() -> None:
    async def scene() -> None:
        counter = a_counter()
        account = expected(counter)
        payment = denied(counter)
        counter.pay(account)
        ledger = AsyncLedger(counter.checkout.store, receipts=counter.store, clock=counter.clock)
        assert (await ledger.resolve(payment.key, paid=True, note="seen", by="Wanjiku")).after.refund_due

    run(scene())


def test_the_receipts_of_a_ledger_are_a_store() -> None:
    with pytest.raises(ConfigurationError, match="receipts"):
        Ledger(a_counter().checkout.store, receipts=cast("Any", "sqlite:///receipts.db"))
