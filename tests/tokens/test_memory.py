"""Tokens kept in memory live as long as they were given, by the monotonic clock."""

from daraja import Secret
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens

ONE, TWO = Secret("one"), Secret("two")


def test_a_token_lives_for_its_seconds_and_not_longer() -> None:
    clock = ManualClock()
    tokens = MemoryTokens(clock)
    tokens.put("a", ONE, 10)
    clock.advance(9.9)
    assert tokens.get("a") == ONE
    clock.advance(0.1)
    assert tokens.get("a") is None


def test_each_key_has_a_token_of_its_own_and_the_latest_counts() -> None:
    tokens = MemoryTokens(ManualClock())
    tokens.put("a", ONE, 10)
    tokens.put("a", TWO, 10)

    assert (tokens.get("a"), tokens.get("b")) == (TWO, None)


def test_nothing_shows_a_token() -> None:
    tokens = MemoryTokens(ManualClock())
    tokens.put("a", Secret("never-shown"), 10)

    assert "never-shown" not in repr(vars(tokens))
