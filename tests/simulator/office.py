"""An organisation that uses the real client for every product, before a local Daraja in the same process."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from daraja import Config, Daraja
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from daraja.testing import ManualClock, MountedDaraja, sample_config, sample_initiator
from tests.simulator.shop import read

__all__ = ["CONFIRMATIONS", "RESULTS", "VALIDATIONS", "Office", "office"]

RESULTS = "https://shop.example/results/"
CONFIRMATIONS = "https://shop.example/confirmations/"
VALIDATIONS = "https://shop.example/validations/"


@attrs.define
class Office:
    """Everything that it does, and what it hears.

    Args:
        daraja: The client.
        mounted: The local Daraja.
        clock: The time of both.
        heard: Every callback that came, oldest first.
    """

    daraja: Daraja
    mounted: MountedDaraja
    clock: ManualClock
    heard: list[HttpRequest] = attrs.field(factory=list[HttpRequest])

    @property
    def engine(self) -> Engine:
        return self.mounted.engine

    def hear(self, seconds: float = 5) -> Sequence[HttpRequest]:
        """Let time pass, and return the callbacks that came meanwhile."""
        before = len(self.heard)
        self.mounted.advance(seconds=seconds)
        return self.heard[before:]

    def bodies(self, seconds: float = 5) -> Sequence[Any]:
        return [read(request) for request in self.hear(seconds)]


def office(
    engine: Engine | None = None,
    answer: Callable[[HttpRequest], object] | None = None,
    **settings: Any,  # noqa: ANN401 - as Config has them
) -> Office:
    """Open an office.

    Args:
        engine: What answers; an ``Engine()`` if left out.
        answer: Returns the reply to a callback.
        settings: Settings of ``Config`` besides those that every product needs.
    """
    clock, heard = ManualClock(), list[HttpRequest]()

    def deliver(callback: HttpRequest) -> object:
        heard.append(callback)
        return "answered HTTP 200" if answer is None else answer(callback)

    mounted = MountedDaraja(Engine() if engine is None else engine, clock, deliver=deliver)
    usual: dict[str, Any] = {  # Any: as Config has them
        "initiator": sample_initiator(),
        "results_url": RESULTS,
        "pull_number": "254722000000",
    }
    chosen: dict[str, Any] = {**usual, **settings}  # Any: as above
    config: Config = sample_config(**chosen)
    return Office(Daraja(config, transport=mounted, clock=clock), mounted, clock, heard)
