"""The rule of the shop, or a person, says what money is for."""

from typing import Any, cast

import pytest

from daraja.api.addresses import Purpose, sign
from daraja.api.incoming import read_incoming
from daraja.errors import InvalidInput
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.inbound.policy import AskAccept, AskMatch
from daraja.lifecycle import ports
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry
from daraja.receipts import Receipts
from daraja.runtime.base import run
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import c2b_validation, status_result
from tests.inbound.confirmations import confirmation, confirmed
from tests.support.receipts import a_receipt
from tests.support.receiving import a_counter
from tests.support.scripted import PHONE


def test_the_shops_own_rule_names_the_order() -> None:
    counter = a_counter(match=lambda receipt: "ORD-9" if receipt.reference == "house 9" else None)
    counter.pay("house 9")
    counter.pay("house 8")
    assert [one.order for one in counter.received] == ["ORD-9"]
    assert len(counter.receipts.unmatched()) == 1


def test_money_that_fits_one_prompt_waits_while_another_prompt_cannot_be_read() -> None:
    hidden: list[str] = []

    class PartlyUnreadable(MemoryStore):
        def list(self, which: Filter, limit: int, after: str | None = None, /) -> Any:  # noqa: ANN401 - rows, not payments
            rows = super().list(which, limit, after)
            return [ports.Unreadable(row.key, "another release wrote it") if row.key in hidden else row for row in rows]

    counter = a_counter(payments=PartlyUnreadable())
    first = counter.checkout.start(phone=PHONE, amount=500, reference="TABLE-7")
    second = counter.checkout.start(phone="254722345678", amount=500, reference="TABLE-7")
    hidden.append(first.key)
    confirmed(counter, reference="TABLE-7", phone="2547 ***** 678")
    assert not counter.checkout.payment(second.key).is_success
    counter.receipts.expect(reference="ACC-1", amount=500)
    confirmed(counter, reference="ACC-1", receipt="UAF2BBBBBB")
    assert [one.number for one in counter.received] == ["UAF2BBBBBB"]


@pytest.mark.parametrize("answer", [7, "", " ORD", "x" * 201])
def test_a_rule_that_names_no_order_loses_no_money(answer: object, caplog: pytest.LogCaptureFixture) -> None:
    counter = a_counter(match=lambda _: answer)
    counter.pay("house 9")
    assert len(counter.receipts.unmatched()) == 1
    assert "receipt.match_failed" in caplog.text


def test_a_rule_that_fails_is_asked_again() -> None:
    answers = iter([ValueError("the database is down"), "ORD-9"])

    def match(_: Receipt) -> object:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    counter = a_counter(match=match)
    counter.pay("house 9")
    assert counter.received == []
    assert counter.receipts.reconcile().matched == 1
    assert [one.order for one in counter.received] == ["ORD-9"]


def test_money_that_nobody_expects_is_listed_with_suggestions_and_assigned_once() -> None:
    counter = a_counter()
    expected = counter.receipts.expect(order="ORD-1", amount=500)
    wrong = expected.reference[:-2] + expected.reference[-1] + expected.reference[-2]
    wrong = wrong if wrong != expected.reference else expected.reference[:-1] + "x"
    number = counter.pay(wrong)
    (unmatched,) = counter.receipts.unmatched()
    assert unmatched.receipt.number == number
    assert unmatched.suggestions[0].expectation == expected
    assert "the amount is the same" in unmatched.suggestions[0].reason
    assert counter.received == []

    counter.receipts.assign(number, reference=expected.reference, by="Wanjiku", note="she showed the message")
    assert [one.order for one in counter.received] == ["ORD-1"]
    assert counter.receipts.receipt(number).matched_by == "Wanjiku"
    again = counter.receipts.assign(number, reference=expected.reference, by="Otieno", note="as above")
    assert not again.became_success
    with pytest.raises(InvalidInput, match="matched already"):
        counter.receipts.assign(number, order="ORD-2", by="Otieno", note="a mistake")
    assert counter.receipts.unmatched() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": "1", "order": "ORD-1"},
        {},
        {"reference": "unknown"},
        {"order": ""},
        {"order": "ORD-1", "by": ""},
        {"order": "ORD-1", "note": " "},
    ],
)
def test_an_assignment_that_makes_no_sense_changes_nothing(wrong: dict[str, str]) -> None:
    counter = a_counter()
    number = counter.pay("nothing")
    arguments: dict[str, Any] = {"by": "Wanjiku", "note": "seen", **wrong}
    with pytest.raises(InvalidInput):
        counter.receipts.assign(number, **arguments)
    assert counter.receipts.receipt(number).is_unmatched


@pytest.mark.parametrize("number", ["UAF9999999", "", cast("str", None)])
def test_a_receipt_that_is_not_there_is_named_as_such(number: str) -> None:
    with pytest.raises(InvalidInput, match="names no receipt"):
        a_counter().receipts.receipt(number)


def test_money_that_counts_for_nothing_is_dismissed() -> None:
    counter = a_counter()
    number = counter.pay("our own test")
    counter.receipts.dismiss(number, by="Wanjiku", note="a test of ours")
    assert counter.receipts.unmatched() == []
    assert not counter.receipts.reconcile().needs_attention


