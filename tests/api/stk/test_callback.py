"""Every form of callback that Safaricom sends is read correctly, and no other body counts as paid."""

import json
import re
from base64 import b64encode, encodebytes
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from daraja.api.stk.callback import StkCallback, parse_stk_callback
from daraja.errors import CallbackMalformed
from daraja.http.json_body import MAX_CALLBACK_BYTES
from daraja.result_codes import Outcome
from tests.support.leaks import everything_shown

BARE = {"ResultCode": 0, "MerchantRequestID": "1-1-1"}
DATA: Final = Path(__file__).parents[2] / "data" / "callbacks"
PHONE: Final = "254700000017"
NINE: Final = PHONE[3:]
INNER: Final = "Body.stkCallback."
HUGE: Final = pytest.param(10**5_000, id="huge")  # more digits than Python writes
META: Final = f"{INNER}CallbackMetadata"


class Facts(NamedTuple):
    outcome: Outcome
    code: str
    merchant: str | None
    checkout: str | None
    amount: str | None = None
    receipt: str | None = None
    date: str | None = None
    phone: str | None = None


PAID, CANCELLED, TIMEOUT, FAILED = Outcome.PAID, Outcome.CANCELLED, Outcome.TIMEOUT, Outcome.FAILED
# fmt: off
FILES: Final = {
    "paid_2026": Facts(
        PAID, "0", "3f0a-4c1e-8d52-b1a90e77c6d24410", "ws_CO_17082026142826127700000011",
        "1.0", "UHH4K7M2QX", "2026-08-17T14:28:51+03:00", "254700000011"),
    "paid_2024": Facts(
        PAID, "0", "90c2-46b8-a17d-5e0f2d9b83c11702", "ws_CO_05032024091500604700000012",
        "350.00", "SC51ZR8WTB", "2024-03-05T09:15:22+03:00", "254700000012"),
    "paid_2019": Facts(
        PAID, "0", "51207-8841930-1", "ws_CO_DMZ_483920117_23112019173304551",
        "7.0", "NKN6P0C3DV", "2019-11-23T17:33:21+03:00", "254708374149"),
    "paid_whole_number": Facts(
        PAID, "0", "14402-2209811-3", "ws_CO_301120210748339215",
        "2500", "PKU2B7H9LM", "2021-11-30T07:48:50+03:00", "254700000013"),
    "paid_all_text_shuffled": Facts(
        PAID, "0", "14402-2209812-1", "ws_CO_301120210749010022",
        "2500", "PKU3B7J0QD", "2021-11-30T07:49:11+03:00", "254700000014"),
    "paid_balance_with_value": Facts(
        PAID, "0", "14402-2209813-1", "ws_CO_301120210750007781",
        "12.50", "PKU5B7K1RF", "2021-11-30T07:50:20+03:00", "254700000015"),
    "paid_no_date": Facts(
        PAID, "0", "5d11-4e0a-b6f3-77c2a0d48e95033", "ws_CO_02012025101010318700000016",
        "40", "TA27D1F8KN", None, "254700000016"),
    "paid_masked_phone": Facts(
        PAID, "0", "7be4-4f8c-9c02-1d6a3b5e80f72219", "ws_CO_25032026080000941700000017",
        "1000.00", "UCP8T3V5GY", "2026-03-25T08:00:19+03:00", "254700***017"),
    "paid_bare": Facts(
        PAID, "0", "a5c9-4d20-8e1b-02f7c6d93b418800", "ws_CO_09062026184512330700000018",
        "60.0", "UF91Q4W7ZC", "2026-06-09T18:45:30+03:00", "254700000018"),
    "paid_envelope": Facts(
        PAID, "0", "c0de-4a17-93b2-6f5e4d3c2b1a0099", "ws_CO_11072026112233512700000019",
        "5.00", "UGB0L2N6HT", "2026-07-11T11:22:49+03:00", "254700000019"),
    "paid_proxied": Facts(
        PAID, "0", "d2f1-4b3c-a4e5-98c7b6a5f4e31201", "ws_CO_01102026070605877700000020",
        "99", "UJ13M8P0KS", "2026-10-01T07:06:22+03:00", "254700000020"),
    "paid_one_item": Facts(
        PAID, "0", "e3a2-4c4d-b5f6-09d8c7b6a5f41302", "ws_CO_02102026070605877700000021",
        receipt="UJ24N9Q1LT"),
    "paid_null_metadata": Facts(
        PAID, "0", "f4b3-4d5e-86a7-10e9d8c7b6a51403", "ws_CO_03102026070605877700000022"),
    "cancelled_1032": Facts(CANCELLED, "1032", "51207-8841931-1", "ws_CO_231120191745120088"),
    "cancelled_1032_text": Facts(
        CANCELLED, "1032", "1b7d-49f0-a2c3-d4e5f60718290314", "ws_CO_12042026093015256700000023"),
    "cancelled_1031": Facts(CANCELLED, "1031", "22318-5510467-2", "ws_CO_140120211102337654"),
    "expired_1019": Facts(TIMEOUT, "1019", "40917-1203344-1", "ws_CO_22052022160005123700000024"),
    "unreachable_1037": Facts(TIMEOUT, "1037", "2c8e-4a01-b3d4-e5f6a7b8c9d01425", "ws_CO_30092026201500448700000025"),
    "unanswered_1037": Facts(TIMEOUT, "1037", "3d9f-4b12-84e5-f6a7b8c9d0e11536", "ws_CO_30092026201600449700000026"),
    "unreachable_1036_prefixed": Facts(
        TIMEOUT, "1036", "51207-8841932-1", "ws_CO_DMZ_483920118_23112019180000774"),
    "unfunded_1_prefixed": Facts(FAILED, "1", "51207-8841933-1", "ws_CO_DMZ_483920119_23112019180100775"),
    "wrong_pin_2001": Facts(FAILED, "2001", "4ea0-4c23-95f6-a7b8c9d0e1f21647", "ws_CO_15102026121212700700000027"),
    "receiver_sfc_ic0003": Facts(FAILED, "SFC_IC0003", "31555-7720981-1", "ws_CO_220620211304059911"),
    "busy_26": Facts(FAILED, "26", "5fb1-4d34-a6a7-b8c9d0e1f2a31758", "ws_CO_15102026121313701700000028"),
    "unknown_7777": Facts(
        Outcome.UNRECOGNISED, "7777", "60c2-4e45-b7b8-c9d0e1f2a3b41869", "ws_CO_15102026121414702700000029"),
    "no_ids": Facts(CANCELLED, "1032", None, None),
}
# fmt: on

