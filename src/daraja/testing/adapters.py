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
from daraja.errors import ConfigurationError, DarajaError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.clock import AdvanceableClock
from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.local import LocalDaraja

if TYPE_CHECKING:
    import requests_mock
    from requests_mock.request import Request

Receiver = Callable[[HttpRequest], object]
"""Called with each callback as it becomes due. If it returns text, that is noted as the receiver's reply."""

_DROPPED: Final = "the local Daraja dropped the connection, as the scenario of this number wants it"


class MountedDaraja(Control):
    """A local Daraja in this process, at an address that no socket leads to.

    It is a transport too, for clients of both kinds: ``Daraja(config, transport=mounted)``.

    Args:
        engine: What answers.
        clock: Where the time comes from: the ``ManualClock`` of the code under test. ``advance`` moves it.
        base_url: The address to use instead of ``https://sandbox.safaricom.co.ke``.
        deliver: Called with each callback as it becomes due: within the request if it comes before the answer to
            its push, as the scenario ``EARLY_CALLBACK`` has it, and otherwise within the call of this object that made
            it due. If it returns text, that is noted as the receiver's reply. Without it, ``due`` returns callbacks.

    Raises:
        ConfigurationError: If the address is that of production; give the test settings of the sandbox.
    """

    def __init__(
        self,
        engine: Engine,
        clock: AdvanceableClock,
        *,
        base_url: str = "http://127.0.0.1:8765",
        deliver: Receiver | None = None,
    ) -> None:
        base_url = base_url.rstrip("/")
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
        self._requests = list[HttpRequest]()
        self._instead: HttpResponse | DarajaError | None = None

    @property
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``."""
        return self._base_url

    @property
    def requests(self) -> Sequence[HttpRequest]:
        """Every request that came, oldest first."""
        return tuple(self._requests)

    def respond_with(self, response: HttpResponse | DarajaError | None) -> None:
        """Respond to every request in this way, as Daraja does on a bad day; None lets the engine answer again.

        Args:
            response: What comes back: an answer such as ``HttpResponse(503)``; or what the client raises: ``NotSent``
                as if no connection came about, ``OutcomeUnknown`` as if the connection broke.
        """
        self._instead = response

    def due(self) -> Sequence[HttpRequest]:
        """Return the callbacks whose time has come, each only once; deliver them as your test likes."""
        with self.locked() as now:
            return self.engine.due(now)

    def serves(self, url: str, /) -> bool:
        """Tell whether a request to this address is for us."""
        return url.startswith(f"{self.base_url}/")

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Answer one request; see ``daraja.transports.base.Transport``.

        Args:
            request: What a client sends.

        Raises:
            NotSent: If it is to another address.
            OutcomeUnknown: If a scenario loses the answer.
            DarajaError: What ``respond_with`` was given.
        """
        early, answer = self._take(request)
        for callback in early:
            self._deliver_one(callback)
        return _arrived(answer)

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        """Answer one request; see ``send``.

        Args:
            request: What a client sends.
        """
        early, answer = self._take(request)
        for callback in early:
            # The receiver may need this very event loop, as a view of the shop does that is asked over ASGI.
            await asyncio.to_thread(self._deliver_one, callback)
        return _arrived(answer)

    def _take(self, request: HttpRequest) -> tuple[Sequence[HttpRequest], HttpResponse | None]:
        if not self.serves(request.url):
            raise NotSent(f"in this test nothing but {self.base_url} can be reached")
        self._requests.append(request)
        if isinstance(self._instead, DarajaError):
            raise self._instead
        return self._respond(request) if self._instead is None else ((), self._instead)

    def _delivers(self) -> bool:
        return self._receiver is not None

    def _post(self, callback: HttpRequest) -> object:
        return self._receiver and self._receiver(callback)


def _arrived(answer: HttpResponse | None) -> HttpResponse:
    if answer is None:
        raise OutcomeUnknown(_DROPPED)
    return answer


# requests -------------------------------------------------------------------------------------------------------------


def mount_requests(daraja: MountedDaraja, mocker: "requests_mock.Mocker | requests_mock.Adapter") -> MountedDaraja:
    """Let a mounted Daraja answer requests to its address that ``requests`` sends, through requests-mock.

    Args:
        daraja: What answers.
        mocker: A started ``requests_mock.Mocker`` (pytest's fixture ``requests_mock`` is one) or an ``Adapter``.

    Returns:
        The same Daraja.
    """
    mocker.add_matcher(_Matcher(daraja))
    return daraja


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
        try:
            answer = self.daraja.send(HttpRequest(request.method, request.url, dict(request.headers), content))
        except NotSent as error:
            raise requests.ConnectTimeout(str(error), request=request) from None
        except OutcomeUnknown as error:
            raise requests.ConnectionError(str(error), request=request) from None
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
        daraja: What answers.

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
            advice = (
                ""
                if daraja.serves(asked.url)
                else "; a client for it takes a transport of its own, as MockTransport is"
            )
            message = f"{refused.args[0]}{advice}"
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
    """A local Daraja on a free port of 127.0.0.1, whose callbacks may go to a function instead of their addresses.

    Args:
        engine: What answers.
    """

    receiver: Receiver | None = None
    """Called with each callback as it becomes due, in a thread; None has them posted to their addresses."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine=engine)
        self._raised = list[BaseException]()

    def close(self) -> None:
        """Stop serving, perhaps before the block ends, and raise the error that ``receiver`` raised.

        Raises:
            BaseException: As ``raise_first`` does.
        """
        self.__exit__()
        self.raise_first()

    def raise_first(self) -> None:
        """Raise here the first error that ``receiver`` raised in a thread, where no test would see it.

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
