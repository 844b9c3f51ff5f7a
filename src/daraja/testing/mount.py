"""The local Daraja mounted on requests-mock: what a test sends with requests reaches an engine instead of a socket."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from requests import ConnectionError, Response  # noqa: A004 - it is requests' own that a client of it expects

from daraja.http.messages import HttpRequest
from daraja.simulator.clock import AdvanceableClock
from daraja.simulator.engine import Engine
from daraja.testing.mounted import DROPPED, MountedDaraja

try:
    import requests_mock
except ImportError as missing:
    message = 'daraja.testing.mount needs requests-mock; install it with: pip install "daraja-kit[testing]"'
    raise ImportError(message) from missing

if TYPE_CHECKING:
    from requests_mock.request import Request

__all__ = ["MountedDaraja", "mount"]


@attrs.frozen
class _Matcher:
    """A local Daraja as one of those whom requests-mock asks for an answer."""

    daraja: MountedDaraja

    def __call__(self, request: "Request") -> Response | None:
        """Answer a request to the address of the local Daraja; None leaves any other to requests-mock."""
        if not self.daraja.serves(request.url):
            return None
        body: str | bytes = request.body or b""
        asked = HttpRequest(
            request.method, request.url, dict(request.headers), body.encode() if isinstance(body, str) else body
        )
        answer = self.daraja.handle(asked)
        if answer is None:
            raise ConnectionError(DROPPED, request=request)
        return requests_mock.create_response(
            request, status_code=answer.status, headers=dict(answer.headers), content=answer.body
        )

    def reset(self) -> None:
        """Forget nothing: ``reset_mock`` is about what requests-mock has counted."""


def mount(
    mocker: requests_mock.Mocker | requests_mock.Adapter,
    engine: Engine,
    clock: AdvanceableClock,
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

    Raises:
        ConfigurationError: If *base_url* is that of production.
    """
    mounted = MountedDaraja(engine, clock, base_url.rstrip("/"), deliver)
    mocker.add_matcher(_Matcher(mounted))
    return mounted
