"""What is in doubt is asked about, not paid again."""

from datetime import timedelta
from itertools import pairwise

import pytest

from daraja import to
from daraja.api.addresses import Purpose
from daraja.disbursements import Payout, PayoutStatus
from daraja.errors import ApiError, InvalidInput, NotSent, OutcomeUnknown
from daraja.http.messages import HttpResponse
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.stores import MemoryPayoutStore
from daraja.testing import payout_result, status_result
from daraja.testing.results import CONVERSATION
from tests.support.paying import InterruptedPayoutStore, Paymaster, paymaster
from tests.support.payments import START
from tests.support.scripted import refusal

PENDING, ACCEPTED, PAID = PayoutStatus.PENDING, PayoutStatus.ACCEPTED, PayoutStatus.PAID
LOST = OutcomeUnknown("the line broke")


def in_doubt(one: Paymaster, phone: str = "0712345678") -> Payout:
    """Pay, and lose the request before it reaches Daraja."""
    one.payouts.balance()
    one.mounted.respond_with(LOST)
    payout = one.payouts.pay(phone=phone, amount=500, idempotency_key="one debt")
    one.mounted.respond_with(None)
    assert payout.status is PENDING
    return payout


def test_daraja_is_asked_after_2_5_15_and_60_minutes_and_then_every_hour_for_a_day() -> None:
    one = paymaster()
    payout = in_doubt(one)
    times = [START]
    for _ in range(26 * 180):
        before = len(one.mounted.requests)
        one.payouts.reconcile()
        if any("transactionstatus" in request.url for request in one.mounted.requests[before:]):
            times.append(one.clock.now())
        one.wait(20)
    pauses = [round((later - earlier) / timedelta(minutes=1)) for earlier, later in pairwise(times)]

    assert pauses[:4] == [2, 5, 15, 60]
    assert set(pauses[4:]) == {60}
    assert 23 <= len(pauses) <= 28
    assert one.status(payout) is PayoutStatus.UNCONFIRMED
    assert one.asked_to_pay == 1
    assert one.payouts.reconcile().unconfirmed == (payout.key,)


def test_a_payout_that_daraja_made_is_found_by_our_own_id() -> None:
    one = paymaster()
    payout = one.payouts.pay(phone="254700008135", amount=500, idempotency_key="one debt")  # the answer is lost
    one.deaf = True
    one.wait(5)  # and so is the result
    one.deaf = False
    one.reconcile_for(hours=0.1)

    assert one.status(payout) is PAID
    assert one.now(payout).receipt is not None
    assert one.paid == [payout.key]


def questions(one: Paymaster) -> int:
    """Return how often Daraja was asked what became of a payout."""
    return sum("transactionstatus" in request.url for request in one.mounted.requests)


def test_a_question_by_hand_finds_what_a_lost_result_said_and_asks_no_more_once_it_is_known() -> None:
    one = paymaster()
    one.deaf = True
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.wait()
    one.deaf = False
    one.payouts.refresh(payout.key, if_due=True)
    assert questions(one) == 0
    one.payouts.refresh(payout.key)
    one.wait()
    one.payouts.refresh(payout.key)

    assert one.status(payout) is PAID
    assert questions(one) == 1


def test_of_two_who_ask_at_the_same_time_one_sends_the_question() -> None:
    store = InterruptedPayoutStore()
    one = paymaster(store)
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    store.before = [lambda: one.payouts.refresh(payout.key)]
    transition = one.payouts.refresh(payout.key)

    assert (questions(one), transition.changed) == (1, False)
    assert transition.after.checks == 1


def test_an_unconfirmed_payout_is_settled_by_a_person_or_by_a_late_result() -> None:
    one = paymaster()
    payout = in_doubt(one)
    one.reconcile_for(hours=26, every=600)
    transition = one.payouts.resolve(payout.key, paid=True, note="statement", by="Otieno", receipt="UAF1AAAAAA")

    assert transition.became_success
    assert one.paid == [payout.key]


def test_a_person_who_says_that_it_was_not_paid_lets_money_go_again() -> None:
    one = paymaster()
    payout = in_doubt(one)
    one.reconcile_for(hours=26, every=600)
    assert not one.payouts.may_pay_again(payout.key)
    one.payouts.resolve(payout.key, paid=False, note="not on the statement", by="Otieno")

    assert one.payouts.may_pay_again(payout.key)
    assert one.now(payout).charges == ()


