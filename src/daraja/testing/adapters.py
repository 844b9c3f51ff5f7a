"""The local Daraja in a test: mounted on requests-mock and httpx2 in this process, or served on a port."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import attrs
import requests

from daraja.config import Environment
from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.clock import AdvanceableClock
from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.local import LocalDaraja

if TYPE_CHECKING:
    import requests_mock
    from requests_mock.request import Request

__all__ = ["MountedDaraja", "ServedDaraja", "mount", "mount_httpx2"]

Receiver = Callable[[HttpRequest], object]
"""Called with each callback as it becomes due. If it returns text, that is noted as the receiver's reply."""

_DROPPED: Final = "the local Daraja dropped the connection, as the scenario of this number wants it"


class MountedDaraja(Control):
    """A local Daraja in this process, at an address that no socket leads to.

    It is a transport for async code too: ``AsyncDaraja(config, transport=mounted)``.

    Args:
        engine: What answers.
        clock: Where the time comes from; ``advance`` moves it.
        base_url: The address to use instead of ``https://sandbox.safaricom.co.ke``.
        deliver: Called with each callback as it becomes due; if it returns text, that is noted as the receiver's
            reply. None leaves callbacks to ``due``.

    Raises:
        ConfigurationError: If the address is that of production; give the test settings of the sandbox.
    """

    def __init__(self, engine: Engine, clock: AdvanceableClock, base_url: str, deliver: Receiver | None = None) -> None:
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
        """Return the callbacks whose time has come, each only once; deliver them as your test likes."""
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
            # The receiver may need this very event loop, as a view of the shop does that is asked over ASGI.
            await asyncio.to_thread(self._deliver_one, callback)
        if answer is None:
            raise OutcomeUnknown(_DROPPED)
        return answer

    def _delivers(self) -> bool:
        return self._receiver is not None

    def _post(self, callback: HttpRequest) -> object:
        return self._receiver and self._receiver(callback)


# requests -------------------------------------------------------------------------------------------------------------


def mount(
    mocker: "requests_mock.Mocker | requests_mock.Adapter",
    engine: Engine,
    clock: AdvanceableClock,
    *,
    base_url: str = "http://127.0.0.1:8765",
    deliver: Receiver | None = None,
) -> MountedDaraja:
    """Let an engine answer what is sent to *base_url* through requests-mock.

    Args:
        mocker: A started ``requests_mock.Mocker`` (pytest's fixture ``requests_mock`` is one) or an ``Adapter``.
        engine: What answers.
        clock: Where the time comes from: the ``ManualClock`` that the code under test goes by.
        base_url: The address that the code under test uses, without a slash at its end.
        deliver: Called with each callback as it becomes due: within the request where it comes before the answer to
            its push, as the scenario ``EARLY_CALLBACK`` has it, and otherwise within whatever call of the mounted
            Daraja made it due. If it returns text, that is noted as the receiver's reply. Without it, ``due`` returns
            callbacks.

    Returns:
        The mounted engine, with all that a test may do to it.

    Raises:
        ConfigurationError: If *base_url* is that of production.
    """
    mounted = MountedDaraja(engine, clock, base_url.rstrip("/"), deliver)
    mocker.add_matcher(_Matcher(mounted))
    return mounted


@attrs.frozen
class _Matcher:
    """A local Daraja as one of those that requests-mock asks for an answer."""

    daraja: MountedDaraja

    def __call__(self, request: "Request") -> requests.Response | None:
        """Answer a request to the address of the local Daraja; None leaves any other to requests-mock."""
        from requests_mock import create_response  # noqa: PLC0415 - an extra

        if not self.daraja.serves(request.url):
            return None
        body: str | bytes = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        answer = self.daraja.handle(HttpRequest(request.method, request.url, dict(request.headers), content))
        if answer is None:
            raise requests.ConnectionError(_DROPPED, request=request)
        headers = dict(answer.headers)
        return create_response(request, status_code=answer.status, headers=headers, content=answer.body)

    def reset(self) -> None:
        """Forget nothing: ``reset_mock`` is about what requests-mock has counted."""


# httpx2 ---------------------------------------------------------------------------------------------------------------


@contextmanager
def mount_httpx2(daraja: MountedDaraja) -> Generator[None]:
    """Let a mounted Daraja answer every ``httpx2.AsyncClient`` until the block ends, much as requests-mock does.

    A request to any other address is an ``httpx2.ConnectError``. Clients with a transport of their own, such as
    ``httpx2.ASGITransport`` or ``httpx2.MockTransport``, are left alone, and so are those that are not async. Where
    httpx2 is not installed, there is nothing to do.

    Args:
        daraja: What ``mount`` returns.

    Raises:
        Exception: When the block ends, what ``deliver`` raised for a callback that came before the answer to its push.
    """
    if find_spec("httpx2") is None:
        yield
        return
    import httpx2  # noqa: PLC0415 - an extra

    raised: list[Exception] = []

    async def handle_async_request(_: httpx2.AsyncHTTPTransport, request: httpx2.Request) -> httpx2.Response:
        asked = HttpRequest(request.method, str(request.url), dict(request.headers), await request.aread())
        try:
            answer = await daraja.asend(asked)
        except NotSent as refused:
            message = (
                f"{refused.args[0]}; a client for another address takes a transport of its own, as MockTransport is"
            )
            raise httpx2.ConnectError(message, request=request) from None
        except OutcomeUnknown as lost:
            raise httpx2.RemoteProtocolError(str(lost), request=request) from None
        except Exception as error:
            raised.append(error)  # the client may take it for a broken connection
            raise
        return httpx2.Response(answer.status, headers=answer.headers, stream=httpx2.ByteStream(answer.body))

    with patch.object(httpx2.AsyncHTTPTransport, "handle_async_request", handle_async_request):
        yield
    if raised:
        raise raised[0]


# A port ---------------------------------------------------------------------------------------------------------------


class ServedDaraja(LocalDaraja):
    """A local Daraja on a free port of 127.0.0.1, whose callbacks a test may take to where no address leads.

    Args:
        engine: What answers.
    """

    receiver: Receiver | None = None
    """Called with each callback as it becomes due, in a thread; None has them posted to their addresses."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine=engine)
        self._raised = list[BaseException]()

    def close(self) -> None:
        """Stop serving, perhaps before the block ends, and raise what ``receiver`` raised.

        Raises:
            BaseException: As ``raise_first`` does.
        """
        self.__exit__()
        self.raise_first()

    def raise_first(self) -> None:
        """Raise here what ``receiver`` raised in a thread, where no test would see it; of several the first.

        Raises:
            BaseException: If it raised anything since the last call.
        """
        raised, self._raised = self._raised, []
        if raised:
            raise raised[0]

    def _post(self, callback: HttpRequest) -> object:
        if self.receiver is None:
            return super()._post(callback)
        try:
            return self.receiver(callback)
        except BaseException as error:  # noqa: BLE001 - whatever makes a test fail
            self._raised.append(error)
            return f"failed with {type(error).__name__}"

    def _deliver(self, callbacks: Sequence[HttpRequest]) -> None:
        super()._deliver(callbacks)
        self.raise_first()
