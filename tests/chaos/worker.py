"""A worker that asks customers for money, as a program."""

import json
import sys

from daraja import Checkout, Config, Daraja, Environment, PayBill
from tests.chaos.attempts import attempt
from tests.chaos.fault_injection import FaultInjectingStore
from tests.chaos.points import KillSwitch
from tests.chaos.shop import Settings, Shop

__all__ = ["PaymentShop"]


class PaymentShop(Shop[Checkout]):
    """Starts payments."""

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
        return self.face.start(**attempt(number)).status.value


if __name__ == "__main__":
    PaymentShop(json.loads(sys.stdin.readline())).work()
