"""Results: one reader for every form of the envelope that Safaricom has sent, and for their kin."""

import base64
import copy
import json
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, cast

import pytest

from daraja import B2cResult, Outcome, Result, parse_result
from daraja.errors import CallbackMalformed
from daraja.http.json_body import MAX_CALLBACK_BYTES
from tests.support.leaks import everything_shown
from tests.support.results import PHONE, QUEUE, as_body, b2c_paid, items, result

CODE: Final = "Result.ResultCode"
PRODUCTS: Final = ["b2c", "b2b", "tax", "reversal", "status", "balance", "express"]
Fields = dict[str, object]


def inner(body: Fields) -> Fields:
    return cast("Fields", body["Result"])


def refused(body: object, product: str = "b2c") -> CallbackMalformed:
    with pytest.raises(CallbackMalformed) as caught:
        parse_result(product, cast("bytes", body))
    return caught.value


# ------------------------------------------------------------------------------------------------------- what it says


def test_a_payout_that_was_made_is_read_in_types() -> None:
    paid = parse_result("b2c", as_body(b2c_paid()))

    assert isinstance(paid, B2cResult)
    assert (paid.product, paid.outcome, paid.result_code) == ("b2c", Outcome.PAID, "0")
    assert paid.result_description == "The service request is processed successfully."
    assert paid.originator_conversation_id == "41c0-4a5f-9b3e-1d2e3f405161"
    assert paid.conversation_id == "AG_20261123_2010abc3004de5f6a7b8"
    assert (paid.transaction_id, paid.receipt) == ("UKN7X2M4QA", "UKN7X2M4QA")
    assert paid.amount == Decimal(1500)
    assert paid.completed_at is not None
    assert paid.completed_at.isoformat() == "2026-11-23T10:15:44+03:00"
    assert paid.receiver is not None
    assert (paid.receiver.id, paid.receiver.name) == (PHONE, "WANJIKU TEST OTIENO")
    assert paid.receiver_is_registered is True
    assert {name: balance.available for name, balance in paid.balances.items()} == {
        "Utility Account": Decimal("81234.5"),
        "Working Account": Decimal("12000.0"),
        "Charges Paid Account": Decimal("-340.0"),
    }
    assert paid.explanation.title == "Paid out"
    assert paid.parameters["TransactionAmount"] == 1500


def test_a_refused_payout_says_why_and_has_no_receipt() -> None:
    said = parse_result("b2c", as_body(result(2040, ResultDesc="Customer type not supported")))

    assert (said.outcome, said.result_code) == (Outcome.FAILED, "2040")
    assert said.transaction_id == "UKN7X2M4QA"
    assert (said.receipt, said.amount, said.completed_at, said.receiver) == (None, None, None, None)
    assert (dict(said.balances), said.charges, said.receiver_is_registered) == ({}, (), None)
    assert said.explanation.pay_again


def test_a_failed_result_has_no_receipt_even_where_it_names_one() -> None:
    said = parse_result("b2c", result(1, {"TransactionReceipt": "UKN7X2M4QA", "TransactionAmount": "nonsense"}))
    assert (said.outcome, said.receipt, said.amount) == (Outcome.FAILED, None, None)


def test_an_unknown_code_is_neither_paid_nor_failed_for_good() -> None:
    said = parse_result("b2b", result(7777, ResultDesc="Something new."))
    assert said.outcome is Outcome.UNRECOGNISED
    assert said.explanation.title == "Unrecognised: Something new."


@pytest.mark.parametrize("result_type", [1, "1"])
@pytest.mark.parametrize("code", [0, "0", 1, 2001])
def test_more_will_follow_decides_nothing(code: object, result_type: object) -> None:
    said = parse_result("b2c", b2c_paid(ResultCode=code, ResultType=result_type))
    assert (said.outcome, said.receipt) == (Outcome.PROCESSING, None)
    assert said.explanation.outcome is Outcome.PROCESSING
    assert not said.explanation.pay_again


@pytest.mark.parametrize("result_type", [0, "0", None, "", 2, True])
def test_any_other_result_type_is_final(result_type: object) -> None:
    assert parse_result("b2c", b2c_paid(ResultType=result_type)).outcome is Outcome.PAID


def test_words_about_processing_keep_a_request_open() -> None:
    said = parse_result("b2c", result(17, ResultDesc="The request is still being processed"))
    assert (said.outcome, said.explanation.outcome) == (Outcome.PROCESSING, Outcome.PROCESSING)