GOOD: Final = {
    "MerchantRequestID": "7be4-4f8c-9c02-1d6a3b5e80f72219",
    "CheckoutRequestID": f"ws_CO_17082026142826127{NINE}",
    "ResultCode": 0,
    "ResultDesc": "The service request is processed successfully.",
    "CallbackMetadata": {
        "Item": [
            {"Name": "Amount", "Value": 500},
            {"Name": "MpesaReceiptNumber", "Value": "UHH4K7M2QX"},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": 20260817142851},
            {"Name": "PhoneNumber", "Value": int(PHONE)},
        ]
    },
}


def body(**changes: object) -> str:
    """Write a good callback with some of its inner fields replaced."""
    return json.dumps({"Body": {"stkCallback": {**GOOD, **changes}}})


def with_lexeme(field: str, lexeme: str) -> str:
    """Write a good callback in which *field* of the inner object is exactly *lexeme*."""
    return body(**{field: "HERE"}).replace('"HERE"', lexeme)


def with_item(name: str, lexeme: str) -> str:
    """Write a good callback whose only item has exactly *lexeme* as its value."""
    return body(CallbackMetadata={"Item": [{"Name": name, "Value": "HERE"}]}).replace('"HERE"', lexeme)


def path_of(malformed: bytes | str | Mapping[str, object]) -> str:
    with pytest.raises(CallbackMalformed) as caught:
        parse_stk_callback(malformed)
    assert str(caught.value).startswith(f"Not a callback that can be read: {caught.value.path} ")
    return caught.value.path


# ---------------------------------------------------------------------------------------------------------- on the wire


@pytest.mark.parametrize(("name", "facts"), FILES.items(), ids=list(FILES))
def test_every_form_seen_on_the_wire_reads_rightly(name: str, facts: Facts) -> None:
    raw = (DATA / f"{name}.json").read_bytes()
    callback = parse_stk_callback(raw)
    date = callback.transaction_date
    assert facts == Facts(
        callback.outcome,
        callback.result_code,
        callback.merchant_request_id,
        callback.checkout_request_id,
        None if callback.amount is None else str(callback.amount),
        callback.receipt,
        None if date is None else date.isoformat(),
        callback.phone,
    )
    as_mapping = parse_stk_callback(json.loads(raw, parse_float=Decimal))
    assert callback == parse_stk_callback(raw.decode()) == as_mapping


def test_every_file_is_in_the_table() -> None:
    assert {path.stem for path in DATA.iterdir()} == FILES.keys()


