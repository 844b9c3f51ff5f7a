"""A shop that uses the real client against a mounted engine, with a clock that it moves by hand."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import attrs
import requests_mock

from daraja import Config, Daraja, Outcome, PayBill, StkCallback, parse_stk_callback
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Engine
from daraja.testing import ManualClock
from daraja.testing.adapters import MountedDaraja, mount

__all__ = ["CONFIG", "Kiosk", "kiosk_at"]

CONFIG = Config(
    consumer_key="any-key",
    consumer_secret="any-secret",
    business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
    environment="simulator",
    callback_url="https://shop.example/payments/callback/",
)


@attrs.frozen
class Kiosk:
    """What a shop holds in its hands."""

    daraja: Daraja
    mounted: MountedDaraja
    clock: ManualClock
    early: list[HttpRequest] = attrs.field(factory=list[HttpRequest])
    """The callbacks that came before the answer to their push."""

    def push(self, phone: str) -> str:
        """Ask for 500 KES and give the CheckoutRequestID."""
        return self.daraja.stk_push(phone=phone, amount=500, reference="ORD-1").checkout_request_id

    def query(self, checkout_request_id: str) -> Outcome:
        """Ask what became of it."""
        return self.daraja.stk_query(checkout_request_id).outcome

    def wait(self, seconds: float) -> Sequence[StkCallback]:
        """Let time pass and give the callbacks that came meanwhile, early ones as well."""
        self.clock.advance(seconds)
        arrived = [*self.early, *self.mounted.due()]
        self.early.clear()
        return [parse_stk_callback(callback.body) for callback in arrived]


@contextmanager
def kiosk_at(engine: Engine) -> Generator[Kiosk]:
    """Open a kiosk before an engine."""
    clock = ManualClock()
    early: list[HttpRequest] = []
    with requests_mock.Mocker() as mocker, Daraja(CONFIG, clock=clock) as daraja:
        yield Kiosk(daraja, mount(mocker, engine, clock, deliver=early.append), clock, early)
