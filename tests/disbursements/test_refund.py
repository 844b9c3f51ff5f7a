"""A payment goes back once, whoever asks, and never more than was paid."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

from daraja import Checkout, Daraja, Receipt, Receipts
from daraja.disbursements import Payout, PayoutStatus, Product
from daraja.errors import DuplicatePayout, InvalidInput
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.record import Account as Owner
from daraja.simulator import Account
from daraja.stores import MemoryPayoutStore, MemoryReceiptStore, MemoryStore
from daraja.testing import c2b_confirmation
from daraja.to import Mobile, Receiver, TillNumber
from tests.support.paying import PHONE, Paymaster, bought, paymaster

PAID = PayoutStatus.PAID


def utility(one: Paymaster) -> int:
    return 1_000_000 - one.spent(Account.UTILITY, "174379")


def test_a_payment_goes_back_by_reversal() -> None:
    one = paymaster()
    payment = bought(one)
    before = utility(one)
    refund = one.payouts.refund(payment, reason="never delivered", by="Wanjiku")
    one.wait()
    done = one.now(refund)

    assert (done.product, done.status, done.refunds) == (Product.REVERSAL, PAID, payment.receipt)
    assert done.receipt not in {None, payment.receipt}
    assert done.metadata == {"reason": "never delivered"}
    assert utility(one) == before - 500
    assert one.paid == [refund.key]


def test_asking_again_returns_the_same_refund() -> None:
    one = paymaster()
    payment = bought(one)
    first = one.payouts.refund(payment, reason="never delivered", by="Wanjiku")
    second = one.payouts.refund(payment, reason="broken", by="Otieno")
    one.wait()
    third = one.payouts.refund(payment, reason="broken", by="Otieno")

    assert first.key == second.key == third.key
    assert one.asked_to_pay == 2  # the push, and one reversal


class Slow(MemoryPayoutStore):
    """A store in which somebody else asks for a refund between a caller's look and its write."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], object]] = []

    def refunds(self, receipt: str, account: Owner, /) -> Sequence[Payout]:
        found = super().refunds(receipt, account)
        while self.before:
            self.before.pop()()
        return found


def test_of_two_who_ask_at_the_same_time_one_makes_the_refund_and_both_get_it() -> None:
    store = Slow()
    one = paymaster(store)
    payment = bought(one)
    store.before = [lambda: one.payouts.refund(payment, reason="broken", by="Otieno")]
    refund = one.payouts.refund(payment, reason="never delivered", by="Wanjiku")

    assert refund.metadata == {"reason": "broken"}
    assert one.asked_to_pay == 2  # the push, and one reversal


def test_another_payout_under_the_key_of_a_refund_is_not_taken_for_it() -> None:
    one = paymaster()
    payment = bought(one)
    other = one.payouts.pay(phone="0722000000", amount=500, idempotency_key=f"refund {payment.receipt} 1")
    with pytest.raises(DuplicatePayout) as caught:
        one.payouts.refund(payment, reason="broken", by="Wanjiku")

    assert caught.value.payout is not None
    assert caught.value.payout.key == other.key


def test_a_payment_that_was_reversed_before_is_refunded_and_not_failed() -> None:
    one = paymaster()
    payment = bought(one)
    assert payment.receipt is not None
    one.deaf = True
    one.daraja.reversal(receipt=payment.receipt, amount=500)
    one.wait()
    one.deaf = False
    refund = one.payouts.refund(payment, reason="twice", by="Wanjiku")
    one.wait()

    assert (one.now(refund).status, one.now(refund).result_code) == (PAID, "R000001")


def test_a_payment_of_the_same_amount_by_the_same_customer_goes_back_as_well() -> None:
    one = paymaster()
    first = bought(one)
    one.clock.advance(120)
    second = bought(one)
    refunds = [one.payouts.refund(each, reason="closed", by="Wanjiku") for each in (first, second)]
    one.wait()

    assert [one.status(each) for each in refunds] == [PAID, PAID]


