"""What went over the wire, kept beside the events for whoever looks closer."""

from typing import Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse

__all__ = ["Exchange", "Journal"]

_KEPT: Final = 1_000
_LARGEST_BODY: Final = 16_384


@attrs.frozen
class Exchange:
    """One request and what was answered; hidden in the repr, since it holds customers' numbers.

    Args:
        request: A request to the local Daraja, or a callback of its own.
        response: The answer to such a request; None for a callback, and where the answer was lost.
        callback: Whether it is a callback.
    """

    request: HttpRequest = attrs.field(repr=False)
    response: HttpResponse | None = attrs.field(default=None, repr=False)
    callback: bool = False


class Journal:
    """The newest thousand exchanges, each under the number of the event that tells of it."""

    def __init__(self) -> None:
        self._kept: dict[int, Exchange] = {}

    def keep(self, number: int, exchange: Exchange) -> None:
        """Keep an exchange, unless its body is larger than any of Daraja's."""
        if len(exchange.request.body) > _LARGEST_BODY:
            return
        self._kept[number] = exchange
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]

    def find(self, number: int) -> Exchange | None:
        """Give the exchange that an event tells of, if it is still kept."""
        return self._kept.get(number)
