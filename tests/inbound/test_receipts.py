"""Money that customers pay by hand is booked once, matched exactly, and joined with what was asked for."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from threading import Event
from typing import Any, Final, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Checkout, Daraja, PayBill, Till
from daraja.api.addresses import Purpose, sign
from daraja.api.incoming import IncomingPayment, read_incoming
from daraja.errors import ConfigurationError, Conflict, InvalidInput, NotSent
from daraja.inbound.expect import Expect
from daraja.inbound.expectation import Expectation, ExpectationStatus
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.inbound.policy import AskAccept, AskMatch, Rejection
from daraja.inbound.receive import validate
from daraja.inbound.register import registered_key
from daraja.lifecycle import ports
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import FloatReading, HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.payments import Status
from daraja.receipts import Receipts
from daraja.runtime.base import run
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import bill_payment, c2b_confirmation, c2b_validation, pull_record, status_result
from tests.support.payments import a_payment
from tests.support.receipts import a_receipt
from tests.support.receiving import REGISTERED_SECRET, SHORTCODE, Counter, a_counter, receiving_settings
from tests.support.scripted import PASSKEY, PHONE, answer, settings

OTHER_PHONE: Final = "254722000001"
THREE_CONFIRMATIONS: Final = "254700008502"
NO_CONFIRMATION: Final = "254700008501"
CONFIRMED_ANOTHER_AMOUNT: Final = "254700008509"


def confirmation(counter: Counter, receipt: str = "UAF1AAAAAA", **changes: Any) -> bytes:  # noqa: ANN401 - of c2b_confirmation
    usual: dict[str, Any] = {"shortcode": SHORTCODE, "amount": 500, "reference": "174", "paid_at": counter.clock.now()}
    return c2b_confirmation(receipt=receipt, **{**usual, **changes}).body


def confirmed(counter: Counter, receipt: str = "UAF1AAAAAA", **changes: Any) -> None:  # noqa: ANN401 - as above
    reply = counter.receipts.confirm(confirmation(counter, receipt, **changes), token=counter.token())
    assert (reply.status_code, json.loads(reply.body)["ResultCode"]) == (200, 0)


# What contradicts


def test_a_confirmation_of_another_amount_than_its_payment_has_needs_a_person() -> None:
    counter = a_counter()
    counter.checkout.charge(order="ORD-1", phone=CONFIRMED_ANOTHER_AMOUNT, amount=500)
    counter.simulator.pay(CONFIRMED_ANOTHER_AMOUNT)
    counter.simulator.advance(seconds=5)
    (payment,) = counter.checkout.order("ORD-1").attempts
    assert (payment.is_success, payment.needs_review) == (True, False)
    receipt = counter.receipts.receipt(payment.receipt or "")
    assert (receipt.payment, receipt.conflicts) == (payment.key, frozenset({"amount=500"}))
    assert receipt.amount == 501
    assert counter.receipts.reconcile().conflicts == (receipt.key,)
    counter.receipts.dismiss(receipt.number, by="Wanjiku", note="the statement has 500")
    assert counter.checkout.order("ORD-1").paid
    assert counter.receipts.reconcile().conflicts == ()


# What is expected


def test_a_customer_pays_by_hand_what_was_expected() -> None:
    counter = a_counter()
    expectation = counter.receipts.expect(order="ORD-1", amount=500)
    assert expectation.status is ExpectationStatus.OPEN
    assert expectation.due == 500

    number = counter.pay(expectation.reference)

    (receipt,) = counter.received
    assert (receipt.number, receipt.order) == (number, "ORD-1")
    assert receipt.amount == 500
    now = counter.receipts.expectation(expectation.reference)
    assert now is not None
    assert now.status is ExpectationStatus.PAID
    assert now.due == 0
    assert not now.refunds_due
    assert not counter.receipts.reconcile().needs_attention


def test_less_is_part_paid_more_is_excess_and_the_same_again_is_a_refund_due() -> None:
    counter = a_counter()
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    seen: list[tuple[ExpectationStatus, int, int, int]] = []
    for amount in (200, 400, 500):
        counter.pay(account, amount)
        counter.simulator.advance(seconds=1)
        now = counter.receipts.expectation(account)
        assert now is not None
        seen.append((now.status, int(now.due), int(now.excess), len(now.refunds_due)))
    assert seen == [
        (ExpectationStatus.PART_PAID, 300, 0, 0),
        (ExpectationStatus.OVERPAID, 0, 100, 0),
        (ExpectationStatus.OVERPAID, 0, 600, 1),
    ]
    assert [int(one.amount or 0) for one in counter.received] == [200, 400]
    assert [int(one.amount or 0) for one in counter.refunds_due] == [500]
    assert counter.receipts.reconcile().refunds_due == (counter.refunds_due[0].key,)


def test_the_same_order_gives_the_same_account_and_another_amount_is_refused() -> None:
    receipts = a_counter().receipts
    first = receipts.expect(order="ORD-1", amount=500)
    assert receipts.expect(order="ORD-1", amount=500) == first
    with pytest.raises(InvalidInput, match="amount: is not 500 KES"):
        receipts.expect(order="ORD-1", amount=700)
    with pytest.raises(InvalidInput, match="reference: is not the account"):
        receipts.expect(order="ORD-1", amount=500, reference="174")
    with pytest.raises(InvalidInput, match="reference: is the account of another order"):
        receipts.expect(order="ORD-2", amount=500, reference=first.reference)


def test_every_order_gets_an_account_of_its_own() -> None:
    receipts = a_counter().receipts
    made = {receipts.expect(amount=500).reference for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 8 for one in made)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": 5, "order": " "}, {"amount": 5, "reference": "-./"}, {"amount": 5, "metadata": 7}],
)
def test_what_cannot_be_expected_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        a_counter().receipts.expect(**wrong)


def test_what_is_not_expected_is_none() -> None:
    assert a_counter().receipts.expectation("174") is None


@pytest.mark.parametrize("typed", ["ord-1", " ORD 1 ", "ord_1", "\uff2f\uff32\uff24-1"])
def test_a_reference_matches_in_any_spelling(typed: str) -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    counter.pay(typed)
    assert [one.order for one in counter.received] == ["ORD-1"]


# One receipt, one money


def test_a_confirmation_that_comes_three_times_counts_once() -> None:
    counter = a_counter()
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    counter.pay(account, phone=THREE_CONFIRMATIONS)
    assert len(counter.replies) == 3
    assert len(counter.received) == 1
    assert not counter.receipts.reconcile().needs_attention


def test_bill_manager_announces_the_same_money_and_it_counts_once() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    body = bill_payment(receipt="UAF1AAAAAA", amount=500, reference="174", shortcode=SHORTCODE).body
    counter.receipts.confirm(body, token=counter.token())
    assert counter.receipts.receipt("uaf1aaaaaa").announced_by == ("confirmation", "bill_manager")
    assert len(counter.received) == 1


def test_a_payment_that_bill_manager_announces_first_gets_its_money_and_counts_once() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    key = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500).key
    paid_at = counter.clock.now()
    body = bill_payment(receipt="UAF1AAAAAA", amount=500, reference="ORD-1", shortcode=SHORTCODE, paid_at=paid_at).body
    counter.receipts.confirm(body, token=counter.token())
    confirmed(counter, reference="ORD-1")
    assert counter.checkout.payment(key).receipt == "UAF1AAAAAA"
    assert [one.key for one in counter.paid] == [key]
    assert counter.received == []


def test_a_payment_that_was_asked_for_is_announced_twice_and_counts_once() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    counter.simulator.pay(PHONE)
    counter.simulator.advance(seconds=5)
    (paid,) = counter.paid
    receipt = counter.receipts.receipt(cast("str", paid.receipt))
    assert (receipt.payment, receipt.order) == (payment.key, "ORD-1")
    assert counter.received == []
    assert not counter.receipts.reconcile().needs_attention


def test_a_confirmation_that_comes_before_the_callback_settles_the_payment_once() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500)
    with counter.simulator.hold():
        counter.simulator.pay(PHONE)
        counter.simulator.advance(seconds=5)
        confirmed(counter, "UAF1AAAAAA", reference="ORD-1", phone="2547 ***** 678")
        assert counter.checkout.payment(payment.key).receipt == "UAF1AAAAAA"
    assert len(counter.paid) == 1
    assert counter.received == []


def silent(counter: Counter, **changes: Any) -> str:  # noqa: ANN401 - of charge
    """Ask a phone whose callbacks never come."""
    usual: dict[str, Any] = {"order": "ORD-1", "phone": PHONE, "amount": 500}
    return counter.checkout.charge(**{**usual, **changes}).key


@pytest.mark.parametrize("unconfirmed", [False, True])
def test_a_confirmation_settles_a_payment_that_is_open(unconfirmed: bool) -> None:  # noqa: FBT001 - a column
    counter = a_counter()
    paid_at = counter.clock.now() + timedelta(seconds=20)
    key = silent(counter)
    if unconfirmed:
        counter.simulator.ignore(PHONE)
        for _ in range(40):
            counter.clock.advance(3600)
        payments = cast("MemoryStore", counter.checkout.store)
        payment = payments.load(key)
        assert payment is not None
        stopped = attrs.evolve(payment, status=Status.UNCONFIRMED, version=payment.version + 1)
        entry = HistoryEntry(key=key, at=payment.updated_at, event="giving up", before="initiated", after="unconfirmed")
        assert payments.swap(payment, stopped, entry)
    confirmed(counter, reference="ord 1", paid_at=paid_at)
    payment = counter.checkout.payment(key)
    assert (payment.status, payment.receipt) == (Status.SUCCESS, "UAF1AAAAAA")
    assert counter.receipts.receipt("UAF1AAAAAA").payment == key
    assert [one.key for one in counter.paid] == [key]
    assert counter.received == []


def test_a_payment_that_a_query_found_paid_gets_its_receipt_and_counts_once() -> None:
    counter = a_counter()
    key = silent(counter)
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    with counter.simulator.hold():
        counter.simulator.pay(PHONE)
        counter.simulator.advance(seconds=60)
        assert counter.checkout.refresh(key).after.receipt is None
        number = counter.simulator.transactions[-1].receipt
        confirmed(counter, number, reference="ORD-1", paid_at=counter.clock.now() - timedelta(seconds=60))
        assert counter.checkout.payment(key).receipt == number
    assert counter.receipts.receipt(number).payment == key
    assert len(counter.paid) == 1
    assert counter.received == []


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 501},
        {"reference": "ORD-2"},
        {"phone": "2547 ***** 679"},
        {"seconds": 601},
        {"seconds": -61},
    ],
)
def test_what_does_not_fit_settles_no_payment(other: dict[str, Any]) -> None:
    counter = a_counter()
    key = silent(counter)
    seconds = other.pop("seconds", 5)
    confirmed(counter, paid_at=counter.clock.now() + timedelta(seconds=seconds), **{"reference": "ORD-1", **other})
    assert counter.checkout.payment(key).receipt is None
    assert counter.receipts.receipt("UAF1AAAAAA").is_unmatched
    assert not counter.paid
    assert not counter.received


@pytest.mark.parametrize("phone", ["2547 ***** 678", PHONE, "a" * 64, ""])
def test_a_mask_that_fits_and_a_hash_do_not_hinder(phone: str) -> None:
    counter = a_counter()
    key = silent(counter)
    confirmed(counter, reference="ORD-1", phone=phone)
    assert counter.checkout.payment(key).receipt == "UAF1AAAAAA"


def test_of_two_payments_that_fit_none_is_settled_until_one_is_known() -> None:
    counter = a_counter()
    keys = [counter.checkout.start(phone=phone, amount=500, reference="ORD-1").key for phone in (PHONE, OTHER_PHONE)]
    confirmed(counter, reference="ORD-1", phone="a" * 64)
    assert [counter.checkout.payment(key).receipt for key in keys] == [None, None]
    assert len(counter.receipts.unmatched()) == 1

    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    assert counter.receipts.reconcile().matched == 1
    assert [counter.checkout.payment(key).receipt for key in keys] == [None, "UAF1AAAAAA"]
    assert counter.receipts.unmatched() == []


def test_money_that_was_dismissed_settles_no_payment() -> None:
    counter = a_counter()
    keys = [counter.checkout.start(phone=phone, amount=500, reference="ORD-1").key for phone in (PHONE, OTHER_PHONE)]
    confirmed(counter, reference="ORD-1", phone="a" * 64)
    counter.receipts.dismiss("UAF1AAAAAA", by="Wanjiku", note="sent back on the portal")
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    confirmed(counter, reference="ORD-1", phone="a" * 64)

    assert [counter.checkout.payment(key).receipt for key in keys] == [None, None]


def test_money_that_fits_only_a_payment_that_a_person_denied_waits_for_a_person() -> None:
    counter = a_counter()
    payment = counter.checkout.charge(order="ORD-1", phone=PHONE, amount=500, reference="ORD-1")
    # A query has found it paid, so its receipt is not known.
    counter.checkout.resolve(payment.key, paid=True, note="a query said so", by="Wanjiku")
    counter.checkout.resolve(payment.key, paid=False, note="sent back on the portal", by="Wanjiku")
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    confirmed(counter, reference="ORD-1")

    assert counter.checkout.payment(payment.key).receipt is None
    assert [one.receipt.number for one in counter.receipts.unmatched()] == ["UAF1AAAAAA"]
    counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Wanjiku", note="she has paid once more")
    assert counter.checkout.order("ORD-1").paid


def test_a_payment_that_failed_is_not_settled_by_hand() -> None:
    counter = a_counter()
    key = silent(counter)
    counter.simulator.cancel(PHONE)
    counter.simulator.advance(seconds=5)
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    confirmed(counter, reference="ORD-1")
    assert counter.checkout.payment(key).status is Status.FAILED
    assert [one.order for one in counter.received] == ["ORD-1"]


def test_receipts_without_a_checkout_know_only_expectations() -> None:
    counter = a_counter(joined=False)
    key = silent(counter)
    confirmed(counter, reference="ORD-1")
    assert counter.checkout.payment(key).receipt is None
    assert counter.receipts.receipt("UAF1AAAAAA").is_unmatched


def test_a_receipt_that_two_payments_claim_needs_a_person() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter, amount=500)
    confirmed(counter, amount=5_000)
    report = counter.receipts.reconcile()
    assert report.conflicts == (counter.receipts.receipt("UAF1AAAAAA").key,)
    assert len(counter.received) == 1


# Matching by the shop, and by a person


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


# Validation


def asked(counter: Counter, **changes: Any) -> dict[str, str]:  # noqa: ANN401 - of c2b_validation
    body = c2b_validation(shortcode=SHORTCODE, **changes).body
    reply = counter.receipts.validate(body, token=counter.token(Purpose.VALIDATION))
    assert reply.status_code == 200
    answer: dict[str, str] = json.loads(reply.body)
    return answer


def answered_within(seconds: float, counter: Counter, *, accept: Callable[[IncomingPayment], object]) -> dict[str, str]:
    """Answer a question in less time than the four seconds that a shop has."""
    body, token = c2b_validation(shortcode=SHORTCODE, reference="147").body, counter.token(Purpose.VALIDATION)
    policy = attrs.evolve(counter.policy, accepts=True)
    reply = run(validate(body, token, "", policy), attrs.evolve(counter.runtime, accept=accept, within=seconds))
    answer: dict[str, str] = json.loads(reply.body)
    return answer


def not_asked(_: IncomingPayment) -> object:
    pytest.fail("the shop's rule was asked")


ACCEPTED: Final = {"ResultCode": "0", "ResultDesc": "Accepted"}


def test_a_validation_is_accepted_where_the_shop_has_no_rule() -> None:
    assert asked(a_counter()) == ACCEPTED


@pytest.mark.parametrize(
    ("answer", "code"),
    [(True, "0"), (None, "0"), (False, "C2B00016"), (Rejection.AMOUNT, "C2B00013"), ("C2B00011", "C2B00011"), (7, "0")],
)
def test_the_shop_decides(answer: object, code: str) -> None:
    assert asked(a_counter(accept=lambda _: answer))["ResultCode"] == code


def test_a_rule_that_fails_accepts(caplog: pytest.LogCaptureFixture) -> None:
    def accept(_: IncomingPayment) -> bool:
        raise ValueError

    assert asked(a_counter(accept=accept)) == ACCEPTED
    assert "validation.failed" in caplog.text


def test_a_rule_that_takes_too_long_accepts() -> None:
    let_go = Event()
    assert answered_within(0.01, a_counter(), accept=lambda _: not let_go.wait(30)) == ACCEPTED
    let_go.set()


class SlowReceipts(MemoryReceiptStore):
    """A store that is at work until somebody lets it go, and whose connections belong to a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go: Final = Event()
        self.left: Final = Event()

    def expected(self, compared: str, account: Account, /) -> Expectation | None:
        self.let_go.wait(30)
        return super().expected(compared, account)

    def leave_thread(self) -> None:
        self.left.set()