def test_a_reversal_that_fails_is_tried_again_under_a_new_key_or_paid_out_instead() -> None:
    one = paymaster()
    payment = bought(one)
    gone = attrs.evolve(payment, facts={**payment.facts, "receipt": "UAF1AAAAAA"})  # M-Pesa knows no such receipt
    with pytest.raises(InvalidInput, match="reversal has not failed"):
        one.payouts.pay(phone=PHONE, amount=500, idempotency_key="back", refunds=gone)
    first = one.payouts.refund(gone, reason="broken", by="Wanjiku")
    one.wait()
    assert one.status(first) is PayoutStatus.FAILED
    with pytest.raises(InvalidInput, match="reversal has not failed"):
        one.payouts.pay(phone=PHONE, amount=500, idempotency_key="back", refunds=gone)
    one.reconcile_for(hours=0.2)
    again = one.payouts.refund(gone, reason="broken", by="Wanjiku")
    assert again.key != first.key
    one.reconcile_for(hours=0.2)
    paid = one.payouts.pay(phone=PHONE, amount=300, idempotency_key="back", refunds=gone)
    with pytest.raises(InvalidInput, match="refund is open"):
        one.payouts.pay(phone=PHONE, amount=200, idempotency_key="the rest", refunds=gone)
    one.wait()
    assert one.status(paid) is PAID
    with pytest.raises(InvalidInput, match="200 of 500"):
        one.payouts.pay(phone=PHONE, amount=201, idempotency_key="too much", refunds=gone)
    rest = one.payouts.pay(phone=PHONE, amount=200, idempotency_key="the rest", refunds=gone)
    one.wait()

    assert one.status(rest) is PAID
    assert len(one.store.refunds("UAF1AAAAAA", payment.account)) == 4


@pytest.mark.parametrize("wrong", ["unpaid", "no receipt", "another shop"])
def test_only_our_own_payment_that_was_paid_goes_back(wrong: str) -> None:
    one = paymaster()
    payment = bought(one)
    changed = {
        "unpaid": attrs.evolve(payment, status=type(payment.status)("pending")),
        "no receipt": attrs.evolve(payment, facts={}),
        "another shop": attrs.evolve(payment, account=attrs.evolve(payment.account, shortcode="600111")),
    }
    with pytest.raises(InvalidInput, match="payment"):
        one.payouts.refund(changed[wrong], reason="broken", by="Wanjiku")
    with pytest.raises(InvalidInput, match="reason"):
        one.payouts.refund(payment, reason=" ", by="Wanjiku")


@pytest.mark.parametrize("digits", ["01", "02", "05", "07", "08", "11", "12", "33", "34", "35", "37"])
def test_a_reversal_that_goes_wrong_sends_one_request_and_never_refunds_twice(digits: str) -> None:
    one = paymaster()
    payment = bought(one, phone=f"2547000083{digits}")
    before = utility(one)
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    one.reconcile_for(hours=26, every=600)
    status, back = one.status(refund), before - utility(one)

    assert one.asked_to_pay == 2  # the push, and one reversal
    assert (status, back) in {(PAID, 500), (PayoutStatus.UNCONFIRMED, 0), (PayoutStatus.UNCONFIRMED, 500)}
    assert one.payouts.refund(payment, reason="broken", by="Otieno").key == refund.key


def test_a_refund_waits_for_approval_like_any_payout() -> None:
    one = paymaster(approvals=1)
    payment = bought(one)
    refund = one.payouts.refund(payment, reason="broken", by="Wanjiku")
    assert refund.status is PayoutStatus.HELD
    one.payouts.approve(refund.key, by="Otieno", fingerprint=refund.fingerprint)
    one.wait()

    assert one.status(refund) is PAID


