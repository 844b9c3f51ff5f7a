"""Where access tokens are kept between calls."""

from daraja.tokens.base import TokenCache
from daraja.tokens.memory import MemoryTokens

__all__ = ["MemoryTokens", "TokenCache"]
