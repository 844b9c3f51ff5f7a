"""What a transport is."""

from typing import Protocol

from daraja.http.messages import HttpRequest, HttpResponse

__all__ = ["AsyncTransport", "Transport"]


class Transport(Protocol):
    """Carries one request to Daraja and brings the answer back; never repeats, never follows redirects."""

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* and give the answer, whatever its status, within its ``patience`` if it has one.

        Args:
            request: What to send, once.

        Returns:
            The answer, a refusal just as well as a success.

        Raises:
            NotSent: If surely nothing left this machine, so that it is safe to send again. Only then.
            OutcomeUnknown: If anything else went wrong: it may have arrived.
        """
        ...


class AsyncTransport(Protocol):
    """The same for async code."""

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* and give the answer; see ``Transport.send``, whose words hold here too.

        Args:
            request: What to send, once.
        """
        ...
