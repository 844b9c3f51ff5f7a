"""A shop with a customer and an order, before a local Daraja in this process."""

import json
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

import attrs
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from daraja.django import rows
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Answer, Engine
from daraja.simulator.results import Result, result
from daraja.testing.adapters import MountedDaraja
from daraja.testing.delivery import send_to
from payments.models import Payment
from shop.models import ApiToken, Order, User

__all__ = [
    "DARAJA",
    "ENVIRON",
    "PASSWORD",
    "PHONE",
    "Shop",
    "edited",
    "failed",
    "make_due",
    "pay_another_amount",
    "post_callback",
]

PHONE: Final = "254712345678"
PASSWORD: Final = "a long enough password"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
DARAJA: Final = "http://127.0.0.1:8765"
ENVIRON: Final = {
    "MPESA_ENVIRONMENT": "simulator",
    "MPESA_BASE_URL": DARAJA,
    "MPESA_CONSUMER_KEY": "some-key",
    "MPESA_CONSUMER_SECRET": "some-secret",
    "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
    "MPESA_PASSKEY": SANDBOX_PASSKEY,
    "MPESA_CALLBACK_URL": "http://127.0.0.1:8000/api/payments/callback/",
    "MPESA_REGISTERED_SECRET": "any-secret-for-years",
}


@attrs.frozen
class Shop:
    """What a test does with a shop."""

    simulator: MountedDaraja
    customer: User
    order: Order
    api: APIClient

    @classmethod
    def opened(cls, simulator: MountedDaraja) -> "Shop":
        customer = User.objects.create_user("wanjiku@example.com", PASSWORD, first_name="Wanjiku", phone=PHONE)
        order = Order.objects.create(order_id="ORD-2026-001", user=customer, description="Laundry", amount=500)
        api = APIClient(HTTP_AUTHORIZATION=f"Token {ApiToken.issue(customer)}")
        return cls(simulator, customer, order, api)

    @property
    def engine(self) -> Engine:
        return self.simulator.engine

    @property
    def payment(self) -> Payment:
        return Payment.objects.latest("created_at")

    def push(self, **changes: object) -> Any:  # Any: a response of Django's test client, whose json is added by it
        asked = {"order_id": self.order.pk, "amount": 500, "phone": "0712 345 678"} | changes
        return self.api.post("/api/payments/mpesa/stk-push/", asked)

    def status(self) -> dict[str, Any]:  # Any: whatever JSON holds
        told: dict[str, Any] = self.api.get(f"/api/orders/{self.order.pk}/payment-status/").json()
        return told

    def another_order(self, order_id: str = "ORD-2026-002") -> Order:
        return Order.objects.create(order_id=order_id, user=self.customer, description="Ironing", amount=500)

    def answer(self, answer: Answer = Answer.PAY) -> list[Any]:  # Any: as above
        """Do what the customer does with the prompt, and deliver the callback."""
        self.simulator.answer(PHONE, answer)
        return [post_callback(callback) for callback in self.simulator.due()]

    def cancelled(self) -> HttpRequest:
        """Have the customer be asked and say no; give the callback that told so, which may turn out to be wrong."""
        self.push()
        self.simulator.answer(PHONE, Answer.CANCEL)
        (callback,) = self.simulator.due()
        post_callback(callback)
        return callback


def post_callback(callback: HttpRequest, headers: Mapping[str, str] = NO_HEADERS) -> Any:  # Any: as above
    """Bring a callback to the shop as Safaricom does, and give the shop's answer."""
    return send_to(Client(headers=dict(headers)), callback)


def edited(callback: HttpRequest, **changes: object) -> HttpRequest:
    """Give a callback that somebody has tampered with."""
    body = json.loads(callback.body)
    inner = body["Body"]["stkCallback"]
    items = {item["Name"]: item for item in inner.get("CallbackMetadata", {}).get("Item", [])}
    for name, value in changes.items():
        if name in items:
            items[name]["Value"] = value
        else:
            inner[name] = value
    return attrs.evolve(callback, body=json.dumps(body).encode())


def failed(code: int) -> Result:
    """Give what ends a push with this code."""
    return result(code)


def pay_another_amount(shop: Shop) -> None:
    """Ask for KES 500, and hear that KES 1 was paid."""
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    (callback,) = shop.simulator.due()
    post_callback(edited(callback, Amount=1))


def make_due() -> None:
    """Let time pass as far as the shop can tell."""
    for row in Payment.objects.exclude(next_check_at=None):
        due = attrs.evolve(row.record, next_check_at=timezone.now() - timedelta(seconds=1))
        Payment.objects.filter(pk=row.pk).update(**rows.changing_values(Payment, due))
