"""The methods that a token cache has."""

from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, runtime_checkable

from daraja.values.secret import Secret

_LONGEST_FETCH: Final = 35.0
"""Seconds that fetching a token may take, as long as a request. Other processes wait no longer for one that died."""


class TokenCache(Protocol):
    """Keeps one access token under each key; safe to use from many threads.

    These two methods are enough for a cache of your own. If several processes share it, each may ask Daraja for a
    token when none is kept, unless it is a ``SharedTokenCache``.
    """

    def get(self, key: str, /) -> Secret | None:
        """Return the token kept under *key*, or None if there is none that still lives.

        Args:
            key: Stands for one consumer key in one environment; holds no secret.
        """
        ...

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """Keep *token* under *key* for so many seconds, in place of the one before.

        Args:
            key: As for ``get``.
            token: The access token.
            seconds: How long it may be given; never give it for longer.
        """
        ...


@runtime_checkable
class SharedTokenCache(TokenCache, Protocol):
    """A token cache of many processes, of which one asks Daraja for a token while the others wait for it."""

    def alone(self, key: str, seconds: float, /) -> AbstractContextManager[None]:
        """Wait until no other process is in a block for *key*, and keep the others out while this block lasts.

        A best-effort lock with a time limit: it may let two processes in if the first one died or is slow. Waiting ends
        after so many *seconds* at the latest, or when another token is kept than at its beginning. It raises nothing.
        The block may be entered and left in different threads.

        Args:
            key: As for ``get``.
            seconds: The longest time to wait, and to keep others out.
        """
        ...


def lock_among_processes(tokens: TokenCache, key: str, time_left: float | None, /) -> AbstractContextManager[None]:
    """Return the block that keeps other processes out while a token is fetched.

    Args:
        tokens: The cache. Only one that processes share has a lock.
        key: As for ``get``.
        time_left: Seconds that the caller has, of which half is kept for the work in the block; None for no limit.
    """
    if not isinstance(tokens, SharedTokenCache):
        return nullcontext()
    return tokens.alone(key, _LONGEST_FETCH if time_left is None else min(time_left / 2, _LONGEST_FETCH))