def test_a_refund_clears_what_is_due_on_the_second_payment_of_an_order_once_all_of_it_went_back() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments)
    checkout = Checkout(one.daraja, payments)
    second = attrs.evolve(bought(one), is_second=True)
    payments.insert(second)
    assert second.refund_due
    refund = one.payouts.refund(second, reason="paid twice", by="Wanjiku")
    assert checkout.payment(second.key).refund_due
    one.wait()
    cleared = checkout.payment(second.key)

    assert one.status(refund) is PAID
    assert (cleared.refund_due, cleared.paid, cleared.needs_attention) == (False, False, False)
    assert cleared.resolution is not None
    assert cleared.resolution.note == f"paid back by payout {refund.key}"
    assert one.paid == [refund.key]


def test_a_payment_that_counts_stays_paid_when_it_goes_back() -> None:
    payments = MemoryStore()
    one = paymaster(payments=payments)
    payment = bought(one)
    payments.insert(payment)
    one.payouts.refund(payment, reason="returned", by="Wanjiku")
    one.wait()

    after = payments.load(payment.key)
    assert after is not None
    assert (after.paid, after.conflicts, after.has_gone_back) == (True, frozenset(), True)


def test_one_receipt_in_two_spellings_has_one_refund() -> None:
    one = paymaster()
    payment = bought(one)
    assert payment.receipt is not None
    typed = attrs.evolve(payment, facts={**payment.facts, "receipt": f" {payment.receipt.lower()} "})
    refunds = [one.payouts.refund(each, reason="broken", by="Wanjiku") for each in (payment, typed)]

    assert refunds[0].key == refunds[1].key
    assert one.asked_to_pay == 2  # the push, and one reversal


def test_a_payment_whose_amount_is_contradicted_does_not_go_back_by_itself() -> None:
    one = paymaster()
    payment = attrs.evolve(bought(one), conflicts=frozenset({"amount=5"}))
    with pytest.raises(InvalidInput, match="another amount"):
        one.payouts.refund(payment, reason="broken", by="Wanjiku")
    with pytest.raises(InvalidInput, match="another amount"):
        one.payouts.pay(phone=PHONE, amount=500, idempotency_key="back", refunds=payment)


@attrs.frozen
class PaidByHand:
    """A payment as a shop knows it that keeps its own books."""

    account: object
    receipt: str
    amount: Any  # Any: an amount that is no int
    phone: str = PHONE
    is_success: bool = True


def test_a_payment_of_which_two_receipts_were_told_does_not_go_back_by_itself() -> None:
    one = paymaster()
    payment = bought(one)
    told_twice = attrs.evolve(payment, conflicts=frozenset({"receipt=UZZ9999999"}))
    with pytest.raises(InvalidInput, match="payment: was announced with another receipt; look at the statement"):
        one.payouts.refund(told_twice, reason="broken", by="Wanjiku")

    assert one.asked_to_pay == 1  # the push


def test_the_amount_of_a_refund_is_whole_shillings_also_where_books_have_decimals() -> None:
    one = paymaster()
    payment = bought(one)
    assert payment.receipt is not None
    by_hand: Any = PaidByHand(payment.account, payment.receipt, Decimal("500.00"))  # Any: as above
    refund = one.payouts.refund(by_hand, reason="broken", by="Wanjiku")
    assert {type(charge.limit) for charge in refund.reserved} <= {int, type(None)}
    with pytest.raises(InvalidInput, match="amount"):
        one.payouts.refund(
            attrs.evolve(by_hand, receipt="UAF1AAAAAA", amount=Decimal("500.50")), reason="broken", by="Wanjiku"
        )


# Money that was paid by hand, of whose payer M-Pesa shows only a part