@pytest.mark.parametrize("code", ["15", "100000000"])
def test_a_code_that_says_that_the_request_lives_keeps_it_open(code: str) -> None:
    assert parse_result("b2c", result(code)).outcome is Outcome.PROCESSING


@pytest.mark.parametrize("placeholder", ["OAK0000000", "SG20000000", "NLJ000000", "0000000000000000", "0", "", None])
def test_noughts_are_no_transaction_id(placeholder: object) -> None:
    assert parse_result("b2c", result(2001, TransactionID=placeholder)).transaction_id is None


@pytest.mark.parametrize("receipt", ["OAK0000000", "0000000000", "", None])
def test_noughts_are_no_receipt(receipt: object) -> None:
    assert parse_result("b2c", b2c_paid({"TransactionReceipt": receipt})).receipt is None


# ------------------------------------------------------------------------------------------------------ the result code


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("code", [0, "0"])
def test_0_is_done(product: str, code: object) -> None:
    done = Outcome.ANSWERED if product in {"status", "balance"} else Outcome.PAID
    assert parse_result(product, as_body(result(code))).outcome is done


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("code", ["00", " 0", "0 ", "+0", "-0", "0.0", "٠", "false", "200"])  # noqa: RUF001 - another alphabet's nought is the point
def test_nothing_but_an_exact_0_is_done(product: str, code: str) -> None:
    said = parse_result(product, as_body(result(code)))
    assert (said.outcome, said.result_code, said.receipt) == (Outcome.UNRECOGNISED, code, None)


@pytest.mark.parametrize("code", [None, "", False, True, 0.0, [0], {"code": 0}, [], {}])
def test_a_code_is_taken_exactly_or_not_at_all(code: object) -> None:
    fault = refused(as_body(result(code)))
    assert fault.path == CODE
    assert ("is missing" if code is None or code == "" else "is neither") in str(fault)


def test_two_codes_that_differ_are_no_code() -> None:
    assert refused({"Result": {**inner(result(0)), "resultCode": 1}}).path == CODE
    assert refused(as_body({"Result": {**inner(result(0)), "Result Code": 1}})).path == CODE
    assert refused(b'{"Result": {"ResultCode": 1, "ResultCode": 0}}').path == "body"
    assert refused(b'{"Result": {"resultcode": 1, "resultcode": 0}}').path == "body"
    assert refused(b'{"Result": {"RESULTCODE": 1, "ResultCode": 0}}').path == "body"
    assert refused(b'{"Result": {"ResultCode": 1}, "Result": {"ResultCode": 0}}').path == "body"


def test_the_same_code_twice_is_one_code() -> None:
    assert parse_result("b2c", {"Result": {**inner(result(1)), "resultCode": 1}}).result_code == "1"


# -------------------------------------------------------------------------------------------- wrappers and spelling


WRAPPED: Final[dict[str, Callable[[Fields], object]]] = {
    "bare": inner,
    "list of one": lambda body: [body],
    "result in a list": lambda body: {"Result": [body["Result"]]},
    "lower case": lambda body: {"result": body["Result"]},
    "body": lambda body: {"Body": body},
    "envelope": lambda body: {"Envelope": {"encodingStyle": "x", "Body": body}},
    "unknown": lambda body: {"payload": body},
    "unknown twice": lambda body: {"data": {"attributes": inner(body)}},
    "beside others": lambda body: {"Forwarder": "proxy", **body},
    "beside another code": lambda body: {"ResultCode": 1, **body},
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=list(WRAPPED))
def test_it_is_found_in_every_wrapper(wrap: Callable[[Fields], object]) -> None:
    paid = parse_result("b2c", as_body(wrap(b2c_paid())))
    assert (paid.outcome, paid.receipt, paid.amount) == (Outcome.PAID, "UKN7X2M4QA", Decimal(1500))


def respelt(value: object, spell: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        fields = cast("Fields", value)
        return {
            spell(name): spell(cast("str", each)) if name == "Key" else respelt(each, spell)
            for name, each in fields.items()
        }
    return [respelt(each, spell) for each in cast("list[object]", value)] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "spell",
    [str.lower, str.upper, str.swapcase, " ".join, "_{}-".format, str.capitalize],
    ids=["lower", "upper", "swapped", "spaced", "signs", "capitalised"],
)
def test_names_are_compared_by_their_letters_and_digits(spell: Callable[[str], str]) -> None:
    said = parse_result("b2c", as_body(respelt(b2c_paid(), spell)))
    usual = parse_result("b2c", as_body(b2c_paid()))
    assert (said.outcome, said.receipt, said.amount, said.receiver) == (
        usual.outcome,
        usual.receipt,
        usual.amount,
        usual.receiver,
    )
    assert said.conversation_id == usual.conversation_id
    assert dict(said.balances) == dict(usual.balances)


