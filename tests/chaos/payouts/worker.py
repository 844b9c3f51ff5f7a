"""A worker that pays riders, as a program."""

import json
import sys

from daraja import Bulk, Config, Daraja, Environment, PayBill, Payouts
from daraja.testing import sample_initiator
from tests.chaos.fault_injection import FaultInjectingPayoutStore
from tests.chaos.payouts.attempts import BULK, caps, payout
from tests.chaos.points import KillSwitch
from tests.chaos.shop import Settings, Shop

__all__ = ["PayoutShop"]


class PayoutShop(Shop[Payouts]):
    """Pays out."""

    def _config(self, settings: Settings) -> Config:
        return Config(
            consumer_key="key",
            consumer_secret="secret",
            business=PayBill(settings["shortcode"], passkey=settings["passkey"]),
            bulk=Bulk(BULK),
            initiator=sample_initiator(),
            environment=Environment(settings["base_url"]),
            callback_url=settings["callback_url"],
        )

    def _open(self, daraja: Daraja, settings: Settings, kill_switch: KillSwitch) -> Payouts:
        store = FaultInjectingPayoutStore(settings["database"], kill_switch, self._fulfil)
        return Payouts(daraja, store, caps=caps(settings["attempts"]), on_paid=self._notify, probe=settings["probe"])

    def _attempt(self, number: int) -> str:
        return self.face.pay(**payout(number)).status.value


if __name__ == "__main__":
    PayoutShop(json.loads(sys.stdin.readline())).work()
