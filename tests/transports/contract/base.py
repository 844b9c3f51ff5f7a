"""What is proved: a transport, what is sent through it, and what its errors may show."""

# ruff: noqa: ANN401 - a transport may be of any type, an asynchronous one too

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.machine import Clock
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown

__all__ = ["PHONE", "TOKEN", "TransportCase", "push"]

TOKEN: Final = "a-token-nobody-may-see"
PHONE: Final = "254712345678"
_LONG_ENOUGH: Final = 20.0
_MANY: Final = 20


def push(address: str, seconds: float | None = _LONG_ENOUGH) -> HttpRequest:
    """Make a request as a push is: one that must not arrive twice."""
    body = f'{{"PhoneNumber": "{PHONE}"}}'.encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    return HttpRequest("POST", f"{address}/mpesa/stkpush/v1/processrequest", headers, body, seconds)


class TransportCase:
    """What a transport's tests provide, and how it is asked."""

    takes_clock: ClassVar[bool] = True
    """False where the transport measures by a clock of its own how long a connection was idle."""

    def make_transport(
        self, clock: Clock, /, *, timeout: tuple[float, float] = (5, 30), trusts: Path | None = None
    ) -> Any:
        """Make a transport.

        Args:
            clock: By which it measures how long a connection was idle.
            timeout: Seconds for the connection, and for the answer.
            trusts: A file with the certificate of an authority, in place of the usual ones.
        """
        raise NotImplementedError

    def send(self, transport: Any, request: HttpRequest, /) -> HttpResponse:
        response: HttpResponse = transport.send(request)
        return response

    def send_all(self, transport: Any, requests: Sequence[HttpRequest], /) -> list[HttpResponse]:
        """Send many requests at the same time, and give the answers in the order of the requests."""
        with ThreadPoolExecutor(_MANY) as threads:
            return list(threads.map(partial(self.send, transport), requests))

    def close(self, transport: Any, /) -> None:
        transport.close()

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def transport(self, clock: ManualClock) -> Iterator[Any]:
        transport = self.make_transport(clock)
        yield transport
        self.close(transport)

    def failure(self, transport: Any, request: HttpRequest) -> NotSent | OutcomeUnknown:
        """Send a request that cannot be answered, and give the error."""
        outcome = self.outcome(transport, request)
        assert not isinstance(outcome, HttpResponse)
        return outcome

    def outcome(self, transport: Any, request: HttpRequest) -> HttpResponse | NotSent | OutcomeUnknown:
        """Send a request, and give the answer or the error, which must be one of ours and show no secret."""
        try:
            return self.send(transport, request)
        except (NotSent, OutcomeUnknown) as error:
            failed = error
        shown = everything_shown(failed)
        assert TOKEN not in shown
        assert PHONE[3:] not in shown
        assert failed.__context__ is None
        return failed
