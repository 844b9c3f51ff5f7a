"""Tokens kept in memory live as long as they were given, by the monotonic clock."""

from daraja import Secret
from daraja.system.machine import Clock
from daraja.testing import ManualClock, TokenCacheContract
from daraja.tokens import MemoryTokens

ONE = Secret("token-1")


class TestMemoryTokens(TokenCacheContract):
    def make_tokens(self, clock: Clock, /) -> MemoryTokens:
        return MemoryTokens(clock)


def test_a_token_lives_for_its_seconds_and_not_longer() -> None:
    clock = ManualClock()
    tokens = MemoryTokens(clock)
    tokens.put("a", ONE, 10)
    clock.advance(9.9)
    assert tokens.get("a") == ONE
    clock.advance(0.1)
    assert tokens.get("a") is None


def test_without_a_clock_the_machines_time_counts() -> None:
    tokens = MemoryTokens()
    tokens.put("a", ONE, 3600)
    tokens.put("b", ONE, 0)
    assert (tokens.get("a"), tokens.get("b")) == (ONE, None)
