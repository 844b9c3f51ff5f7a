"""What the demo suggests, done by itself: a prompt, a payment by hand, and a payout that two people decide."""

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import requests

from daraja import mask_phone
from daraja.django import checkout, payouts, receipts
from daraja.simulator import LocalDaraja
from daraja.values.secret import mask_numbers
from demo.goods import CUSTOMER, PASSWORD, PHONE, STAFF, THINGS
from shop.models import Rider

OTHER_PHONE: Final = "0733 444 555"
PATIENCE: Final = 30  # seconds to wait for an answer, and for what follows from a callback
say: Final = partial(print, flush=True)


class Customer:
    """A customer who is logged in to the API of the shop."""

    def __init__(self, shop: str, session: requests.Session) -> None:
        session.hooks["response"] = [lambda response, **_: response.raise_for_status()]
        self.shop, self.session = shop, session
        login = self.call("POST", "/api/users/login/", email=CUSTOMER, password=PASSWORD)
        session.headers["Authorization"] = f"Token {login['token']}"
        say(f"- {login['user']['first_name']} is logged in to {shop}")

    def call(self, method: str, path: str, **asked: str) -> dict[str, Any]:  # Any: what JSON holds
        """Return what the API answers."""
        return dict(self.session.request(method, self.shop + path, json=asked or None, timeout=PATIENCE).json())

    def push(self, order_id: str, phone: str) -> None:
        """Have a phone asked for the money of an order."""
        amount = THINGS[order_id][1]
        asked = self.call("POST", "/api/payments/mpesa/stk-push/", order_id=order_id, amount=str(amount), phone=phone)
        say(f"- KES {amount} for {order_id} asked as {mask_numbers(asked['checkout_request_id'])}")

    def wait_until_paid(self, order_id: str) -> None:
        """Wait for the receipt of an order."""
        path = f"/api/orders/{quote(order_id)}/payment-status/"
        told = until("an order is paid", lambda: told if (told := self.call("GET", path))["paid"] else None)
        say(f"- the order is {told['status']}, receipt {told['receipt']}: {told['message']}")


def walk(shop: str, local: LocalDaraja) -> None:
    """Do each thing once, and print each step."""
    longest, shortest = max(THINGS, key=len), min(THINGS, key=len)
    with requests.Session() as session:
        customer = Customer(shop, session)
        customer.push(longest, PHONE)
        local.pay(PHONE)
        say(f"- the PIN is typed on {mask_phone(PHONE)}")
        customer.wait_until_paid(longest)
        pay_by_hand(customer, local, shortest)
    pay_a_rider()
    say("A purchase works from the login to the receipt, and so do a payment by hand and a payout.")


def pay_by_hand(customer: Customer, local: LocalDaraja, order_id: str) -> None:
    """Cancel a prompt, then pay as the page of the order says."""
    customer.push(order_id, OTHER_PHONE)
    local.cancel(OTHER_PHONE)
    amount = THINGS[order_id][1]
    told = until("the shop offers it", lambda: receipts().offer(checkout().order(order_id), amount=amount))
    local.pay_bill(OTHER_PHONE, shortcode=told.account.shortcode, account=told.reference, amount=amount)
    say(f"- the prompt is cancelled, and KES {amount} paid by hand to account {told.reference}")
    customer.wait_until_paid(order_id)


def pay_a_rider() -> None:
    """Let one person ask for a rider's pay, and another one approve it."""
    asks, approves = STAFF
    rider = Rider.objects.get(name="Brian Mwangi")
    payout = payouts().pay(phone=rider.phone, amount=rider.daily_pay, idempotency_key="a day's pay", by=asks)
    say(f"- {asks} asks for KES {payout.amount} for {rider}: {payout.status}")
    payouts().approve(payout.key, by=approves, fingerprint=payout.fingerprint)
    receipt = until("a rider is paid", lambda: payouts().payout(payout.key).receipt)
    say(f"- {approves} approves it, and {rider} is paid, receipt {receipt}")


def until(what: str, find: Callable[[], Any]) -> Any:  # Any: what is found
    """Wait until there is something; end the program if it takes too long."""
    end = time.monotonic() + PATIENCE
    while (found := find()) is None:
        if time.monotonic() > end:
            sys.exit(f"The check failed: it takes over {PATIENCE} seconds until {what}.")
        time.sleep(0.2)
    return found
