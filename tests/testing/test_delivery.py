"""Callbacks land in the views of a shop, through whichever test client it has, and as a stranger's."""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated, Any

import attrs
import flask
import flask.testing
import httpx2
import pytest
from fastapi import Cookie, FastAPI, Header, Request, Response
from fastapi.testclient import TestClient
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from werkzeug.wrappers import Response as WerkzeugResponse

from daraja import AsyncCheckout, AsyncDaraja, AsyncReceipts, Checkout, Daraja, Receipts, parse_incoming
from daraja.http.messages import HttpRequest
from daraja.lifecycle.record import Account
from daraja.simulator import Engine
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import (
    ManualClock,
    MountedDaraja,
    b2c_result,
    c2b_confirmation,
    deliver_to,
    sample_config,
    stk_callback,
)
from daraja.testing.delivery import path_of, token_of
from tests.simulator.shop import shop_of
from tests.support.payments import a_payment

PAYMENT = attrs.evolve(a_payment(), account=Account("simulator", "174379"))
CALLBACK = stk_callback(PAYMENT)


def a_checkout() -> Checkout:
    checkout = Checkout(Daraja(sample_config()), MemoryStore())
    checkout.store.insert(PAYMENT)
    return checkout


def flask_shop(checkout: Checkout) -> flask.Flask:
    app = flask.Flask(__name__)
    app.secret_key = "for the session"

    def login() -> str:
        flask.session["user"] = "Wanjiku"
        return "welcome"

    def receive(token: str) -> flask.Response:
        if "user" in flask.session or not flask.request.is_json:
            return flask.Response("only for strangers", 403)
        reply = checkout.receive(flask.request.get_data(), token=token)
        return flask.Response(reply.body, reply.status_code, content_type=reply.content_type)

    app.add_url_rule("/login/", view_func=login)
    app.add_url_rule("/payments/callback/<token>/", view_func=receive, methods=["POST"])
    return app


def fastapi_shop(checkout: Checkout) -> FastAPI:
    app = FastAPI()

    @app.get("/login/")
    def login(response: Response) -> str:
        response.set_cookie("user", "Wanjiku")
        return "welcome"

    @app.post("/payments/callback/{token}/")
    async def receive(
        token: str,
        request: Request,
        user: Annotated[str | None, Cookie()] = None,
        authorization: Annotated[str | None, Header()] = None,
    ) -> Response:
        stranger = user is None and authorization is None
        if not stranger or not request.headers["Content-Type"].startswith("application/json"):
            return Response("only for strangers", 403)
        reply = checkout.receive(await request.body(), token=token)
        return Response(reply.body, reply.status_code, media_type=reply.content_type)

    return app


def test_a_callback_lands_in_a_view_of_flask_as_a_stranger_s() -> None:
    checkout = a_checkout()
    client = flask_shop(checkout).test_client()
    client.get("/login/")
    response = CALLBACK.send(client)

    assert (response.status_code, response.get_json()["ResultDesc"]) == (200, "Accepted")
    assert checkout.payment(PAYMENT.key).paid


def test_a_callback_lands_in_a_view_of_fastapi_as_a_stranger_s() -> None:
    checkout = a_checkout()
    with TestClient(fastapi_shop(checkout), headers={"Authorization": "Bearer user"}) as client:
        client.get("/login/")
        assert client.cookies
        response = CALLBACK.send(client)

    assert (response.status_code, response.json()["ResultDesc"]) == (200, "Accepted")
    assert checkout.payment(PAYMENT.key).paid


def test_a_callback_reaches_any_app_that_httpx_can_call() -> None:
    checkout = a_checkout()
    app = flask_shop(checkout)
    with httpx2.Client(transport=httpx2.WSGITransport(app), base_url="https://shop.example") as client:
        assert CALLBACK.send(client).status_code == 200

    assert checkout.payment(PAYMENT.key).paid


def test_the_simulator_s_log_describes_each_delivery() -> None:
    checkout = a_checkout()
    deliver = deliver_to(flask_shop(checkout).test_client())

    assert deliver(CALLBACK.request) == "answered HTTP 200"
    assert deliver(CALLBACK.request) == "answered HTTP 200"
    assert checkout.payment(PAYMENT.key).paid


