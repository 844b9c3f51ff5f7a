"""A second person looks before money goes out."""

from typing import Any

import attrs
import pytest

from daraja.disbursements import Payout, PayoutStatus
from daraja.errors import CapReached, DarajaError, InvalidInput, NotSent
from daraja.testing import payout_result
from tests.support.paying import InterruptedPayoutStore, Paymaster, paymaster

HELD, CANCELLED = PayoutStatus.HELD, PayoutStatus.CANCELLED


def held(one: Paymaster, number: int = 1) -> Payout:
    return one.payouts.pay(phone="0712345678", amount=500, idempotency_key=f"debt {number}", by="Wanjiku", again=True)


def test_a_payout_waits_for_a_second_person_and_is_sent_once() -> None:
    one = paymaster(approvals=1)
    payout = held(one)
    assert (payout.status, one.asked_to_pay, payout.charges) == (HELD, 0, ())
    approved = [one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint) for _ in range(2)]
    one.wait()

    assert [each.status for each in approved] == [PayoutStatus.ACCEPTED] * 2
    assert one.asked_to_pay == 1
    assert one.status(payout) is PayoutStatus.PAID
    assert "approved" in [entry.event for entry in one.payouts.history(payout.key)]


def test_below_the_amount_nobody_has_to_approve() -> None:
    one = paymaster(approvals=501)

    assert held(one).status is PayoutStatus.ACCEPTED


def test_who_asks_has_to_be_named() -> None:
    with pytest.raises(InvalidInput, match="by"):
        paymaster(approvals=1).payouts.pay(phone="0712345678", amount=500, idempotency_key="debt")


@pytest.mark.parametrize("by", ["Wanjiku", " wanjiku ", "WANJIKU", "\uff37anjiku"])
def test_nobody_approves_what_they_asked_for(by: str) -> None:
    one = paymaster(approvals=1)
    payout = held(one)
    with pytest.raises(InvalidInput, match="somebody else"):
        one.payouts.approve(payout.key, by=by, fingerprint=payout.fingerprint)
    assert one.asked_to_pay == 0


@pytest.mark.parametrize("by", ["Jose\u0301 Mwangi", "jos\u00e9  mwangi"])
def test_nobody_approves_what_they_asked_for_under_another_spelling(by: str) -> None:
    one = paymaster(approvals=1)
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="debt", by="Jos\u00e9 Mwangi")
    with pytest.raises(InvalidInput, match="somebody else"):
        one.payouts.approve(payout.key, by=by, fingerprint=payout.fingerprint)


def test_an_approval_of_other_content_is_refused() -> None:
    one = paymaster(approvals=1)
    payout = held(one)
    for changed in (attrs.evolve(payout, amount=501), attrs.evolve(payout, purpose="salary")):
        with pytest.raises(InvalidInput, match="other content"):
            one.payouts.approve(payout.key, by="Otieno", fingerprint=changed.fingerprint)
    assert one.status(payout) is HELD


def test_what_waited_for_a_day_is_not_approved() -> None:
    one = paymaster(approvals=1)
    payout = held(one)
    one.clock.advance(24 * 3600)
    with pytest.raises(InvalidInput, match="24 hours"):
        one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint)
    assert one.asked_to_pay == 0


def test_a_refused_or_cancelled_payout_is_never_sent() -> None:
    one = paymaster(approvals=1)
    first, second = held(one, 1), held(one, 2)
    assert one.payouts.refuse(first.key, by="Otieno", note="wrong phone").status is CANCELLED
    assert one.payouts.cancel(second.key, by="Wanjiku", note="twice").status is CANCELLED
    for payout in (first, second):
        with pytest.raises(InvalidInput, match="cancelled"):
            one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint)
        assert one.payouts.may_pay_again(payout.key)
    assert [entry.note for entry in one.payouts.history(first.key)] == ["wrong phone"]
    assert one.asked_to_pay == 0


def test_what_was_sent_is_neither_cancelled_nor_approved() -> None:
    one = paymaster()
    payout = held(one)
    with pytest.raises(InvalidInput, match="sent already"):
        one.payouts.cancel(payout.key, by="Wanjiku", note="too late")
    with pytest.raises(InvalidInput, match="only a held one"):
        one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint)


