"""Money that came in unasked: three sources, one type, and nothing without a receipt and an amount."""

import json
from decimal import Decimal
from typing import Final, cast

import pytest

from daraja import IncomingPayment, parse_incoming
from daraja.errors import CallbackMalformed
from tests.support.leaks import everything_shown
from tests.support.results import PHONE, as_body, confirmation

Fields = dict[str, object]
HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PUSH: Final[Fields] = {
    "transactionId": "UKN3F8R1TB",
    "paidAmount": "5000",
    "msisdn": PHONE,
    "dateCreated": "2026-11-23",
    "accountReference": "INV 117",
    "shortCode": "600222",
}
RECORD: Final[Fields] = {
    "transactionId": "UKN3F8R1TB",
    "trxDate": "2026-11-23T10:15:44Z",
    "msisdn": int(PHONE[3:]),
    "sender": "WANJIKU",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": "INV 117",
    "amount": "168.00",
    "organizationname": "Shop",
}


def refused(body: object) -> CallbackMalformed:
    with pytest.raises(CallbackMalformed) as caught:
        parse_incoming(cast("bytes", body))
    return caught.value


def test_a_confirmation_is_read_in_types() -> None:
    paid = parse_incoming(as_body(confirmation()))
    assert isinstance(paid, IncomingPayment)
    assert (paid.source, paid.receipt, paid.amount) == ("c2b", "UKN3F8R1TB", Decimal("250.00"))
    assert paid.paid_at is not None
    assert paid.paid_at.isoformat() == "2026-11-23T10:15:44+03:00"
    assert (paid.shortcode, paid.reference, paid.transaction_type) == ("600222", "INV 117", "Pay Bill")
    assert (paid.payer, paid.payer_name, paid.balance) == ("2547 ***** 317", "WANJIKU", Decimal("81484.50"))
    assert paid.third_party_id is None
    assert paid.parameters["TransAmount"] == "250.00"


def test_a_push_of_bill_manager_is_read_in_types() -> None:
    paid = parse_incoming(as_body(PUSH))
    assert (paid.source, paid.receipt, paid.amount) == ("bill_manager", "UKN3F8R1TB", Decimal(5000))
    assert paid.paid_at is not None
    assert paid.paid_at.isoformat() == "2026-11-23T00:00:00+03:00"
    assert (paid.shortcode, paid.reference, paid.payer) == ("600222", "INV 117", PHONE)
    assert (paid.payer_name, paid.balance, paid.transaction_type) == (None, None, None)


def test_a_record_of_pull_is_read_in_types() -> None:
    paid = parse_incoming(as_body(RECORD))
    assert (paid.source, paid.receipt, paid.amount) == ("pull", "UKN3F8R1TB", Decimal("168.00"))
    assert paid.paid_at is not None
    assert paid.paid_at.isoformat() == "2026-11-23T10:15:44+03:00"
    assert (paid.payer, paid.payer_name, paid.reference) == (PHONE, "WANJIKU", "INV 117")
    assert (paid.shortcode, paid.transaction_type) == (None, "c2b-pay-bill-debit")


@pytest.mark.parametrize("records", [RECORD, [RECORD], [[RECORD]]])
def test_an_answer_to_a_pull_query_with_one_record_is_that_record(records: object) -> None:
    answer = {"ResponseCode": "1000", "Response": records}
    assert parse_incoming(as_body(answer)).receipt == "UKN3F8R1TB"


def test_an_answer_with_several_records_is_read_one_by_one() -> None:
    assert "holds 2 payments" in str(refused({"Response": [[RECORD, RECORD]]}))
    assert "holds 0 payments" in str(refused(b'{"Response": [[]]}'))


@pytest.mark.parametrize("msisdn", ["2547 ***** 317", "25470****317", HASH, PHONE, int(PHONE)])
def test_the_payer_is_the_text_from_safaricom(msisdn: object) -> None:
    paid = parse_incoming(as_body(confirmation(MSISDN=msisdn)))
    assert paid.payer == str(msisdn)
    assert PHONE[3:] not in repr(paid)


@pytest.mark.parametrize("msisdn", ["", "  ", None])
def test_a_payer_may_be_absent(msisdn: object) -> None:
    assert parse_incoming(as_body(confirmation(MSISDN=msisdn))).payer is None