def answering(status: int) -> flask.Flask:
    app = flask.Flask(__name__)

    def receive(token: str) -> tuple[str, int]:
        return token, status

    app.add_url_rule("/payments/callback/<token>/", view_func=receive, methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (301, "follows no redirect"),
        (401, "never logs in"),
        (403, "neither a login nor a CSRF token"),
        (404, "no route"),
        (405, "no POST"),
        (415, "application/json"),
        (500, "never calls again"),
        (503, "never calls again"),
    ],
)
def test_a_shop_that_does_not_take_a_callback_fails_the_test_with_the_likely_reason(status: int, hint: str) -> None:
    deliver = deliver_to(answering(status).test_client())
    with pytest.raises(AssertionError, match=f"^the shop answered the callback .* HTTP {status}: .*{hint}") as caught:
        deliver(CALLBACK.request)

    assert "to /payments/callback/<token>/ with" in str(caught.value)
    assert re.search("[0-9a-f]{32}", str(caught.value)) is None


def test_a_route_that_is_missing_is_named() -> None:
    app = flask.Flask(__name__)
    with pytest.raises(AssertionError, match="no route of the shop takes this path"):
        deliver_to(app.test_client())(CALLBACK.request)


def test_an_answer_that_is_no_success_can_be_looked_at() -> None:
    response = CALLBACK.send(answering(403).test_client())
    assert (response.status_code, response.get_data(as_text=True)) == (403, CALLBACK.token)


def test_a_checkout_takes_an_address_that_is_not_signed_as_well() -> None:
    checkout = a_checkout()
    unsigned = HttpRequest("POST", "https://shop.example/payments/callback/", CALLBACK.request.headers, CALLBACK.body)

    assert deliver_to(checkout)(unsigned) == "answered HTTP 200"
    assert not checkout.payment(PAYMENT.key).paid


def test_an_async_checkout_is_asked_in_an_event_loop_of_its_own() -> None:
    checkout = AsyncCheckout(AsyncDaraja(sample_config()), MemoryStore())
    checkout.store.insert(PAYMENT)

    async def while_another_runs() -> str:
        return deliver_to(checkout)(CALLBACK.request)

    assert asyncio.run(while_another_runs()) == "answered HTTP 200"
    assert asyncio.run(checkout.payment(PAYMENT.key)).paid


def welcome(token: str) -> str:
    return token


def flask_on_https_only() -> flask.testing.FlaskClient:
    app = flask.Flask(__name__)

    def to_https() -> WerkzeugResponse | None:
        return None if flask.request.is_secure else flask.redirect(flask.request.url.replace("http:", "https:"), 301)

    app.before_request(to_https)
    app.add_url_rule("/payments/callback/<token>/", view_func=welcome, methods=["POST"])
    return app.test_client()


def fastapi_on_https_only() -> TestClient:
    app = FastAPI()
    app.add_middleware(HTTPSRedirectMiddleware)
    app.add_api_route("/payments/callback/{token}/", welcome, methods=["POST"])
    return TestClient(app)


@pytest.mark.parametrize("make", [flask_on_https_only, fastapi_on_https_only])
def test_a_callback_comes_over_https_where_its_address_says_so(make: Callable[[], Any]) -> None:
    plain = attrs.evolve(CALLBACK.request, url=CALLBACK.url.replace("https:", "http:"))

    assert deliver_to(make())(CALLBACK.request) == "answered HTTP 200"
    with pytest.raises(AssertionError, match=r"HTTP 30[17]: Safaricom follows no redirect"):
        deliver_to(make())(plain)


def test_a_client_of_httpx_keeps_the_scheme_of_its_server_and_takes_the_path_of_the_address() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200)

    with httpx2.Client(transport=httpx2.MockTransport(answer), base_url="http://127.0.0.1:8000/shop/") as client:
        CALLBACK.send(client)
    assert asked == [f"http://127.0.0.1:8000{CALLBACK.path}"]


@pytest.mark.parametrize(("face", "client"), [(Receipts, Daraja), (AsyncReceipts, AsyncDaraja)])
def test_receipts_take_what_is_sent_to_their_addresses(face: Callable[..., Any], client: Callable[..., Any]) -> None:
    receipts = face(client(sample_config(registered_secret="a-secret-for-years")), MemoryReceiptStore())
    news = c2b_confirmation(receipt="UAF1AAAAAA", url=receipts.addresses.confirmation.reveal())
    reply = news.send(receipts)
    assert (reply.status_code, reply.transition.after.number) == (200, "UAF1AAAAAA")


