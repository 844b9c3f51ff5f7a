"""Where access tokens are kept between calls; ``daraja.tokens.redis`` needs the extra ``redis``."""

from daraja.tokens.base import SharedTokenCache, TokenCache
from daraja.tokens.cache import Cache, CacheTokens
from daraja.tokens.memory import MemoryTokens

__all__ = ["Cache", "CacheTokens", "MemoryTokens", "SharedTokenCache", "TokenCache"]
