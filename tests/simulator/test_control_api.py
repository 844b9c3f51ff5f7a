"""The control API, as a shop in any language uses it."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

import attrs
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from daraja import Daraja, Environment, parse_stk_callback
from daraja.errors import OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Engine, LocalDaraja, Scenario
from daraja.simulator.gateway import lost
from daraja.simulator.results import PAID
from tests.simulator.initiators import B2C, b2c, credential
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver
from tests.simulator.served import shop_at
from tests.support.servers import Conversation, Seen, raw_server

PHONE = "254712345678"


Json = dict[str, Any]  # as it came: each test says what it expects in it


@attrs.frozen
class Buttons:
    """A local Daraja, a shop that pushes, and the buttons as plain HTTP."""

    local: LocalDaraja
    daraja: Daraja
    receiver: Receiver

    def push(self, phone: str = PHONE, reference: str = "ORD-1") -> str:
        return self.daraja.stk_push(phone=phone, amount=500, reference=reference).checkout_request_id

    def post(self, button: str, **params: str | float) -> Json:
        answer = requests.post(f"{self.local.base_url}/simulator/{button}", json=params, timeout=10)
        assert answer.status_code == 200, answer.text
        said: Json = answer.json()
        return said

    def refusal(self, button: str, body: Any) -> tuple[int, str]:  # noqa: ANN401 - any JSON, right or wrong
        url = f"{self.local.base_url}/simulator/{button}"
        answer = requests.post(url, json=body, timeout=10)
        return answer.status_code, answer.json()["error"]

    def get(self, view: str, **query: str | float) -> Json:
        answer = requests.get(f"{self.local.base_url}/simulator/{view}", params=query, timeout=40)
        assert answer.status_code == 200, answer.text
        said: Json = answer.json()
        return said

    def code(self) -> str:
        """Return the result code of the callback that has arrived."""
        return str(parse_stk_callback(self.receiver.already().body).result_code)

    def event(self, kind: str) -> Json:
        """Return the newest event of a kind."""
        event: Json = [event for event in self.get("state")["events"] if event["kind"] == kind][-1]
        return event


@pytest.fixture
def engine() -> Engine:
    return Engine(scenarios={"0700 999 999": Scenario(result=PAID, after=0, reply=lost)})


@contextmanager
def before(local: LocalDaraja) -> Generator[Buttons]:
    """Serve a local Daraja, and open a shop before it."""
    with Receiver() as receiver, local:
        config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=receiver.url)
        with Daraja(config) as daraja:
            yield Buttons(local, daraja, receiver)


@pytest.fixture
def buttons(engine: Engine) -> Generator[Buttons]:
    with before(LocalDaraja(engine=engine)) as buttons:
        yield buttons


@pytest.mark.parametrize(
    ("answer", "code"),
    [("pay", "0"), ("wrong pin", "2001"), ("wrong_pin", "2001"), ("cancel", "1032"), ("no_funds", "1")],
)
def test_the_callback_has_arrived_when_the_answer_comes(buttons: Buttons, answer: str, code: str) -> None:
    buttons.push()
    buttons.post("answer", phone="0712 345 678", answer=answer)
    assert buttons.code() == code


def test_advance_delivers_what_falls_due(buttons: Buttons) -> None:
    buttons.push()
    before = buttons.get("state")["now"]
    buttons.post("advance", seconds=90)
    assert buttons.code() == "1037"
    assert buttons.get("state")["now"] > before


def test_callbacks_are_held_back_and_delivered(buttons: Buttons) -> None:
    buttons.push()
    assert buttons.post("hold", held=True) == {"held": True}
    assert buttons.get("state")["held"] is True
    buttons.post("answer", phone=PHONE, answer="pay")
    assert buttons.post("deliver", times=2, shuffled=True) == {"deliveries": 2}
    assert [buttons.code(), buttons.code()] == ["0", "0"]
    buttons.post("hold", held=False)
    assert buttons.post("deliver") == {"deliveries": 0}
    assert buttons.get("state")["held"] is False


def test_a_held_callback_is_sent_by_itself_after_release(buttons: Buttons) -> None:
    buttons.post("hold", held=True)
    buttons.push()
    buttons.post("answer", phone=PHONE, answer="pay")
    buttons.post("hold", held=False)
    assert parse_stk_callback(buttons.receiver.next().body).result_code == "0"


def test_a_callback_is_sent_again(buttons: Buttons) -> None:
    assert buttons.refusal("again", {}) == (
        404,
        "no such callback was sent from here; answer a prompt first, then give one of `callbacks`",
    )
    buttons.push()
    buttons.post("answer", phone=PHONE, answer="pay")
    buttons.post("again")
    buttons.post("again", event=buttons.event("callback")["number"])
    assert [buttons.code() for _ in range(3)] == ["0", "0", "0"]


def test_a_request_is_replayed_exactly(buttons: Buttons) -> None:
    buttons.push()
    event = buttons.event("push")
    assert buttons.post("again", event=event["number"]) == {"status": 500}
    assert "was asked less than 60 s ago" in buttons.event("refused")["text"]
    buttons.post("advance", seconds=60)
    assert buttons.post("again", event=event["number"]) == {"status": 200}
    assert [push.reference for push in buttons.local.pushes] == ["ORD-1", "ORD-1"]
    pressed = buttons.event("control")["number"]
    status, why = buttons.refusal("again", {"event": pressed})
    assert (status, why.partition(" is not ")[0]) == (404, f"event {pressed}")


def test_a_lost_answer_is_shown_and_lost_again_in_a_replay(buttons: Buttons) -> None:
    with pytest.raises(OutcomeUnknown):
        buttons.push("0700999999")
    events = {event["kind"]: event for event in reversed(buttons.get("state")["events"])}
    assert events["push"]["response"] is None
    assert events["push"]["explanation"] is None
    assert buttons.post("again", event=events["push"]["number"]) == {"status": None}


def test_a_callback_is_forged_and_tokens_end(buttons: Buttons) -> None:
    buttons.push()
    buttons.post("forge", phone=PHONE)
    assert buttons.code() == "0"
    buttons.post("revoke")
    assert requests.post(f"{buttons.local.base_url}/mpesa/stkpush/v1/processrequest", timeout=10).status_code == 404
    assert [payment["paid"] for payment in buttons.get("payments")["payments"]] == [False]


def test_payments_list_the_result_of_every_push(buttons: Buttons) -> None:
    first, second = buttons.push(), buttons.push("254722345678", "ORD-2")
    buttons.post("answer", phone=PHONE, answer="pay")
    newest, oldest = buttons.get("payments")["payments"]
    assert (newest["checkout_request_id"], newest["result"], newest["paid"]) == (second, None, False)
    assert oldest["result"]["receipt"]
    assert oldest == {
        "checkout_request_id": first,
        "merchant_request_id": buttons.local.pushes[0].merchant_request_id,
        "asked_at": oldest["asked_at"],
        "shortcode": "174379",
        "receiver": "174379",
        "phone": PHONE,
        "amount": 500,
        "reference": "ORD-1",
        "description": "Payment",
        "paid": True,
        "result": {"code": 0, "title": "Paid", "at": oldest["result"]["at"], "receipt": oldest["result"]["receipt"]},
    }


def test_scenarios_list_the_magic_numbers(buttons: Buttons) -> None:
    listed = buttons.get("scenarios")["scenarios"]
    assert [(row["number"], row["name"], row["about"]) for row in listed] == [
        (row.number, row.name, row.about) for product in Engine().products for row in product.magic_numbers
    ]


def test_state_has_the_new_events_and_the_open_prompts(buttons: Buttons) -> None:
    buttons.push()
    news = buttons.get("state")
    assert [event["kind"] for event in news["events"]] == ["token", "push"]
    assert (news["last"], news["open"]) == (2, 1)
    (prompt,) = news["prompts"]
    assert 20 < prompt["seconds_left"] <= prompt["seconds"] == 27
    assert buttons.get("state", since=2, wait=0)["events"] == []
    assert buttons.get("state", since=7)["events"] == news["events"], "of a simulator that was started anew"


def test_state_waits_for_a_new_event(buttons: Buttons) -> None:
    news = Queue[Json]()
    waiting = Thread(target=lambda: news.put(buttons.get("state", since=0, wait=30)))
    waiting.start()
    buttons.push()
    assert news.get(timeout=10)["events"][0]["kind"] == "token"
    waiting.join()
    assert buttons.get("state", since=2, wait=0.01)["events"] == []


def test_state_always_has_the_phone_that_is_asked_for() -> None:
    with before(LocalDaraja(engine=Engine(delay=0, busy_seconds=0))) as buttons:
        buttons.push()
        for _ in range(60):
            buttons.push("254700008001")
        assert PHONE not in {prompt["phone"] for prompt in buttons.get("state")["prompts"]}
        prompts = buttons.get("state", phone="0712345678")["prompts"]
        assert [prompt["phone"] for prompt in prompts][60:] == [PHONE]
        assert buttons.get("state", phone="254700008001")["prompts"] == prompts[:60]
        assert buttons.get("state", phone="0722345678")["prompts"] == prompts[:60]


def test_state_has_the_newest_prompts_and_the_one_that_a_press_answers() -> None:
    with before(LocalDaraja(engine=Engine(prompt_life=3_600, busy_seconds=0))) as buttons:
        oldest = buttons.push()
        for number in range(60):
            buttons.push(f"254711{number:06}")
        newest = buttons.push()
        state = buttons.get("state")
        shown = [prompt["checkout_request_id"] for prompt in state["prompts"]]
        assert state["open"] == 62
        assert len(shown) == 61
        assert (shown[0], shown[-1]) == (newest, oldest)


def test_a_push_is_shown_with_its_answer_and_without_secrets(buttons: Buttons) -> None:
    buttons.push()
    event = buttons.event("push")
    assert event["again"] == "request"
    assert event["request"]["line"] == "POST /mpesa/stkpush/v1/processrequest"
    assert event["request"]["body"]["PhoneNumber"] == PHONE
    assert event["request"]["body"]["Password"] == "(not shown)"
    assert event["request"]["body"]["CallBackURL"] == buttons.receiver.url.replace("/callback", "/...")
    assert event["response"]["line"] == "HTTP 200"
    assert event["response"]["body"]["ResponseCode"] == "0"
    assert event["explanation"]["hint"].startswith("The prompt is on the phone. Accepted is not paid")
    token = buttons.event("token")
    assert token["response"]["body"]["access_token"] == "(not shown)"
    assert token["request"]["body"] == ""
    assert "Authorization" not in json.dumps(buttons.get("state"))
    assert PHONE not in "".join(event["text"] for event in buttons.get("state")["events"])


def test_queries_and_callbacks_are_explained(buttons: Buttons) -> None:
    asked = buttons.push()
    buttons.daraja.stk_query(asked)
    assert buttons.event("query")["explanation"]["outcome"] == "processing"
    buttons.post("answer", phone=PHONE, answer="cancel")
    callback = buttons.event("callback")
    assert callback["again"] == "callback"
    assert callback["request"]["line"] == f"POST {buttons.receiver.url.replace('/callback', '/...')}"
    assert callback["explanation"]["code"] == "1032"
    assert callback["explanation"]["title"] == "Cancelled by the customer"
    assert buttons.event("decided").keys() == {"number", "time", "kind", "text"}


@pytest.mark.parametrize("body", [b'{"ResultCode": true}', b'{"Body": 5}', b'{"Amount": 1.5}'])
def test_a_json_body_is_shown_as_json(buttons: Buttons, body: bytes) -> None:
    requests.post(f"{buttons.local.base_url}/nowhere", data=body, timeout=10)
    assert buttons.event("refused")["request"]["body"] == json.loads(body)


@pytest.mark.parametrize(
    "body", [b"no json", b"[1]", b"\xff\x00", b"[" * 9_000, b'{"Amount": NaN}', b'{"Amount": 1e999}', b"[Infinity]"]
)
def test_a_body_that_is_not_valid_json_is_shown_as_text(buttons: Buttons, body: bytes) -> None:
    requests.post(f"{buttons.local.base_url}/nowhere", data=body, timeout=10)
    event = buttons.event("refused")
    assert event["request"]["line"] == "POST /nowhere"
    assert event["request"]["body"] == body.decode(errors="replace")
    assert "no product has this path" in event["text"]


def test_a_very_large_body_is_not_kept(buttons: Buttons) -> None:
    requests.post(f"{buttons.local.base_url}/nowhere", data=b" " * 20_000, timeout=10)
    assert buttons.event("refused").keys() == {"number", "time", "kind", "text"}


def pressed(button: str, params: object) -> HttpResponse:
    """Call the API of a local Daraja that is not served."""
    headers = {"Host": "127.0.0.1", "Content-Type": "application/json"}
    answer = LocalDaraja().handle(HttpRequest("POST", f"/simulator/{button}", headers, json.dumps(params).encode()))
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("button", "body", "status", "words"),
    [
        ("answer", {"phone": PHONE, "answer": "pay"}, 404, "no prompt is open on 2547*****678"),
        ("answer", {"phone": "12", "answer": "pay"}, 400, "'12' is not a Kenyan mobile number"),
        ("answer", {"answer": "pay"}, 400, "phone is missing or not right; give text"),
        ("answer", {"phone": PHONE, "answer": "maybe"}, 400, "give one of: pay, cancel, wrong pin, no funds, ignore"),
        ("advance", {}, 400, "seconds is missing or not right; give a number from 0"),
        ("advance", {"seconds": "soon"}, 400, "seconds is missing or not right"),
        ("advance", {"seconds": True}, 400, "seconds is missing or not right"),
        ("advance", {"seconds": 10**400}, 400, "seconds is missing or not right"),
        ("advance", {"seconds": 90_000}, 400, "give seconds, from 0 to 86,400"),
        ("hold", {"held": "yes"}, 400, "held is missing or not right; give true or false"),
        ("deliver", {"times": 1.5}, 400, "times is missing or not right; give a whole number from 0"),
        ("deliver", {"times": 1e12}, 400, "times is missing or not right"),
        ("forge", {"phone": PHONE}, 404, "was never asked for money here"),
        ("again", {"event": 999}, 404, "event 999 is not about a request or callback"),
        ("again", [], 400, "the body is not a JSON object"),
    ],
)
def test_a_wrong_parameter_is_named(button: str, body: object, status: int, words: str) -> None:
    answer = pressed(button, body)
    assert answer.status == status
    assert words in json.loads(answer.body)["error"]


def test_the_error_for_a_missing_parameter_of_an_address_shows_how_to_write_it() -> None:
    answer = LocalDaraja().handle(HttpRequest("GET", "/simulator/statement", {"Host": "127.0.0.1"}))
    assert answer is not None
    assert json.loads(answer.body)["error"] == (
        "shortcode is missing or not right; give text in the address, as in ?shortcode=..."
    )


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([PHONE, "pay"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)


FIELDS = ("phone", "answer", "seconds", "held", "times", "shuffled", "event", "since")


BUTTONS = ("answer", "advance", "hold", "deliver", "again", "forge", "revoke")


@given(st.sampled_from(BUTTONS), st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES) | JSON_VALUES)
def test_no_parameters_break_it_or_show_a_number(button: str, params: object) -> None:
    answer = pressed(button, params)
    assert answer.status in {200, 400, 404}
    assert PHONE[3:].encode() not in answer.body


def test_a_body_that_is_not_json_is_an_error(buttons: Buttons) -> None:
    answer = requests.post(
        f"{buttons.local.base_url}/simulator/answer",
        data=b"{",
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"][:29]) == (400, "the body is not a JSON object")


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("DELETE", "/"), ("GET", "/simulators")])
def test_other_paths_get_daraja_s_own_404(buttons: Buttons, method: str, path: str) -> None:
    answer = requests.request(method, buttons.local.base_url + path, timeout=10)
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Resource not found")


def test_a_foreign_page_cannot_push_but_a_shop_can_use_any_host_name(buttons: Buttons) -> None:
    url = f"{buttons.local.base_url}/mpesa/stkpush/v1/processrequest"
    led = {"Host": "evil.example:8765", "Origin": "http://evil.example:8765"}
    answer = requests.post(url, json={}, headers=led, timeout=10)
    assert (answer.status_code, list(answer.json())) == (403, ["error"])
    assert list(buttons.local.events) == []
    for headers in ({"Host": "daraja.shop.example"}, {"Origin": "http://127.0.0.1:5173"}):
        answer = requests.post(url, json={}, headers=headers, timeout=10)
        assert answer.json()["errorCode"] == "404.001.04"


def test_a_foreign_page_can_do_nothing(buttons: Buttons) -> None:
    buttons.push()
    url = f"{buttons.local.base_url}/simulator/answer"
    params = json.dumps({"phone": PHONE, "answer": "pay"})
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Content-Type": "text/plain"}):
        answer = requests.post(
            url, data=json.dumps(params), headers={"Content-Type": "application/json", **headers}, timeout=10
        )
        assert answer.status_code == 403
    for path, odd, status in (
        ("/", {"Host": "evil.example"}, 403),
        ("/", {"Sec-Fetch-Site": "cross-site"}, 200),  # a link
        ("/simulator/state", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/simulator/state", {"Host": "evil.example"}, 403),
    ):
        assert requests.get(buttons.local.base_url + path, headers=odd, timeout=10).status_code == status
    assert len(buttons.local.prompts) == 1
    preflight = requests.options(url, headers={"Origin": "http://evil.example"}, timeout=10)
    assert not [name for name in preflight.headers if name.startswith("Access-Control")]


def test_a_receiver_that_hangs_is_logged_and_stops_nothing() -> None:
    def hang(conversation: Conversation, _: Seen) -> bool:
        conversation.hang()
        return False

    with raw_server(hang) as slow, before(LocalDaraja(timeout=1)) as buttons:
        buttons.daraja.stk_push(phone=PHONE, amount=5, reference="ORD-1", callback_url=f"{slow.address}/")
        buttons.post("answer", phone=PHONE, answer="pay")
        assert "no whole answer came within 1 s; it is not called again" in buttons.event("receiver")["text"]
        buttons.push("254722345678")
        buttons.post("answer", phone="254722345678", answer="pay")
        assert parse_stk_callback(buttons.receiver.next().body).result_code == "0"


def test_the_page_s_headers_forbid_everything_from_elsewhere(buttons: Buttons) -> None:
    kinds = {
        "/": "text/html; charset=utf-8",
        "/simulator/page.css": "text/css; charset=utf-8",
        "/simulator/page.js": "text/javascript; charset=utf-8",
        "/simulator/icon.svg": "image/svg+xml",
    }
    for path, kind in kinds.items():
        answer = requests.get(buttons.local.base_url + path, timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "https://" not in answer.text


# Accounts


def test_statements_are_of_an_account_that_there_is(buttons: Buttons) -> None:
    address = f"{buttons.local.base_url}/simulator/statement?shortcode=600992&account="
    working = requests.get(address + "Working Account", timeout=10)
    assert (working.headers["Content-Type"], "A/C No." in working.text) == ("text/csv; charset=utf-8", True)
    wrong = requests.get(address + "Savings", timeout=10)
    assert (wrong.status_code, wrong.json()["error"].partition(":")[0]) == (400, "account is not one of")


def test_only_an_operator_of_here_can_be_unlocked(buttons: Buttons) -> None:
    answer = requests.post(f"{buttons.local.base_url}/simulator/unlock", json={"operator": "stranger"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "no operator has that name here; known are testapi",
    )


def test_the_log_explains_acknowledgements_and_results_of_every_product(buttons: Buttons) -> None:
    shop = shop_at(buttons.local.base_url).authorise()
    assert shop.post(B2C, b2c("payout-1", "254700002040", ResultURL=buttons.receiver.url)).status == 200
    express = {
        "primaryShortCode": "9904001",
        "receiverShortCode": "174379",
        "amount": "5",
        "paymentRef": "1",
        "callbackUrl": buttons.receiver.url,
        "partnerName": "Duka",
        "RequestRefID": "express-1",
    }
    assert shop.post("/v1/ussdpush/get-msisdn", express).status == 200
    buttons.post("advance", seconds=5)
    explained = {
        (event["kind"], event["explanation"]["code"])
        for event in buttons.get("state")["events"]
        if event.get("explanation")
    }
    assert explained == {("request", ""), ("callback", "2040"), ("callback", "4001")}
    shown = json.dumps(buttons.get("state"))
    assert credential() not in shown
    assert "s3cr3t" not in shown