def test_a_store_that_takes_too_long_accepts_and_closes_what_its_thread_has_opened() -> None:
    store = SlowReceipts()
    answer = answered_within(0.01, a_counter(store=store), accept=lambda _: False)
    assert answer == ACCEPTED
    assert not store.left.is_set()
    store.let_go.set()
    assert store.left.wait(30)


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_rule_that_tries_to_end_the_process_accepts(
    stop: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def accept(_: IncomingPayment) -> bool:
        raise stop

    assert asked(a_counter(accept=accept)) == ACCEPTED
    assert f"error={stop.__name__}" in caplog.text


def test_a_confirmation_at_the_address_of_validations_is_a_lead_and_the_question_is_answered() -> None:
    counter = a_counter(accept=lambda _: False)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174", phone=NO_CONFIRMATION)
    reply = counter.receipts.receive(confirmation(counter, number), token=counter.token(Purpose.VALIDATION))
    assert json.loads(reply.body)["ResultCode"] == "C2B00016"
    assert counter.received == []
    assert len(counter.receipts.reconcile().leads) == 1
    counter.simulator.advance(seconds=180)
    counter.receipts.reconcile()
    counter.simulator.advance(seconds=60)
    assert counter.receipts.receipt(number).status is ReceiptStatus.RECEIVED


def test_a_question_is_answered_also_if_its_lead_cannot_be_stored() -> None:
    store = FailingReceipts()
    counter = a_counter(store=store, accept=lambda _: False)
    store.failing["record"] = OSError("the database is down")
    reply = counter.receipts.receive(confirmation(counter), token=counter.token(Purpose.VALIDATION))
    assert json.loads(reply.body)["ResultCode"] == "C2B00016"


def test_a_mistyped_account_is_refused_without_asking_the_shop() -> None:
    counter = a_counter(accept=not_asked)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    wrong = account[:3] + f"{(int(account[3]) + 1) % 10}" + account[4:]
    assert asked(counter, reference=wrong) == {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}


@pytest.mark.parametrize("reference", ["174", "12345678", "ORD-1", "", "0712345678"])
def test_an_account_that_is_no_slip_of_an_expected_one_is_for_the_shop_to_judge(reference: str) -> None:
    heard: list[IncomingPayment] = []
    counter = a_counter(accept=heard.append)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert asked(counter, reference=reference) == ACCEPTED
    assert len(heard) == 1


def test_an_account_of_the_shops_own_that_has_no_check_digit_is_welcome() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    counter.receipts.expect(order="ORD-2", amount=500, reference="175")
    assert asked(counter, reference="175") == ACCEPTED


def test_a_payment_that_was_just_asked_for_is_welcome() -> None:
    counter = a_counter(accept=lambda _: False)
    silent(counter)
    assert asked(counter, reference="ORD-1", amount=500) == ACCEPTED
    assert asked(counter, reference="ORD-1", amount=501)["ResultCode"] == "C2B00016"


@pytest.mark.parametrize("purpose", [None, Purpose.CONFIRMATION, Purpose.PAYMENT])
def test_an_unsigned_question_learns_nothing(purpose: Purpose | None) -> None:
    counter = a_counter(accept=not_asked)
    token = None if purpose is None else counter.token(purpose)
    reply = counter.receipts.validate(c2b_validation(shortcode=SHORTCODE).body, token=token)
    assert json.loads(reply.body) == ACCEPTED


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"TransID": "X"}', b"\xff"])
def test_a_question_that_cannot_be_read_is_accepted(body: bytes) -> None:
    reply = a_counter().receipts.validate(body, token=a_counter().token(Purpose.VALIDATION))
    assert json.loads(reply.body) == ACCEPTED


