"""A circuit breaker: a server that fails is left alone for a few seconds, so that no payment waits for it."""

from collections.abc import Callable
from math import inf
from threading import Lock
from typing import Final, Generic, TypeVar

from daraja.events import Event
from daraja.system.machine import Clock, report

Answer = TypeVar("Answer")
Server = TypeVar("Server")

_OPEN_FOR: Final = 5.0
"""Seconds without a call after a failure: each call to a server that hangs costs a payment a whole time-out."""


class CircuitBreaker(Generic[Server]):
    """Calls a server while it answers, and goes on without it while it fails.

    The circuit is *closed* at first: every call goes to the server. A failure *opens* it: for five seconds no call
    does. Then one caller tries, while the others still go on without the server, and a success closes the circuit.
    One event is reported when the server fails and one when it is back.

    Args:
        server: What the calls go to.
        failures: The exceptions that mean that the server is away; any other is the caller's.
        clock: Its ``monotonic`` measures the five seconds.
    """

    def __init__(self, server: Server, failures: tuple[type[Exception], ...], clock: Clock, /) -> None:
        self._server: Final = server
        self._failures: Final = failures
        self._clock: Final = clock
        self._lock: Final = Lock()
        self._failed = False
        self._open_until = -inf

    def call(self, function: Callable[[Server], Answer], /, *, fallback: Answer) -> Answer:
        """Call *function* with the server.

        Args:
            function: Takes the server and returns its answer.
            fallback: The answer while the server is away.
        """
        if self._is_open():
            return fallback
        try:
            answer = function(self._server)
        except self._failures as failure:
            # Only the type: the words could hold an address, and with it a password.
            self._open(type(failure).__name__)
            return fallback
        self._close()
        return answer

    def _is_open(self) -> bool:
        with self._lock:
            now = self._clock.monotonic()
            if now < self._open_until:
                return True
            if self._failed:
                self._open_until = now + _OPEN_FOR  # this caller tries for all; the others still find it open
            return False

    def _open(self, reason: str) -> None:
        with self._lock:
            known, self._failed = self._failed, True
            self._open_until = self._clock.monotonic() + _OPEN_FOR
        if not known:
            report(Event("tokens.shared_cache_away", "warning", {"reason": reason}))

    def _close(self) -> None:
        with self._lock:
            was_away, self._failed = self._failed, False
            self._open_until = -inf
        if was_away:
            report(Event("tokens.shared_cache_back", "info", {}))
