"""The kiosk of the scenarios' tests, with the async client."""

from collections.abc import Generator
from contextlib import contextmanager

from daraja import AsyncDaraja
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from daraja.testing import ManualClock
from daraja.testing.adapters import MountedDaraja
from tests.aio.awaiting import Awaited, waiting_for
from tests.simulator.kiosk import CONFIG, Kiosk
from tests.support.shops import Line

__all__ = ["async_kiosk_at"]


@contextmanager
def async_kiosk_at(engine: Engine) -> Generator[Kiosk]:
    """Open a kiosk before an engine."""
    clock = ManualClock()
    line, early = Line(engine, clock), list[HttpRequest]()
    line.on_early = early.append
    with waiting_for(AsyncDaraja(CONFIG, transport=Awaited(line), clock=clock)) as [daraja]:
        yield Kiosk(daraja, MountedDaraja(engine, clock, CONFIG.environment.base_url), clock, early)
