"""Where events go: to the logger ``daraja``, and to the shop's own function."""

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from math import inf
from typing import Final

from daraja.events import Event
from daraja.lifecycle.policy import refuse_awaitable
from daraja.system.clock import Clock

__all__ = ["EventLog", "check_on_event"]

_log: Final = logging.getLogger("daraja")
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING}


def check_on_event(hook: object, /) -> None:
    """Check that *hook* can be called at once.

    Raises:
        ValueError: If not.
    """
    if hook is not None and (not callable(hook) or iscoroutinefunction(hook)):
        raise ValueError("must be a plain function, such as one that counts; it is called at once")


class EventLog:
    """Reports events.

    Args:
        clock: Tells when lines of an event are left out.
        on_event: Called with every event, also with those whose line is left out; None for nobody.
    """

    def __init__(self, clock: Clock, on_event: Callable[[Event], object] | None) -> None:
        self._clock: Final = clock
        self._on_event: Final = on_event
        self._logged: Final[set[str]] = set()
        self._throttled: Final[dict[str, tuple[float, int]]] = {}

    def write(self, event: Event, /, *, once: bool = False, every: float = 0) -> None:
        """Report an event.

        Args:
            event: The event.
            once: Whether only the first of several identical lines is written.
            every: Seconds for which the next line of the same event is left out.
        """
        self._tell(event)
        level = _LEVELS[event.level]
        if not _log.isEnabledFor(level):
            return
        text = str(event)
        if once:
            if text in self._logged:
                return
            self._logged.add(text)
        if every:
            skipped = self._skip(event, every)
            if skipped is None:
                return
            text += f" skipped={skipped}" * (skipped > 0)
        _log.log(level, "%s", text)

    def _tell(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            refuse_awaitable(self._on_event(event))
        except Exception as error:  # noqa: BLE001 - a payment must not fail because of what counts it
            text = f"event.hook_failed event={event.name} error={type(error).__name__}"
            if text not in self._logged:
                self._logged.add(text)
                _log.warning("%s", text)

    def _skip(self, event: Event, every: float) -> int | None:
        """Return how many lines of this event were left out since the last one; None if this one is left out too."""
        now = self._clock.monotonic()
        last, skipped = self._throttled.get(event.name, (-inf, 0))
        if now - last < every:
            self._throttled[event.name] = last, skipped + 1
            return None
        self._throttled[event.name] = now, 0
        return skipped
