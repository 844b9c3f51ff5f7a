"""The methods that a transport has."""

from typing import Protocol

from daraja.http.messages import HttpRequest, HttpResponse

__all__ = ["AsyncTransport", "Transport"]


class Transport(Protocol):
    """Carries one request to Daraja and brings the answer back. It never repeats, and never follows redirects."""

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* once and return the answer, whatever its status, within its ``timeout`` if it has one.

        Args:
            request: What to send.

        Returns:
            The answer, a refusal as well as a success.

        Raises:
            NotSent: If it is sure that nothing left this machine: the caller may send again. Never in any other case.
            OutcomeUnknown: If anything else went wrong: the request may have arrived.
        """
        ...


class AsyncTransport(Protocol):
    """The same for async code."""

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* once and return the answer; see ``Transport.send``.

        Args:
            request: What to send.
        """
        ...
