"""Daraja's access token in Django's cache, so that all processes of a shop share one."""

from django.core.cache import cache

from daraja import Secret

__all__ = ["CachedTokens"]


class CachedTokens:
    """A ``daraja.tokens.TokenCache`` in the default cache."""

    def get(self, key: str, /) -> Secret | None:
        """See ``TokenCache.get``."""
        token = cache.get(key)
        return None if token is None else Secret(token)

    def put(self, key: str, token: Secret, seconds: float, /) -> None:
        """See ``TokenCache.put``."""
        cache.set(key, token.reveal(), seconds)
