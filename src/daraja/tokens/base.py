"""What a token cache is."""

from typing import Protocol

from daraja.secret import Secret

__all__ = ["TokenCache"]


class TokenCache(Protocol):
    """Keeps one access token under each key; safe to use from many threads."""

    def get(self, key: str, /) -> Secret | None:
        """Give the token kept under *key*, or None where there is none that still lives."""
        ...

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """Keep *token* under *key* for so many seconds, in place of the one before."""
        ...