def test_a_timeout_notice_decides_nothing_and_makes_one_question_due() -> None:
    one = paymaster()
    payout = one.payouts.pay(phone="254700008108", amount=500, idempotency_key="one debt")  # done, but only a notice
    one.wait(5)
    assert one.status(payout) is ACCEPTED
    one.payouts.reconcile()
    one.wait(5)

    assert one.status(payout) is PAID
    assert one.clock.now() - START < timedelta(minutes=2)


def test_a_notice_that_comes_again_and_again_asks_once() -> None:
    one = paymaster()
    payout = in_doubt(one)
    for _ in range(10):
        one.payouts.receive(b"{}", token=one.token(Purpose.TIMEOUT, payout))
        one.payouts.reconcile()
    questions = [request for request in one.mounted.requests if "transactionstatus" in request.url]

    assert len(questions) == 1
    assert one.status(payout) is PENDING


@pytest.mark.parametrize(
    ("answer", "confirms"),
    [
        (status_result("Declined").body, True),
        (status_result(result_code=25).body, True),
        (status_result(result_code=7777).body, True),
        (status_result(result_code=2001).body, False),
        (status_result(result_code=17).body, False),
        (status_result("Initiated").body, False),
        (b"<html>", False),
    ],
)
def test_only_an_answer_confirms_a_failure(answer: bytes, confirms: bool) -> None:  # noqa: FBT001 - it is the case
    one = paymaster()
    one.deaf = True
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.payouts.receive(
        payout_result(payout, 1, config=one.daraja.config).body, token=one.token(Purpose.RESULT, payout)
    )
    assert not one.payouts.may_pay_again(payout.key)
    about_it = answer.replace(CONVERSATION.encode(), (payout.conversation_id or "").encode())
    one.payouts.receive(about_it, token=one.token(Purpose.ANSWER, payout))

    assert bool(one.payouts.may_pay_again(payout.key)) is confirms
    assert one.failed == [payout.key] * confirms


def test_without_confirmation_a_proved_code_lets_money_go_again_at_once() -> None:
    one = paymaster(confirm_failures=False)
    payout = one.payouts.pay(phone="254700000001", amount=500, idempotency_key="one debt")
    one.wait()

    assert one.payouts.may_pay_again(payout.key)
    assert one.failed == [payout.key]


def test_money_that_came_back_is_written_down_by_a_person_and_may_go_again() -> None:
    one = paymaster()
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.wait()
    assert one.now(payout).returned_at is None
    one.payouts.resolve(payout.key, paid=False, note="reversed on the portal", by="Otieno")
    returned = one.now(payout)

    assert returned.returned_at == one.clock.now()
    assert (returned.status, returned.charges) == (PAID, ())
    assert one.payouts.may_pay_again(payout.key)


# The probe: the same id once more


def test_without_the_probe_a_lost_request_is_never_sent_again() -> None:
    one = paymaster()
    in_doubt(one)
    one.reconcile_for(hours=26, every=60)

    assert one.asked_to_pay == 1


def test_the_probe_sends_the_same_id_once_more_and_pays_what_daraja_never_had() -> None:
    one = paymaster(probe=True)
    payout = in_doubt(one)
    one.reconcile_for(hours=2)

    assert one.asked_to_pay == 2
    assert one.status(payout) is PAID
    assert one.spent() == 500


def test_the_probe_finds_out_that_daraja_had_the_request() -> None:
    one = paymaster(probe=True)
    payout = one.payouts.pay(phone="254700008135", amount=500, idempotency_key="one debt")
    one.deaf = True
    one.wait(5)
    one.reconcile_for(hours=0.2)

    assert one.asked_to_pay == 2
    assert one.status(payout) is ACCEPTED
    assert one.spent() == 500
    assert not one.payouts.may_pay_again(payout.key)


@pytest.mark.parametrize(
    "answer",
    [LOST, NotSent("no network"), HttpResponse(400, {}, b'{"errorCode": "400.002.02", "errorMessage": "Bad Request"}')],
    ids=str,
)
def test_a_probe_that_is_refused_or_lost_proves_nothing_and_is_not_repeated(
    answer: HttpResponse | OutcomeUnknown | NotSent,
) -> None:
    one = paymaster(probe=True)
    payout = in_doubt(one)
    one.mounted.respond_with(answer)
    one.reconcile_for(hours=1)
    one.mounted.respond_with(None)
    probes = one.asked_to_pay

    assert one.status(payout) is PENDING
    assert not one.payouts.may_pay_again(payout.key)
    one.reconcile_for(hours=2)
    assert one.asked_to_pay == probes


