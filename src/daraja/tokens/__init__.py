"""Where access tokens are kept between calls; ``daraja.tokens.redis`` needs the extra ``redis``."""

from daraja.system.machine import MemoryTokens
from daraja.tokens.base import SharedTokenCache, TokenCache
from daraja.tokens.cache import Cache, CacheTokens

__all__ = ["Cache", "CacheTokens", "MemoryTokens", "SharedTokenCache", "TokenCache"]
