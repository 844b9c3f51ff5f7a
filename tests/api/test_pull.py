"""Payments are pulled page by page; one that cannot be read does not hide the others."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daraja import PullTransactions
from daraja.errors import ApiError, ConfigurationError, InvalidInput
from tests.support.asking import asked, client_for
from tests.support.operations import PULLED
from tests.support.scripted import ScriptedAnswer, answer, refusal

NONE: list[object] = []
NOON = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def test_payments_are_read_as_incoming_ones() -> None:
    page = asked("pull_transactions", answer(200, {"ResponseCode": "1000", "Response": [[PULLED]]}))
    [payment] = page.payments

    assert (payment.source, payment.receipt, payment.amount) == ("pull", "RKL51ZDR4F", Decimal("168.00"))
    assert payment.reference == "ORD-17"
    assert page.unreadable == ()


def test_a_record_that_cannot_be_read_is_kept_beside_the_others() -> None:
    odd = {**PULLED, "amount": "much"}
    page = asked("pull_transactions", answer(200, {"ResponseCode": "1000", "Response": [[odd, PULLED, "text", 7]]}))

    assert [payment.receipt for payment in page.payments] == ["RKL51ZDR4F"]
    assert page.unreadable == (odd, "text", 7)
    assert "much" not in repr(page)


def test_the_next_page_begins_after_all_records_of_this_one() -> None:
    page = asked("pull_transactions", answer(200, {"ResponseCode": "1000", "Response": [[PULLED, {}], [PULLED]]}))

    assert page.next_offset == 100 + 3


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {"ResponseCode": "1001", "ResponseMessage": "No transactions available", "Response": [NONE]}),
        answer(200, {"ResponseCode": "1000", "Response": [NONE]}),
        answer(200, {"ResponseCode": "1000", "Response": NONE}),
        answer(200, {"ResponseCode": "1000"}),
        refusal(500, "500.003.1001", "No transactions found"),
        refusal(404, "404.001.01", "No transactions"),
    ],
)
def test_no_payments_are_an_empty_page_and_the_last_one(reply: ScriptedAnswer) -> None:
    page = asked("pull_transactions", reply)

    assert (page.payments, page.unreadable, page.next_offset) == ((), (), None)


def test_a_refusal_is_an_error() -> None:
    with pytest.raises(ApiError):
        asked("pull_transactions", answer(200, {"ResponseCode": "1002", "ResponseMessage": "Not registered"}))


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (NOON, NOON, "until"),
        (NOON, NOON - timedelta(hours=1), "until"),
        (NOON - timedelta(hours=48, seconds=1), NOON, "since"),
        (datetime(2026, 1, 15, 9, 0), NOON, "since"),  # noqa: DTZ001 - wrong on purpose
        (NOON, "now", "until"),
    ],
)
def test_a_time_that_pull_does_not_know_is_not_asked_for(since: datetime, until: datetime, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PullTransactions(since=since, until=until)
    assert set(caught.value.faults) == {field}


def test_payments_of_more_than_48_hours_ago_are_not_asked_for_since_pull_has_none() -> None:
    daraja, transport = client_for()
    with pytest.raises(InvalidInput, match="since: is more than 48 hours ago; Pull goes back no further"):
        daraja.pull_transactions(since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 1, 2, tzinfo=UTC))
    assert transport.requests == []


def test_48_hours_are_not_too_long() -> None:
    assert PullTransactions(since=NOON - timedelta(hours=48), until=NOON).offset == 0


@pytest.mark.parametrize("offset", [-1, 1.0, True, "0"])
def test_an_offset_is_a_whole_number(offset: int) -> None:
    with pytest.raises(InvalidInput, match="offset"):
        PullTransactions(since=NOON - timedelta(hours=1), until=NOON, offset=offset)


@pytest.mark.parametrize(
    ("body", "already"),
    [
        ({"ResponseStatus": "1000", "ResponseDescription": "Shortcode Registered Successfully"}, False),
        ({"Response Status": "1000", "Response Description": "Done"}, False),
        ({"ResponseStatus": "1001", "ResponseDescription": "Shortcode already registered"}, True),
    ],
)
def test_a_shortcode_is_registered_in_both_spellings(body: object, *, already: bool) -> None:
    assert asked("pull_register", answer(200, body)).already is already


def test_without_a_number_nothing_is_registered() -> None:
    daraja, transport = client_for(pull_number=None)

    with pytest.raises(ConfigurationError, match=r"pull_number: is missing.*MPESA_PULL_NUMBER"):
        daraja.pull_register(callback_url="https://shop.example/pulled/")
    assert transport.requests == []
