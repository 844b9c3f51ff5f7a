"""The engine serves any product: here one that pays out, and one that asks for a decision on the phone page."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Answer, Engine, EventKind, LocalDaraja, Result
from daraja.simulator.callback_queue import Delivery
from daraja.simulator.errors import Json, json_response
from daraja.simulator.gateway import RateLimiter, in_turn, unavailable
from daraja.simulator.phones import PhonePrompt
from daraja.simulator.products.base import MagicNumber, Product, Route, Services
from daraja.simulator.results import UNANSWERED, result_of_number
from daraja.simulator.validation import read_fields
from daraja.values.secret import mask_phone
from tests.simulator.shop import PHONE, read, refusal_of, shop_of, texts

PAY_OUT = "/mpesa/b2c/v3/paymentrequest"
ASK = "/v1/standing-order"
RESULT_URL = "http://127.0.0.1:9000/result/s3cr3t"
_DIGITS = re.compile("[0-9]+")


class Payouts:
    """Accepts a payout at once, and posts its result later to the address in the request."""

    name: ClassVar[str] = "b2c"
    title: ClassVar[str] = "payouts"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = (
        MagicNumber("254700009001", "REFUSED_ONCE", "The first request is refused."),
    )

    def __init__(self, services: Services) -> None:
        self.routes: Mapping[str, Route] = {PAY_OUT: Route(self._pay, RateLimiter(60))}
        self.views: Mapping[str, Callable[[], Json]] = {"payouts": lambda: {"payouts": self._paid}}
        self._services = services
        self._paid: list[str] = []

    def _pay(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, ("PartyB", "ResultURL"))
        receiver = fields.matching("PartyB", _DIGITS, "a phone number")
        if receiver == self.magic_numbers[0].number:
            self._services.subscribers.admit(receiver, in_turn(unavailable), now)
        result = result_of_number(receiver) or Result(0, "Done")
        later = now + timedelta(seconds=self._services.delay)
        self._services.schedule.at(
            later, lambda at: self._finish(receiver, result, str(fields.values["ResultURL"]), at)
        )
        return json_response(200, {"ResponseCode": "0"})

    def _finish(self, receiver: str, result: Result, url: str, at: datetime) -> None:
        self._paid += [receiver] if result.paid else []
        body = json.dumps({"Result": {"ResultCode": result.code, "ResultDesc": result.description}}).encode()
        callback = HttpRequest("POST", url, {"Content-Type": "application/json"}, body)
        self._services.callbacks.put(
            Delivery(callback=callback, at=at, product=self.name, subject=mask_phone(receiver))
        )


class StandingOrders:
    """Asks a customer on the phone."""

    name: ClassVar[str] = "standing_order"
    title: ClassVar[str] = "standing orders"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        self.routes: Mapping[str, Route] = {ASK: Route(self._ask)}
        self.views: Mapping[str, Callable[[], Json]] = {}
        self._services = services
        self.decided: list[tuple[Result, datetime]] = []

    def _ask(self, _: HttpRequest, now: datetime) -> HttpResponse:
        self._services.phones.show(
            PhonePrompt(
                identity="order-1",
                phone=PHONE,
                ends_at=now + timedelta(seconds=30),
                result=UNANSWERED,
                decide=lambda result, at: self.decided.append((result, at)),
                view=lambda _: {"reference": "order-1"},
            )
        )
        return json_response(200, {"responseCode": "200"})


@pytest.fixture
def engine() -> Engine:
    return Engine(extra_products=(Payouts, StandingOrders), delay=5, busy_seconds=0)


def pay_out(receiver: str) -> dict[str, str]:
    return {"PartyB": receiver, "ResultURL": RESULT_URL}


def test_a_product_s_requests_pass_oauth_and_the_rate_limit(engine: Engine) -> None:
    shop = shop_of(engine)
    assert shop.post(PAY_OUT, pay_out(PHONE)).status == 200
    assert shop.post(PAY_OUT, pay_out(PHONE)).status == 429
    shop.token = "invented"
    assert refusal_of(shop.post(PAY_OUT, pay_out(PHONE)))[1] == "404.001.03"
    assert refusal_of(shop.ask("GET", PAY_OUT, {}))[0] == 405


def test_a_product_s_result_is_sent_at_its_time(engine: Engine) -> None:
    shop = shop_of(engine)
    shop.post(PAY_OUT, pay_out("254700002001"))
    assert engine.next_due() == shop.now + timedelta(seconds=5)
    shop.wait(4)
    assert engine.due(shop.now) == ()
    shop.wait(1)
    (callback,) = engine.due(shop.now)
    assert (callback.url, read(callback)["Result"]["ResultCode"]) == (RESULT_URL, 2001)
    assert texts(engine, EventKind.CALLBACK) == ["b2c for 2547*****001 to http://127.0.0.1:9000"]


def test_a_product_refuses_by_receiver(engine: Engine) -> None:
    shop = shop_of(engine)
    assert shop.post(PAY_OUT, pay_out("254700009001")).status == 503
    shop.wait(1)
    assert shop.post(PAY_OUT, pay_out("254700009001")).status == 200


def test_a_person_decides_a_product_s_prompt(engine: Engine) -> None:
    product = engine.products[-1]
    assert isinstance(product, StandingOrders)
    shop = shop_of(engine)
    shop.post(ASK, {})
    assert engine.stk.prompts == ()
    assert [prompt.view(shop.now) for prompt in engine.phones.on_the_page("")] == [{"reference": "order-1"}]
    engine.answer(PHONE, Answer.PAY, shop.now)
    shop.wait(60)
    engine.settle(shop.now)
    assert [(result.paid, at) for result, at in product.decided] == [(True, shop.now - timedelta(seconds=60))]


def test_the_oldest_prompt_of_all_products_is_answered_first(engine: Engine) -> None:
    shop = shop_of(engine)
    shop.post(ASK, {})
    asked = shop.pushed(PHONE)
    engine.answer(PHONE, Answer.CANCEL, shop.now)
    assert shop.result_code(asked) == "4999"
    engine.answer(PHONE, Answer.CANCEL, shop.now)
    assert shop.result_code(asked) == "1032"


def test_the_control_api_shows_a_product_s_state(engine: Engine) -> None:
    local = LocalDaraja(engine=engine)
    shop = shop_of(engine)
    shop.post(PAY_OUT, pay_out(PHONE))
    engine.due(shop.now + timedelta(seconds=5))

    def see(view: str) -> Any:  # noqa: ANN401 - any JSON
        answer = local.handle(HttpRequest("GET", f"/simulator/{view}", {"Host": "127.0.0.1"}))
        assert answer is not None
        return read(answer)

    assert see("payouts") == {"payouts": [PHONE]}
    assert "REFUSED_ONCE" in {row["name"] for row in see("scenarios")["scenarios"]}
    (event,) = [event for event in see("state")["events"] if event["kind"] == "callback"]
    assert (event["again"], event["explanation"]["code"]) == ("callback", "0")


def test_an_address_of_no_product_is_not_found(engine: Engine) -> None:
    shop_of(engine).post("/mpesa/nothing", {})
    assert texts(engine, EventKind.REFUSED)[0].endswith("no product has this path; look at its version")


def test_the_products_keep_to_the_protocol(engine: Engine) -> None:
    products: Sequence[Product] = engine.products
    assert [product.name for product in products] == [
        *(product.name for product in Engine().products),
        "b2c",
        "standing_order",
    ]
