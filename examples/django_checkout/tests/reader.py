"""A browser without JavaScript: what its customer reads, and posts."""

import re
from typing import Any

from django.test import Client

from shops import Shop

__all__ = ["CHECKOUT", "OWN", "WAITING", "logged_in", "post", "text_of"]

WAITING = "/orders/ORD-2026-001/payment-status"
CHECKOUT = "/checkout?order_id=ORD-2026-001&amount=500"
OWN = ["/", "/payments", CHECKOUT, WAITING]
"""The pages that are for whoever is logged in."""


def logged_in(shop: Shop) -> Client:
    """Give a browser in which the customer is logged in; it asks for the token of each form."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(shop.customer)
    return client


def text_of(response: Any) -> str:  # Any: Django's client adds to what it gives
    """Give what a page says, without its tags, as one line."""
    body = re.sub(r"<noscript>.*?</noscript>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def post(client: Client, address: str, **fields: str) -> Any:  # Any: as above
    """Post a form as a browser does that has loaded it before."""
    client.get("/login" if address == "/login" else "/")
    token = client.cookies["csrftoken"].value
    return client.post(address, fields | {"csrfmiddlewaretoken": token})