class OwnCheckout(Checkout):
    """A checkout that a shop has made its own."""


def test_a_subclass_is_what_it_comes_from() -> None:
    checkout = OwnCheckout(Daraja(sample_config()), MemoryStore())
    checkout.store.insert(PAYMENT)
    assert CALLBACK.send(checkout).transition.became_success


@pytest.mark.parametrize("make", [object, httpx2.AsyncClient, lambda: "http://localhost:8000", Checkout.mro])
def test_an_object_that_cannot_take_callbacks_is_refused(make: Callable[[], object]) -> None:
    target = make()
    with pytest.raises(ValueError, match=f"delivered to {type(target).__name__}; give the test client of Django"):
        deliver_to(target)
    with pytest.raises(ValueError, match=r"post callback\.body to callback\.path"):
        CALLBACK.send(target)


@pytest.mark.parametrize(
    ("url", "path", "token"),
    [
        ("https://shop.example/a/" + "1a" + "0" * 96 + "/", "/a/1a" + "0" * 96 + "/", "1a" + "0" * 96),
        ("https://shop.example/" + "1a" + "0" * 96 + "?b=c", "/" + "1a" + "0" * 96 + "?b=c", "1a" + "0" * 96),
        ("https://shop.example/a/" + "0" * 95, "/a/" + "0" * 95, None),
        ("http://127.0.0.1:8000", "/", None),
    ],
)
def test_an_address_is_taken_apart(url: str, path: str, token: str | None) -> None:
    request = HttpRequest("POST", url)
    assert (path_of(request), token_of(request)) == (path, token)


# C2B, where the shop's answer decides


@pytest.mark.parametrize(("code", "status"), [("0", "paid"), ("C2B00012", "rejected")])
def test_the_shop_s_answer_to_a_validation_decides(code: str, status: str) -> None:
    app = flask.Flask(__name__)
    confirmed: list[str] = []

    def validate() -> dict[str, str]:
        return {"ResultCode": code, "ResultDesc": "?"}

    def confirm() -> dict[str, object]:
        confirmed.append(parse_incoming(flask.request.get_data()).receipt)
        return {"ResultCode": 0, "ResultDesc": "Success"}

    app.add_url_rule("/validate/", view_func=validate, methods=["POST"])
    app.add_url_rule("/confirm/", view_func=confirm, methods=["POST"])
    fast = FastAPI()
    fast.add_api_route("/validate/", validate, methods=["POST"])
    fast.add_api_route("/confirm/", lambda: {"ResultCode": 0}, methods=["POST"])
    for client in (app.test_client(), TestClient(fast)):
        mounted = MountedDaraja(Engine(), ManualClock(), deliver=deliver_to(client))
        token = shop_of(mounted.engine)
        addresses = {
            "ConfirmationURL": "https://shop.example/confirm/",
            "ValidationURL": "https://shop.example/validate/",
        }
        registration = {"ShortCode": "174379", "ResponseType": "Cancelled", **addresses}
        assert token.post("/mpesa/c2b/v2/registerurl", registration).status == 200
        assert mounted.pay_bill("0712345678", shortcode="174379", account="7", amount=5).status == status
    assert len(confirmed) == (status == "paid")


def test_several_targets_take_callbacks_by_the_beginning_of_their_paths() -> None:
    app, heard = flask.Flask(__name__), list[str]()

    def hear(rest: str) -> str:
        heard.append(rest)
        return "{}"

    app.add_url_rule("/results/<path:rest>", view_func=hear, methods=["POST"])
    checkout = a_checkout()
    deliver = deliver_to({"/payments/": checkout, "/results/": app.test_client(), "/results/timeout/": checkout})
    deliver(CALLBACK.request)
    deliver(b2c_result().request)
    assert heard == ["result/"]
    with pytest.raises(AssertionError, match=r"no target takes /other/; known are /payments/, /results/"):
        deliver(b2c_result(url="https://shop.example/other/").request)
    with pytest.raises(ValueError, match="callbacks cannot be delivered to int"):
        deliver_to({"/": 1})
