"""What each product's result says beside the envelope: both generations of names, and what is read into none."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import pytest

from daraja import (
    B2bResult,
    Balance,
    BalanceResult,
    Charge,
    ExpressResult,
    Outcome,
    ReversalResult,
    StandingOrderResult,
    StatusResult,
    parse_result,
)
from daraja.errors import CallbackMalformed
from tests.support.results import PHONE, QUEUE, as_body, b2c_paid, items, result

Fields = dict[str, object]
WORKING: Final = "Working Account|KES|1500.50|1200.00|300.50|0.00"


def eat(text: str) -> datetime:
    return datetime.fromisoformat(text + "+03:00")


# ------------------------------------------------------------------------------------------------------------------ B2C


@pytest.mark.parametrize(("said", "registered"), [("Y", True), ("n", False), ("", None), ("maybe", None), (None, None)])
def test_b2c_says_whether_the_receiver_is_registered(said: object, registered: bool | None) -> None:  # noqa: FBT001 - a row
    paid = parse_result("b2c", as_body(b2c_paid({"B2CRecipientIsRegisteredCustomer": said})))
    assert paid.receiver_is_registered is registered


def test_b2c_leaves_out_a_balance_that_cannot_be_read() -> None:
    paid = parse_result(
        "b2c", b2c_paid({"B2CUtilityAccountAvailableFunds": "?", "B2CWorkingAccountAvailableFunds": None})
    )
    assert dict(paid.balances) == {
        "Charges Paid Account": Balance("Charges Paid Account", "KES", available=Decimal("-340.0"))
    }


# ---------------------------------------------------------------------------------------------------------- B2B and tax

DOCUMENTED: Final[Fields] = {
    "DebitAccountBalance": "{Amount={CurrencyCode=KES, MinimumAmount=120000, BasicAmount=1200.00}}",
    "Amount": "75.00",
    "DebitPartyAffectedAccountBalance": WORKING,
    "TransCompletedTime": "20261123101544",
    "DebitPartyCharges": "",
    "ReceiverPartyPublicName": "600333\u2013 Hardware Dealer",
    "Currency": "KES",
    "InitiatorAccountCurrentBalance": "{Amount={CurrencyCode=KES, MinimumAmount=120000, BasicAmount=1200.00}}",
}
OF_2021: Final[Fields] = {
    "DebitPartyCharges": "Disbursement of Funds Charge|KES|12.50&Charge by Receiver|KES|0.00",
    "CreditAccountBalance": f"{WORKING}&Charges Paid Account|KES|-5.00|-5.00|0.00|0.00",
    "CreditPartyPublicName": "600333 - Hardware Dealer",
    "DebitAccountCurrentBalance": "{Amount={CurrencyCode=KES, MinimumAmount=39900, BasicAmount=399.00}}",
    "DebitPartyPublicName": "600222 - Shop",
    "TransCompletedTime": 20261123101544,
}


@pytest.mark.parametrize("product", ["b2b", "tax"])
def test_b2b_as_documented(product: str) -> None:
    references = {"ReferenceItem": [{"Key": "BillReferenceNumber", "Value": "INV 7"}, QUEUE]}
    paid = parse_result(product, as_body(result(0, DOCUMENTED, ReferenceData=references)))

    assert isinstance(paid, B2bResult)
    assert (paid.outcome, paid.amount, paid.completed_at) == (
        Outcome.PAID,
        Decimal("75.00"),
        eat("2026-11-23T10:15:44"),
    )
    assert (paid.transaction_id, paid.receipt) == ("UKN7X2M4QA", None)
    assert (paid.balance_after, paid.bill_reference, paid.charges, paid.sender) == (
        Decimal("1200.00"),
        "INV 7",
        (),
        None,
    )
    assert dict(paid.balances) == {
        "Working Account": Balance(
            "Working Account", "KES", Decimal("1500.50"), Decimal("1200.00"), Decimal("300.50"), Decimal("0.00")
        )
    }
    assert paid.receiver is not None
    assert (paid.receiver.id, paid.receiver.name) == ("600333", "Hardware Dealer")
    assert dict(paid.receiver_balances) == {}


def test_b2b_as_it_was_in_2021_without_an_amount() -> None:
    paid = parse_result("b2b", as_body(result(0, OF_2021)))

    assert (paid.outcome, paid.amount, paid.completed_at) == (Outcome.PAID, None, eat("2026-11-23T10:15:44"))
    assert paid.charges == (
        Charge("Disbursement of Funds Charge", "KES", Decimal("12.50")),
        Charge("Charge by Receiver", "KES", Decimal("0.00")),
    )
    assert paid.balance_after == Decimal("399.00")
    assert dict(paid.balances) == {}
    assert {name: balance.available for name, balance in paid.receiver_balances.items()} == {
        "Working Account": Decimal("1200.00"),
        "Charges Paid Account": Decimal("-5.00"),
    }
    assert paid.sender is not None
    assert paid.receiver is not None
    assert (paid.sender.id, paid.receiver.id) == ("600222", "600333")
    assert paid.bill_reference is None


def test_a_failed_b2b_names_its_reference_among_the_parameters() -> None:
    said = parse_result("b2b", as_body(result(17, {"BillReferenceNumber": 19008})))
    assert (said.outcome, said.explanation.pay_again, said.bill_reference) == (Outcome.FAILED, False, "19008")


# ------------------------------------------------------------------------------------------------------------- reversal


def test_a_reversal_names_its_own_receipt_and_the_payment_that_went_back() -> None:
    said = parse_result(
        "reversal",
        as_body(
            result(
                0,
                {
                    "DebitAccountBalance": "Utility Account|KES|900.00|900.00|0.00|0.00",
                    "Amount": 250,
                    "TransCompletedTime": 20261123101544,
                    "OriginalTransactionID": "UKN3F8R1TB",
                    "Charge": 0,
                    "CreditPartyPublicName": f"{PHONE} - WANJIKU",
                    "DebitPartyPublicName": "600222 - Shop",
                },
            )
        ),
    )
    assert isinstance(said, ReversalResult)
    assert (said.outcome, said.receipt, said.original_transaction_id) == (Outcome.PAID, "UKN7X2M4QA", "UKN3F8R1TB")
    assert (said.amount, said.charges) == (Decimal(250), (Charge("Charge", None, Decimal(0)),))
    assert said.balances["Utility Account"].current == Decimal("900.00")
    assert said.receiver is not None
    assert said.receiver.id == PHONE
    assert not said.already_reversed


def test_a_reversal_without_parameters_is_one_all_the_same() -> None:
    said = parse_result("reversal", as_body(result(0)))
    assert (said.outcome, said.receipt, said.amount, said.original_transaction_id) == (
        Outcome.PAID,
        "UKN7X2M4QA",
        None,
        None,
    )


def test_a_payment_that_was_reversed_before_is_said_to_be() -> None:
    said = parse_result("reversal", as_body(result("R000001")))
    assert (said.already_reversed, said.receipt, said.explanation.pay_again) == (True, None, False)
    assert not parse_result("reversal", as_body(result("R000002"))).already_reversed


# --------------------------------------------------------------------------------------------------------------- status

COMPLETED: Final[Fields] = {
    "ReceiptNo": "UKN3F8R1TB",
    "Conversation ID": "AG_20261120_2010fff3004de5f6a7b8",
    "FinalisedTime": 20261120101415,
    "Amount": 250.0,
    "TransactionStatus": "Completed",
    "ReasonType": "Business Payment to Customer via API",
    "TransactionReason": None,
    "DebitPartyCharges": "Fee For B2C Payment|KES|22.40",
    "CreditPartyCharges": "Fee|KES|1.00",
    "DebitAccountType": "Utility Account",
    "InitiatedTime": 20261120101410,
    "Originator Conversation ID": "b7f0c0de-0000-4000-8000-0123456789ab",
    "CreditPartyName": f"{PHONE} - WANJIKU",
    "DebitPartyName": "600222 - Shop",
}


def status(changes: Fields = {}, code: object = 0) -> StatusResult:  # noqa: B006 - it is only read
    values = {name: value for name, value in {**COMPLETED, **changes}.items() if value is not None}
    return parse_result("status", as_body(result(code, values, TransactionID="UKN0000000")))


def test_a_status_speaks_of_the_payment_that_was_asked_about() -> None:
    said = status()
    assert (said.outcome, said.is_completed, said.ended_unpaid) == (Outcome.ANSWERED, True, False)
    assert (said.receipt, said.transaction_id, said.amount) == ("UKN3F8R1TB", None, Decimal("250.0"))
    assert (said.initiated_at, said.completed_at) == (eat("2026-11-20T10:14:10"), eat("2026-11-20T10:14:15"))
    assert (said.reason, said.debit_account) == ("Business Payment to Customer via API", "Utility Account")
    assert said.charges == (Charge("Fee For B2C Payment", "KES", Decimal("22.40")),)
    assert said.receiver_charges == (Charge("Fee", "KES", Decimal("1.00")),)
    assert said.conversation_id == "AG_20261123_2010abc3004de5f6a7b8"
    assert said.asked_conversation_id == "AG_20261120_2010fff3004de5f6a7b8"
    assert said.asked_originator_conversation_id == "b7f0c0de-0000-4000-8000-0123456789ab"
    assert said.sender is not None
    assert said.sender.id == "600222"
    assert not said.explanation.pay_again


@pytest.mark.parametrize(
    ("word", "is_completed", "ended_unpaid"),
    [
        ("Completed", True, False),
        ("COMPLETED ", True, False),
        ("Cancelled", False, True),
        ("declined", False, True),
        ("Expired", False, True),
        ("Initiated", False, False),
        ("Authorized", False, False),
        ("Pending Authorized", False, False),
        ("Reversed", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_only_two_ends_of_a_payment_are_known(word: object, is_completed: bool, ended_unpaid: bool) -> None:  # noqa: FBT001 - a row
    said = status({"TransactionStatus": word})
    assert (said.is_completed, said.ended_unpaid) == (is_completed, ended_unpaid)


def test_an_unanswered_question_says_nothing_of_the_payment() -> None:
    said = status(code=2001)
    assert (said.outcome, said.is_completed, said.ended_unpaid, said.receipt) == (Outcome.FAILED, False, False, None)
    assert not said.explanation.pay_again


def test_two_statuses_that_differ_are_none() -> None:
    twice = {"ResultParameter": [*items(COMPLETED), {"Key": "TransactionStatus", "Value": "Declined"}]}
    said = parse_result("status", as_body(result(0, ResultParameters=twice)))
    assert (said.transaction_status, said.is_completed, said.ended_unpaid) == (None, False, False)


def test_a_status_without_parameters_has_nothing_to_say() -> None:
    said = parse_result("status", as_body(result(0)))
    assert (said.transaction_status, said.is_completed, said.initiated_at, said.reason) == (None, False, None, None)
    assert (said.asked_conversation_id, said.asked_originator_conversation_id) == (None, None)


# -------------------------------------------------------------------------------------------------------------- balance


def test_balances_are_read_by_name() -> None:
    accounts = f"{WORKING}&Utility Account|KES|7.00|7.00|0.00|0.00&Charges Paid Account|KES|-1540.00|-1540.00|0.00|0.00"
    said = parse_result("balance", as_body(result(0, {"AccountBalance": accounts, "BOCompletedTime": 20261123101544})))

    assert isinstance(said, BalanceResult)
    assert (said.outcome, said.receipt, said.completed_at) == (Outcome.ANSWERED, None, eat("2026-11-23T10:15:44"))
    assert list(said.balances) == ["Working Account", "Utility Account", "Charges Paid Account"]
    working = said.balances["Working Account"]
    assert working.current is not None
    assert working.available is not None
    assert working.current - working.available == working.reserved == Decimal("300.50")
    assert said.balances["Charges Paid Account"].available == Decimal(-1540)


# ---------------------------------------------------------------------------------------------------------- B2B Express

EXPRESS: Final[Fields] = {
    "resultCode": "0",
    "resultDesc": "The service request is processed successfully.",
    "amount": "71.0",
    "requestId": "7d1f4c02-9a55-4610-8b7c-4e9c12045170",
    "resultType": "0",
    "conversationID": "AG_20261123_2010abc3004de5f6a7b8",
    "transactionId": "UKN7X2M4QA",
    "status": "SUCCESS",
}


def test_a_till_that_has_paid() -> None:
    said = parse_result("express", as_body(EXPRESS))
    assert isinstance(said, ExpressResult)
    assert (said.outcome, said.amount, said.status) == (Outcome.PAID, Decimal("71.0"), "SUCCESS")
    assert (said.request_id, said.conversation_id) == (EXPRESS["requestId"], EXPRESS["conversationID"])
    assert (said.transaction_id, said.receipt, said.payment_reference) == ("UKN7X2M4QA", None, None)
    assert said.parameters["requestId"] == EXPRESS["requestId"]


def test_a_till_that_has_cancelled() -> None:
    cancelled = {
        "resultCode": "4001",
        "resultDesc": "User cancelled transaction",
        "requestId": "7d1f",
        "amount": "71.0",
    }
    said = parse_result("express", as_body({**cancelled, "paymentReference": "INV 7"}))
    assert (said.outcome, said.amount, said.payment_reference) == (Outcome.CANCELLED, Decimal("71.0"), "INV 7")
    assert said.explanation.charge_again


@pytest.mark.parametrize("word", ["FAILED", "Cancelled", "ERROR"])
def test_a_status_that_contradicts_the_code_makes_no_payment(word: str) -> None:
    with pytest.raises(CallbackMalformed, match="contradicts the result code"):
        parse_result("express", as_body({**EXPRESS, "status": word}))
    assert parse_result("express", {**EXPRESS, "status": word, "resultCode": "4203"}).outcome is Outcome.FAILED


def test_a_callback_of_express_without_a_request_id_has_none() -> None:
    said = parse_result("express", {"Result": {"resultCode": 0}})
    assert (said.request_id, said.status, said.amount) == (None, None, None)


# ------------------------------------------------------------------------------------------------------ standing orders


def order(code: object = "0", word: str = "OKAY", *, header: object = "same", spell: bool = False) -> Fields:
    data = {"TransactionID": "UKN0000000", "responseCode": code, "Status": word, "Msisdn": "*********317"}
    top: Fields = {"responseRefID": "4dd9-1", "requestRefID": "c8c2-1", "responseDescription": "Words"}
    if header is not None:
        top["responseCode"] = code if header == "same" else header
    if spell:
        named = [{"name": name, "value": value} for name, value in data.items()]
        return {"responseHeader": top, "responseBody": {"responseData": named}}
    return {
        "ResponseHeader": top,
        "ResponseBody": {"ResponseData": [{"Name": name, "Value": value} for name, value in data.items()]},
    }


@pytest.mark.parametrize("spell", [False, True])
def test_a_standing_order_that_was_agreed_to(spell: bool) -> None:  # noqa: FBT001 - it is the subject
    said = parse_result("standing_order", as_body(order(spell=spell)))
    assert isinstance(said, StandingOrderResult)
    assert (said.outcome, said.result_description) == (Outcome.PAID, "Words")
    assert (said.response_reference, said.request_reference, said.phone) == ("4dd9-1", "c8c2-1", "*********317")
    assert (said.receipt, said.transaction_id, said.amount) == (None, None, None)
    assert "No money has come in yet" in said.explanation.merchant_message


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("1032", Outcome.CANCELLED), (1037, Outcome.TIMEOUT), ("1050", Outcome.FAILED), ("3001", Outcome.UNRECOGNISED)],
)
def test_a_standing_order_that_was_not(code: object, outcome: Outcome) -> None:
    said = parse_result("standing_order", as_body(order(code, "ERROR")))
    assert (said.outcome, said.result_code) == (outcome, str(code))


def test_an_acknowledgement_is_no_agreement() -> None:
    header = {"responseRefID": "4dd9-1", "responseCode": "200", "responseDescription": "Accepted"}
    said = parse_result("standing_order", {"ResponseHeader": header, "ResponseBody": {"responseCode": "200"}})
    assert said.outcome is Outcome.UNRECOGNISED


def test_one_of_the_two_codes_is_enough() -> None:
    assert parse_result("standing_order", order(header=None)).outcome is Outcome.PAID
    only_header = {"ResponseHeader": {"responseCode": "0"}}
    assert parse_result("standing_order", {**only_header, "ResponseBody": None}).outcome is Outcome.PAID
    bare = parse_result("standing_order", {**only_header, "ResponseBody": {}})
    assert (bare.phone, bare.response_reference, bare.request_reference) == (None, None, None)


@pytest.mark.parametrize(
    "body", [order(header="1037"), order("1037", header="0"), order("0", "ERROR"), order(None, header=None)]
)
def test_a_standing_order_that_contradicts_itself_is_refused(body: Fields) -> None:
    with pytest.raises(CallbackMalformed):
        parse_result("standing_order", as_body(body))


def test_text_and_number_do_not_contradict_each_other() -> None:
    assert parse_result("standing_order", as_body(order(0, header="0"))).outcome is Outcome.PAID
