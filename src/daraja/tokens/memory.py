"""Access tokens in this process's memory."""

from typing import Final

import attrs

from daraja.system.clock import Clock
from daraja.values.secret import Secret

__all__ = ["MemoryTokens"]


@attrs.frozen
class _Kept:
    token: Secret
    until: float


class MemoryTokens:
    """Keeps tokens for one process, by the monotonic clock, so that a change of the time of day ends none.

    Args:
        clock: Its ``monotonic`` measures the age of a token.
    """

    def __init__(self, clock: Clock, /) -> None:
        self._clock: Final = clock
        self._kept: Final[dict[str, _Kept]] = {}

    def get(self, key: str, /) -> Secret | None:
        """Return the token kept under *key*, or None if there is none that still lives."""
        kept = self._kept.get(key)
        return kept.token if kept is not None and self._clock.monotonic() < kept.until else None

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """Keep *token* under *key* for so many *seconds*, in place of the one before."""
        self._kept[key] = _Kept(token, self._clock.monotonic() + seconds)
