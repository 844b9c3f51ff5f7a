"""One purchase of a customer over HTTP."""

import sys
import time
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import requests

from daraja import mask_phone
from daraja.simulator import LocalDaraja
from daraja.values.secret import mask_numbers
from demo.goods import CUSTOMER, PASSWORD, PHONE, THINGS

PATIENCE: Final = 30
"""Seconds to wait for an answer, and for the receipt."""

say: Final = partial(print, flush=True)


def walk(shop: str, local: LocalDaraja) -> None:
    """Log in, pay, enter the PIN on the simulated phone, wait for the receipt; print each step."""
    order_id, (_, amount) = max(THINGS.items(), key=lambda thing: len(thing[0]))
    status = f"/api/orders/{quote(order_id)}/payment-status/"
    with requests.Session() as session:
        session.hooks["response"] = [lambda response, **_: response.raise_for_status()]

        def call(method: str, path: str, **asked: str) -> dict[str, Any]:  # Any: what JSON holds
            told: dict[str, Any] = session.request(method, shop + path, json=asked or None, timeout=PATIENCE).json()
            return told

        login = call("POST", "/api/users/login/", email=CUSTOMER, password=PASSWORD)
        session.headers["Authorization"] = f"Token {login['token']}"
        say(f"- {login['user']['first_name']} is logged in to {shop}")
        asked = call("POST", "/api/payments/mpesa/stk-push/", order_id=order_id, amount=str(amount), phone=PHONE)
        say(f"- KES {amount} for {order_id} asked as {mask_numbers(asked['checkout_request_id'])}")
        say(f"- the order is {call('GET', status)['status']}")
        local.pay(PHONE)
        say(f"- the PIN is typed on {mask_phone(PHONE)}")

        end = time.monotonic() + PATIENCE
        while (told := call("GET", status))["status"] != "success":
            if time.monotonic() > end:
                sys.exit(f"The purchase failed: the order is {told['status']} {PATIENCE} seconds after the PIN.")
            time.sleep(0.2)
        say(f"- the order is {told['status']}, receipt {told['receipt']}: {told['message']}")
    say("A purchase works from the login to the receipt.")
