"""The local Daraja mounted on requests-mock: a test's HTTP requests reach an engine, and no socket is opened."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs
from requests import ConnectionError, Response  # noqa: A004 - it is requests' own that a client of it expects

from daraja.clock import Clock
from daraja.simulator.answers import Answer
from daraja.simulator.engine import Engine
from daraja.simulator.replies import AnswerLost
from daraja.wire import HttpRequest

try:
    import requests_mock
except ImportError as missing:
    message = 'daraja.testing.mount needs requests-mock; install it with: pip install "daraja-kit[testing]"'
    raise ImportError(message) from missing

if TYPE_CHECKING:
    from requests_mock.request import Request

__all__ = ["MountedDaraja", "mount"]


@attrs.frozen
class MountedDaraja:
    """An engine at one address, at the time that a clock shows.

    Args:
        engine: What answers.
        clock: Where the time comes from, for example a ``ManualClock``.
        base_url: The address to use instead of ``https://sandbox.safaricom.co.ke``.
        deliver: Called with each callback that comes before the answer to its push; None leaves it to ``due``.
    """

    engine: Engine
    clock: Clock
    base_url: str
    deliver: Callable[[HttpRequest], object] | None = None

    def due(self) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, each only once; deliver them as your test likes."""
        return self.engine.due(self.clock.now())

    def answer(self, phone: str, answer: Answer) -> None:
        """Do what a person does with the oldest prompt that is open on a phone.

        Raises:
            LookupError: If no prompt is open there.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        self.engine.answer(phone, answer, self.clock.now())

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
        now = self.clock.now()
        try:
            answer = self.engine.handle(asked, now)
        except AnswerLost:
            answer = None
        if self.deliver is not None:
            for callback in self.engine.early(now):
                self.deliver(callback)
        if answer is None:
            message = "the local Daraja dropped the connection, as the scenario of this number wants it"
            raise ConnectionError(message, request=request)
        return requests_mock.create_response(
            request, status_code=answer.status, headers=dict(answer.headers), content=answer.body
        )


def mount(
    mocker: requests_mock.Mocker | requests_mock.Adapter,
    engine: Engine,
    clock: Clock,
    *,
    base_url: str = "http://127.0.0.1:8765",
    deliver: Callable[[HttpRequest], object] | None = None,
) -> MountedDaraja:
    """Let an engine answer what is sent to *base_url* through requests-mock.

    Args:
        mocker: A started ``requests_mock.Mocker`` (pytest's fixture ``requests_mock`` is one) or an ``Adapter``.
        engine: What answers.
        clock: Where the time comes from, for example a ``ManualClock``.
        base_url: The address that the code under test uses, without a slash at its end.
        deliver: Called with each callback that comes before the answer to its push, as the scenario ``EARLY_CALLBACK``
            has it; without it, ``due`` hands such a callback out with the others.

    Returns:
        The mounted engine, which hands out the callbacks that are due.
    """
    mounted = MountedDaraja(engine, clock, base_url.rstrip("/"), deliver)
    mocker.add_matcher(mounted.match)
    return mounted
