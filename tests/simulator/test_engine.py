"""The engine answers, refuses and calls back as Daraja does, with the time as a parameter."""

import re
from datetime import timedelta

import pytest

from daraja.http.messages import HttpRequest
from daraja.simulator import Answer, Engine
from tests.simulator.shop import (
    NOON,
    OAUTH,
    PHONE,
    PUSH,
    QUERY,
    SHORTCODE,
    Shop,
    callback_of,
    read,
    refusal_of,
    shop_of,
)


def test_a_push_is_answered_in_daraja_s_newest_form() -> None:
    engine = Engine()
    body = read(shop_of(engine).push())
    assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[0-9]+", str(body.pop("MerchantRequestID")))
    assert re.fullmatch(r"ws_CO_23112026120000[0-9]{3}712345678", str(body.pop("CheckoutRequestID")))
    assert body == {
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def test_a_push_is_kept_with_all_its_fields() -> None:
    engine = Engine()
    checkout_request_id = shop_of(engine).pushed()
    (push,) = engine.stk.pushes
    assert push.checkout_request_id == checkout_request_id
    assert (push.shortcode, push.receiver, push.amount, push.phone) == (SHORTCODE, SHORTCODE, 500, PHONE)
    assert (push.reference, push.description, push.asked_at) == ("ORD-1", "Laundry", NOON)
    (prompt,) = engine.stk.prompts
    assert (prompt.push, prompt.decision, prompt.ends_at) == (push, None, NOON + timedelta(seconds=27))


def test_the_same_calls_at_the_same_times_give_the_same_answers() -> None:
    def conversation() -> list[bytes]:
        engine = Engine(answer=Answer.PAY, delay=5)
        shop = shop_of(engine)
        answers = [shop.push().body, shop.push(Amount=0).body]
        shop.wait(5)
        return answers + [callback.body for callback in engine.due(shop.now)]

    assert conversation() == conversation()


def test_an_unanswered_prompt_ends_by_itself() -> None:
    engine = Engine()
    shop = shop_of(engine)
    asked = shop.pushed()
    shop.wait(26.9)
    assert engine.due(shop.now) == ()
    assert read(shop.query(asked)) == {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": engine.stk.pushes[0].merchant_request_id,
        "CheckoutRequestID": asked,
        "ResultCode": "4999",
        "ResultDesc": "The transaction is still under processing",
    }
    shop.wait(0.1)
    assert shop.result_code(asked) == "1037"
    (callback,) = engine.due(shop.now)
    assert callback_of(callback) == {
        "MerchantRequestID": engine.stk.pushes[0].merchant_request_id,
        "CheckoutRequestID": asked,
        "ResultCode": 1037,
        "ResultDesc": "DS timeout user cannot be reached",
    }


def test_the_callback_of_a_paid_push_is_as_on_the_wire() -> None:
    engine = Engine(answer=Answer.PAY, delay=4)
    shop = shop_of(engine)
    asked = shop.pushed()
    shop.wait(10)
    (callback,) = engine.due(shop.now)
    assert (callback.method, callback.url) == ("POST", "http://127.0.0.1:9000/callback/s3cr3t")
    assert callback.headers == {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": "174379"}
    said = callback_of(callback)
    items = {item["Name"]: item["Value"] for item in said.pop("CallbackMetadata")["Item"]}
    assert said == {
        "MerchantRequestID": engine.stk.pushes[0].merchant_request_id,
        "CheckoutRequestID": asked,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
    }
    receipt = items.pop("MpesaReceiptNumber")
    assert re.fullmatch(r"UKN[0-9A-Z]{7}", receipt), "2026 is U, November K, the 23rd N"
    assert items == {"Amount": 500, "TransactionDate": 20261123120004, "PhoneNumber": 254712345678}
    assert shop.result_code(asked) == "0"


@pytest.mark.parametrize(
    ("answer", "code"), [(Answer.PAY, 0), (Answer.CANCEL, 1032), (Answer.WRONG_PIN, 2001), (Answer.IGNORE, 1037)]
)
def test_a_person_decides_the_result(answer: Answer, code: int) -> None:
    engine = Engine()
    shop = shop_of(engine)
    asked = shop.pushed()
    shop.wait(3)
    engine.answer("0712 345 678", answer, shop.now)
    assert shop.result_code(asked) == ("4999" if answer is Answer.IGNORE else str(code))
    shop.wait(60)
    (callback,) = engine.due(shop.now)
    assert callback_of(callback)["ResultCode"] == code


@pytest.mark.parametrize(("answer", "code"), [(Answer.PAY, 0), (Answer.CANCEL, 1032)])
def test_an_ordinary_number_can_answer_by_itself(answer: Answer, code: int) -> None:
    engine = Engine(answer=answer, delay=0)
    shop = shop_of(engine)
    assert shop.result_code(shop.pushed()) == str(code)


def test_a_person_answers_the_oldest_prompt_first() -> None:
    engine = Engine(busy_seconds=0)
    shop = shop_of(engine)
    other, first, second = shop.pushed("254700111222"), shop.pushed(), shop.pushed()
    engine.answer(PHONE, Answer.CANCEL, shop.now)
    engine.answer(PHONE, Answer.PAY, shop.now)
    assert [shop.result_code(asked) for asked in (other, first, second)] == ["4999", "1032", "0"]


def test_a_phone_without_a_prompt_cannot_be_answered() -> None:
    engine = Engine()
    shop = shop_of(engine)
    shop.pushed()
    with pytest.raises(LookupError, match=r"no prompt is open on 2547\*{5}999"):
        engine.answer("254700000999", Answer.PAY, shop.now)
    shop.wait(27)
    with pytest.raises(LookupError, match="no prompt is open"):
        engine.answer(PHONE, Answer.PAY, shop.now)
    with pytest.raises(ValueError, match="not a Kenyan mobile number"):
        engine.answer("12", Answer.PAY, shop.now)


def test_callbacks_are_handed_out_once_and_in_order() -> None:
    engine = Engine(prompt_life=30)
    shop = shop_of(engine)
    slow = shop.pushed()
    shop.wait(1)
    quick = shop.pushed("254700000000")
    shop.wait(1)
    quicker = shop.pushed("254700111222")
    engine.answer("254700111222", Answer.PAY, shop.now)
    shop.wait(60)
    handed_out = engine.due(shop.now)
    assert [callback_of(callback)["CheckoutRequestID"] for callback in handed_out] == [quicker, quick, slow]
    assert engine.due(shop.now) == ()
    assert engine.callbacks == handed_out


def test_next_due_is_the_time_of_the_next_event() -> None:
    engine = Engine(prompt_life=30)
    assert engine.next_due() is None
    shop = shop_of(engine)
    shop.pushed()
    assert engine.next_due() == NOON + timedelta(seconds=30)
    engine.answer(PHONE, Answer.PAY, NOON)
    assert engine.next_due() == NOON
    assert len(engine.due(NOON)) == 1
    assert engine.next_due() is None


@pytest.mark.parametrize("path", ["/", "", "/mpesa/stkpush/v1/processrequest/", "/mpesa/b2c/v2/paymentrequest"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    assert refusal_of(Shop(Engine().handle).ask("GET", path, {})) == (404, "404.001.01", "Resource not found")


def test_an_invalid_address_is_not_found() -> None:
    response = Engine().handle(HttpRequest("GET", "http://[/oauth/v1/generate"), NOON)
    assert refusal_of(response)[1] == "404.001.01"


@pytest.mark.parametrize(("method", "path"), [("POST", OAUTH), ("GET", PUSH), ("DELETE", QUERY)])
def test_another_method_is_not_allowed(method: str, path: str) -> None:
    expected = (405, "405.001", f"{method} Method Not Allowed")
    assert refusal_of(Shop(Engine().handle).ask(method, path, {})) == expected


@pytest.mark.parametrize("seconds", [-1.0, 86_401.0, float("nan")])
def test_a_time_out_of_range_is_an_error(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"delay is .*; give seconds, from 0 to 86,400"):
        Engine(delay=seconds)


def test_a_reply_to_an_unknown_callback_is_only_logged() -> None:
    engine = Engine()
    engine.delivered(HttpRequest("POST", "http://127.0.0.1:9000/"), "answered HTTP 200", NOON)
    assert [event.text for event in engine.events] == ["http://127.0.0.1:9000 answered HTTP 200"]
    assert engine.callback_queue.sent == ()