def test_a_held_payout_is_not_checked_and_nobody_resolves_it() -> None:
    one = paymaster(approvals=1)
    payout = held(one)
    report = one.reconcile_for(hours=26, every=3600)

    assert (report.needs_attention, one.status(payout), one.asked_to_pay) == (False, HELD, 0)
    with pytest.raises(InvalidInput, match="never sent"):
        one.payouts.resolve(payout.key, paid=False, note="none", by="Otieno")
    assert one.payouts.refresh(payout.key).changed is False


def test_a_cap_without_room_leaves_it_held() -> None:
    one = paymaster(approvals=100_001)
    payout = paymaster(approvals=1, store=one.store).payouts.pay(
        phone="0712345678", amount=100_000, idempotency_key="held", by="Wanjiku"
    )
    one.payouts.pay(phone="0712345678", amount=100, idempotency_key="faster")
    with pytest.raises(CapReached):
        one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint)
    assert one.status(payout) is HELD
    one.clock.advance(13 * 3600)  # another day in Nairobi
    assert one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint).status is PayoutStatus.ACCEPTED


def held_instead_of_a_failed_one(one: Paymaster) -> tuple[Payout, Payout]:
    """Let a payout fail, and ask for another one in its place, which waits for approval."""
    one.deaf = True
    asked = held(one, 1)
    first = one.payouts.approve(asked.key, by="Otieno", fingerprint=asked.fingerprint)
    failed = payout_result(first, 1, config=one.daraja.config)
    one.payouts.receive(failed.body, token=failed.url)
    second = one.payouts.pay(
        phone="0712345678", amount=500, idempotency_key="debt 2", by="Wanjiku", again=True, instead_of=first.key
    )
    return first, second


def test_a_held_payout_that_replaces_a_failed_one_is_sent_when_it_is_approved() -> None:
    one = paymaster(approvals=1, confirm_failures=False)
    _, second = held_instead_of_a_failed_one(one)
    approved = one.payouts.approve(second.key, by="Otieno", fingerprint=second.fingerprint)

    assert (second.status, approved.status) == (HELD, PayoutStatus.ACCEPTED)


def test_a_held_payout_is_not_sent_if_the_one_that_it_replaces_was_paid_meanwhile() -> None:
    one = paymaster(approvals=1, confirm_failures=False)
    first, second = held_instead_of_a_failed_one(one)
    paid = payout_result(first, config=one.daraja.config)
    one.payouts.receive(paid.body, token=paid.url)
    with pytest.raises(InvalidInput, match="cannot be replaced"):
        one.payouts.approve(second.key, by="Otieno", fingerprint=second.fingerprint)

    assert (one.status(second), one.asked_to_pay) == (HELD, 1)


def test_a_debt_whose_second_payout_was_refused_is_paid_once() -> None:
    one = paymaster(approvals=1, confirm_failures=False)
    first, second = held_instead_of_a_failed_one(one)
    one.payouts.refuse(second.key, by="Otieno", note="ask for it again")
    asked: dict[str, Any] = {
        "phone": "0712345678",
        "amount": 500,
        "by": "Wanjiku",
        "again": True,
    }  # Any: as pay has them
    with pytest.raises(InvalidInput, match=f"instead_of: names a payout that was never sent; name {first.key}, as it"):
        one.payouts.pay(**asked, idempotency_key="debt 3", instead_of=second.key)
    third = one.payouts.pay(**asked, idempotency_key="debt 3", instead_of=first.key)

    assert one.payouts.approve(third.key, by="Otieno", fingerprint=third.fingerprint).status is PayoutStatus.ACCEPTED


def test_of_two_who_approve_at_the_same_time_one_sends() -> None:
    store = InterruptedPayoutStore()
    one = paymaster(store, approvals=1)
    payout = held(one)
    store.before = [lambda: one.payouts.approve(payout.key, by="Njeri", fingerprint=payout.fingerprint)]
    approved = one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint)

    assert approved.approval is not None
    assert (approved.approval.by, one.asked_to_pay) == ("Njeri", 1)


def test_an_approved_payout_that_daraja_refuses_has_failed() -> None:
    one = paymaster(approvals=1)
    payout = held(one)
    one.mounted.respond_with(NotSent("no network"))
    with pytest.raises(NotSent) as caught:
        one.payouts.approve(payout.key, by="Otieno", fingerprint=payout.fingerprint)

    assert isinstance(caught.value, DarajaError)
    assert caught.value.payout is not None
    assert one.status(payout) is PayoutStatus.FAILED