def test_validation_over_the_wire() -> None:
    counter = a_counter(validation=True, accept=lambda payment: payment.amount < 1_000)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    counter.pay(account, 1_000)
    counter.pay(account, 500)
    assert [one.amount for one in counter.received] == [500]


# Confirmations that cannot be read, stored or believed


class FailingReceipts(MemoryReceiptStore):
    """A store whose methods named in ``failing`` raise before they do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: Final[dict[str, Exception]] = {}

    def record(self, callback: ReceivedCallback, /) -> str:
        self._fail("record")
        return super().record(callback)

    def load(self, key: str, /) -> Receipt | None:
        self._fail("load")
        return super().load(key)

    def swap(self, old: Receipt, new: Receipt, entry: HistoryEntry, /) -> bool:
        self._fail("swap")
        return super().swap(old, new, entry)

    def _fail(self, name: str) -> None:
        if name in self.failing:
            raise self.failing[name]


@pytest.mark.parametrize("method", ["load", "swap"])
def test_a_confirmation_that_a_store_cannot_book_is_booked_later(method: str) -> None:
    store = FailingReceipts()
    counter = a_counter(store=store)
    counter.receipts.expect(amount=500, reference="174")
    store.failing[method] = OSError("the database is down")
    confirmed(counter)
    assert counter.received == []
    store.failing.clear()
    assert counter.receipts.reconcile().replayed == 1
    assert len(counter.received) == 1
    assert counter.receipts.reconcile().replayed == 0


def test_a_confirmation_that_could_not_be_stored_is_asked_for_again() -> None:
    store = FailingReceipts()
    counter = a_counter(store=store)
    store.failing["record"] = OSError("the database is down")
    assert counter.receipts.confirm(confirmation(counter), token=counter.token()).status_code == 503


def test_a_hundred_copies_of_one_confirmation_are_stored_and_more_are_answered_with_yes() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    for _ in range(102):
        confirmed(counter)
    assert len(counter.received) == 1


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[1]", b'{"TransID": "", "TransAmount": "5"}', b'{"TransID": "UAF1AAAAAA"}', b"\xff\xfe"]
)
def test_a_confirmation_that_cannot_be_read_is_stored_logged_and_listed(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    counter = a_counter()
    reply = counter.receipts.confirm(body, token=counter.token())
    assert (reply.status_code, json.loads(reply.body)) == (200, {"ResultCode": 0, "ResultDesc": "Success"})
    assert "confirmation.unreadable" in caplog.text
    assert len(counter.receipts.reconcile().leads) == 1


@given(body=st.binary(max_size=300) | st.text().map(str.encode), signed=st.booleans())
def test_whatever_comes_is_answered_with_yes(body: bytes, signed: bool) -> None:  # noqa: FBT001 - drawn
    counter = a_counter(registered=False)
    token = counter.token() if signed else "not-a-token"
    assert counter.receipts.receive(body, token=token).status_code == 200
    assert counter.received == []


@pytest.mark.parametrize("token", [None, "", "x" * 98, "1f" + "0" * 96])
def test_an_unsigned_confirmation_is_a_lead_and_books_nothing(
    token: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    counter = a_counter(config=receiving_settings(initiator=None))
    counter.receipts.expect(amount=500, reference="174")
    reply = counter.receipts.receive(confirmation(counter), token=token)
    assert reply.status_code == 200
    assert caplog.messages == ["confirmation.unsigned callback=1"]
    assert counter.received == []
    assert len(counter.receipts.reconcile().leads) == 1
    with pytest.raises(InvalidInput):
        counter.receipts.receipt("UAF1AAAAAA")


def test_a_token_of_another_purpose_or_account_signs_no_confirmation() -> None:
    counter = a_counter(config=receiving_settings(initiator=None))
    config = receiving_settings()
    key = registered_key(Account("simulator", SHORTCODE))
    for token in (
        sign(config, Purpose.VALIDATION, key),
        sign(config, Purpose.CONFIRMATION, registered_key(Account("simulator", "600999"))),
        sign(attrs.evolve(config, registered_secret="another-secret-of-ours"), Purpose.CONFIRMATION, key),
    ):
        counter.receipts.confirm(confirmation(counter), token=token)
    assert len(counter.receipts.reconcile().leads) == 3


def test_a_signed_confirmation_of_money_to_another_shortcode_is_a_lead(caplog: pytest.LogCaptureFixture) -> None:
    counter = a_counter(config=receiving_settings(initiator=None))
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter, shortcode="600999")
    assert counter.received == []
    assert "confirmation.of_another_shortcode" in caplog.text
    assert len(counter.receipts.reconcile().leads) == 1
    confirmed(counter)
    assert len(counter.received) == 1


@pytest.mark.parametrize(("number", "counts"), [(SHORTCODE, True), ("5050505", True), ("600999", False)])
def test_a_confirmation_of_a_till_names_the_store_or_the_till(number: str, counts: bool) -> None:  # noqa: FBT001 - a column
    till = Till(store=SHORTCODE, till="5050505", passkey=PASSKEY)
    counter = a_counter(config=receiving_settings(till, initiator=None), match=lambda _: "ORD-1", registered=False)
    confirmed(counter, reference="", till=True, shortcode=number)
    assert [one.order for one in counter.received] == ["ORD-1"] * counts


def test_what_pull_has_of_another_shortcode_is_not_booked() -> None:
    counter = a_counter(pull=True)
    odd = {**pull_record(receipt="UAF1AAAAAA", amount=500, reference="174"), "shortCode": "600999"}
    counter.simulator.respond_with(answer(200, {"ResponseCode": "1000", "Response": [[odd]]}))
    found = counter.receipts.sweep()
    assert (found.found, found.unreadable) == (0, 1)


def test_a_confirmation_from_another_sender_is_a_lead(caplog: pytest.LogCaptureFixture) -> None:
    counter = a_counter(senders=["196.201.214.200"], config=receiving_settings(initiator=None))
    body, token = confirmation(counter), counter.token()
    counter.receipts.confirm(body, token=token, remote_ip="203.0.113.9")
    assert caplog.messages == ["confirmation.unsigned callback=1"]
    assert len(counter.receipts.reconcile().leads) == 1
    counter.receipts.confirm(body, token=token, remote_ip="196.201.214.200")
    assert counter.receipts.receipt("UAF1AAAAAA").status is ReceiptStatus.RECEIVED
    assert counter.receipts.reconcile().leads == ()


def test_a_lead_is_believed_once_daraja_confirms_it() -> None:
    counter = a_counter(registered=False)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    number = counter.pay(account)
    counter.receipts.confirm(confirmation(counter, number, reference=account, amount=9_999))
    assert counter.receipts.reconcile().asked == 0
    lead = counter.receipts.receipt(number)
    assert (lead.status, lead.amount, lead.needs_attention) == (ReceiptStatus.LEAD, None, False)
    counter.simulator.advance(seconds=180)
    assert counter.receipts.reconcile().asked == 1
    counter.simulator.advance(seconds=60)
    receipt = counter.receipts.receipt(number)
    assert (receipt.status, receipt.announced_by) == (ReceiptStatus.RECEIVED, ("status",))
    assert receipt.amount == 500


def test_the_answer_about_a_lead_comes_to_the_route_of_the_receipts_also_if_payouts_have_one_of_their_own() -> None:
    counter = a_counter(config=receiving_settings(results_url="https://shop.example/results/"), registered=False)
    number = counter.pay("174")
    counter.receipts.confirm(confirmation(counter, number))
    counter.receipts.reconcile()
    counter.simulator.advance(seconds=180)
    counter.receipts.reconcile()
    asked = json.loads(counter.simulator.requests[-1].body)
    assert asked["ResultURL"].startswith("https://shop.example/payments/callback/receipts/")
    assert asked["QueueTimeOutURL"].startswith("https://shop.example/payments/callback/receipts/")


def test_forged_leads_cost_few_questions() -> None:
    counter = a_counter(registered=False)
    for place in range(30):
        counter.receipts.confirm(confirmation(counter, f"UAF1AAAA{place:02}"))
    counter.receipts.reconcile()
    begun = counter.store.list(Filter(status="lead"), 99)
    assert len(begun) == 10


def test_a_lead_that_a_person_has_looked_at_is_closed() -> None:
    counter = a_counter()
    counter.receipts.confirm(b"not json", token=counter.token())
    (lead,) = counter.receipts.reconcile().leads
    counter.receipts.dismiss_callback(lead, note="a test of ours")
    assert counter.receipts.reconcile().leads == ()


def test_old_confirmations_are_purged_and_those_of_unmatched_money_stay() -> None:
    counter = a_counter()
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    confirmed(counter, "UAF1AAAAAB", reference="nothing")
    counter.clock.advance(3_600)
    assert counter.receipts.purge_callbacks(timedelta(minutes=1)) == 1
    assert len(counter.receipts.unmatched()) == 1


# Registration


def test_the_addresses_are_signed_and_kept_secret() -> None:
    counter = a_counter()
    addresses = counter.receipts.addresses
    assert addresses.confirmation.reveal().startswith("https://shop.example/payments/callback/receipts/1f")
    assert addresses.validation.reveal().startswith("https://shop.example/payments/callback/receipts/1e")
    assert addresses.confirmation.reveal() not in repr(addresses)
    assert counter.receipts.register().already is False


def test_without_a_secret_for_them_nothing_is_registered() -> None:
    counter = a_counter(config=settings(), registered=False)
    with pytest.raises(ConfigurationError, match="registered_secret"):
        counter.receipts.register()


def test_what_receipts_are_made_of_is_checked() -> None:
    daraja = Daraja(settings())
    elsewhere = Checkout(Daraja(settings(PayBill("600999", passkey="x" * 16))), MemoryStore())
    with pytest.raises(ConfigurationError, match="of simulator 600999, and these receipts are of simulator 600111"):
        Receipts(daraja, MemoryReceiptStore(), checkout=elsewhere)
    with pytest.raises(ConfigurationError, match="accept"):
        Receipts(daraja, MemoryReceiptStore(), accept=cast("Any", 7))


@pytest.mark.parametrize("wrong", [{"body": object()}, {"token": 7}, {"remote_ip": 7}])
def test_what_no_request_brings_is_refused(wrong: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"body": b"{}", "token": None, "remote_ip": "", **wrong}
    with pytest.raises(InvalidInput, match="which no request brings"):
        a_counter().receipts.receive(arguments.pop("body"), **arguments)


# Looking after it


def test_pull_finds_what_was_never_announced_and_a_second_sweep_finds_nothing_new() -> None:
    counter = a_counter(pull=True)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    number = counter.pay(account, phone=NO_CONFIRMATION)
    assert counter.received == []
    counter.simulator.advance(seconds=60)
    assert counter.receipts.sweep().received == 1
    assert [one.number for one in counter.received] == [number]
    again = counter.receipts.sweep()
    assert (again.found, again.received) == (1, 0)


def test_reconcile_pulls_where_the_shop_wants_it() -> None:
    counter = a_counter(pull=True)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    counter.pay(account, phone=NO_CONFIRMATION)
    counter.simulator.advance(seconds=60)
    assert counter.receipts.reconcile().pulled == 1
    assert len(counter.received) == 1


def test_a_shop_that_heard_nothing_before_a_contradiction_hears_once_a_person_has_decided() -> None:
    told: list[Receipt] = []

    def on_received(receipt: Receipt) -> None:
        told.append(receipt)
        if len(told) == 1:
            raise ValueError

    counter = a_counter(on_received=on_received)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    confirmed(counter)
    confirmed(counter, amount=5_000)
    assert counter.receipts.receipt("UAF1AAAAAA").needs_review
    counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Wanjiku", note="the statement has 500")
    assert [one.notified_at is None for one in told] == [True, True]
    counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Otieno", note="the same")
    assert len(told) == 2


def test_a_confirmation_tells_that_the_account_holds_little_once() -> None:
    floats: list[FloatReading] = []
    counter = a_counter()
    receipts = Receipts(counter.daraja, counter.store, on_low_float=floats.append, low_float=1_000)
    for number, balance in (("UAF1AAAAAA", 1_000), ("UAF1AAAAAB", 999), ("UAF1AAAAAB", 999), ("UAF1AAAAAC", None)):
        body = confirmation(counter, number, balance=None if balance is None else Decimal(balance))
        receipts.confirm(body, token=counter.token())
    key = counter.receipts.receipt("UAF1AAAAAB").key
    assert floats == [FloatReading(account="Utility Account", available=Decimal(999), told_by=key)]


def test_the_account_of_a_till_is_the_merchants() -> None:
    floats: list[FloatReading] = []
    till = Till(store=SHORTCODE, till="5050505", passkey=PASSKEY)
    counter = a_counter(config=receiving_settings(till), registered=False)
    receipts = Receipts(counter.daraja, counter.store, on_low_float=floats.append, low_float=1_000)
    receipts.confirm(confirmation(counter, balance=Decimal(5), till=True), token=counter.token())
    assert [one.account for one in floats] == ["Merchant Account"]


def test_a_shop_without_a_function_for_a_low_float_hears_nothing_of_it() -> None:
    counter = a_counter()
    Receipts(counter.daraja, counter.store, low_float=10**6).confirm(confirmation(counter), token=counter.token())
    assert counter.receipts.receipt("UAF1AAAAAA").is_success


@pytest.mark.parametrize("wrong", [-1, "5", True, 1.5])
def test_a_low_float_is_a_whole_amount(wrong: int) -> None:
    with pytest.raises(ConfigurationError, match="low_float"):
        Receipts(a_counter().daraja, MemoryReceiptStore(), low_float=wrong)


def test_a_shop_that_fails_is_told_again() -> None:
    told: list[Receipt] = []

    def on_received(receipt: Receipt) -> None:
        told.append(receipt)
        if len(told) == 1:
            raise ValueError

    counter = a_counter(on_received=on_received)
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    counter.simulator.advance(seconds=3600)
    assert counter.receipts.reconcile().delivered == 1
    assert len(told) == 2


@pytest.mark.parametrize("limit", [-1, "9", None, True])
def test_reconcile_wants_a_limit(limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        a_counter().receipts.reconcile(limit=limit)


def test_an_expectation_that_comes_after_the_money_is_paid_by_it() -> None:
    counter = a_counter()
    confirmed(counter)
    expectation = counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert expectation.status is ExpectationStatus.OPEN
    assert counter.receipts.reconcile().matched == 1
    now = counter.receipts.expectation("174")
    assert now is not None
    assert now.is_paid


def test_an_expectation_is_paid_by_money_that_comes_after_a_thousand_payments_that_nobody_expects() -> None:
    counter = a_counter()
    for place in range(1_001):
        confirmed(counter, f"UAF1A{place:05}", reference="nobody")
    counter.clock.advance(60)
    confirmed(counter, "UAF2AAAAAA")
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert counter.receipts.reconcile().matched == 1
    assert [one.order for one in counter.received] == ["ORD-1"]


def test_old_money_is_matched_once_something_expects_it() -> None:
    counter = a_counter()
    confirmed(counter)
    counter.clock.advance(30 * 24 * 3600)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert counter.receipts.reconcile().matched == 1


def test_no_number_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    counter = a_counter(pull=True)
    counter.pay("nothing", phone="254700008505")
    counter.receipts.confirm(confirmation(counter, phone=PHONE))
    counter.receipts.reconcile()
    shown = f"{caplog.text} {counter.receipts.unmatched()} {counter.receipts.reconcile()}"
    assert REGISTERED_SECRET not in shown
    assert PHONE not in shown
    assert "254700008505" not in shown


def test_the_store_can_be_reached() -> None:
    counter = a_counter()
    assert counter.receipts.store is counter.store


# Seldom


def expected(counter: Counter, keys: Iterator[str], **arguments: Any) -> Expectation:  # noqa: ANN401 - as Expect has them
    """Expect something with keys that are drawn from a list."""
    runtime = attrs.evolve(counter.runtime, new_key=lambda: next(keys))
    usual: dict[str, Any] = {"amount": 500, "metadata": None}  # Any: as above
    return run(Expect(**{**usual, **arguments}).flow(counter.policy), runtime)


def test_an_account_number_that_is_taken_is_drawn_again() -> None:
    counter, keys = a_counter(), iter(["a1", "0", "b1", "0", "c1", "1", "d1"])
    assert [expected(counter, keys).reference[:-1] for _ in range(2)] == ["1000000", "1000001"]
    assert expected(counter, keys, order="ORD-1", reference="ORD-1").order == "ORD-1"


def test_where_no_account_number_is_free_nothing_is_expected() -> None:
    counter = a_counter()
    expected(counter, iter(["f1", "0"]))
    with pytest.raises(Conflict, match="no account number was free in 20 draws"):
        expected(counter, iter(["a", "0"] * 20))


def test_a_receipt_of_a_payment_to_another_shortcode_is_left_to_a_person() -> None:
    payments = MemoryStore()
    counter = a_counter(payments=payments)
    elsewhere = a_payment(key="e" * 32)
    payments.insert(attrs.evolve(elsewhere, account=Account("simulator", "600999"), facts={"receipt": "UAF1AAAAAA"}))
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    assert counter.receipts.receipt("UAF1AAAAAA").is_unmatched


def test_a_notice_that_a_question_waits_decides_nothing() -> None:
    counter = a_counter(registered=False)
    number = counter.pay("174")
    counter.receipts.confirm(confirmation(counter, number))
    counter.receipts.reconcile()
    lead = counter.receipts.receipt(number)
    token = sign(counter.daraja.config, Purpose.TIMEOUT, lead.key)
    assert counter.receipts.receive(b"anything", token=token).status_code == 200
    assert counter.receipts.receipt(number).status is ReceiptStatus.LEAD


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


def test_one_confirmation_that_a_store_does_not_take_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    store = FailingReceipts()
    counter = a_counter(store=store, config=receiving_settings(initiator=None))
    store.failing["swap"] = OSError("the database is down")
    confirmed(counter)
    confirmed(counter, "UAF1AAAAAB")
    assert counter.receipts.reconcile().failed >= 2
    assert "receipts.postponed" in caplog.text
    store.failing.clear()
    assert counter.receipts.reconcile().failed == 0
    assert len(counter.receipts.unmatched()) == 2


def test_pull_that_fails_stops_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    counter = a_counter(pull=True)
    counter.receipts.expect(amount=500, reference="174")
    counter.simulator.respond_with(NotSent("the network is down"))
    assert counter.receipts.reconcile().failed == 1
    assert "receipts.not_pulled" in caplog.text


def test_callbacks_of_other_purposes_and_leads_that_cannot_be_read_are_passed_over() -> None:
    counter = a_counter(registered=False)
    account = Account.of(counter.daraja.config)
    for purpose, key, body in (
        (Purpose.ANSWER, "f" * 32, b"{}"),
        (Purpose.CONFIRMATION, None, b"not json"),
    ):
        counter.store.record(
            ReceivedCallback(
                account=account, purpose=purpose, key=key, body=body, received_at=counter.clock.now(), limit=9
            )
        )
    assert counter.receipts.reconcile().failed == 0


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
