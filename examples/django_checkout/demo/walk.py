"""One purchase of a customer over HTTP."""

import sys
import time
from typing import Any, Final
from urllib.parse import quote

import requests

from daraja import mask_phone
from daraja.simulator import LocalDaraja
from daraja.values.secret import mask_numbers
from demo.goods import CUSTOMER, PASSWORD, PHONE
from shop.models import Order

PATIENCE: Final = 30
"""Seconds to wait for an answer, and for the receipt."""


def walk(shop: str, local: LocalDaraja) -> None:
    """Log in, pay, enter the PIN on the simulated phone, wait for the receipt; print each step."""
    print(f"The shop listens on {shop}, a local Daraja on {local.base_url}.", flush=True)
    order = max(Order.objects.filter(paid_at=None), key=lambda order: len(order.order_id))
    with requests.Session() as session:

        def call(method: str, path: str, **asked: str) -> dict[str, Any]:  # Any: what JSON holds
            response = session.request(method, f"{shop}{path}", json=asked or None, timeout=PATIENCE)
            if not response.ok:
                sys.exit(f"The purchase failed: {path} was answered HTTP {response.status_code}: {response.text:.200}.")
            told: dict[str, Any] = response.json()  # Any: as above
            return told

        login = call("POST", "/api/users/login/", email=CUSTOMER, password=PASSWORD)
        session.headers["Authorization"] = f"Token {login['token']}"
        print(f"- {login['user']['first_name']} is logged in", flush=True)

        push = {"order_id": order.order_id, "amount": str(order.amount), "phone": PHONE}
        asked = call("POST", "/api/payments/mpesa/stk-push/", **push)
        print(
            f"- KES {asked['amount']} for {order.order_id} asked as {mask_numbers(asked['checkout_request_id'])}",
            flush=True,
        )

        status = f"/api/orders/{quote(order.order_id)}/payment-status/"
        told = call("GET", status)
        print(f"- the order is {told['status']}: {told['message']}", flush=True)

        local.pay(PHONE)
        print(f"- the PIN is typed on {mask_phone(PHONE)}", flush=True)

        end = time.monotonic() + PATIENCE
        while (told := call("GET", status))["status"] != "success":
            if time.monotonic() > end:
                sys.exit(f"The purchase failed: the order is {told['status']} {PATIENCE} seconds after the PIN.")
            time.sleep(0.2)
        print(f"- the order is {told['status']}, receipt {told['receipt']}: {told['message']}", flush=True)
    print("A purchase works from the login to the receipt.", flush=True)