def by_hand(one: Paymaster, store: MemoryReceiptStore, *, order: str | None = None, phone: str = PHONE) -> Receipt:
    """Let a customer pay by hand, twice if there is an order, and return the last receipt."""
    config = attrs.evolve(one.daraja.config, registered_secret="a-registered-secret-nobody-may-see")
    receipts = Receipts(Daraja(config, transport=one.mounted, clock=one.clock), store)
    account = "nothing" if order is None else receipts.expect(order=order, amount=500).reference
    number = ""
    for _ in range(1 if order is None else 2):
        one.deaf = True
        number = one.mounted.pay_bill(phone, shortcode="174379", account=account, amount=500).receipt
        one.wait()
        one.deaf = False
        body = c2b_confirmation(receipt=number, amount=500, reference=account, paid_at=one.clock.now()).body
        receipts.confirm(body, token=receipts.addresses.confirmation.reveal())
        one.clock.advance(1)
    return receipts.receipt(number)


def test_money_by_hand_goes_back_once_somebody_says_which_phone_paid() -> None:
    one, store = paymaster(), MemoryReceiptStore()
    receipt = by_hand(one, store)
    assert receipt.phone == ""
    with pytest.raises(InvalidInput, match="phone: is missing, as M-Pesa does not show who paid"):
        one.payouts.refund(receipt, reason="paid twice", by="Wanjiku")
    with pytest.raises(InvalidInput, match="to: is not the phone that paid"):
        one.payouts.refund(receipt, reason="paid twice", by="Wanjiku", phone="0722 000 001")
    refund = one.payouts.refund(receipt, reason="paid twice", by="Wanjiku", phone="0712 345 678")
    one.wait()
    assert (one.status(refund), refund.phone) == (PAID, PHONE)


@pytest.mark.parametrize("to", [Mobile("254722000001"), TillNumber("5050505")])
def test_a_payment_is_paid_out_to_nobody_but_the_phone_that_paid(to: Receiver) -> None:
    one = paymaster()
    payment = bought(one)
    with pytest.raises(InvalidInput, match="to: is n"):
        one.payouts.pay(to=to, amount=500, idempotency_key="back", refunds=payment)


def test_a_refund_without_a_receiver_says_only_that_it_is_missing() -> None:
    one = paymaster()
    with pytest.raises(InvalidInput, match="to: is missing"):
        one.payouts.pay(amount=500, idempotency_key="back", refunds=bought(one))


def test_a_refund_that_is_paid_clears_the_money_by_hand_that_came_too_late() -> None:
    store = MemoryReceiptStore()
    one = paymaster(payments=MemoryStore(), receipts=store)
    late = by_hand(one, store, order="ORD-1")
    assert late.refund_due
    one.payouts.refund(late, reason="paid twice", by="Wanjiku", phone=PHONE)
    one.wait()
    cleared = store.load(late.key)
    assert cleared is not None
    assert (cleared.refund_due, cleared.needs_attention, cleared.denied_by_a_person) == (False, False, True)


@pytest.mark.parametrize("whole", [True, False])
def test_money_that_nobody_expected_is_dismissed_once_all_of_it_has_gone_back(whole: bool) -> None:  # noqa: FBT001 - a column
    store = MemoryReceiptStore()
    one = paymaster(receipts=store)
    receipt = by_hand(one, store)
    if not whole:
        facts = {**receipt.facts, "amount": "501"}
        entry = HistoryEntry(key=receipt.key, at=receipt.updated_at, event="test", before="received", after="received")
        assert store.swap(receipt, attrs.evolve(receipt, facts=facts, version=receipt.version + 1), entry)
    one.payouts.refund(receipt, reason="nobody knows it", by="Wanjiku", phone=PHONE)
    one.wait()
    now = store.load(receipt.key)
    assert now is not None
    assert now.needs_attention is not whole


def test_a_receipt_of_which_two_amounts_are_told_does_not_go_back_by_itself() -> None:
    one, store = paymaster(), MemoryReceiptStore()
    receipt = attrs.evolve(by_hand(one, store), conflicts=frozenset({"amount=5"}))
    with pytest.raises(InvalidInput, match="another amount"):
        one.payouts.refund(receipt, reason="paid twice", by="Wanjiku", phone=PHONE)
