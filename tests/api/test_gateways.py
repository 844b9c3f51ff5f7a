"""Every parser reads a body in what a gateway puts around it, in the same way."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping

import pytest

from daraja import parse_incoming, parse_result, parse_stk_callback, parse_timeout
from daraja.errors import CallbackMalformed

PUSH = {
    "MerchantRequestID": "19072-295731-1",
    "CheckoutRequestID": "ws_CO_1",
    "ResultCode": 1032,
    "ResultDesc": "Request cancelled by user",
}
PAYMENT = {"TransID": "UAF1AAAAAA", "TransAmount": "5.00", "BusinessShortCode": "600111"}
RESULT = {"ResultCode": 0, "ResultDesc": "Done", "ConversationID": "AG_1", "TransactionID": "UAF1AAAAAA"}


def parse_b2c(body: bytes | str | Mapping[str, object]) -> object:
    return parse_result("b2c", body)


def as_text(content: object) -> Mapping[str, object]:
    return {"headers": {"Host": "shop.example"}, "body": json.dumps(content), "isBase64Encoded": False}


def in_base64(content: object) -> Mapping[str, object]:
    coded = b64encode(json.dumps(content).encode()).decode()
    return {"headers": {"Host": "shop.example"}, "body": coded, "isBase64Encoded": True}


def as_object(content: object) -> Mapping[str, object]:
    return {"headers": {"Host": "shop.example"}, "body": content}


def alone(content: object) -> Mapping[str, object]:
    return {"event": content}


def listed(content: object) -> object:
    return [content]


@pytest.mark.parametrize(
    ("parse", "content"),
    [
        (parse_stk_callback, {"Body": {"stkCallback": PUSH}}),
        (parse_incoming, PAYMENT),
        (parse_b2c, {"Result": RESULT}),
        (parse_timeout, {"Result": RESULT}),
    ],
)
@pytest.mark.parametrize("wrap", [as_text, in_base64, as_object, alone, listed])
def test_what_a_gateway_puts_around_a_body_is_taken_off(
    parse: Callable[[object], object], content: object, wrap: Callable[[object], object]
) -> None:
    assert repr(parse(wrap(content))) == repr(parse(content))
    assert repr(parse(json.dumps(wrap(content)))) == repr(parse(content))


def test_the_callback_of_a_push_is_found_without_its_own_wrappers() -> None:
    assert parse_stk_callback(as_object(PUSH)) == parse_stk_callback({"Body": {"stkCallback": PUSH}})


@pytest.mark.parametrize("body", ['{"body": "not json"}', '{"body": "7"}', '{"event": {"a": 1}}'])
def test_where_nothing_is_inside_the_body_is_malformed(body: str) -> None:
    for parse in (parse_stk_callback, parse_incoming, parse_b2c):
        with pytest.raises(CallbackMalformed):
            parse(body)
