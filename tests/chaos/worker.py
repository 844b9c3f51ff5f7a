"""A worker that asks customers for money, as a program."""

import json
import sys
from typing import Final

from daraja import Checkout, Config, Daraja, Environment, PayBill
from daraja.errors import ApiError, NotSent, TooEarly
from tests.chaos.attempts import attempt
from tests.chaos.fault_injection import FaultInjectingStore
from tests.chaos.points import KillSwitch
from tests.chaos.shop import Settings, Shop

__all__ = ["PaymentShop"]

_ONE_IN: Final = 20
"""Of so many customers, one tries again until it works."""
_TRIES: Final = 3
_PATIENCE: Final = 60
"""Seconds for which such a customer waits for a result."""


class PaymentShop(Shop[Checkout]):
    """Charges orders."""

    def _config(self, settings: Settings) -> Config:
        return Config(
            consumer_key="key",
            consumer_secret="secret",
            business=PayBill(settings["shortcode"], passkey=settings["passkey"]),
            environment=Environment(settings["base_url"]),
            callback_url=settings["callback_url"],
        )

    def _open(self, daraja: Daraja, settings: Settings, kill_switch: KillSwitch) -> Checkout:
        store = FaultInjectingStore(settings["database"], kill_switch, self._fulfil)
        return Checkout(daraja, store, on_success=self._notify)

    def _attempt(self, number: int) -> str:
        how = self._charge(number)
        attempts = self.face.order(attempt(number)["order"]).attempts
        if number % _ONE_IN == 0 and attempts:  # a customer who waits for the result, and tries again
            self.face.wait(attempts[-1].key, timeout=_PATIENCE)
            how = self._charge(number)
        return how

    def _charge(self, number: int) -> str:
        tries = 1 if number % _ONE_IN else _TRIES
        while True:
            try:
                return self.face.charge(**attempt(number)).status.value
            except TooEarly as early:
                self.clock.sleep(early.seconds)
            except (ApiError, NotSent):
                tries -= 1
                if not tries:
                    raise


if __name__ == "__main__":
    PaymentShop(json.loads(sys.stdin.readline())).work()
