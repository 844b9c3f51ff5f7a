"""However a web framework hands a body over, the same callback is kept."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import parse_stk_callback
from daraja.http.json_body import bytes_of

INNER = {"CheckoutRequestID": "ws_CO_1", "ResultCode": 0, "ResultDesc": "Fine."}
CALLBACK = {"Body": {"stkCallback": INNER}}
TEXT = json.dumps(CALLBACK)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        TEXT.encode(),
        bytearray(TEXT.encode()),
        memoryview(TEXT.encode()),
        CALLBACK,
        OrderedDict(CALLBACK),
        MappingProxyType({"Body": MappingProxyType({"stkCallback": MappingProxyType(INNER)})}),
    ],
)
def test_every_form_of_a_callback_is_the_same_one(body: Any) -> None:  # noqa: ANN401 - whatever frameworks hand over
    assert parse_stk_callback(bytes_of(body) or b"") == parse_stk_callback(TEXT)


@given(json_values)
def test_parsed_json_becomes_json_again(body: Any) -> None:  # noqa: ANN401 - JSON can be anything
    kept = bytes_of(body)

    assert kept is not None
    assert kept.decode() == body if isinstance(body, str) else json.loads(kept) == body


@given(st.binary())
def test_bytes_stay_as_they_are(body: bytes) -> None:
    assert bytes_of(body) == body


def test_amounts_keep_every_digit() -> None:
    items = [{"Name": "Amount", "Value": Decimal("500.00")}]
    kept = bytes_of({"Body": {"stkCallback": {**INNER, "CallbackMetadata": {"Item": items}}}})

    assert kept is not None
    assert parse_stk_callback(kept).amount == Decimal("500.00")


def test_text_that_cannot_be_encoded_is_stored_too() -> None:
    assert bytes_of("\ud800") == b"\xed\xa0\x80"


def nested(depth: int) -> Mapping[str, object]:
    body: dict[str, object] = {}
    for _ in range(depth):
        body = {"Body": body}
    return body


def test_a_value_that_json_cannot_hold_is_stored_as_an_empty_body() -> None:
    circle: dict[str, object] = {}
    circle["Body"] = circle
    impossible: Any = {("a", "tuple"): 1}  # Any: no parser makes it

    assert bytes_of(circle) == b""
    assert bytes_of(nested(100_000)) == b""
    assert bytes_of(impossible) == b""


@pytest.mark.parametrize("body", [BytesIO(b"{}"), object(), {1, 2}, print, 1j])
def test_other_types_are_not_a_body(body: Any) -> None:  # noqa: ANN401 - wrong on purpose
    assert bytes_of(body) is None
