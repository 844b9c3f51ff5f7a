"""What a transport is."""

from typing import Protocol

from daraja.wire import HttpRequest, HttpResponse

__all__ = ["Transport"]


class Transport(Protocol):
    """Carries one request to Daraja and brings the answer back; never repeats, never follows redirects."""

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* and give the answer, whatever its status, within its ``patience`` if it has one.

        Raises:
            NotSent: If surely nothing left this machine.
            OutcomeUnknown: If anything else went wrong.
        """
        ...
