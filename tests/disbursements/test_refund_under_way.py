"""Money on its way back does not begin to count by itself, and what a person sent back does not go back twice."""

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from daraja import Checkout, Daraja, Payment, Receipt, Receipts
from daraja.disbursements import Payout, PayoutStatus
from daraja.errors import InvalidInput
from daraja.lifecycle.ports import HistoryEntry
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import ManualClock, c2b_confirmation, payout_result
from tests.support.paying import PHONE, Paymaster, bought, paymaster


def a_second_payment(one: Paymaster, payments: MemoryStore) -> Payment:
    """Return a payment that came second for its order, whose first payment a person has denied since."""
    second = attrs.evolve(bought(one), is_second=True)
    payments.insert(second)
    assert second.refund_due
    return second


def receipts_of(one: Paymaster, store: MemoryReceiptStore, *, behind: int = 0) -> Receipts:
    """Return the receipts on a machine whose clock is so many seconds behind."""
    config = attrs.evolve(one.daraja.config, registered_secret="a-registered-secret-nobody-may-see")
    clock = ManualClock(one.clock.now() - timedelta(seconds=behind)) if behind else one.clock
    return Receipts(Daraja(config, transport=one.mounted, clock=clock), store)


def the_shop_of(one: Paymaster, store: MemoryReceiptStore, payments: MemoryStore) -> tuple[Checkout, Receipts]:
    return Checkout(one.daraja, payments, receipts=store), receipts_of(one, store)


def failed_reversal(one: Paymaster, payment: Payment) -> None:
    """Let the reversal of a payment fail, after which it may be paid back in parts. Nothing else is heard of."""
    one.deaf = True
    failed = payout_result(one.payouts.refund(payment, reason="paid twice", by="Wanjiku"), 1, config=one.daraja.config)
    one.payouts.receive(failed.body, token=failed.url)


def part_sent(one: Paymaster, payment: Payment, name: str) -> Payout:
    return one.payouts.pay(phone=PHONE, amount=300, idempotency_key=name, refunds=payment)


def heard_paid(one: Paymaster, part: Payout) -> None:
    paid = payout_result(part, config=one.daraja.config)
    one.payouts.receive(paid.body, token=paid.url)


def unexpected_money(one: Paymaster, receipts: Receipts) -> str:
    """Let money come in under an account that nobody expects, and return its receipt number."""
    one.deaf = True
    number = one.mounted.pay_bill(PHONE, shortcode="174379", account="174", amount=500).receipt
    one.wait()
    one.deaf = False
    body = c2b_confirmation(receipt=number, amount=500, reference="174", paid_at=one.clock.now()).body
    receipts.confirm(body, token=receipts.addresses.confirmation.reveal())
    return number


@pytest.mark.parametrize("asked", [True, False])
def test_a_second_payment_does_not_count_after_all_while_it_goes_back(asked: bool) -> None:  # noqa: FBT001 - a column
    payments = MemoryStore()
    one = paymaster(payments=payments)
    checkout = Checkout(one.daraja, payments)
    second = a_second_payment(one, payments)
    one.deaf = True
    if asked:
        one.payouts.refund(second, reason="paid twice", by="Wanjiku")
    checkout.reconcile()

    assert checkout.payment(second.key).counts is not asked


def test_a_person_lets_a_second_payment_count_whose_refund_came_to_nothing() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments, approvals=1)
    checkout = Checkout(one.daraja, payments)
    second = a_second_payment(one, payments)
    refund = one.payouts.refund(second, reason="paid twice", by="Wanjiku")
    one.payouts.refuse(refund.key, by="Otieno", note="the first one was never paid")
    assert checkout.reconcile().refunds_due == (second.key,)
    checkout.resolve(second.key, paid=True, note="it pays the order", by="Otieno")

    assert checkout.payment(second.key).counts


@pytest.mark.parametrize("asked", [True, False])
def test_money_that_nobody_expected_is_matched_to_nothing_while_it_goes_back(asked: bool) -> None:  # noqa: FBT001 - a column
    store = MemoryReceiptStore()
    one = paymaster(receipts=store)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    one.deaf = True
    if asked:
        for _ in range(2):
            one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    receipts.expect(order="ORD-1", reference="174", amount=500)
    receipts.reconcile()

    assert receipts.receipt(number).counts is not asked
    receipts.assign(number, order="ORD-1", by="Otieno", note="she called, and the reversal failed")
    assert receipts.receipt(number).counts


