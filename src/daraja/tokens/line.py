"""The line to a server that may be away: asked while it answers, left alone for a while when it does not."""

import logging
from collections.abc import Callable
from math import inf
from threading import Lock
from typing import Final, Generic, TypeVar

from daraja.system.clock import Clock

__all__ = ["Line"]

Answer = TypeVar("Answer")
Server = TypeVar("Server")

_log: Final = logging.getLogger("daraja")

_REST: Final = 5.0
"""Seconds for which a server that failed is not asked again, so that one that hangs delays few payments."""


class Line(Generic[Server]):
    """Asks a server; where that fails, says so once and goes on without it until it answers again.

    Args:
        server: What questions are put to.
        failures: The exceptions that mean that it is away.
        clock: Whose ``monotonic`` tells how long it was left alone.
    """

    def __init__(self, server: Server, failures: tuple[type[Exception], ...], clock: Clock, /) -> None:
        self._server: Final = server
        self._failures: Final = failures
        self._clock: Final = clock
        self._lock: Final = Lock()
        self._away = False
        self._rests_until = -inf

    def ask(self, question: Callable[[Server], Answer], /, *, otherwise: Answer) -> Answer:
        """Put a question to the server.

        Args:
            question: Is handed the server, and gives its answer.
            otherwise: What to give where it is away.
        """
        if self._rests():
            return otherwise
        try:
            answer = question(self._server)
        except self._failures as failure:
            # Its words could hold an address, and with it a password.
            self._failed(type(failure).__name__)
            return otherwise
        self._answered()
        return answer

    def _rests(self) -> bool:
        with self._lock:
            now = self._clock.monotonic()
            if now < self._rests_until:
                return True
            if self._away:
                self._rests_until = now + _REST  # whoever comes next goes on without it while we find out for all
            return False

    def _failed(self, reason: str) -> None:
        with self._lock:
            known, self._away = self._away, True
            self._rests_until = self._clock.monotonic() + _REST
        if not known:
            _log.warning("tokens.shared_cache_away reason=%s", reason)

    def _answered(self) -> None:
        with self._lock:
            was_away, self._away = self._away, False
            self._rests_until = -inf
        if was_away:
            _log.info("tokens.shared_cache_back")