def test_receipts_without_a_checkout_are_assigned_as_well() -> None:
    counter = a_counter(joined=False)
    number = counter.pay("nothing")
    counter.receipts.assign(number, order="ORD-1", by="Wanjiku", note="she called")
    assert [one.order for one in counter.received] == ["ORD-1"]


def test_an_account_of_forty_characters_html_and_another_order_are_suggestions_at_most() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    for place, typed in enumerate(("ORD-1" + "x" * 35, "<b>ORD-1</b>", "ORD-10", "\x00ORD-1\u202e", "'; DROP")):
        confirmed(counter, f"UAF1AAAAA{place}", reference=typed)
    assert counter.received == [one for one in counter.received if one.number == "UAF1AAAAA3"]
    assert len(counter.receipts.unmatched()) >= 4


def test_who_paid_is_told_as_far_as_anybody_says() -> None:
    counter = a_counter()
    confirmed(counter, phone=PHONE)
    receipt = counter.receipts.receipt("UAF1AAAAAA")
    assert (receipt.phone, receipt.payer_name is not None) == (PHONE, True)
    confirmed(counter, "UAF1AAAAAB")
    assert counter.receipts.receipt("UAF1AAAAAB").phone == ""


class RacingReceipts(MemoryReceiptStore):
    """A store that loses the race for an assignment to ``faster``, once."""

    faster: Receipts | None = None

    def swap(self, old: Receipt, new: Receipt, entry: HistoryEntry, /) -> bool:
        faster, self.faster = self.faster, None
        if faster is not None:
            faster.assign(old.number, order="ORD-2", by="Otieno", note="mine")
        return super().swap(old, new, entry)


def test_a_race_for_an_assignment_is_lost_in_plain_words() -> None:
    store = RacingReceipts()
    counter = a_counter(store=store)
    number = counter.pay("nothing")
    store.faster = counter.receipts
    with pytest.raises(InvalidInput, match="was matched by somebody else just now"):
        counter.receipts.assign(number, order="ORD-1", by="Wanjiku", note="mine")
    assert [one.order for one in counter.received] == ["ORD-2"]


def test_a_lead_is_no_money_to_assign() -> None:
    counter = a_counter(registered=False)
    counter.receipts.confirm(confirmation(counter))
    counter.receipts.reconcile()
    with pytest.raises(InvalidInput, match="is only a lead"):
        counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Wanjiku", note="seen")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("INV-2041", "one character differs"),
        ("INV-024", "one character differs"),
        ("INV-20244", "one account contains the other"),
        ("IVN-2024", "one character differs"),
        ("ACC INV-2024", "one account contains the other"),
    ],
)
def test_near_misses_are_suggested_with_the_reason(typed: str, reason: str) -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=700, reference="INV-2024")
    counter.receipts.expect(order="ORD-2", amount=700, reference="9")
    counter.pay(typed.replace("2041", "2021"))
    (unmatched,) = counter.receipts.unmatched()
    assert [one.reason for one in unmatched.suggestions] == [reason]


def test_what_looks_like_nothing_has_no_suggestion() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=700, reference="INV-2024")
    counter.pay("X")
    assert list(counter.receipts.unmatched()[0].suggestions) == []


def test_the_rule_of_a_shop_without_one_decides_nothing() -> None:
    runtime = a_counter().runtime
    payment = read_incoming(c2b_validation().body)
    assert run(AskAccept(payment), runtime) is None
    assert run(AskMatch(a_receipt()), runtime) is None


def test_money_at_a_till_has_no_account_and_the_shop_may_know_it_by_the_amount() -> None:
    counter = a_counter(match=lambda receipt: "ORD-1" if receipt.amount == 499 else None)
    confirmed(counter, reference="", till=True, amount=499)
    confirmed(counter, "UAF1AAAAAB", reference="", till=True, amount=500)
    assert [one.order for one in counter.received] == ["ORD-1"]
    assert len(counter.receipts.unmatched()) == 1


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        ("600111 - DUKA", "600999 - SUPPLIER"),
        ("600992 - BULK", "2547 ***** 678 - J"),
        ("2547 ***** 678 - J", "600999 - SOMEBODY"),
        ("2547 ***** 678 - J", None),
    ],
)
def test_a_lead_whose_money_did_not_come_to_us_books_nothing(debit: str, credit: str | None) -> None:
    counter = a_counter(match=lambda _: "ORD-1")
    counter.receipts.confirm(confirmation(counter, "UKN7X2M4QA"), token=None)
    counter.receipts.reconcile()
    key = counter.receipts.receipt("UKN7X2M4QA").key
    parties = {"DebitPartyName": debit, "CreditPartyName": credit}
    answer = status_result(receipt="UKN7X2M4QA", amount=500, parameters=parties)
    counter.receipts.receive(answer.body, token=sign(counter.daraja.config, Purpose.ANSWER, key))
    assert counter.receipts.receipt("UKN7X2M4QA").status is ReceiptStatus.LEAD
    assert counter.received == []
