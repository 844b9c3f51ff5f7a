"""A local Daraja that counts the callbacks which are under way and those that arrived."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from daraja.api.addresses import TOKEN
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine

__all__ = ["CountingEngine"]


class CountingEngine(Engine):
    """Records what becomes of each callback.

    Args:
        on_delivery: Called when a callback has arrived or is lost.
        **settings: Those of ``Engine``.
    """

    def __init__(self, on_delivery: Callable[[], None], **settings: Any) -> None:  # noqa: ANN401 - as Engine has them
        super().__init__(**settings)
        self._on_delivery: Final = on_delivery
        self._answered = 0
        self.arrived: Final = Counter[str]()
        """The number of callbacks that were answered with 200, by the key in their address."""
        self.lost = 0
        """The number of other callbacks."""

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """See ``Engine``."""
        super().delivered(callback, reply, now)
        self._answered += 1
        token = TOKEN.fullmatch(callback.url.strip("/").rpartition("/")[2])
        if reply == "answered HTTP 200" and token is not None:
            self.arrived[token[2]] += 1
            self.has_arrived(callback)
        else:
            self.lost += 1
        self._on_delivery()

    def has_arrived(self, callback: HttpRequest) -> None:
        """Note a callback that was answered with 200."""

    @property
    def is_under_way(self) -> bool:
        """Whether a callback is still to come. Read it under the lock of the local Daraja."""
        return self.next_due() is not None or len(self.callback_queue.sent) > self._answered