@pytest.mark.parametrize(("name", "facts"), [(n, f) for n, f in FILES.items() if f.receipt and f.date])
def test_our_receipts_encode_their_dates_as_safaricom_s_do(name: str, facts: Facts) -> None:
    when = parse_stk_callback((DATA / f"{name}.json").read_bytes()).transaction_date
    assert when is not None
    day = "123456789ABCDEFGHIJKLMNOPQRSTUV"[when.day - 1]
    assert (facts.receipt or "")[:3] == chr(when.year - 2019 + ord("N")) + chr(when.month - 1 + ord("A")) + day


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("paid_2026", "The service request is processed successfully."),
        ("paid_whole_number", "The service request is processed successfully"),
        ("unfunded_1_prefixed", "[MpesaCB - ]The balance is insufficient for the transaction."),
        ("unknown_7777", "Something that nobody has written down."),
        ("no_ids", ""),
    ],
)
def test_safaricom_s_words_are_kept(name: str, description: str) -> None:
    assert parse_stk_callback((DATA / f"{name}.json").read_bytes()).result_description == description


def test_items_of_other_makers_are_kept_and_valueless_ones_are_absent() -> None:
    callback = parse_stk_callback((DATA / "paid_proxied.json").read_bytes())
    assert callback.metadata["Till"] == "5050505"
    assert callback.metadata["Amount"] == 99
    assert "Balance" not in parse_stk_callback(body()).metadata


# ----------------------------------------------------------------------------------------------------------------- paid


@pytest.mark.parametrize("lexeme", ["0", '"0"', '"\\u0030"'])
def test_zero_is_paid(lexeme: str) -> None:
    assert parse_stk_callback(with_lexeme("ResultCode", lexeme)).outcome is Outcome.PAID


@pytest.mark.parametrize("lexeme", ["false", "true", "0.0", "-0.0", "0e0", '""', "null", "[]", "{}", "[0]", '{"0": 0}'])
def test_a_value_that_is_not_a_code_is_malformed(lexeme: str) -> None:
    assert path_of(with_lexeme("ResultCode", lexeme)) == f"{INNER}ResultCode"


@pytest.mark.parametrize(
    "lexeme", ['"00"', '" 0"', '"0 "', '"0\\n"', '"-0"', '"+0"', '"0.0"', '"false"', '"\\u0660"', "-1"]
)
def test_a_code_that_only_looks_like_zero_is_unrecognised(lexeme: str) -> None:
    assert parse_stk_callback(with_lexeme("ResultCode", lexeme)).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("code", [False, True, 0.0, -0.0, Decimal(0), Decimal("0.0"), b"0", None, [], {}, HUGE])
def test_a_value_that_is_not_a_code_in_a_mapping_is_malformed(code: object) -> None:
    assert path_of({**GOOD, "ResultCode": code}) == "ResultCode"


@pytest.mark.parametrize(("first", "second"), [("1032", "0"), ("0", "1032"), ("0", "0"), ("false", "0")])
def test_a_callback_that_says_two_codes_is_malformed(first: str, second: str) -> None:
    assert path_of(with_lexeme("ResultCode", f'{first}, "ResultCode": {second}')) == "body"


@given(
    code=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.from_regex(r"[ +-]?0+\.?0*\s?", fullmatch=True)
)
@example(code=0)
@example(code="0")
@example(code=-0.0)
@example(code=False)
def test_nothing_but_zero_is_paid(code: float | str | None) -> None:
    is_zero = (type(code) is int or type(code) is str) and str(code) == "0"
    for given_as in (json.dumps({**GOOD, "ResultCode": code}), {**GOOD, "ResultCode": code}):
        try:
            outcome = parse_stk_callback(given_as).outcome
        except CallbackMalformed:
            assert not is_zero
        else:
            assert (outcome is Outcome.PAID) is is_zero


# -------------------------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    "lexeme", ["1", "1.0", "1.00", "2500.50", "0", "0.10", "1e3", "1.5E2", "250000", "999999999999.99"]
)
def test_an_amount_keeps_every_digit_that_was_written(lexeme: str) -> None:
    amount = parse_stk_callback(with_item("Amount", lexeme)).amount
    assert amount is not None
    assert amount.as_tuple() == Decimal(lexeme).as_tuple()


