"""The local Daraja within the process of a test, at an address that no socket leads to."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from daraja.config import Environment
from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.clock import AdvanceableClock
from daraja.simulator.control import Control
from daraja.simulator.engine import Engine

__all__ = ["DROPPED", "MountedDaraja"]

DROPPED: Final = "the local Daraja dropped the connection, as the scenario of this number wants it"


class MountedDaraja(Control):
    """An engine at one address, at the time that a clock shows.

    It is a transport for async code too: ``AsyncDaraja(config, transport=mounted)``.

    Args:
        engine: What answers.
        clock: Where the time comes from; ``advance`` moves it.
        base_url: The address to use instead of ``https://sandbox.safaricom.co.ke``.
        deliver: Called with each callback as it becomes due; what it gives back, if that is text, is noted as the
            receiver's reply. None leaves callbacks to ``due``.

    Raises:
        ConfigurationError: If the address is that of production; give the test settings of the sandbox.
    """

    def __init__(
        self,
        engine: Engine,
        clock: AdvanceableClock,
        base_url: str,
        deliver: Callable[[HttpRequest], object] | None = None,
    ) -> None:
        if base_url == Environment.named("production").base_url:
            fault = (
                "is production, which no simulator stands in for; let the settings of your tests say "
                'environment="sandbox" or "simulator" (MPESA_ENVIRONMENT=sandbox)'
            )
            raise ConfigurationError({"environment": fault})
        super().__init__(engine, clock)
        self.clock: Final = clock
        self._base_url = base_url
        self._receiver = deliver

    @property
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``."""
        return self._base_url

    def due(self) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, each only once; deliver them as your test likes."""
        with self.locked() as now:
            return self.engine.due(now)

    def serves(self, url: str, /) -> bool:
        """Tell whether a request to this address is for us."""
        return url.startswith(f"{self.base_url}/")

    def handle(self, request: HttpRequest, /) -> HttpResponse | None:
        """Answer one request to our address.

        Returns:
            The answer; None if it shall not arrive.
        """
        early, answer = self._respond(request)
        for callback in early:
            self._deliver_one(callback)
        return answer

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        """Answer one request; see ``daraja.transports.base.AsyncTransport``.

        Raises:
            NotSent: If it is to another address.
            OutcomeUnknown: If a scenario loses the answer.
        """
        if not self.serves(request.url):
            message = f"in this test nothing but {self.base_url} can be reached"
            raise NotSent(message)
        early, answer = self._respond(request)
        for callback in early:
            # The receiver may need this very event loop, as a view of the shop that asks does.
            await asyncio.to_thread(self._deliver_one, callback)
        if answer is None:
            raise OutcomeUnknown(DROPPED)
        return answer

    def _delivers(self) -> bool:
        return self._receiver is not None

    def _post(self, callback: HttpRequest) -> object:
        return self._receiver and self._receiver(callback)
