"""The local Daraja mounted on requests-mock: a test's HTTP requests reach an engine, and no socket is opened."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from requests import Response

from daraja.clock import Clock
from daraja.simulator.engine import Engine
from daraja.simulator.scenarios import Answer
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
    """

    engine: Engine
    clock: Clock
    base_url: str

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
        """Answer a request to this address; None leaves any other to requests-mock."""
        if not request.url.startswith(f"{self.base_url}/"):
            return None
        body: str | bytes = request.body or b""
        asked = HttpRequest(
            request.method, request.url, dict(request.headers), body.encode() if isinstance(body, str) else body
        )
        answer = self.engine.handle(asked, self.clock.now())
        return requests_mock.create_response(
            request, status_code=answer.status, headers=dict(answer.headers), content=answer.body
        )


def mount(
    mocker: requests_mock.Mocker | requests_mock.Adapter,
    engine: Engine,
    clock: Clock,
    *,
    base_url: str = "http://127.0.0.1:8765",
) -> MountedDaraja:
    """Let an engine answer what is sent to *base_url* through requests-mock.

    Args:
        mocker: A started ``requests_mock.Mocker`` (pytest's fixture ``requests_mock`` is one) or an ``Adapter``.
        engine: What answers.
        clock: Where the time comes from, for example a ``ManualClock``.
        base_url: The address that the code under test uses, without a slash at its end.

    Returns:
        The mounted engine, which hands out the callbacks that are due.
    """
    mounted = MountedDaraja(engine, clock, base_url.rstrip("/"))
    mocker.add_matcher(mounted.match)
    return mounted