def test_a_body_without_a_wrapper_needs_an_id() -> None:
    assert refused(b'{"ResultCode": 0, "ResultDesc": "Accepted"}').path == "ConversationID"
    assert parse_result("b2c", {"ResultCode": 0, "ConversationID": "AG_1"}).outcome is Outcome.PAID


def test_a_wrapped_body_needs_none() -> None:
    said = parse_result("b2c", b'{"Result": {"ResultCode": 2001}}')
    assert (said.originator_conversation_id, said.conversation_id, said.transaction_id) == (None, None, None)


def test_the_callback_of_a_push_is_no_result() -> None:
    fault = refused(b'{"Body": {"stkCallback": {"ResultCode": 0, "CheckoutRequestID": "ws_CO_1"}}}')
    assert (fault.path, "parse_stk_callback" in str(fault)) == ("Body.stkCallback", True)


def test_endless_wrappers_are_no_result() -> None:
    body: object = inner(result(0))
    for _ in range(12):
        body = {"wrapper": body}
    assert "wrapped too often" in str(refused(as_body(body)))


@pytest.mark.parametrize("name", ["OriginatorConversationID", "ConversationID", "TransactionID"])
@pytest.mark.parametrize("value", [True, 1.5, {"id": "x"}, ["a", "b"]])
def test_an_id_is_text_or_a_number(name: str, value: object) -> None:
    changed = {"Result": {**inner(result(0)), name: value}}
    assert refused(as_body(changed)).path == f"Result.{name}"


def test_an_id_can_be_a_number_and_has_no_space_around_it() -> None:
    said = parse_result("b2c", result(1, OriginatorConversationID=90210, ConversationID=" AG_1\n", TransactionID="  "))
    assert (said.originator_conversation_id, said.conversation_id, said.transaction_id) == ("90210", "AG_1", None)


def test_two_ids_that_differ_are_no_id() -> None:
    body = {"Result": {**inner(result(0)), "Conversation ID": "AG_other"}}
    assert refused(body).path == "Result.ConversationID"


@pytest.mark.parametrize(("product", "name"), [("b2c", "TransactionReceipt"), ("status", "ReceiptNo")])
def test_two_receipts_that_differ_are_no_receipt(product: str, name: str) -> None:
    two = {"ResultParameter": [{"Key": name, "Value": receipt} for receipt in ("UKN1", "UKN2")]}
    fault = refused(result(0, ResultParameters=two), product)
    assert (fault.path, "stands there twice" in str(fault)) == (f"Result.ResultParameters.{name}", True)


# --------------------------------------------------------------------------------------------------------- parameters


FORMS: Final[dict[str, Callable[[Fields], object]]] = {
    "list": lambda values: {"ResultParameter": items(values)},
    "keyed object": lambda values: {"ResultParameter": values},
    "keyed list": lambda values: {"ResultParameter": [{name: value} for name, value in values.items()]},
    "no inner name": items,
    "keyed, no inner name": lambda values: values,
    "swapped names": lambda values: {"ResultParameters": items(values)},
    "list of lists": lambda values: {"ResultParameter": [items(values)]},
    "list of objects": lambda values: [{"ResultParameter": item} for item in items(values)],
    "name and value": lambda values: {"ResultParameter": [{"Name": n, "Value": v} for n, v in values.items()]},
    "lower case": lambda values: {"resultParameter": [{"key": n, "value": v} for n, v in values.items()]},
}
B2C: Final[Fields] = {"TransactionAmount": 1500, "TransactionReceipt": "UKN7X2M4QA"}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_parameters_come_in_many_forms(form: Callable[[Fields], object]) -> None:
    paid = parse_result("b2c", as_body(result(0, ResultParameters=form(B2C))))
    assert (paid.amount, paid.receipt) == (Decimal(1500), "UKN7X2M4QA")


def test_parameters_may_be_one_object() -> None:
    one = {"ResultParameter": {"Key": "BOCompletedTime", "Value": 20261123101544}}
    said = parse_result("b2b", as_body(result(2001, ResultParameters=one)))
    assert said.completed_at is not None
    assert said.completed_at.utcoffset() == timedelta(hours=3)
    assert said.completed_at.replace(tzinfo=None) == datetime(2026, 11, 23, 10, 15, 44)  # noqa: DTZ001 - as it stands there