@given(st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False), st.booleans())
def test_any_amount_survives_exactly(amount: Decimal, as_text: bool) -> None:  # noqa: FBT001 - it is generated
    assume(not amount.is_signed() and amount.adjusted() >= -15)
    lexeme = f"{amount:f}"
    read = parse_stk_callback(with_item("Amount", f'"{lexeme}"' if as_text else lexeme)).amount
    assert read is not None
    assert read.as_tuple() == Decimal(lexeme).as_tuple()


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (0.1, "0.1"),
        (5.0, "5.0"),
        (2500.5, "2500.5"),
        (1e3, "1000.0"),
        (7, "7"),
        ("2500", "2500"),
        (Decimal("1.00"), "1.00"),
    ],
)
def test_a_mapping_s_float_is_what_it_prints(value: object, amount: str) -> None:
    read = parse_stk_callback({**BARE, "CallbackMetadata": {"Item": [{"Name": "Amount", "Value": value}]}})
    assert str(read.amount) == amount


@pytest.mark.parametrize("lexeme", ["null", '""'])
def test_an_amount_without_a_value_is_none(lexeme: str) -> None:
    assert parse_stk_callback(with_item("Amount", lexeme)).amount is None


@pytest.mark.parametrize(
    "lexeme",
    [
        *(
            "true",
            "false",
            "[]",
            "[1]",
            "{}",
            '{"Amount": 1}',
            "-1",
            "-0.0",
            '"-1"',
            '"abc"',
            '"1,000"',
            '"1_000"',
            '" 1"',
        ),
        *('"1 "', '"1."', '".5"', '"1e3"', '"NaN"', '"Infinity"', '"KES 5"', '"\\u0661"', '"0x10"', '"\\n"'),
        *("1e16", "1e999999999", "1e-16", "1e-999999999", "0e999999999", "9" * 4_000, f'"{"9" * 5_000}"'),
    ],
    ids=lambda lexeme: f"{lexeme:.16}",
)
def test_a_value_that_is_not_an_amount_is_malformed(lexeme: str) -> None:
    assert path_of(with_item("Amount", lexeme)) == f"{META}.Item.Amount"


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -1.5, 1e300, Decimal("NaN"), Decimal("sNaN"), Decimal("-0"), True, HUGE, (1,), 1j],
)
def test_a_value_that_is_not_an_amount_in_a_mapping_is_malformed(value: object) -> None:
    items = [{"Name": "Amount", "Value": value}]
    assert path_of({**BARE, "CallbackMetadata": {"Item": items}}) == "CallbackMetadata.Item.Amount"


# ------------------------------------------------------------------------------------------------- dates, phones, items


@pytest.mark.parametrize("lexeme", ["20260228235959", '"20260228235959"'])
def test_a_date_is_nairobi_s(lexeme: str) -> None:
    date = parse_stk_callback(with_item("TransactionDate", lexeme)).transaction_date
    assert date is not None
    assert date.isoformat() == "2026-02-28T23:59:59+03:00"


@pytest.mark.parametrize(
    "lexeme",
    [
        *(
            "null",
            '""',
            "true",
            "0",
            "-20260228235959",
            "2026022823595",
            "202602282359590",
            "20260229000000",
            "1e999999999",
        ),
        *("20261301000000", "20260228236000", '"2026-02-28 23:59"', '" 0260228235959"', '"garbage"', "[]", "{}", "1.5"),
        *("20260228235959.0", '"\\u0662\\u0660260228235959"', '"+0260228235959"', '"00000101000000"', "9" * 4_000),
    ],
    ids=lambda lexeme: f"{lexeme:.20}",
)
def test_a_date_that_cannot_be_read_is_none(lexeme: str) -> None:
    callback = parse_stk_callback(with_item("TransactionDate", lexeme))
    assert callback.transaction_date is None
    assert callback.outcome is Outcome.PAID


@pytest.mark.parametrize(
    ("lexeme", "phone"),
    [
        (PHONE, PHONE),
        (f'"{PHONE}"', PHONE),
        ('"254700***017"', "254700***017"),
        ('"0722***"', "0722***"),
        ("true", None),
        ("1.5", None),
        ("[]", None),
        ('""', None),
    ],
)
def test_a_phone_is_text_as_it_came(lexeme: str, phone: str | None) -> None:
    assert parse_stk_callback(with_item("PhoneNumber", lexeme)).phone == phone


def test_a_receipt_of_digits_alone_is_text() -> None:
    assert parse_stk_callback(with_item("MpesaReceiptNumber", "1234567890")).receipt == "1234567890"


@pytest.mark.parametrize(
    "metadata",
    ["null", "{}", '{"Item": null}', '{"Item": []}', '{"Item": ""}', '{"Item": {}}', '{"Item": [{}, {"Name": "x"}]}'],
)
def test_a_callback_without_items_is_read(metadata: str) -> None:
    callback = parse_stk_callback(with_lexeme("CallbackMetadata", metadata))
    assert (callback.outcome, callback.metadata) == (Outcome.PAID, {})
    assert [callback.amount, callback.receipt, callback.transaction_date, callback.phone] == [None] * 4


