"""The factories make results and announcements that the library reads, for every product and outcome."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import flask
import pytest

from daraja import Outcome, parse_incoming, parse_result, parse_timeout
from daraja.testing import (
    PostedCallback,
    b2b_result,
    b2c_result,
    balance_result,
    bill_payment,
    c2b_confirmation,
    c2b_validation,
    express_result,
    pull_record,
    reversal_result,
    standing_order_result,
    status_result,
    tax_result,
    timeout_notice,
)

RESULTS: dict[str, Callable[..., PostedCallback]] = {
    "b2c": b2c_result,
    "b2b": b2b_result,
    "tax": tax_result,
    "reversal": reversal_result,
    "balance": balance_result,
    "express": express_result,
    "standing_order": standing_order_result,
}


@pytest.mark.parametrize("product", RESULTS)
def test_a_code_decides_the_outcome(product: str) -> None:
    done = parse_result(product, RESULTS[product]().body)
    assert done.outcome is (Outcome.ANSWERED if product == "balance" else Outcome.PAID)
    failed = parse_result(product, RESULTS[product](2001).body)
    assert (failed.result_code, failed.outcome in (Outcome.PAID, Outcome.ANSWERED)) == ("2001", False)


@pytest.mark.parametrize("product", RESULTS)
def test_a_code_that_is_text_stays_text_and_means_the_same(product: str) -> None:
    done, failed = (RESULTS[product](code) for code in ("0", "2001"))
    assert parse_result(product, done.body).outcome is parse_result(product, RESULTS[product]().body).outcome
    assert b"The initiator information is invalid." in failed.body
    assert b'"0"' in done.body
    assert b'"2001"' in failed.body


@pytest.mark.parametrize("product", ["b2c", "b2b", "tax", "reversal", "balance"])
def test_an_argument_that_does_not_exist_is_an_error(product: str) -> None:
    with pytest.raises(TypeError, match=r"no argument is called code; the fields of Envelope are originator_conv"):
        RESULTS[product](code=2001)
    with pytest.raises(TypeError, match="no argument is called status"):
        status_result(status="Declined")  # type: ignore[call-arg]  # wrong on purpose


def test_a_result_of_a_payout_has_the_values_that_it_is_given() -> None:
    made = b2c_result(amount=750, phone="254700000317", receipt="UKN1", originator_conversation_id="payout-17")
    result = parse_result("b2c", made.body)
    assert (result.amount, result.receipt, result.transaction_id) == (Decimal(750), "UKN1", "UKN1")
    assert str(result.originator_conversation_id) == "payout-17"
    assert result.receiver is not None
    assert str(result.receiver.id) == "254700000317"
    masked = parse_result("b2c", b2c_result(phone="2547*****317").body)
    assert masked.receiver is not None
    assert str(masked.receiver.id) == "2547*****317"


def test_names_on_the_wire_can_be_changed_and_taken_away() -> None:
    made = b2c_result(parameters={"TransactionReceipt": None, "New": 1}, fields={"ResultDesc": "Odd", "ResultType": 1})
    result = parse_result("b2c", made.body)
    assert (result.outcome, result.receipt, result.result_description) == (Outcome.PROCESSING, None, "Odd")
    assert parse_result("b2c", b2c_result("SFC_IC0003").body).result_code == "SFC_IC0003"
    failed = parse_result("b2b", b2b_result(1, parameters={"BOCompletedTime": 20261123101544}).body)
    assert failed.completed_at is not None


def test_a_payment_to_a_business_and_a_tax_name_their_reference() -> None:
    paid = parse_result("b2b", b2b_result(amount=Decimal("99.50"), receiver="600222 - OTHER", reference="R 1").body)
    assert (paid.amount, paid.bill_reference) == (Decimal("99.5"), "R 1")
    assert parse_result("tax", tax_result(prn="PRN1").body).bill_reference == "PRN1"


def test_a_reversal_names_both_receipts() -> None:
    back = parse_result("reversal", reversal_result(original_receipt="UKN1", receipt="UKN2").body)
    assert (back.original_transaction_id, back.receipt) == ("UKN1", "UKN2")
    assert parse_result("reversal", reversal_result("R000001").body).already_reversed


def test_a_status_says_what_became_of_the_payment_that_was_asked_about() -> None:
    answer = parse_result("status", status_result(asked_originator_conversation_id="payout-17", receipt="UKN1").body)
    assert (answer.is_completed, answer.receipt) == (True, "UKN1")
    assert str(answer.asked_originator_conversation_id) == "payout-17"
    assert parse_result("status", status_result("Declined").body).ended_unpaid
    assert parse_result("status", status_result(result_code=25).body).transaction_status is None


def test_balances_are_those_that_are_given() -> None:
    assert parse_result("balance", balance_result().body).balances["Working Account"].reserved == Decimal("340382.00")
    only = balance_result(balances="Utility Account|KES|5.00|5.00|0.00|0.00")
    assert parse_result("balance", only.body).balances.keys() == {"Utility Account"}


def test_a_prompt_to_a_till_and_a_standing_order_name_their_requests() -> None:
    cancelled = parse_result("express", express_result(4001, request_id="express-7", reference="INV 1").body)
    assert (str(cancelled.request_id), cancelled.payment_reference) == ("express-7", "INV 1")
    agreed = parse_result("standing_order", standing_order_result(response_reference="order-7").body)
    assert agreed.response_reference == "order-7"


def test_a_timeout_notice_is_the_request_sent_back() -> None:
    notice = parse_timeout(timeout_notice().body)
    assert (str(notice.originator_conversation_id), notice.command) == ("payout-1", "BusinessPayment")
    assert parse_timeout(timeout_notice({"CommandID": "AccountBalance"}).body).command == "AccountBalance"


def test_one_payment_is_announced_in_four_ways_with_one_receipt() -> None:
    announced: list[Any] = [
        c2b_validation(amount=5, receipt="UKN1").body,
        c2b_confirmation(amount=5, receipt="UKN1").body,
        bill_payment(amount=5, receipt="UKN1").body,
        json.dumps(pull_record(amount=5, receipt="UKN1")),
    ]
    read = [parse_incoming(body) for body in announced]
    assert {(payment.receipt, payment.amount, payment.reference) for payment in read} == {("UKN1", Decimal(5), "INV 7")}
    assert [payment.source for payment in read] == ["c2b", "c2b", "bill_manager", "pull"]
    assert [payment.balance for payment in read] == [None, Decimal("81234.50"), None, None]


def test_a_till_has_no_account_and_odd_fields_are_possible() -> None:
    till = parse_incoming(c2b_confirmation(till=True, fields={"MSISDN": None, "TransAmount": 7}).body)
    assert (till.reference or "", till.payer, till.amount) == ("", None, Decimal(7))


def test_each_lands_at_its_own_address_of_a_shop() -> None:
    app, heard = flask.Flask(__name__), list[str]()

    def hear() -> str:
        heard.append(flask.request.path)
        return "{}"

    paths = ("/results/result/", "/results/timeout/", "/c2b/confirmation/", "/c2b/validation/", "/bills/")
    for path in paths:
        app.add_url_rule(path, path, hear, methods=["POST"])
    for made in (b2c_result(), timeout_notice(), c2b_confirmation(), c2b_validation(), bill_payment()):
        assert made.send(app.test_client()).status_code == 200
    assert heard == [*paths]
    assert b2c_result(url="https://shop.example/other/").path == "/other/"
