"""One purchase of a customer over HTTP, with each step printed."""

import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import requests

from daraja import mask_phone
from daraja.simulator import LocalDaraja
from daraja.values.phone import mask_numbers
from demo.goods import CUSTOMER, PASSWORD, PHONE
from shop.models import Order

__all__ = ["WrongAnswer", "buy"]

_PATIENCE: Final = 30
_PAUSE: Final = 0.2


class WrongAnswer(Exception):  # noqa: N818 - says what happened
    """The shop did not answer as it should."""


def buy(shop: str, local: LocalDaraja, say: Callable[[str], object]) -> None:
    """Log in, pay, enter the PIN on the simulated phone, wait for the receipt.

    Raises:
        WrongAnswer: If a step failed; the error names the step.
    """
    order = max(Order.objects.filter(paid_at=None), key=lambda order: len(order.order_id))
    with requests.Session() as session:

        def call(method: str, path: str, **asked: Any) -> dict[str, Any]:  # Any: what JSON holds
            response = session.request(method, f"{shop}{path}", json=asked or None, timeout=_PATIENCE)
            if response.status_code != requests.codes.ok:
                message = f"{method} {path} was answered HTTP {response.status_code}: {response.text:.200}"
                raise WrongAnswer(message)
            told: dict[str, Any] = response.json()
            return told

        token = call("POST", "/api/users/login/", email=CUSTOMER, password=PASSWORD)["token"]
        session.headers["Authorization"] = f"Token {token}"
        say(f"{call('GET', '/api/users/me/')['first_name']} is logged in")

        push = {"order_id": order.order_id, "amount": str(order.amount), "phone": PHONE}
        asked = call("POST", "/api/payments/mpesa/stk-push/", **push)
        say(f"KES {asked['amount']} for {order.order_id} asked as {mask_numbers(asked['checkout_request_id'])}")

        status = f"/api/orders/{quote(order.order_id)}/payment-status/"
        say(f"the order is {call('GET', status)['status']}: {call('GET', status)['message']}")

        local.pay(PHONE)
        say(f"the PIN is typed on {mask_phone(PHONE)}")

        told, began = call("GET", status), time.monotonic()
        while told["status"] != "success" and time.monotonic() - began < _PATIENCE:
            time.sleep(_PAUSE)
            told = call("GET", status)
        if told["status"] != "success":
            message = f"the order is {told['status']} {_PATIENCE} seconds after the PIN"
            raise WrongAnswer(message)
        say(f"the order is {told['status']}, receipt {told['receipt']}: {told['message']}")