def test_a_callback_without_metadata_is_read() -> None:
    callback = parse_stk_callback('{"ResultCode": 0, "MerchantRequestID": "1-1-1"}')
    assert (callback.outcome, callback.metadata, callback.result_description) == (Outcome.PAID, {}, "")


@given(st.permutations(GOOD["CallbackMetadata"]["Item"]), st.permutations(list(GOOD)))  # type: ignore[index]  # of JSON
def test_every_order_of_items_and_fields_reads_the_same(items: list[dict[str, object]], fields: list[str]) -> None:
    shuffled = {field: {"Item": items} if field == "CallbackMetadata" else GOOD[field] for field in fields}
    assert parse_stk_callback(json.dumps(shuffled)) == parse_stk_callback(body())


@pytest.mark.parametrize(("first", "second"), [("500", "500"), ("500", "500.00"), ('"A"', '"A"'), ("500", "null")])
def test_an_item_said_twice_alike_is_said_once(first: str, second: str) -> None:
    items = f'{{"Item": [{{"Name": "X", "Value": {first}}}, {{"Name": "X", "Value": {second}}}]}}'
    assert parse_stk_callback(with_lexeme("CallbackMetadata", items)).metadata == {"X": json.loads(first)}


@pytest.mark.parametrize("name", ["Amount", "MpesaReceiptNumber", "PhoneNumber", "TransactionDate", "Balance", PHONE])
@pytest.mark.parametrize("second", [501, "500", None])
def test_an_item_said_twice_differently_is_malformed(name: str, second: object) -> None:
    items = [{"Name": name, "Value": 500}, {"Name": "Other", "Value": 1}, {"Name": name, "Value": second or "other"}]
    assert path_of(body(CallbackMetadata={"Item": items})) == f"{META}.Item[2]"


def test_a_name_that_is_no_text_names_nothing() -> None:
    items = [{"Name": 5, "Value": 1}, {"Name": None, "Value": 1}, {"Name": ["Amount"], "Value": 1}, {"Value": 1}]
    assert parse_stk_callback(body(CallbackMetadata={"Item": items})).metadata == {}


# ------------------------------------------------------------------------------------------------------------------ ids


@pytest.mark.parametrize("name", ["MerchantRequestID", "CheckoutRequestID"])
@pytest.mark.parametrize(("lexeme", "text"), [('"ws_CO_1"', "ws_CO_1"), ("77", "77"), ('""', None), ("null", None)])
def test_an_id_is_text_a_number_or_absent(name: str, lexeme: str, text: str | None) -> None:
    attribute = {"MerchantRequestID": "merchant_request_id", "CheckoutRequestID": "checkout_request_id"}[name]
    assert getattr(parse_stk_callback(with_lexeme(name, lexeme)), attribute) == text


@pytest.mark.parametrize("name", ["MerchantRequestID", "CheckoutRequestID"])
@pytest.mark.parametrize("lexeme", ["true", "false", "1.5", "0.0", "-0.0", "[]", "{}", '["ws_CO_1"]'])
def test_an_id_of_another_type_is_malformed(name: str, lexeme: str) -> None:
    assert path_of(with_lexeme(name, lexeme)) == INNER + name


@pytest.mark.parametrize("lexeme", ["null", "5.5", "true", "[]", "{}"])
def test_a_description_of_another_type_is_empty(lexeme: str) -> None:
    assert parse_stk_callback(with_lexeme("ResultDesc", lexeme)).result_description == ""


# --------------------------------------------------------------------------------------------------- wrappers and paths


@pytest.mark.parametrize(
    ("wrapped", "prefix"),
    [
        ("%s", ""),
        ('{"Body": %s}', "Body."),
        ('{"stkCallback": %s}', "stkCallback."),
        ('{"Body": {"stkCallback": %s}}', "Body.stkCallback."),
        ('{"Envelope": {"Body": {"stkCallback": %s}}}', "Envelope.Body.stkCallback."),
        ('{"Extra": [1], "Body": {"Extra": {}, "stkCallback": %s}, "ResultCode": 1}', "Body.stkCallback."),
    ],
)
def test_every_wrapper_is_found_and_named_in_the_path(wrapped: str, prefix: str) -> None:
    assert parse_stk_callback(wrapped % json.dumps(GOOD)) == parse_stk_callback(body())
    assert path_of(wrapped % "{}") == f"{prefix}ResultCode"
    assert path_of(wrapped % '{"ResultCode": 0, "CheckoutRequestID": []}') == f"{prefix}CheckoutRequestID"
    broken = '{"ResultCode": 0, "CallbackMetadata": {"Item": [{}, 5]}}'
    assert path_of(wrapped % broken) == f"{prefix}CallbackMetadata.Item[1]"


