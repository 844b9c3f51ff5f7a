"""How often one customer may do something; where the cache is away nobody is kept out."""

from typing import Any, Final

from django.core.cache import cache
from rest_framework.throttling import ScopedRateThrottle

from daraja.process import PerProcess
from daraja.system_clock import SystemClock
from daraja.tokens.line import Line

__all__ = ["TOO_OFTEN", "Counters", "Throttle"]

TOO_OFTEN: Final = "That was a few times too often. Wait a minute, then try again."


class Counters:
    """The counters in Django's cache, which says once in the log when it is away and is then left alone for a while."""

    def __init__(self) -> None:
        # Each kind of cache fails in its own way.
        self._lines: Final = PerProcess(lambda: Line(cache, (Exception,), SystemClock()))

    def get(self, key: str, otherwise: Any) -> Any:  # Any: whatever lies in a cache, here and below
        """Give a counter."""
        return self._lines.get().ask(lambda cache: cache.get(key, otherwise), otherwise=otherwise)

    def set(self, key: str, value: Any, seconds: float) -> None:
        """Keep a counter for so many seconds."""
        self._lines.get().ask(lambda cache: cache.set(key, value, seconds), otherwise=None)


class Throttle(ScopedRateThrottle):
    """As Django REST framework's own, but that it lets everybody in while nothing can be counted.

    No phone is asked too often all the same: ``payments.phones`` counts in the database.
    """

    cache = Counters()  # type: ignore[assignment] # it asks a cache for no more than this
