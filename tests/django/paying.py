"""A Django project that pays out: its settings, and what its people do."""

from contextlib import AbstractContextManager
from typing import Any, Final

from django.test import Client

from daraja import Checkout, Config, Payment, Payout
from daraja.django import payouts
from daraja.django.apps import this_app
from daraja.result_codes import Outcome
from daraja.testing import MountedDaraja, stk_callback
from daraja.testing.defaults import sample_config, sample_initiator
from daraja.testing.delivery import deliver_to
from daraja.testing.django import callback_url

PHONE: Final = "254712345678"


def paying_config() -> Config:
    """Return settings of a shop that pays out."""
    caps: dict[str, Any] = {
        "payout_max": 1_000,
        "payout_daily_max": 1_500,
        "payout_recipient_daily_max": 1_000,
    }  # Any: settings
    return sample_config(callback_url=callback_url(), initiator=sample_initiator(), **caps)


def drafted(key: str = "rider 17", *, phone: str = PHONE, amount: int = 500, by: str = "wanjiku") -> Payout:
    return payouts().pay(phone=phone, amount=amount, idempotency_key=key, by=by)


def approved(payout: Payout) -> Payout:
    return payouts().approve(payout.key, by="otieno", fingerprint=payout.fingerprint)


def without_caps() -> AbstractContextManager[Checkout]:
    return this_app().replaced(sample_config(callback_url=callback_url()))


def bought_twice(checkout: Checkout, config: Config, simulator: MountedDaraja) -> Payment:
    """Let a customer pay an order twice, because the first result was lost and a forged one said cancelled."""
    with simulator.hold():
        for _ in range(2):
            payment = checkout.charge(order="ORD-1", phone=PHONE, amount=500)
            simulator.pay(PHONE)
            stk_callback(payment, Outcome.CANCELLED, config=config).send(Client())
            simulator.advance(seconds=70)
        for callback in reversed(simulator.due()):
            deliver_to(Client())(callback)
    (second,) = checkout.order("ORD-1").refunds_due
    return checkout.payment(second.key)