@pytest.mark.parametrize("lexeme", ["null", "5", '"text"', "true", "[]", '[{"ResultCode": 0}, 1]'])
def test_a_wrapper_that_is_not_an_object_is_named(lexeme: str) -> None:
    assert path_of(lexeme) == "body"
    assert path_of(f'{{"Envelope": {lexeme}}}') == "Envelope"
    assert path_of(f'{{"Body": {lexeme}}}') == "Body"
    assert path_of(f'{{"Body": {{"stkCallback": {lexeme}}}}}') == "Body.stkCallback"
    assert path_of(f'{{"Envelope": {{"Body": {lexeme}}}}}') == "Envelope.Body"
    assert path_of(f'{{"stkCallback": {lexeme}}}') == "stkCallback"


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ("5", META),
        ('"text"', META),
        ("[]", META),
        ("true", META),
        ('{"Item": 5}', f"{META}.Item"),
        ('{"Item": "text"}', f"{META}.Item"),
        ('{"Item": true}', f"{META}.Item"),
        ('{"Item": [null]}', f"{META}.Item[0]"),
        ('{"Item": [{"Name": "Amount", "Value": 1}, "Amount"]}', f"{META}.Item[1]"),
        ('{"Item": [{}, {}, [{"Name": "Amount", "Value": 1}]]}', f"{META}.Item[2]"),
    ],
)
def test_metadata_of_another_form_is_named(metadata: str, path: str) -> None:
    assert path_of(with_lexeme("CallbackMetadata", metadata)) == path


@pytest.mark.parametrize("nothing", [None, 5, 5.5, [], (), bytearray(b"[]"), memoryview(b"[]"), object()])
def test_a_body_that_is_neither_text_nor_a_mapping_is_malformed(nothing: object) -> None:
    assert path_of(nothing) == "body"  # type: ignore[arg-type]  # wrong on purpose