def test_a_payment_that_a_person_denied_does_not_go_back() -> None:
    payments = MemoryStore()
    one = paymaster()
    payment = bought(one)
    payments.insert(payment)
    checkout = Checkout(one.daraja, payments)
    denied = checkout.resolve(payment.key, paid=False, note="sent back on the portal", by="Wanjiku").after
    sent = len(one.mounted.requests)
    with pytest.raises(InvalidInput, match="payment: was denied by a person"):
        one.payouts.refund(denied, reason="again", by="Otieno")

    assert len(one.mounted.requests) == sent


def test_a_payment_that_a_person_denied_since_it_was_read_does_not_go_back() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments, receipts=MemoryReceiptStore())
    payment = bought(one)
    payments.insert(payment)
    Checkout(one.daraja, payments).resolve(payment.key, paid=False, note="sent back on the portal", by="Wanjiku")
    with pytest.raises(InvalidInput, match="payment: was denied by a person"):
        one.payouts.refund(payment, reason="again", by="Otieno")

    assert one.asked_to_pay == 1  # the push


def test_a_payment_that_a_person_denied_is_not_paid_out_after_its_reversal_has_failed() -> None:
    payments = MemoryStore()
    one = paymaster()
    bought_for = bought(one)
    payment = attrs.evolve(bought_for, facts={**bought_for.facts, "receipt": "UAF1AAAAAA"})  # M-Pesa does not know it
    payments.insert(payment)
    checkout = Checkout(one.daraja, payments)
    reversal = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    one.reconcile_for(hours=1)
    assert one.status(reversal) is PayoutStatus.FAILED
    denied = checkout.resolve(payment.key, paid=False, note="sent back on the portal", by="Wanjiku").after
    with pytest.raises(InvalidInput, match="payment: was denied by a person"):
        one.payouts.pay(phone=PHONE, amount=500, idempotency_key="back", refunds=denied)
    paid_out = one.payouts.pay(phone=PHONE, amount=500, idempotency_key="back", refunds=payment)

    assert one.payouts.pay(phone=PHONE, amount=500, idempotency_key="back", refunds=denied).key == paid_out.key


@pytest.mark.parametrize("denied", [True, False])
def test_nobody_approves_the_refund_of_a_payment_that_was_denied_since(denied: bool) -> None:  # noqa: FBT001 - a column
    payments = MemoryStore()
    one = paymaster(payments=payments, receipts=MemoryReceiptStore(), approvals=1)
    payment = bought(one)
    payments.insert(payment)
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    if denied:
        checkout = Checkout(one.daraja, payments)
        checkout.resolve(payment.key, paid=False, note="sent back on the portal", by="Akinyi")
        with pytest.raises(InvalidInput, match="key: refunds a payment that a person has denied since"):
            one.payouts.approve(refund.key, by="Otieno", fingerprint=refund.fingerprint)
    else:
        one.payouts.approve(refund.key, by="Otieno", fingerprint=refund.fingerprint)

    assert one.status(refund) is (PayoutStatus.HELD if denied else PayoutStatus.ACCEPTED)


def given_to_an_order_after_its_refund_was_asked_for(one: Paymaster, receipts: Receipts) -> tuple[str, Payout]:
    """Return the number of money that a person has assigned while its refund was open, and that refund."""
    number = unexpected_money(one, receipts)
    receipts.expect(order="ORD-1", reference="174", amount=500)
    one.deaf = True
    refund = one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    one.clock.advance(1)
    receipts.assign(number, order="ORD-1", by="Otieno", note="she called")
    one.deaf = False
    return number, refund


def test_money_that_a_person_let_count_and_that_went_back_needs_another_look() -> None:
    store = MemoryReceiptStore()
    one = paymaster(receipts=store, payments=MemoryStore())
    receipts = receipts_of(one, store)
    number, refund = given_to_an_order_after_its_refund_was_asked_for(one, receipts)
    assert not receipts.reconcile().needs_attention
    one.wait()
    receipt = receipts.receipt(number)

    assert (one.status(refund), receipt.paid) == (PayoutStatus.PAID, False)
    assert list(receipt.conflicts) == [f"paid_back={one.now(refund).receipt}"]
    assert receipts.reconcile().conflicts == (receipt.key,)
    receipts.dismiss(number, by="Otieno", note="it went back")
    assert not receipts.reconcile().needs_attention


class Interrupted(MemoryReceiptStore):
    """A store in which a person is faster than the next write."""

    def __init__(self) -> None:
        super().__init__()
        self.before = list[Callable[[], object]]()

    def swap(self, old: Receipt, new: Receipt, entry: HistoryEntry, /) -> bool:
        while self.before:
            self.before.pop()()
        return super().swap(old, new, entry)


