"""A shop that talks to a local Daraja in raw HTTP, as another client would: it uses no code of daraja's own client."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Engine, EventKind

SHORTCODE = "174379"
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
PHONE = "254712345678"
OAUTH = "/oauth/v1/generate?grant_type=client_credentials"
PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"

NAIROBI = timezone(timedelta(hours=3))
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=NAIROBI)

Json = dict[str, Any]  # as it came: each test says what it expects in it


def basic(key: str = "key", secret: str = "secret") -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{key}:{secret}".encode()).decode()}


def credentials(now: datetime, shortcode: str = SHORTCODE, passkey: str = PASSKEY) -> Json:
    timestamp = now.astimezone(NAIROBI).strftime("%Y%m%d%H%M%S")
    password = b64encode((shortcode + passkey + timestamp).encode()).decode()
    return {"BusinessShortCode": shortcode, "Password": password, "Timestamp": timestamp}


def push_body(now: datetime = NOON, **changes: object) -> Json:
    return {
        **credentials(now),
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 500,
        "PartyA": PHONE,
        "PartyB": SHORTCODE,
        "PhoneNumber": PHONE,
        "CallBackURL": "http://127.0.0.1:9000/callback/s3cr3t",
        "AccountReference": "ORD-1",
        "TransactionDesc": "Laundry",
        **changes,
    }


@attrs.define
class Shop:
    """Sends requests with ``send``, at the time ``now``."""

    send: Callable[[HttpRequest, datetime], HttpResponse]
    now: datetime = NOON
    token: str = ""
    base_url: str = "https://sandbox.safaricom.co.ke"

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> HttpResponse:
        return self.send(HttpRequest(method, self.base_url + path, headers, body), self.now)

    def authorise(self) -> "Shop":
        self.token = str(read(self.ask("GET", OAUTH, basic()))["access_token"])
        return self

    def post(self, path: str, body: object) -> HttpResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.ask("POST", path, headers, json.dumps(body).encode())

    def push(self, **changes: object) -> HttpResponse:
        return self.post(PUSH, push_body(self.now, **changes))

    def pushed(self, phone: str = PHONE, **changes: object) -> str:
        """Push and return the CheckoutRequestID."""
        response = self.push(PartyA=phone, PhoneNumber=phone, **changes)
        assert response.status == 200, response.body
        return str(read(response)["CheckoutRequestID"])

    def query(self, checkout_request_id: object, **changes: object) -> HttpResponse:
        body = {**credentials(self.now), "CheckoutRequestID": checkout_request_id, **changes}
        return self.post(QUERY, body)

    def result_code(self, checkout_request_id: str) -> object:
        return read(self.query(checkout_request_id))["ResultCode"]


def read(message: HttpRequest | HttpResponse) -> Json:
    body: Json = json.loads(message.body)
    return body


def callback_of(request: HttpRequest) -> Json:
    """Unwrap the callback in a request."""
    inner: Json = read(request)["Body"]["stkCallback"]
    return inner


def refusal_of(response: HttpResponse) -> tuple[int, object, object]:
    """Return status, code and words of an error of Daraja's."""
    body = read(response)
    assert set(body) == {"requestId", "errorCode", "errorMessage"}
    assert body["requestId"]
    return response.status, body["errorCode"], body["errorMessage"]


def shop_of(engine: Engine) -> Shop:
    """Return a shop that has a token of the engine."""
    return Shop(engine.handle).authorise()


def texts(engine: Engine, kind: EventKind) -> list[str]:
    """Return the texts of the engine's events of one kind."""
    return [event.text for event in engine.events if event.kind is kind]
