"""A shop that uses the real client against a mounted engine, with a clock that it moves by hand."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import attrs

from daraja import Daraja, Outcome, StkCallback, parse_stk_callback
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from daraja.testing import ManualClock, MountedDaraja, sample_config

__all__ = ["CONFIG", "Kiosk", "kiosk_at"]

CONFIG = sample_config()


@attrs.frozen
class Kiosk:
    """A shop: its client, the local Daraja and the clock."""

    daraja: Daraja
    mounted: MountedDaraja
    clock: ManualClock
    early: list[HttpRequest] = attrs.field(factory=list[HttpRequest])
    """The callbacks that came before the answer to their push."""

    def push(self, phone: str) -> str:
        """Ask for 500 KES and return the CheckoutRequestID."""
        return self.daraja.stk_push(phone=phone, amount=500, reference="ORD-1").checkout_request_id

    def query(self, checkout_request_id: str) -> Outcome:
        """Ask for the result of a push."""
        return self.daraja.stk_query(checkout_request_id).outcome

    def wait(self, seconds: float) -> Sequence[StkCallback]:
        """Let time pass and return the callbacks that came in it, early ones as well."""
        self.clock.advance(seconds)
        arrived = [*self.early, *self.mounted.due()]
        self.early.clear()
        return [parse_stk_callback(callback.body) for callback in arrived]


@contextmanager
def kiosk_at(engine: Engine) -> Generator[Kiosk]:
    """Open a kiosk that uses an engine."""
    clock = ManualClock()
    early: list[HttpRequest] = []
    mounted = MountedDaraja(engine, clock, deliver=early.append)
    with Daraja(CONFIG, transport=mounted, clock=clock) as daraja:
        yield Kiosk(daraja, mounted, clock, early)