def test_mappings_and_tuples_of_every_kind_read_like_their_json() -> None:
    items = tuple(
        MappingProxyType(item) for item in json.loads(body())["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
    )
    inner = MappingProxyType({**GOOD, "CallbackMetadata": MappingProxyType({"Item": items})})
    assert parse_stk_callback(
        MappingProxyType({"Body": MappingProxyType({"stkCallback": inner})})
    ) == parse_stk_callback(body())
    alone = {**BARE, "CallbackMetadata": {"Item": MappingProxyType({"Name": "Amount", "Value": 5})}}
    assert parse_stk_callback(alone).amount == 5


def test_a_mapping_that_nests_beyond_reason_is_malformed() -> None:
    deep: list[list[object]] = [[], []]
    for index in range(2):
        for _ in range(100_000):
            deep[index] = [deep[index]]
    items = [{"Name": "X", "Value": value} for value in deep]
    assert path_of({**BARE, "CallbackMetadata": {"Item": items}}) == "body"


# ---------------------------------------------------------------------------------------------------- size and encoding


@pytest.mark.parametrize("filler", ["x", "\u00e9", "\u20ac", "\U0001f4b0"])
def test_sixty_four_kib_are_read_and_one_byte_more_is_not(filler: str) -> None:
    room = MAX_CALLBACK_BYTES - len(body(ResultDesc=""))
    description = filler * (room // len(filler.encode())) + "x" * (room % len(filler.encode()))
    allowed = body(ResultDesc="HERE").replace("HERE", description)
    assert len(allowed.encode()) == MAX_CALLBACK_BYTES == 65_536
    for text in (allowed, allowed.encode()):
        assert parse_stk_callback(text).result_description == description
    for text in (allowed + " ", allowed.encode() + b" "):
        assert path_of(text) == "body"


def test_text_is_measured_as_the_bytes_it_stands_for() -> None:
    with pytest.raises(CallbackMalformed, match="body is larger than 64 KiB"):
        parse_stk_callback('"' + "\u00e9" * (64 * 1024 - 2) + '"')
    with pytest.raises(CallbackMalformed, match="body is larger than 64 KiB"):
        parse_stk_callback("\ud800" * 30_000)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\xff\xfe", body().encode("utf-16")[:-1], b"\x00", body().encode() + b"\x00", b"A" * 40),
        *(b"<html></html>", b"ResultCode=0", b'{"ResultCode": NaN}', b'{"ResultCode": 0, "a": Infinity}', b"{" * 20),
        b'{"ResultCode": 0, "a": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_body_that_is_not_json_is_malformed_as_a_whole(raw: bytes) -> None:
    with pytest.raises(CallbackMalformed, match="body is not JSON"):
        parse_stk_callback(raw)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_body_in_another_encoding_is_read(encoding: str) -> None:
    assert parse_stk_callback(body().encode(encoding)) == parse_stk_callback(body())


def test_a_body_that_a_gateway_has_put_in_base64_is_read() -> None:
    encoded = b64encode(body().encode())
    for raw in (encoded, encoded.decode() + "\n", encoded.rstrip(b"="), encodebytes(body().encode())):
        assert parse_stk_callback(raw) == parse_stk_callback(body())


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_stk_callback(body().encode("utf-8-sig")) == parse_stk_callback(body())


@pytest.mark.parametrize(
    "raw", ["[" * 65_536, '{"ResultCode": 0, "MerchantRequestID": "1-1-1", "x": ' + "[" * 32 + "]" * 32 + "}"]
)
def test_a_body_that_nests_too_deep_is_malformed(raw: str) -> None:
    with pytest.raises(CallbackMalformed, match="body nests more than 32 deep"):
        parse_stk_callback(raw)
    assert (
        parse_stk_callback('{"ResultCode": 0, "MerchantRequestID": "1-1-1", "x": ' + "[" * 31 + "]" * 31 + "}").outcome
        is Outcome.PAID
    )


# ----------------------------------------------------------------------------------------------------- nothing personal

Place = tuple[str | int, ...]


def children(node: object) -> list[tuple[str | int, object]]:
    if isinstance(node, dict):
        return list(cast("dict[str | int, object]", node).items())
    return list(enumerate(cast("list[object]", node))) if isinstance(node, list) else []


def places(node: object, path: Place = ()) -> list[Place]:
    """List the path of every node below *node*."""
    found: list[Place] = []
    for key, child in children(node):
        found += [(*path, key), *places(child, (*path, key))]
    return found


def replaced(place: Place, value: object, node: object) -> object:
    """Copy *node* with what is at *place* replaced."""
    if not place:
        return value
    copies = [(key, replaced(place[1:], value, child) if key == place[0] else child) for key, child in children(node)]
    return dict(copies) if isinstance(node, dict) else [child for _, child in copies]


PLACES: Final = places(json.loads(body()))
WRONG: Final = [
    None,
    True,
    1.5,
    "",
    [],
    {},
    -1,
    PHONE,
    int(PHONE),
    float(PHONE),
    [PHONE],
    {PHONE: PHONE},
    f"x {PHONE} y",
]


def leaked_by(raw: bytes | str | Mapping[str, object]) -> bool:
    """Tell whether the number shows in what came of a body."""
    try:
        shown = repr(parse_stk_callback(raw))
    except CallbackMalformed as error:
        shown = everything_shown(error)
    return NINE in shown


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_no_number_shows_whichever_field_is_wrong(place: Place) -> None:
    # Daraja's id of the request is made to be logged; a number has never been seen in it.
    wrong = [value for value in WRONG if place[-1] != "MerchantRequestID" or NINE not in str(value)]
    mutants = [replaced(place, value, json.loads(body())) for value in wrong]
    assert [mutant for mutant in mutants if leaked_by(json.dumps(mutant))] == []
    assert [mutant for mutant in mutants if leaked_by(cast("Mapping[str, object]", mutant))] == []


def test_no_number_shows_wherever_the_body_ends() -> None:
    whole = body().encode()
    assert [end for end in range(len(whole) + 1) if leaked_by(whole[:end])] == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_no_number_shows_in_another_encoding(encoding: str) -> None:
    assert not leaked_by(body().encode(encoding))


@pytest.mark.parametrize(
    "raw", [f'"{PHONE}"', PHONE, f"[{PHONE}]", f'{{"{PHONE}": 0}}', PHONE * 6_000, f"PhoneNumber={PHONE}"]
)
def test_no_number_shows_of_a_body_that_is_no_callback(raw: str) -> None:
    assert not leaked_by(raw)


def test_the_program_has_what_the_repr_hides() -> None:
    callback = parse_stk_callback(body())
    assert callback.phone == PHONE
    assert callback.checkout_request_id == f"ws_CO_17082026142826127{NINE}"
    assert "UHH4K7M2QX" in repr(callback)
    assert "7be4-4f8c-9c02-1d6a3b5e80f72219" in repr(callback)


# ------------------------------------------------------------------------------------------------------- whatever comes

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([0, "0", 1032, PHONE])
names = st.text() | st.sampled_from(["Envelope", "Body", "stkCallback", *GOOD, "Item", "Name", "Value", "Amount"])
trees = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=12)
PLAINLY_ZERO: Final = re.compile(r'"ResultCode": ?(?:0|"0")[,}\s]')


def check(raw: bytes | str | Mapping[str, object]) -> None:
    """Read *raw*; it gives a callback or the one exception, and nothing is paid that does not say so plainly."""
    try:
        callback = parse_stk_callback(raw)
    except CallbackMalformed:
        return
    assert type(callback) is StkCallback
    text = raw.decode() if isinstance(raw, bytes) else raw if isinstance(raw, str) else json.dumps(raw)
    assert callback.outcome is not Outcome.PAID or PLAINLY_ZERO.search(text)
    assert callback.amount is None or (callback.amount.is_finite() and callback.amount >= 0)


@given(st.binary() | st.text())
@example('{"ResultCode": "\\ud800"}')
@example('{"ResultCode": 1, "CheckoutRequestID": "\ud800"}')
def test_any_bytes_and_any_text_are_a_callback_or_malformed(raw: bytes | str) -> None:
    check(raw)


@given(trees)
def test_any_json_is_a_callback_or_malformed(tree: object) -> None:
    check(json.dumps(tree))


@given(st.dictionaries(names, trees) | st.fixed_dictionaries({"ResultCode": scalars, "CallbackMetadata": trees}))
def test_any_mapping_is_a_callback_or_malformed(mapping: dict[str, object]) -> None:
    check(mapping)


class Pairs(NamedTuple):
    """An object whose keys may stand twice."""

    pairs: list[tuple[str, object]]


def written(node: object) -> str:
    if isinstance(node, Pairs):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(value)}" for key, value in node.pairs) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(written, node)) + "]"  # pyright: ignore[reportUnknownArgumentType] - of JSON
    return json.dumps(node)


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """Write a good callback of which some nodes are deleted, replaced or doubled."""

    def mutate(node: object) -> object:
        mutated = [(key, mutate(kept)) for key, child in children(node) for kept in fate(child)]
        if isinstance(node, dict):
            return Pairs([(str(key), child) for key, child in mutated])
        return [child for _, child in mutated] if isinstance(node, list) else node

    def fate(node: object) -> list[object]:
        match draw(st.integers(0, 15)):
            case 0:
                return []
            case 1:
                return [draw(trees)]
            case 2:
                return [node, node]
            case 3:
                return [node, draw(trees)]
            case _:
                return [node]

    return written(mutate(json.loads(body(ResultCode=draw(st.sampled_from([0, "0", 1032, "00", False]))))))