def test_money_that_a_person_lets_count_at_the_moment_at_which_it_goes_back_needs_another_look() -> None:
    store = Interrupted()
    one = paymaster(receipts=store)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    refund = one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    store.before.append(lambda: receipts.assign(number, order="ORD-1", by="Otieno", note="she called"))
    one.wait()
    receipt = receipts.receipt(number)

    assert (one.status(refund), receipt.counts, receipt.needs_review) == (PayoutStatus.PAID, True, True)


def test_nobody_approves_the_refund_of_money_that_a_person_let_count_since() -> None:
    store = MemoryReceiptStore()
    one = paymaster(receipts=store, approvals=1)
    receipts = receipts_of(one, store)
    number, refund = given_to_an_order_after_its_refund_was_asked_for(one, receipts)
    with pytest.raises(InvalidInput, match="key: refunds money that a person has let count since"):
        one.payouts.approve(refund.key, by="Otieno", fingerprint=refund.fingerprint)
    one.payouts.refuse(refund.key, by="Otieno", note="it pays an order")
    new = one.payouts.refund(receipts.receipt(number), reason="never delivered", by="Wanjiku", phone=PHONE)

    approved = one.payouts.approve(new.key, by="Otieno", fingerprint=new.fingerprint)
    assert (one.status(refund), approved.status) == (PayoutStatus.CANCELLED, PayoutStatus.ACCEPTED)


def test_a_refund_that_is_done_is_returned_though_its_payment_is_denied_by_it() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments)
    checkout = Checkout(one.daraja, payments)
    second = a_second_payment(one, payments)
    refund = one.payouts.refund(second, reason="paid twice", by="Wanjiku")
    one.wait()
    cleared = checkout.payment(second.key)

    assert cleared.denied_by_a_person
    assert one.payouts.refund(cleared, reason="paid twice", by="Wanjiku").key == refund.key


def test_nobody_lets_money_count_that_went_back() -> None:
    payments, store = MemoryStore(), MemoryReceiptStore()
    one = paymaster(payments=payments, receipts=store)
    checkout, receipts = Checkout(one.daraja, payments), receipts_of(one, store)
    second, number = a_second_payment(one, payments), unexpected_money(one, receipts)
    for money in (second, receipts.receipt(number)):
        one.payouts.refund(money, reason="too much", by="Wanjiku", phone=PHONE)
    one.wait()
    with pytest.raises(InvalidInput, match="key: names money that a refund paid back"):
        checkout.resolve(second.key, paid=True, note="it pays the order", by="Otieno")
    with pytest.raises(InvalidInput, match="receipt: names money that a refund paid back"):
        receipts.assign(number, order="ORD-1", by="Otieno", note="she called")

    assert not checkout.payment(second.key).counts
    assert not receipts.receipt(number).counts


def test_no_payment_is_paid_by_money_that_went_back() -> None:
    store = MemoryReceiptStore()
    one = paymaster(receipts=store)
    checkout = Checkout(one.daraja, MemoryStore(), receipts=store)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    one.wait()
    payment = checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    with pytest.raises(InvalidInput, match="receipt: names money that a refund paid back"):
        checkout.resolve(payment.key, paid=True, note="she showed the message", by="Otieno", receipt=number)

    assert not checkout.order("ORD-1").paid


def test_money_counts_whose_refund_came_back_once_a_person_has_said_so() -> None:
    store = MemoryReceiptStore()
    one = paymaster(receipts=store)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    one.wait()
    receipts.dismiss(number, by="Otieno", note="the refund came back")
    receipts.assign(number, order="ORD-1", by="Otieno", note="she called")

    assert receipts.receipt(number).counts


def test_money_that_a_person_put_away_while_it_went_back_does_not_count_after_it() -> None:
    told = list[str]()

    def fail_once(refund: Payout) -> None:
        told.append(refund.key)
        if len(told) == 1:
            raise RuntimeError

    store = MemoryReceiptStore()
    one = paymaster(receipts=store, on_paid=fail_once)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    receipts.dismiss(number, by="Otieno", note="our own test")
    one.wait()
    gone = receipts.receipt(number)
    one.wait(120)
    one.payouts.reconcile()

    assert len(told) == 2
    assert receipts.receipt(number) == gone
    assert gone.resolution is not None
    assert gone.resolution.note == "our own test"
    with pytest.raises(InvalidInput, match="receipt: names money that a refund paid back"):
        receipts.assign(number, order="ORD-1", by="Otieno", note="she called")


