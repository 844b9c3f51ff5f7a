"""What is proved: a transport, what is sent through it, and what its errors may say."""

# ruff: noqa: ANN401 - a transport may be of any type, an asynchronous one too

import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, Final

import pytest

from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.clock import Clock
from daraja.testing.clock import ManualClock
from daraja.testing.promises import holds
from daraja.testing.transport_contract.server import Behaviour, Conversation, Seen

__all__ = ["PHONE", "TOKEN", "Subject", "always", "drop", "push"]

TOKEN: Final = "a-token-nobody-may-see"  # noqa: S105 - invented, and searched for in what errors say
PHONE: Final = "254712345678"
_SECRETS: Final = (TOKEN, PHONE[3:])
_LONG_ENOUGH: Final = 20.0
_MANY: Final = 20


def push(address: str, patience: float = _LONG_ENOUGH) -> HttpRequest:
    """Make a request as a push is: one that must not arrive twice."""
    body = f'{{"PhoneNumber": "{PHONE}"}}'.encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    return HttpRequest("POST", f"{address}/mpesa/stkpush/v1/processrequest", headers, body, patience)


def always(reply: bytes, *, keep: bool = True) -> Behaviour:
    """Answer every request with these bytes, and keep the connection or close it."""

    def behave(conversation: Conversation, _: Seen) -> bool:
        conversation.send(reply)
        return keep

    return behave


def drop(_: Conversation, __: Seen) -> bool:
    """Close the connection without a byte."""
    return False


class Subject:
    """What a subclass provides, and how it is asked."""

    takes_clock: ClassVar[bool] = True
    """False where the transport measures by a clock of its own how long a connection was idle: prove that yourself."""

    def make_transport(self, clock: Clock, /) -> Any:
        """Make a transport: override this.

        Args:
            clock: By which it shall measure how long a connection was idle, and nothing else; a transport that opens a
                connection for each request needs none.
        """
        raise NotImplementedError

    def send(self, transport: Any, request: HttpRequest, /) -> HttpResponse:
        """Send one request through *transport* and give the answer."""
        response: HttpResponse = transport.send(request)
        return response

    def send_all(self, transport: Any, requests: Sequence[HttpRequest], /) -> list[HttpResponse]:
        """Send many requests at the same time, and give the answers in the order of the requests."""
        with ThreadPoolExecutor(_MANY) as threads:
            return list(threads.map(partial(self.send, transport), requests))

    def close(self, transport: Any, /) -> None:
        """Close what *transport* has left open, after each test."""
        transport.close()

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The clock by which a connection is idle."""
        return ManualClock()

    @pytest.fixture
    def transport(self, clock: ManualClock) -> Iterator[Any]:
        """A transport that is closed after the test."""
        transport = self.make_transport(clock)
        yield transport
        self.close(transport)

    def fails(
        self,
        transport: Any,
        request: HttpRequest,
        kind: type[NotSent | OutcomeUnknown],
        promise: str,
    ) -> None:
        """Send a request that cannot be answered, and look at the error."""
        __tracebackhide__ = True
        outcome = self.answer_or_doubt(transport, request)
        holds(isinstance(outcome, kind), f"{promise}: {kind.__name__} is raised, and not {_name(outcome)}")

    def answer_or_doubt(
        self,
        transport: Any,
        request: HttpRequest,
    ) -> HttpResponse | NotSent | OutcomeUnknown:
        """Send a request, and give the answer or the error, which must be one of ours and tell no secret."""
        __tracebackhide__ = True
        try:
            return self.send(transport, request)
        except (NotSent, OutcomeUnknown) as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - whatever else it is, it breaks the promise
            message = f"a transport raises NotSent or OutcomeUnknown and nothing else, and not {_name(error)}"
            raise AssertionError(message) from None
        shown = f"{''.join(traceback.format_exception(failed))}{failed!r}"
        told = [secret for secret in _SECRETS if secret in shown]
        holds(not told, "an error says nothing of the token and the phone number, nor do those it is chained to")
        return failed


def _name(outcome: object) -> str:
    return f"an answer of {outcome.status}" if isinstance(outcome, HttpResponse) else type(outcome).__name__