def test_a_business_is_never_probed() -> None:
    one = paymaster(probe=True)
    one.payouts.balance()
    one.mounted.respond_with(LOST)
    one.payouts.pay(to=to.TillNumber("5050505"), amount=500, idempotency_key="one debt")
    one.mounted.respond_with(None)
    one.reconcile_for(hours=3)

    assert one.asked_to_pay == 1


# What it costs


class Counting(MemoryPayoutStore):
    """Counts the commits."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[str] = []

    def insert(self, record: Payout, /) -> Payout:
        self.commits.append("insert")
        return super().insert(record)

    def swap(self, old: Payout, new: Payout, entry: HistoryEntry, /) -> bool:
        self.commits.append(f"swap {entry.event}")
        return super().swap(old, new, entry)

    def record(self, callback: ReceivedCallback, /) -> str:
        self.commits.append("record")
        return super().record(callback)

    def processed(self, callback_id: str, note: str, /) -> None:
        self.commits.append("processed")
        super().processed(callback_id, note)


def test_paying_costs_two_commits_and_one_request_and_receiving_two_commits() -> None:
    store = Counting()
    one = paymaster(store, on_paid=None)
    one.payouts.balance()
    sent = len(one.mounted.requests)
    one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")

    assert (store.commits, len(one.mounted.requests) - sent) == (["insert", "swap answer accepted"], 1)
    store.commits.clear()
    one.wait(5)
    assert store.commits == ["record", "swap callback paid"]


@pytest.mark.parametrize("confirms", [True, False])
def test_a_payout_that_was_replaced_and_paid_after_all_is_shown_to_a_person(confirms: bool) -> None:  # noqa: FBT001 - a column
    one = paymaster(confirm_failures=confirms)
    one.deaf = True
    first = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.wait()
    one.deaf = False
    failed, paid = (payout_result(first, code, config=one.daraja.config) for code in (2001, 0))
    one.payouts.receive(failed.body, token=failed.path)
    if confirms:
        one.payouts.receive(status_result(result_code=25).body, token=one.token(Purpose.ANSWER, first))
    second = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="again", instead_of=first.key)
    one.wait()
    one.payouts.receive(paid.body, token=paid.path)

    assert (one.status(first), one.status(second)) == (PAID, PAID)
    assert one.attention == [first.key]
    assert one.payouts.reconcile().needs_attention
    one.payouts.resolve(first.key, paid=True, note="it went twice; the rider gives it back", by="Wanjiku")
    assert not one.payouts.reconcile().needs_attention


def test_a_payout_that_was_refused_and_paid_after_all_is_shown_to_a_person() -> None:
    one = paymaster()
    one.payouts.balance()
    one.mounted.respond_with(refusal(400, "400.002.02", "Bad Request - Invalid Remarks"))
    with pytest.raises(ApiError) as refused:
        one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.mounted.respond_with(None)
    first = refused.value.payout
    assert isinstance(first, Payout)
    one.payouts.pay(phone="0712345678", amount=500, idempotency_key="again", instead_of=first.key)
    one.wait()
    paid = payout_result(first, 0, config=one.daraja.config)
    one.payouts.receive(paid.body, token=paid.path)

    assert one.status(first) is PAID
    assert one.attention == [first.key]
    assert one.payouts.reconcile().needs_attention


def test_a_payout_that_failed_and_was_paid_before_money_might_go_again_is_paid() -> None:
    one = paymaster()
    one.deaf = True
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    one.wait()
    one.deaf = False
    for code in (2001, 0):
        result = payout_result(payout, code, config=one.daraja.config)
        one.payouts.receive(result.body, token=result.path)

    assert (one.status(payout), one.attention, one.paid) == (PAID, [], [payout.key])


def test_the_transaction_of_a_payout_to_a_business_is_no_receipt_of_another_one() -> None:
    one = paymaster()
    first = one.payouts.pay(to=to.TillNumber("5050505"), amount=500, idempotency_key="one debt")
    one.wait()
    one.deaf = True
    second = one.payouts.pay(to=to.TillNumber("5050506"), amount=500, idempotency_key="another")
    named = one.now(first).transaction_id
    with pytest.raises(InvalidInput, match=f"belongs to payout {first.key} already"):
        one.payouts.resolve(second.key, paid=True, note="on the statement", by="Wanjiku", receipt=named)
    one.payouts.resolve(first.key, paid=True, note="on the statement", by="Wanjiku", receipt=named)

    assert (one.status(first), one.status(second)) == (PAID, ACCEPTED)