def test_a_part_that_came_back_was_not_paid_back() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments, confirm_failures=False)
    checkout = Checkout(one.daraja, payments)
    second = a_second_payment(one, payments)
    failed_reversal(one, second)
    for name in ("part", "part again"):
        part = part_sent(one, second, name)
        heard_paid(one, part)
        assert checkout.payment(second.key).refund_due
        one.payouts.resolve(part.key, paid=False, note="it came back", by="Otieno")


def test_a_paid_order_stays_paid_whatever_a_person_says_about_its_payment_while_it_goes_back() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments, approvals=1)
    checkout = Checkout(one.daraja, payments)
    payment = attrs.evolve(bought(one), order="ORD-9")
    payments.insert(payment)
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    one.clock.advance(1)
    checkout.resolve(payment.key, paid=True, note="on the statement", by="Otieno")
    one.payouts.approve(refund.key, by="Otieno", fingerprint=refund.fingerprint)
    one.wait()
    checkout.resolve(payment.key, paid=True, note="on the statement, and sent back", by="Otieno")

    assert one.status(refund) is PayoutStatus.PAID
    assert checkout.order("ORD-9").paid
    assert not checkout.payment(payment.key).conflicts


def test_a_clock_that_is_behind_hides_no_decision_from_who_approves() -> None:
    store = MemoryReceiptStore()
    one = paymaster(receipts=store, approvals=1)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    refund = one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    receipts_of(one, store, behind=120).assign(number, order="ORD-1", by="Otieno", note="she called")
    with pytest.raises(InvalidInput, match="key: refunds money that a person has let count since"):
        one.payouts.approve(refund.key, by="Otieno", fingerprint=refund.fingerprint)


def test_a_payment_is_refunded_though_its_receipt_was_put_away_as_the_money_of_that_payment() -> None:
    payments, store = MemoryStore(), MemoryReceiptStore()
    one = paymaster(payments=payments, receipts=store)
    receipts = receipts_of(one, store)
    number = unexpected_money(one, receipts)
    receipts.dismiss(number, by="Otieno", note="it is the money of the prompt")
    bought_for = bought(one)
    payment = attrs.evolve(bought_for, facts={**bought_for.facts, "receipt": number})
    payments.insert(payment)
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    one.wait()

    assert one.status(refund) is PayoutStatus.PAID


@pytest.mark.parametrize("dismissed", [True, False])
def test_money_of_an_order_that_went_back_is_not_assigned_once_more(dismissed: bool) -> None:  # noqa: FBT001 - a column
    store = MemoryReceiptStore()
    one = paymaster(receipts=store)
    receipts = receipts_of(one, store)
    number, _ = given_to_an_order_after_its_refund_was_asked_for(one, receipts)
    one.wait()
    if dismissed:
        receipts.dismiss(number, by="Otieno", note="it went back")
    with pytest.raises(InvalidInput, match="receipt: names money that a refund paid back"):
        receipts.assign(number, order="ORD-1", by="Otieno", note="she called again")

    assert not receipts.receipt(number).paid


def test_no_payment_is_paid_by_money_of_another_order_that_went_back() -> None:
    store = MemoryReceiptStore()
    one = paymaster(receipts=store)
    checkout, receipts = the_shop_of(one, store, MemoryStore())
    number = unexpected_money(one, receipts)
    receipts.assign(number, order="ORD-1", by="Otieno", note="she called")
    refund = one.payouts.refund(receipts.receipt(number), reason="returned", by="Wanjiku", phone=PHONE)
    one.wait()
    assert receipts.receipt(number).paid
    receipts.dismiss(number, by="Otieno", note="it was refunded")
    payment = checkout.charge(order="ORD-2", phone=PHONE, amount=500)
    with pytest.raises(InvalidInput, match="receipt: names money that a refund paid back"):
        checkout.resolve(payment.key, paid=True, note="she showed the message", by="Otieno", receipt=number)

    assert one.status(refund) is PayoutStatus.PAID
    assert not checkout.order("ORD-2").paid


def test_a_payment_that_a_person_called_paid_by_money_on_its_way_back_needs_another_look() -> None:
    payments, store = MemoryStore(), MemoryReceiptStore()
    one = paymaster(payments=payments, receipts=store)
    checkout, receipts = the_shop_of(one, store, payments)
    number = unexpected_money(one, receipts)
    one.deaf = True
    refund = one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    payment = checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    checkout.resolve(payment.key, paid=True, note="she showed the message", by="Otieno", receipt=number)
    one.deaf = False
    one.wait()
    after = checkout.payment(payment.key)

    assert one.status(refund) is PayoutStatus.PAID
    assert (after.counts, after.paid, after.has_gone_back) == (True, False, True)


