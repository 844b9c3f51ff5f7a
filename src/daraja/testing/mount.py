"""The local Daraja mounted on requests-mock: a test's HTTP requests reach an engine, and no socket is opened."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from requests import ConnectionError, Response  # noqa: A004 - it is requests' own that a client of it expects

from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.hours import Hours
from daraja.wire import HttpRequest

try:
    import requests_mock
except ImportError as missing:
    message = 'daraja.testing.mount needs requests-mock; install it with: pip install "daraja-kit[testing]"'
    raise ImportError(message) from missing

if TYPE_CHECKING:
    from requests_mock.request import Request

__all__ = ["MountedDaraja", "mount"]


class MountedDaraja(Control):
    """An engine at one address, at the time that a clock shows.

    Args:
        engine: What answers.
        clock: Where the time comes from; ``advance`` moves it.
        base_url: The address to use instead of ``https://sandbox.safaricom.co.ke``.
        deliver: Called with each callback as it becomes due; what it gives back, if that is text, is noted as the
            receiver's reply. None leaves callbacks to ``due``.
    """

    def __init__(
        self, engine: Engine, clock: Hours, base_url: str, deliver: Callable[[HttpRequest], object] | None = None
    ) -> None:
        super().__init__(engine, clock)
        self.clock: Final = clock
        self._base_url = base_url
        self._deliver = deliver

    @property
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``."""
        return self._base_url

    def due(self) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, each only once; deliver them as your test likes."""
        with self._desk.turn() as now:
            return self.engine.due(now)

    def match(self, request: "Request") -> Response | None:
        """Answer a request to this address; None leaves any other to requests-mock.

        Raises:
            requests.ConnectionError: If a scenario loses the answer.
        """
        if not request.url.startswith(f"{self.base_url}/"):
            return None
        body: str | bytes = request.body or b""
        asked = HttpRequest(
            request.method, request.url, dict(request.headers), body.encode() if isinstance(body, str) else body
        )
        early, answer = self._desk.handle(asked, early=self._listens())
        for callback in early:
            self._hand_over(callback)
        if answer is None:
            message = "the local Daraja dropped the connection, as the scenario of this number wants it"
            raise ConnectionError(message, request=request)
        return requests_mock.create_response(
            request, status_code=answer.status, headers=dict(answer.headers), content=answer.body
        )

    def _listens(self) -> bool:
        return self._deliver is not None

    def _settle(self) -> None:
        """Do nothing: no callback is under way by itself here."""

    def _hand_over(self, callback: HttpRequest) -> None:
        reply = self._deliver and self._deliver(callback)
        if isinstance(reply, str):
            self._desk.delivered(callback, reply)


def mount(
    mocker: requests_mock.Mocker | requests_mock.Adapter,
    engine: Engine,
    clock: Hours,
    *,
    base_url: str = "http://127.0.0.1:8765",
    deliver: Callable[[HttpRequest], object] | None = None,
) -> MountedDaraja:
    """Let an engine answer what is sent to *base_url* through requests-mock.

    Args:
        mocker: A started ``requests_mock.Mocker`` (pytest's fixture ``requests_mock`` is one) or an ``Adapter``.
        engine: What answers.
        clock: Where the time comes from: the ``ManualClock`` that the code under test goes by.
        base_url: The address that the code under test uses, without a slash at its end.
        deliver: Called with each callback as it becomes due: within the request where it comes before the answer to
            its push, as the scenario ``EARLY_CALLBACK`` has it, and otherwise within whatever call of the mounted
            Daraja made it due. What it gives back, if that is text, is noted as the receiver's reply. Without it,
            ``due`` hands callbacks out.

    Returns:
        The mounted engine, with all that a test may do to it.
    """
    mounted = MountedDaraja(engine, clock, base_url.rstrip("/"), deliver)
    mocker.add_matcher(mounted.match)
    return mounted
