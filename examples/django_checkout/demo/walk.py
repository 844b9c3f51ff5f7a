"""One purchase of a customer over HTTP."""

import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import requests

from daraja import mask_phone
from daraja.simulator import LocalDaraja
from daraja.values.phone import mask_numbers
from demo.goods import CUSTOMER, PASSWORD, PHONE
from shop.models import Order

PATIENCE: Final = 30
"""Seconds to wait for an answer, and for the receipt."""


class WrongAnswer(Exception):  # noqa: N818 - says what happened
    """The shop did not answer as it should."""


def walk(shop: str, local: LocalDaraja) -> Iterator[str]:
    """Log in, pay, enter the PIN on the simulated phone, wait for the receipt; yield each step that worked.

    Raises:
        WrongAnswer: If a step failed; the error names the step.
    """
    order = max(Order.objects.filter(paid_at=None), key=lambda order: len(order.order_id))
    with requests.Session() as session:

        def call(method: str, path: str, **asked: str) -> dict[str, Any]:  # Any: what JSON holds
            response = session.request(method, f"{shop}{path}", json=asked or None, timeout=PATIENCE)
            if not response.ok:
                raise WrongAnswer(f"{method} {path} was answered HTTP {response.status_code}: {response.text:.200}")
            told: dict[str, Any] = response.json()  # Any: as above
            return told

        login = call("POST", "/api/users/login/", email=CUSTOMER, password=PASSWORD)
        session.headers["Authorization"] = f"Token {login['token']}"
        yield f"{login['user']['first_name']} is logged in"

        push = {"order_id": order.order_id, "amount": str(order.amount), "phone": PHONE}
        asked = call("POST", "/api/payments/mpesa/stk-push/", **push)
        yield f"KES {asked['amount']} for {order.order_id} asked as {mask_numbers(asked['checkout_request_id'])}"

        status = f"/api/orders/{quote(order.order_id)}/payment-status/"
        told = call("GET", status)
        yield f"the order is {told['status']}: {told['message']}"

        local.pay(PHONE)
        yield f"the PIN is typed on {mask_phone(PHONE)}"

        end = time.monotonic() + PATIENCE
        while (told := call("GET", status))["status"] != "success":
            if time.monotonic() > end:
                raise WrongAnswer(f"the order is {told['status']} {PATIENCE} seconds after the PIN")
            time.sleep(0.2)
        yield f"the order is {told['status']}, receipt {told['receipt']}: {told['message']}"
