"""The promises of every cache of access tokens, as tests that pytest runs on a cache of your own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import get_ident
from time import monotonic
from typing import Final, TypeAlias

import pytest

from daraja.system.machine import Clock, SystemClock
from daraja.testing.clock import ManualClock
from daraja.tokens.base import SharedTokenCache, TokenCache
from daraja.values.secret import Secret

_ONE: Final = Secret("token-1")
_TWO: Final = Secret("token-2")
_LONG: Final = 60.0
_SOON: Final = 3.0


class TokenCacheContract:
    """Proves a ``TokenCache``: subclass it in a test module, say how a cache is made, and let pytest run it.

    >>> from daraja.tokens import MemoryTokens
    >>> class TestMemoryTokens(TokenCacheContract):
    ...     def make_tokens(self, clock):
    ...         return MemoryTokens(clock)

    Each test begins with an empty cache. Override the fixture ``tokens_with`` instead of ``make_tokens`` if yours
    needs other fixtures.
    """

    def make_tokens(self, clock: Clock, /) -> TokenCache:
        """Make a cache: override this, or the fixture ``tokens_with``.

        Args:
            clock: Where the time comes from. A cache that cannot be told the time ignores it.
        """
        raise NotImplementedError

    @pytest.fixture
    def tokens_with(self) -> Callable[[Clock], TokenCache]:
        """The function that makes a cache with a given clock."""
        return self.make_tokens

    @pytest.fixture
    def tokens(self, tokens_with: Callable[[Clock], TokenCache]) -> TokenCache:
        """A cache at the time of the machine."""
        return tokens_with(SystemClock())

    def test_a_token_is_given_as_it_was_kept(self, tokens: TokenCache) -> None:
        tokens.put("key", _ONE, _LONG)
        assert tokens.get("key") == _ONE, "get gives the token that was kept"

    def test_each_key_has_a_token_of_its_own_and_the_latest_counts(self, tokens: TokenCache) -> None:
        assert tokens.get("key") is None, "get of an unknown key gives None"
        tokens.put("key", _ONE, _LONG)
        assert tokens.get("another-key") is None, "a token is kept under its own key only"
        tokens.put("key", _TWO, _LONG)
        assert tokens.get("key") == _TWO, "the token that was kept last counts"

    @pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.001, 1.0])
    def test_a_token_ends_with_its_life(self, tokens: TokenCache, seconds: float) -> None:
        tokens.put("key", _ONE, _LONG)
        tokens.put("key", _TWO, seconds)
        began = monotonic()
        while tokens.get("key") is not None:
            assert monotonic() - began < seconds + _SOON, "a token is never given for longer than it lives"

    def test_nothing_shows_a_token(self, tokens: TokenCache) -> None:
        tokens.put("key", Secret("never-shown"), _LONG)
        shown = f"{tokens!r} {tokens} {getattr(tokens, '__dict__', '')}"
        assert "never-shown" not in shown, "a cache shows no token, nor do its attributes"


TokensWith: TypeAlias = Callable[[Clock], SharedTokenCache]


class SharedTokenCacheContract(TokenCacheContract):
    """Proves a ``SharedTokenCache``: subclass it as you do with ``TokenCacheContract``.

    Each cache that ``make_tokens`` makes is what another process would have: all of one test share their tokens.
    Override ``disconnect`` and ``reconnect`` as well if a test can take the server away.

    >>> from daraja.testing import SharedTokenCacheContract
    >>> from daraja.tokens.redis import RedisTokens
    >>> class TestRedisTokens(SharedTokenCacheContract):
    ...     def make_tokens(self, clock):
    ...         return RedisTokens("redis://localhost:6379/15", prefix=f"test-{id(self)}:", clock=clock)
    """

    def make_tokens(self, clock: Clock, /) -> SharedTokenCache:
        """Make the cache of one process: override this, or the fixture ``tokens_with``."""
        raise NotImplementedError

    @pytest.fixture
    def tokens_with(self) -> TokensWith:
        """The function that makes a cache with a given clock, which shares its tokens with the others of the test."""
        return self.make_tokens

    def disconnect(self) -> None:
        """Take the server of the cache away, as a restart does; without an override such tests are skipped."""
        pytest.skip("this cache has no server that a test can take away")

    def reconnect(self) -> None:
        """Let the server be there again, with the tokens that it had."""
        raise NotImplementedError

    def in_thread(self, work: Callable[[], None], /) -> None:
        """Do *work* in another thread; override it to close connections that your thread leaves open."""
        work()

    # Shared

    def test_it_is_a_cache_of_many_processes(self, tokens: TokenCache) -> None:
        assert isinstance(tokens, SharedTokenCache), "a client takes it for a shared cache, since it has `alone`"

    def test_what_one_process_keeps_the_others_find(self, tokens_with: TokensWith) -> None:
        here, there = tokens_with(SystemClock()), tokens_with(SystemClock())
        here.put("key", _ONE, _LONG)
        assert there.get("key") == _ONE, "another process finds the token"
        there.put("key", _TWO, _LONG)
        assert here.get("key") == _TWO, "the latest token counts, no matter which process kept it"

    # One process at a time

    def test_others_wait_until_the_block_ends(self, tokens_with: TokensWith) -> None:
        happened: list[str] = []
        news = SimpleQueue[str]()

        class Watched(SystemClock):
            def sleep(self, seconds: float, /) -> None:
                news.put("it waits")
                super().sleep(seconds)

        def other() -> None:
            with tokens_with(Watched()).alone("key", _LONG):
                happened.append("the other entered")

        with ThreadPoolExecutor(1) as pool:
            with tokens_with(SystemClock()).alone("key", _LONG):
                entered = pool.submit(self.in_thread, other)
                entered.add_done_callback(lambda _: news.put("it entered"))
                assert news.get(timeout=_LONG) == "it waits", "another process waits, by the clock that it was given"
                happened.append("the one left")
            entered.result(_LONG)
        assert happened == ["the one left", "the other entered"], "two processes are never in a block for one key"

    @pytest.mark.parametrize("failure", [None, KeyboardInterrupt])
    def test_the_next_one_enters_however_the_block_ends(
        self, tokens_with: TokensWith, failure: type[BaseException] | None
    ) -> None:
        block = tokens_with(SystemClock()).alone("key", _LONG)
        block.__enter__()
        block.__exit__(failure, None if failure is None else failure(), None)
        assert not self._waits(tokens_with, "key"), "nobody waits once the block has ended"

    def test_each_key_has_a_block_of_its_own(self, tokens_with: TokensWith) -> None:
        with tokens_with(SystemClock()).alone("another-key", _LONG):
            assert not self._waits(tokens_with, "key"), "nobody waits for a block of another-key"

    def test_a_process_that_died_in_it_holds_nobody_up_for_longer_than_the_limit(self, tokens_with: TokensWith) -> None:
        clock = _clock()
        with tokens_with(SystemClock()).alone("key", _LONG), tokens_with(clock).alone("key", 10):
            assert clock.monotonic() == pytest.approx(10, abs=1), "waiting ends after so many seconds"

    def test_nobody_waits_once_another_token_is_there(self, tokens_with: TokensWith) -> None:
        here = tokens_with(SystemClock())

        class Meanwhile(ManualClock):
            def sleep(self, seconds: float, /) -> None:
                super().sleep(seconds)
                here.put("key", _TWO, _LONG)

        clock = Meanwhile(datetime.now(UTC))
        here.put("key", _ONE, _LONG)
        with here.alone("key", _LONG), tokens_with(clock).alone("key", _LONG):
            assert len(clock.slept) == 1, "waiting ends as soon as another token is kept than at its beginning"

    def test_a_process_leaves_the_block_of_the_next_one_alone(self, tokens_with: TokensWith) -> None:
        first = tokens_with(SystemClock()).alone("key", 1)
        first.__enter__()
        with tokens_with(SystemClock()).alone("key", _LONG):  # the second enters once the time of the first is over
            first.__exit__(None, None, None)
            assert self._waits(tokens_with, "key"), "a process that comes late ends only a block of its own"

    def test_the_block_may_be_left_in_another_thread_than_it_was_entered_in(self, tokens_with: TokensWith) -> None:
        block = tokens_with(SystemClock()).alone("key", _LONG)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(self.in_thread, lambda: (block.__enter__(), None)[1]).result(_LONG)
            assert pool.submit(get_ident).result(_LONG) != get_ident()
        assert self._waits(tokens_with, "key"), "it lasts until it is left"
        block.__exit__(None, None, None)
        assert not self._waits(tokens_with, "key"), "and no longer"

    # Away

    def test_without_its_server_a_process_goes_on_by_itself(self, tokens_with: TokensWith) -> None:
        clock = _clock()
        tokens = tokens_with(clock)
        tokens_with(clock).put("key", _ONE, 600)
        assert tokens.get("key") == _ONE
        self.disconnect()
        assert tokens.get("key") == _ONE, "it gives the last token that it saw, no matter which process kept it"
        with tokens.alone("key", _LONG):
            assert clock.slept == [], "nobody waits for a server that is away"
        tokens.put("key", _TWO, 600)
        assert tokens.get("key") == _TWO, "it keeps tokens by itself"
        self.reconnect()
        for _ in range(12):
            clock.advance(5)
            tokens.get("key")
        assert tokens.get("key") == _ONE, "it comes back to its server within a minute"
        tokens.put("key", _TWO, 600)
        assert tokens_with(clock).get("key") == _TWO, "and shares what it keeps"

    def test_without_its_server_from_the_start_a_token_still_ends_with_its_life(self, tokens_with: TokensWith) -> None:
        self.disconnect()
        clock = _clock()
        tokens = tokens_with(clock)
        assert tokens.get("key") is None
        with tokens.alone("key", _LONG):
            tokens.put("key", _ONE, 60)
        clock.advance(59)
        assert tokens.get("key") == _ONE
        clock.advance(1)
        assert tokens.get("key") is None, "its life is over"

    def test_its_server_may_go_while_a_process_is_in_the_block(self, tokens: SharedTokenCache) -> None:
        with tokens.alone("key", _LONG):
            self.disconnect()
            tokens.put("key", _ONE, _LONG)
        assert tokens.get("key") == _ONE, "the block ends as always"

    def _waits(self, tokens_with: TokensWith, key: str) -> bool:
        """Whether a process would wait now; it does so for a second at the most."""
        clock = _clock()
        with tokens_with(clock).alone(key, 1):
            return clock.slept != []


def _clock() -> ManualClock:
    """Make a clock that shows the time of the machine, since servers let tokens expire by their own."""
    return ManualClock(datetime.now(UTC))