@given(mutants())
def test_any_mutant_of_a_good_callback_is_a_callback_or_malformed(raw: str) -> None:
    check(raw)
    assert not leaked_by(re.sub(r'"MerchantRequestID": [^,}]*', '"MerchantRequestID": 1', raw))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"ResultCode": 0, "ResultDesc": "Accepted"}', "CheckoutRequestID"),
        ('{"errorCode": "500.001.1001", "ResultCode": 0}', "CheckoutRequestID"),
        ('{"stkCallback": {"ResultCode": 1032}, "Body": {"ResultCode": 0}}', "Body.CheckoutRequestID"),
        ('{"Body": {"stkCallback": {"ResultCode": 1032}}, "Body": {"stkCallback": {"ResultCode": 0}}}', "body"),
        ('{"Body": {"stkCallback": {"ResultCode": 1032}, "stkCallback": {"ResultCode": 0}}}', "body"),
    ],
)
def test_a_body_that_only_looks_like_a_callback_is_not_believed(body: str, path: str) -> None:
    assert path_of(body) == path


def test_inside_its_wrapper_a_callback_may_lack_both_ids() -> None:
    callback = parse_stk_callback('{"Body": {"stkCallback": {"ResultCode": 0}}}')

    assert (callback.outcome, callback.merchant_request_id, callback.checkout_request_id) == (Outcome.PAID, None, None)


def test_words_about_processing_win_over_every_code_but_0() -> None:
    words = "The transaction is still under processing"
    open_ = parse_stk_callback({**BARE, "ResultCode": 1037, "ResultDesc": words})
    assert (open_.outcome, open_.explanation.outcome) == (Outcome.PROCESSING, Outcome.PROCESSING)
    assert not open_.explanation.charge_again
    assert parse_stk_callback({**BARE, "ResultDesc": words}).outcome is Outcome.PAID