@pytest.mark.parametrize("reference", ["O'TEST 7", " inv\t7 ", "<b>", "PO. BOX 117", PHONE])
def test_a_reference_stays_as_it_was_typed(reference: str) -> None:
    assert parse_incoming(as_body(confirmation(BillRefNumber=reference))).reference == reference


@pytest.mark.parametrize("reference", ["", None])
def test_a_till_has_no_reference(reference: object) -> None:
    assert parse_incoming(as_body(confirmation(BillRefNumber=reference))).reference is None


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        ("10", "10"),
        ("5.00", "5.00"),
        (1000, "1000"),
        (41500.5, "41500.5"),
        ("1,500.00", "1500.00"),
        ("KES 7", "7"),
        (0, "0"),
    ],
)
def test_amounts_are_exact(amount: object, read: str) -> None:
    assert str(parse_incoming(as_body(confirmation(TransAmount=amount))).amount) == read


@pytest.mark.parametrize("amount", ["", None, "abc", -5, "-5.00", True, [], {}, 10**40, "1e3", "٣"])
def test_without_an_amount_it_is_no_payment(amount: object) -> None:
    assert refused(as_body(confirmation(TransAmount=amount))).path == "TransAmount"


@pytest.mark.parametrize("receipt", [True, [], {}, 1.5])
def test_a_receipt_is_text_or_a_number(receipt: object) -> None:
    assert refused(as_body(confirmation(TransID=receipt))).path == "TransID"
    assert parse_incoming(as_body(confirmation(TransID=12345))).receipt == "12345"


@pytest.mark.parametrize("body", [PUSH, RECORD])
def test_without_a_receipt_it_is_no_payment(body: Fields) -> None:
    assert refused({**body, "transactionId": None}).path == "transactionId"


@pytest.mark.parametrize("time", ["", None, "20261399999999", "yesterday", 5, True])
def test_a_time_may_be_unreadable(time: object) -> None:
    assert parse_incoming(as_body(confirmation(TransTime=time))).paid_at is None


def test_names_are_joined_and_shown_by_their_first_letters() -> None:
    names = {"FirstName": "WANJIKU", "MiddleName": " ", "LastName": "OTIENO"}
    paid = parse_incoming(as_body(confirmation(**names)))
    assert paid.payer_name == "WANJIKU OTIENO"
    assert "'W*** O***'" in repr(paid)
    assert "WANJIKU" not in repr(paid)


def test_what_we_answered_to_a_validation_comes_back() -> None:
    assert parse_incoming(as_body(confirmation(ThirdPartyTransID="b7f0c0de"))).third_party_id == "b7f0c0de"


def test_it_is_found_in_a_wrapper() -> None:
    body = confirmation()
    for wrapped in ([body], {"Body": body}, {"payload": body}, {"Result": [body]}):
        assert parse_incoming(as_body(wrapped)).receipt == "UKN3F8R1TB"


def test_names_are_compared_by_their_letters() -> None:
    lower = {name.lower(): value for name, value in confirmation().items()}
    spaced = {f"{name[0]} {name[1:]}": value for name, value in confirmation().items()}
    for body in (lower, spaced):
        paid = parse_incoming(as_body(body))
        assert (paid.receipt, paid.amount, paid.shortcode) == ("UKN3F8R1TB", Decimal("250.00"), "600222")


@pytest.mark.parametrize("name", ["TransID", "TransAmount"])
def test_two_values_that_differ_are_no_payment(name: str) -> None:
    assert refused({**confirmation(), name.upper(): "77"}).path == name


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", None, 5, {"ResultCode": 0}, {"Response": 5}, {"TransID": ""}, "\ud800"],
    ids=repr,
)
def test_a_body_that_is_not_a_payment_is_refused(body: object) -> None:
    assert refused(body).path


def test_a_mapping_that_holds_itself_ends() -> None:
    loop: Fields = {}
    loop["Response"] = [loop]
    assert refused(loop).path
    endless: list[object] = []
    endless.append(endless)
    assert refused({"Response": endless}).path
    assert refused(endless).path


def test_no_fault_shows_a_number() -> None:
    for body in (confirmation(MSISDN=PHONE, TransAmount=f"x{PHONE}"), {PHONE: {"MSISDN": PHONE}}, {"TransID": [PHONE]}):
        assert PHONE[3:] not in everything_shown(refused(body))
        assert PHONE[3:] not in everything_shown(refused(json.dumps(body)))
