"""Settings, answers and transports for tests that step a conversation."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from daraja import Config, PayBill, Till
from daraja.config import Business, Environment
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing import sample_config

PHONE: Final = "254712345678"
PASSKEY: Final = "a-passkey-nobody-may-see"
CONSUMER_KEY: Final = "a-consumer-key-nobody-may-see"
CONSUMER_SECRET: Final = "a-consumer-secret-nobody-may-see"
CALLBACK_SECRET: Final = "a-callback-secret-nobody-may-see"
CHECKOUT_REQUEST_ID: Final = "ws_CO_231120261015307712712345678"
MERCHANT_REQUEST_ID: Final = "7d1f-4c02-9a55-61c0b7c4e9c1204517"

PAY_BILL: Final = PayBill("600111", passkey=PASSKEY)
TILL: Final = Till(store="600222", till="5050505", passkey=PASSKEY)


def settings(
    business: Business = PAY_BILL,
    *,
    environment: str | Environment = "simulator",
    **others: Any,  # noqa: ANN401 - as Config has them
) -> Config:
    """Return ``sample_config`` with secrets that no output may show."""
    secrets: dict[str, Any] = {  # Any: as above
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
        "callback_secrets": [CALLBACK_SECRET],
    }
    return sample_config(business, environment=environment, **(secrets | others))


def answer(status: int, body: object = b"", **headers: str) -> HttpResponse:
    """Return an answer: bytes unchanged, everything else as JSON; ``Retry_After`` becomes ``Retry-After``."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def refusal(status: int, code: str, message: str = "") -> HttpResponse:
    return answer(status, {"requestId": "1c5b-4ba8-815c-1", "errorCode": code, "errorMessage": message})


def token(text: str = "token-1", expires_in: object = "3599") -> HttpResponse:
    return answer(200, {"access_token": text, "expires_in": expires_in})


def accepted(checkout_request_id: str = CHECKOUT_REQUEST_ID) -> HttpResponse:
    return answer(
        200,
        {
            "MerchantRequestID": MERCHANT_REQUEST_ID,
            "CheckoutRequestID": checkout_request_id,
            "ResponseCode": "0",
            "ResponseDescription": "Success. Request accepted for processing",
            "CustomerMessage": "Success. Request accepted for processing",
        },
    )


ScriptedAnswer = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]


class ScriptedTransport:
    """A transport that answers from a list, in order. It raises exceptions and calls functions in it."""

    def __init__(self, replies: Iterable[ScriptedAnswer]) -> None:
        self._replies = iter(replies)
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, /) -> HttpResponse:
        self.requests.append(request)
        reply = next(self._replies)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, HttpResponse) else reply(request)

    @property
    def paths(self) -> list[str]:
        """The last part of every requested address: ``generate``, ``processrequest``, ``query``."""
        return [request.url.partition("?")[0].rpartition("/")[2] for request in self.requests]

    def sent(self, number: int = -1) -> dict[str, object]:
        """The JSON body of a request, by default the last one."""
        fields: dict[str, object] = json.loads(self.requests[number].body)
        return fields