def test_a_part_that_goes_back_of_money_that_a_person_let_count_needs_another_look() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments, confirm_failures=False)
    checkout = Checkout(one.daraja, payments)
    second = a_second_payment(one, payments)
    failed_reversal(one, second)
    part = part_sent(one, second, "part")
    checkout.resolve(second.key, paid=True, note="it pays the order", by="Otieno")
    heard_paid(one, part)
    after = checkout.payment(second.key)

    assert (after.counts, after.paid, after.has_gone_back) == (True, False, False)


def test_money_of_an_order_on_its_way_back_pays_no_other_order_without_a_word() -> None:
    payments, store = MemoryStore(), MemoryReceiptStore()
    one = paymaster(payments=payments, receipts=store, approvals=1)
    checkout, receipts = the_shop_of(one, store, payments)
    number = unexpected_money(one, receipts)
    receipts.assign(number, order="ORD-1", by="Otieno", note="she called")
    refund = one.payouts.refund(receipts.receipt(number), reason="returned", by="Wanjiku", phone=PHONE)
    receipts.dismiss(number, by="Otieno", note="it is refunded")
    one.deaf = True
    payment = checkout.charge(order="ORD-2", phone=PHONE, amount=500)
    checkout.resolve(payment.key, paid=True, note="she showed the message", by="Otieno", receipt=number)
    with pytest.raises(InvalidInput, match="key: refunds money that a person has let count since"):
        one.payouts.approve(refund.key, by="Akinyi", fingerprint=refund.fingerprint)


def test_a_payment_that_is_denied_and_let_count_again_while_it_goes_back_needs_another_look() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments)
    checkout = Checkout(one.daraja, payments)
    payment = bought(one)
    payments.insert(payment)
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    checkout.resolve(payment.key, paid=False, note="sent back", by="Otieno")
    checkout.resolve(payment.key, paid=True, note="it pays after all", by="Otieno")
    one.wait()

    assert list(checkout.payment(payment.key).conflicts) == [f"paid_back={one.now(refund).receipt}"]


def test_a_receipt_that_is_entered_later_brings_its_refund_along() -> None:
    payments, store = MemoryStore(), MemoryReceiptStore()
    one = paymaster(payments=payments, receipts=store)
    checkout, receipts = the_shop_of(one, store, payments)
    number = unexpected_money(one, receipts)
    one.deaf = True
    one.payouts.refund(receipts.receipt(number), reason="nobody knows it", by="Wanjiku", phone=PHONE)
    payment = checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    checkout.resolve(payment.key, paid=True, note="she showed the message", by="Otieno")
    checkout.resolve(payment.key, paid=True, note="its receipt", by="Otieno", receipt=number)
    one.deaf = False
    one.wait()

    assert not checkout.order("ORD-1").paid


def test_a_receipt_that_is_entered_again_changes_nothing_about_a_refund() -> None:
    payments, store = MemoryStore(), MemoryReceiptStore()
    one = paymaster(payments=payments, receipts=store)
    checkout, receipts = the_shop_of(one, store, payments)
    number = unexpected_money(one, receipts)
    one.deaf = True
    payment = checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    one.deaf = False
    paid = checkout.resolve(payment.key, paid=True, note="she showed the message", by="Otieno", receipt=number).after
    one.payouts.refund(paid, reason="returned", by="Wanjiku")
    checkout.resolve(payment.key, paid=True, note="its receipt", by="Otieno", receipt=number)
    one.wait()

    assert checkout.order("ORD-1").paid


@pytest.mark.parametrize("counts", [True, False])
def test_money_with_a_contradiction_that_goes_back_needs_another_look_if_it_counts(counts: bool) -> None:  # noqa: FBT001 - a column
    payments = MemoryStore()
    one = paymaster(payments=payments)
    checkout = Checkout(one.daraja, payments)
    second = attrs.evolve(bought(one), is_second=True, conflicts=frozenset({"query=1032"}))
    payments.insert(second)
    refund = one.payouts.refund(second, reason="paid twice", by="Wanjiku")
    if counts:
        checkout.resolve(second.key, paid=True, note="it pays the order", by="Otieno")
    one.wait()
    after = checkout.payment(second.key)

    assert one.status(refund) is PayoutStatus.PAID
    assert (after.counts, after.paid, after.has_gone_back) == (counts, False, True)
    checkout.resolve(second.key, paid=False, note="it went back", by="Otieno")
    with pytest.raises(InvalidInput, match="key: names money that a refund paid back"):
        checkout.resolve(second.key, paid=True, note="it pays the order", by="Otieno")