def test_both_outer_names_may_be_swapped_too() -> None:
    body = result(0, ResultParameter={"ResultParameters": items(B2C)})
    assert parse_result("b2c", as_body(body)).amount == Decimal(1500)


@pytest.mark.parametrize(
    "nothing", [None, "", "  ", [], {}, {"ResultParameter": None}, {"ResultParameter": []}, [None]]
)
def test_no_parameters_are_none(nothing: object) -> None:
    paid = parse_result("b2c", {"Result": {**inner(result(0)), "ResultParameters": nothing}})
    assert (paid.outcome, paid.amount, len(paid.parameters)) == (Outcome.PAID, None, 0)


@pytest.mark.parametrize("nonsense", [5, True, "text", ["text"], {"ResultParameter": "text"}, {"ResultParameter": [5]}])
def test_a_body_without_parameters_is_not_a_result(nonsense: object) -> None:
    assert refused(as_body(result(0, ResultParameters=nonsense))).path.startswith("Result.ResultParameters")


def test_an_item_without_value_is_absent() -> None:
    listed = [{"Key": "TransactionAmount"}, {"Key": "TransactionReceipt", "Value": None}, {"Key": "Other", "Value": ""}]
    paid = parse_result("b2c", as_body(result(0, ResultParameters={"ResultParameter": listed})))
    assert (paid.amount, paid.receipt, dict(paid.parameters)) == (None, None, {})


def test_a_doubled_name_keeps_its_list() -> None:
    listed = [*items({"DebitPartyName": "600222 - SHOP", "Amount": 10}), *items({"DebitPartyName": f"{PHONE} - W O"})]
    said = parse_result("status", as_body(result(0, ResultParameters={"ResultParameter": listed})))
    assert said.parameters["DebitPartyName"] == ["600222 - SHOP", f"{PHONE} - W O"]
    assert said.sender is not None
    assert said.receiver is not None
    assert (said.sender.id, said.receiver.id) == ("600222", PHONE)


@pytest.mark.parametrize("name", ["TransactionAmount", "TransactionReceipt"])
def test_two_values_that_differ_cannot_decide_about_money(name: str) -> None:
    twice = [*items(B2C), {"Key": name, "Value": "77"}]
    fault = refused(as_body(result(0, ResultParameters={"ResultParameter": twice})))
    assert "stands there twice" in str(fault)


def test_the_same_value_twice_is_one_value() -> None:
    twice = {"ResultParameter": items(B2C) * 2}
    assert parse_result("b2c", as_body(result(0, ResultParameters=twice))).amount == Decimal(1500)


@pytest.mark.parametrize("amount", ["abc", -5, True, {"x": 1}, [1, 2], "1e5", 10**40, "NaN", "10,00"])
def test_an_amount_that_cannot_be_read_makes_no_payment(amount: object) -> None:
    fault = refused(as_body(b2c_paid({"TransactionAmount": amount})))
    assert fault.path == "Result.ResultParameters.Amount"


def test_a_blank_amount_is_absent() -> None:
    assert parse_result("b2c", b2c_paid({"TransactionAmount": "  "})).amount is None


# ----------------------------------------------------------------------------------------------------------- references


def test_references_leave_out_safaricoms_own_address() -> None:
    listed = {"ReferenceItem": [QUEUE, {"Key": "Occassion"}, {"Key": "Occasion", "Value": "May"}]}
    said = parse_result("b2c", as_body(result(0, ReferenceData=listed)))
    assert dict(said.references) == {"Occasion": "May"}


@pytest.mark.parametrize("references", [None, "", 5, "text", {"ReferenceItem": 5}, []])
def test_references_that_cannot_be_read_are_none(references: object) -> None:
    assert dict(parse_result("b2c", as_body(result(0, ReferenceData=references))).references) == {}


# ------------------------------------------------------------------------------------------------------- whole bodies


