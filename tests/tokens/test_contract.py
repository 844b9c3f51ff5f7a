"""The contract of token caches finds a cache that breaks a promise."""

from typing import Final

import pytest

from daraja.testing import SharedTokenCacheContract
from tests.tokens.test_cache import Memcached

LOADED = SharedTokenCacheContract, Memcached  # once for all: the tests within these tests would load them anew

SOUND: Final = """
from contextlib import contextmanager
import pytest
from daraja.testing import SharedTokenCacheContract, TokenCacheContract
from daraja.tokens import CacheTokens, MemoryTokens
from tests.tokens.test_cache import Memcached

class Sound(CacheTokens):
    pass
"""
BROKEN: Final = {
    "test_a_token_is_given_as_it_was_kept": """
    def put(self, key, token, seconds):
        pass
""",
    "test_each_key_has_a_token_of_its_own_and_the_latest_counts": """
    def put(self, key, token, seconds):
        if self.get(key) is None:
            super().put(key, token, seconds)
""",
    "test_a_token_ends_with_its_life": """
    def put(self, key, token, seconds):
        super().put(key, token, 3600)
""",
    "test_nothing_shows_a_token": """
    def put(self, key, token, seconds):
        super().put(key, token, seconds)
        self.last = token.reveal()
""",
    "test_what_one_process_keeps_the_others_find": """
    def __init__(self, cache, clock):
        super().__init__(Memcached(), clock=clock)
""",
    "test_others_wait_until_the_block_ends": """
    @contextmanager
    def alone(self, key, seconds):
        yield
        with super().alone(key, seconds):
            pass
""",
    "test_the_next_one_enters_however_the_block_ends": """
    blocks = []

    @contextmanager
    def alone(self, key, seconds):
        self.blocks.append(super().alone(key, seconds))
        self.blocks[-1].__enter__()
        yield
        self.blocks[-1].__exit__(None, None, None)
""",
    "test_each_key_has_a_block_of_its_own": """
    def alone(self, key, seconds):
        return super().alone("any", seconds)
""",
    "test_a_process_that_died_in_it_holds_nobody_up_for_longer_than_the_limit": """
    def alone(self, key, seconds):
        return super().alone(key, 3 * seconds)
""",
    "test_nobody_waits_once_another_token_is_there": """
    @contextmanager
    def alone(self, key, seconds):
        kept, self.get = self.get, lambda _: None
        with super().alone(key, seconds):
            self.get = kept
            yield
""",
    "test_a_process_leaves_the_block_of_the_next_one_alone": """
    @contextmanager
    def alone(self, key, seconds):
        with super().alone(key, seconds):
            yield
        self._call(lambda cache: cache.delete(f"daraja:token:{key}:lock"), fallback=None)
""",
    "test_the_block_may_be_left_in_another_thread_than_it_was_entered_in": """
    @contextmanager
    def alone(self, key, seconds):
        with super().alone(key, 0):
            yield
""",
    "test_without_its_server_a_process_goes_on_by_itself": """
    def get(self, key):
        return super().get(key) if not self.cache.away else None

    def __init__(self, cache, clock):
        super().__init__(cache, clock=clock)
        self.cache = cache
""",
    "test_without_its_server_from_the_start_a_token_still_ends_with_its_life": """
    def put(self, key, token, seconds):
        super().put(key, token, seconds + 60)
""",
    "test_its_server_may_go_while_a_process_is_in_the_block": """
    def __init__(self, cache, clock):
        super().__init__(cache, clock=clock, failures=())
""",
}
"""What breaks a promise, by the test that has to find it."""


def failures(pytester: pytest.Pytester, program: str, *arguments: str) -> set[str]:
    """Run the tests of *program*, and give the names of those that failed."""
    pytester.makepyfile(SOUND + program)
    run = pytester.inline_run("-p", "no:cacheprovider", "--disable-plugin-autoload", *arguments)
    _, skipped, failed = run.listoutcomes()
    assert not skipped
    return {report.nodeid.rpartition("::")[2].partition("[")[0] for report in failed}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_found(pytester: pytest.Pytester, promise: str) -> None:
    program = f"""
class Broken(Sound):{BROKEN[promise]}
class TestBroken(SharedTokenCacheContract):
    def setup_method(self):
        self.cache = Memcached()

    def make_tokens(self, clock):
        return Broken(self.cache, clock=clock)

    def disconnect(self):
        self.cache.away = True

    def reconnect(self):
        self.cache.away = False
"""
    assert promise in failures(pytester, program, "-x", "-k", promise)


def test_without_a_server_to_take_away_those_tests_are_skipped(pytester: pytest.Pytester) -> None:
    program = """
class TestShared(SharedTokenCacheContract):
    def setup_method(self):
        self.cache = Memcached()

    def make_tokens(self, clock):
        return Sound(self.cache, clock=clock)
"""
    pytester.makepyfile(SOUND + program)
    passed, skipped, failed = pytester.inline_run("-p", "no:cacheprovider", "--disable-plugin-autoload").listoutcomes()
    assert (passed != [], len(skipped), failed) == (True, 3, [])


def test_a_contract_that_takes_the_server_away_has_to_bring_it_back(pytester: pytest.Pytester) -> None:
    program = """
class TestShared(SharedTokenCacheContract):
    def setup_method(self):
        self.cache = Memcached()

    def make_tokens(self, clock):
        return Sound(self.cache, clock=clock)

    def disconnect(self):
        self.cache.away = True
"""
    assert failures(pytester, program) == {"test_without_its_server_a_process_goes_on_by_itself"}


def test_a_contract_without_a_cache_fails(pytester: pytest.Pytester) -> None:
    program = """
class TestTokens(TokenCacheContract):
    pass

class TestShared(SharedTokenCacheContract):
    pass
"""
    assert "test_a_token_is_given_as_it_was_kept" in failures(pytester, program, "-k", "given_as_it_was_kept")
