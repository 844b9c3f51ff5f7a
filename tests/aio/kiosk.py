"""The shop of the scenario tests, with the async client."""

from collections.abc import Generator
from contextlib import contextmanager

from daraja import AsyncDaraja
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from daraja.testing import ManualClock, MountedDaraja
from tests.aio.awaiting import waiting_for
from tests.simulator.kiosk import CONFIG, Kiosk

__all__ = ["async_kiosk_at"]


@contextmanager
def async_kiosk_at(engine: Engine) -> Generator[Kiosk]:
    """Open a shop in front of an engine."""
    clock, early = ManualClock(), list[HttpRequest]()
    mounted = MountedDaraja(engine, clock, deliver=early.append)
    with waiting_for(AsyncDaraja(CONFIG, transport=mounted, clock=clock)) as [daraja]:
        yield Kiosk(daraja, mounted, clock, early)