ENCODINGS: Final[dict[str, Callable[[str], object]]] = {
    "text": str,
    "bytes": str.encode,
    "array": lambda text: bytearray(text.encode()),
    "view": lambda text: memoryview(text.encode()),
    "mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-32": lambda text: text.encode("utf-32"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 in text": lambda text: base64.b64encode(text.encode()).decode() + "\n",
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=list(ENCODINGS))
def test_a_body_is_read_in_every_encoding(encode: Callable[[str], object]) -> None:
    text = json.dumps(b2c_paid({"ReceiverPartyPublicName": f"{PHONE} - WANJIKŨ ÿþ"}), ensure_ascii=False)
    paid = parse_result("b2c", cast("bytes", encode(text)))
    assert paid.receiver is not None
    assert (paid.amount, paid.receiver.name) == (Decimal(1500), "WANJIKŨ ÿþ")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"nonsense", b"\xff\xfe", b"null", b"5", b'"text"', b"[]", b"[[]]", b"NaN", b"A" * 40, b"{" * 100),
        *(None, 5, [], [1], (), object(), "\ud800", {"Result": None}, {"Result": "text"}, {"Result": []}, {1: 2}, {}),
    ],
)
@pytest.mark.parametrize("product", [*PRODUCTS, "standing_order"])
def test_a_body_that_is_not_a_result_is_refused(product: str, body: object) -> None:
    assert refused(body, product).path


def test_a_body_may_be_so_large_and_no_larger() -> None:
    padding = MAX_CALLBACK_BYTES - len(as_body(b2c_paid(Padding="")))
    body = as_body(b2c_paid(Padding="x" * padding))
    assert parse_result("b2c", body).amount == Decimal(1500)
    assert "larger than 64 KiB" in str(refused(body + b" "))
    assert "larger than 64 KiB" in str(refused(body.decode() + " "))
    assert "larger than 64 KiB" in str(refused("ž" * 40_000))


@pytest.mark.parametrize("product", ["b2c", "standing_order"])
def test_a_mapping_that_holds_itself_ends(product: str) -> None:
    loop: Fields = {"ConversationID": "AG_1"}
    loop |= {"ResultCode": 0, "ResultParameters": loop, "ResponseBody": loop, "ResponseHeader": {"responseCode": "0"}}
    with pytest.raises(CallbackMalformed, match="nests too deep"):
        parse_result(product, {"ResultParameter": loop} | loop)
    only: Fields = {}
    only["only"] = only
    assert "wrapped too often" in str(refused(only))


@pytest.mark.parametrize("product", ["", "B2C", "stk", "pochi", "__class__"])
def test_an_unknown_product_is_refused_and_the_known_ones_are_named(product: str) -> None:
    with pytest.raises(ValueError, match=f"{product!r}.*b2c, b2b, tax") as caught:
        parse_result(product, as_body(result(0)))
    assert not isinstance(caught.value, CallbackMalformed)


# -------------------------------------------------------------------------------------------------------------- values


def test_a_result_is_a_value() -> None:
    paid = parse_result("b2c", as_body(b2c_paid()))
    assert paid == parse_result("b2c", as_body(b2c_paid())) == copy.deepcopy(paid) == pickle.loads(pickle.dumps(paid))  # noqa: S301 - our own
    assert hash(paid) == hash(copy.copy(paid))
    with pytest.raises(AttributeError):
        paid.outcome = Outcome.FAILED  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_repr_shows_no_number_and_no_name(product: str) -> None:
    body = b2c_paid(
        {"Amount": PHONE, "ReceiptNo": "UKN7X2M4QA", "Note": PHONE, "TransactionAmount": None},
        ResultDesc=f"For {PHONE}",
        OriginatorConversationID=f"pay-{PHONE}",
    )
    said: Result = parse_result(product, as_body(body))
    shown = repr(said) + repr(said.receiver) + repr(said.parameters) + repr(said.references) + repr(said.explanation)
    assert PHONE[3:] not in shown
    assert "WANJIKU" not in shown


def test_a_repr_shows_the_ids_whole() -> None:
    said = parse_result("b2c", as_body(b2c_paid(OriginatorConversationID="29112-34801843-1")))
    assert "'29112-34801843-1'" in repr(said)
    assert "'AG_20261123_2010abc3004de5f6a7b8'" in repr(said)


@pytest.mark.parametrize(
    "body",
    [
        b2c_paid({"TransactionAmount": f"x{PHONE}"}),
        b2c_paid(ResultCode=None, ResultDesc=PHONE),
        b2c_paid(ResultParameters=PHONE),
        b2c_paid(ConversationID=[PHONE, PHONE]),
        {PHONE: {"ResultDesc": PHONE}},
    ],
)
def test_no_fault_shows_a_number(body: Fields) -> None:
    assert PHONE[3:] not in everything_shown(refused(body))
    assert PHONE[3:] not in everything_shown(refused(as_body(body)))
