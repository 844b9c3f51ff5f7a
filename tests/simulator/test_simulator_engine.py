"""The engine answers, refuses and calls back as Daraja does, at whatever time it is told."""

import re
from datetime import datetime, timedelta

import pytest

from daraja.simulator import Answer, Engine, Event, TokenIssuer
from tests.simulator.shop import (
    NOON,
    OAUTH,
    PASSKEY,
    PHONE,
    PUSH,
    SHORTCODE,
    Shop,
    basic,
    callback_of,
    credentials,
    read,
    refusal_of,
    shop_of,
)

# A push


def test_a_push_is_answered_in_the_newest_style() -> None:
    engine = Engine()
    body = read(shop_of(engine).push())
    assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[0-9]+", str(body.pop("MerchantRequestID")))
    assert re.fullmatch(r"ws_CO_23112026120000[0-9]{3}712345678", str(body.pop("CheckoutRequestID")))
    assert body == {
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def test_a_push_is_kept_as_it_was_asked() -> None:
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


# Deciding


def test_an_unanswered_prompt_ends_after_its_life() -> None:
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


def test_a_paid_push_calls_back_as_on_the_wire() -> None:
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
def test_a_person_decides(answer: Answer, code: int) -> None:
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


def test_callbacks_are_handed_out_once_and_in_the_order_of_their_times() -> None:
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


def test_the_next_event_is_known() -> None:
    engine = Engine(prompt_life=30)
    assert engine.next_due() is None
    shop = shop_of(engine)
    shop.pushed()
    assert engine.next_due() == NOON + timedelta(seconds=30)
    engine.answer(PHONE, Answer.PAY, NOON)
    assert engine.next_due() == NOON
    assert len(engine.due(NOON)) == 1
    assert engine.next_due() is None


def test_receipts_and_ids_differ_even_after_a_restart_a_second_later() -> None:
    def day(now: datetime) -> list[str]:
        engine = Engine(answer=Answer.PAY, delay=0, busy_seconds=0)
        shop = Shop(engine.handle, now).authorise()
        ids = [shop.pushed() for _ in range(20)]
        bodies = [callback.body.decode() for callback in engine.due(now)]
        return ids + [receipt for body in bodies for receipt in re.findall(r'"([A-Z0-9]{10})"', body)]

    seen = day(NOON) + day(NOON + timedelta(seconds=1))
    assert len(set(seen)) == len(seen) == 80


# A query


@pytest.mark.parametrize("asked", ["", "ws CO", None, [], "\u00e9"])
def test_a_query_needs_an_id(asked: object) -> None:
    expected = (400, "400.002.02", "Bad Request - Invalid CheckoutRequestID")
    assert refusal_of(shop_of(Engine()).query(asked)) == expected


def test_a_query_checks_shortcode_and_time_stamp() -> None:
    shop = shop_of(Engine())
    assert refusal_of(shop.query("ws_CO_1", BusinessShortCode="x"))[2] == "Bad Request - Invalid BusinessShortCode"
    assert refusal_of(shop.query("ws_CO_1", Timestamp="x"))[2] == "Bad Request - Invalid Timestamp"


NO_SUCH_PUSH = (500, "500.001.1001", "The transaction does not Exist")


def test_a_query_about_an_unknown_push_is_refused() -> None:
    assert refusal_of(shop_of(Engine()).query("ws_CO_231120261200000017123")) == NO_SUCH_PUSH


def test_a_query_about_another_shops_push_is_refused() -> None:
    engine = Engine(shortcodes={SHORTCODE: PASSKEY, "600100": "pass"})
    shop = shop_of(engine)
    asked = shop.pushed()
    assert refusal_of(shop.query(asked, **credentials(NOON, "600100", "pass"))) == NO_SUCH_PUSH


# The record


def test_everything_is_recorded_in_plain_words() -> None:
    heard: list[Event] = []
    engine = Engine(on_event=heard.append)
    shop = shop_of(engine)
    shop.push(Amount=0)
    asked = shop.pushed()
    shop.query(asked)
    engine.answer(PHONE, Answer.PAY, shop.now)
    shop.query(asked)
    (callback,) = engine.due(shop.now)
    engine.delivered(callback, "answered HTTP 200", shop.now)
    assert [str(event) for event in engine.events] == [
        "12:00:00  token     an access token was issued",
        f"12:00:00  refused   POST {PUSH} got HTTP 400 400.002.02: Amount is not a whole number from 1 to 250000",
        "12:00:00  push      shortcode 174379 asks 2547*****678 for KES 500, reference 'ORD-1'",
        "12:00:00  query     about 2547*****678: not decided yet",
        "12:00:00  pressed   2547*****678: pay",
        "12:00:00  decided   2547*****678: code 0, The service request is processed successfully.",
        "12:00:00  query     about 2547*****678: code 0",
        "12:00:00  callback  for 2547*****678 to http://127.0.0.1:9000",
        "12:00:00  receiver  http://127.0.0.1:9000 answered HTTP 200",
    ]
    assert heard == list(engine.events)


@pytest.mark.parametrize(("one_token", "ended"), [(False, "or revoked"), (True, "or ended by a newer one or revoked")])
def test_a_token_of_an_earlier_simulator_is_recorded_as_what_it_is(*, one_token: bool, ended: str) -> None:
    engine = Engine(tokens=TokenIssuer(one_token=one_token))
    before = shop_of(Engine())
    Shop(engine.handle, token=before.token).push()
    elsewhere = "the access token was issued elsewhere or by a simulator that ran before this one"
    assert engine.events[-1].text.partition(": ")[2] == f"{elsewhere}, {ended}; ask for a new one"


def test_no_number_and_no_secret_is_shown() -> None:
    tokens = TokenIssuer(consumer_key="the-key", consumer_secret="the-secret")
    engine = Engine(shortcodes={SHORTCODE: PASSKEY}, tokens=tokens, busy_seconds=0)
    shop = Shop(engine.handle)
    shop.token = str(read(shop.ask("GET", OAUTH, basic("the-key", "the-secret")))["access_token"])
    shop.ask("GET", OAUTH, basic("the-key", "0712345678"))
    address = "https://user:hunter2@shop.example/s3cr3t"
    shop.pushed(AccountReference="0712345678", TransactionDesc="+254712345678", CallBackURL=address)
    shop.pushed()
    shop.push(PhoneNumber="0712345678")
    shop.push(Password="0712345678")
    shop.ask("GET\n", "/0712345678\u2028/\n" + 100 * "long", {})
    engine.answer(PHONE, Answer.PAY, shop.now)
    (callback,) = engine.due(shop.now)
    engine.delivered(callback, "answered HTTP 200", shop.now)
    shown = "\n".join(
        [
            *map(str, engine.events),
            *map(repr, [engine, engine.events, engine.stk.pushes, engine.stk.prompts]),
        ]
    )
    for hidden in ("712345678", "hunter2", "the-key", "the-secret", PASSKEY, shop.token):
        assert hidden not in shown
    assert "https://shop.example" in shown
    assert all(len(str(event).splitlines()) == 1 and len(str(event)) < 300 for event in engine.events)
    assert shown.isascii()
