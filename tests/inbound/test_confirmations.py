"""Confirmations that cannot be read, stored or believed lose no money and book none."""

import json
from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Till
from daraja.api.addresses import Purpose, sign
from daraja.errors import InvalidInput
from daraja.inbound.model import ReceiptStatus
from daraja.inbound.register import registered_key
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.testing import pull_record
from tests.inbound.confirmations import FailingReceipts, confirmation, confirmed
from tests.support.receiving import SHORTCODE, a_counter, receiving_settings
from tests.support.scripted import PASSKEY, answer


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


def test_a_notice_that_a_question_waits_decides_nothing() -> None:
    counter = a_counter(registered=False)
    number = counter.pay("174")
    counter.receipts.confirm(confirmation(counter, number))
    counter.receipts.reconcile()
    lead = counter.receipts.receipt(number)
    token = sign(counter.daraja.config, Purpose.TIMEOUT, lead.key)
    assert counter.receipts.receive(b"anything", token=token).status_code == 200
    assert counter.receipts.receipt(number).status is ReceiptStatus.LEAD


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
