"""Single flight for threads: the work is done once, and each thread gets the result or its own error."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event, Semaphore, get_ident
from typing import Final

import pytest

from daraja.errors import NotSent, RateLimited
from daraja.system.single_flight import ThreadCalls

FOLLOWERS: Final = 7
TIMEOUT: Final = 30
"""Seconds until a test that hangs fails."""


class WatchedKey(str):
    """A key that reports each look-up, so a test knows the waiting threads without sleeping."""

    __slots__ = ("looked_up",)

    def __init__(self, _text: str) -> None:
        super().__init__()
        self.looked_up = Semaphore(0)

    def __hash__(self) -> int:
        self.looked_up.release()
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    def await_lookups(self, count: int) -> None:
        for _ in range(count):
            assert self.looked_up.acquire(timeout=TIMEOUT)


JOINING: Final = 2 + FOLLOWERS
"""Lookups until all have joined: the leader looks and writes, each follower looks."""
CHANGING: Final = 1 + FOLLOWERS + 1
"""Lookups until all have joined the next call: the old one is removed, each looks again, the new leader writes."""


def ask_together(work: Callable[[WatchedKey], str]) -> list[str | BaseException]:
    """Let eight threads call with the same key; return their results."""
    calls, key = ThreadCalls(), WatchedKey("token")
    with ThreadPoolExecutor(1 + FOLLOWERS) as pool:
        asked = [pool.submit(calls.share, key, lambda: work(key)) for _ in range(1 + FOLLOWERS)]
        finished, _ = wait(asked, TIMEOUT)
    return [one.exception() or one.result() for one in finished]


def test_one_thread_does_the_work_for_all() -> None:
    worked: list[str] = []

    def work(key: WatchedKey) -> str:
        key.await_lookups(JOINING)
        worked.append("once")
        return "token 1"

    assert ask_together(work) == ["token 1"] * (1 + FOLLOWERS)
    assert worked == ["once"]


def test_each_thread_gets_its_own_copy_of_the_error() -> None:
    raised: list[RateLimited] = []

    def work(key: WatchedKey) -> str:
        key.await_lookups(JOINING)
        raised.append(RateLimited(429, None, "slow", None, 12.5))
        raise raised[0]

    got = ask_together(work)
    assert len(raised) == 1
    assert [str(error) for error in got] == [str(raised[0])] * (1 + FOLLOWERS)
    assert [error.retry_after for error in got if type(error) is RateLimited] == [12.5] * (1 + FOLLOWERS)
    assert len({id(error) for error in got}) == 1 + FOLLOWERS
    assert raised[0] in got
    assert [error for error in got if isinstance(error, BaseException) and error.__context__ is not None] == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(1)])
def test_an_interrupt_of_the_owner_does_not_interrupt_the_others(interruption: BaseException) -> None:
    worked: list[str] = []

    def work(key: WatchedKey) -> str:
        worked.append("again")
        if len(worked) == 1:
            key.await_lookups(JOINING)
            raise interruption
        key.await_lookups(CHANGING)
        return "token 2"

    got = ask_together(work)
    assert len(worked) == 2
    assert got.count("token 2") == FOLLOWERS
    assert [one for one in got if one != "token 2"] == [interruption]


def test_different_keys_do_not_wait_for_each_other() -> None:
    calls, both = ThreadCalls(), Barrier(2)

    def work() -> int:
        return both.wait(TIMEOUT)

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(calls.share, key, work) for key in ("one shop", "another shop")]
        assert sorted(one.result(TIMEOUT) for one in asked) == [0, 1]


def test_a_later_caller_starts_a_new_call() -> None:
    calls = ThreadCalls()
    done = iter(["token 1", "token 2"])
    assert [calls.share("token", lambda: next(done)) for _ in range(2)] == ["token 1", "token 2"]


def test_a_failure_is_not_cached() -> None:
    calls = ThreadCalls()

    def fail() -> str:
        raise RateLimited(429, None, "slow")

    with pytest.raises(RateLimited):
        calls.share("token", fail)
    assert calls.share("token", lambda: "token 2") == "token 2"


def test_none_is_a_result_too() -> None:
    results: list[None] = [ThreadCalls().share("token", lambda: None)]
    assert results == [None]


class _StubbornError(Exception):
    """A foreign exception that cannot be copied."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


@pytest.mark.parametrize("failure", [RuntimeError("not an answer of Daraja's"), _StubbornError(why="because")])
def test_all_waiting_threads_share_an_exception_of_another_library_too(failure: Exception) -> None:
    worked: list[str] = []

    def work(key: WatchedKey) -> str:
        worked.append("once")
        key.await_lookups(JOINING)
        raise failure

    got = ask_together(work)

    assert worked == ["once"]
    assert [str(error) for error in got] == [str(failure)] * (1 + FOLLOWERS)


def test_a_nested_call_of_the_same_thread_does_not_wait_for_itself() -> None:
    calls = ThreadCalls()

    assert calls.share("key", lambda: calls.share("key", lambda: "inner") + " and outer") == "inner and outer"


def test_a_thread_waits_for_another_at_most_its_timeout() -> None:
    calls, begun, finish = ThreadCalls(), Event(), Event()

    def work() -> str:
        begun.set()
        assert finish.wait(TIMEOUT)
        return "token 1"

    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(calls.share, "token", work, 0.001)
        assert begun.wait(TIMEOUT)
        for timeout in (0.0, 0.01):
            with pytest.raises(TimeoutError, match="another thread has not finished within 0"):
                calls.share("token", lambda: "not done at all", timeout)
        finish.set()

        assert leader.result(TIMEOUT) == "token 1"


def test_a_thread_with_time_enough_shares_the_result() -> None:
    calls, key = ThreadCalls(), WatchedKey("token")

    def work() -> str:
        key.await_lookups(3)  # the leader looks and writes, the follower looks
        return "token 1"

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(calls.share, key, work, TIMEOUT) for _ in range(2)]

        assert [one.result(TIMEOUT) for one in asked] == ["token 1"] * 2


def test_a_note_on_the_owners_error_stays_with_the_owner() -> None:
    calls, key, written, owners = ThreadCalls(), WatchedKey("token"), Event(), list[int]()

    class Refused(NotSent):
        def __copy__(self) -> "Refused":
            assert get_ident() in owners or written.wait(TIMEOUT)  # the others are slow to take theirs
            other = Refused(*self.args)
            vars(other).update(vars(self))
            return other

    def work() -> str:
        owners.append(get_ident())
        key.await_lookups(JOINING)
        message = "refused"
        raise Refused(message)

    def ask() -> Refused:
        with pytest.raises(Refused) as caught:
            calls.share(key, work)
        if get_ident() in owners:
            caught.value.add_note("about my own payment")
            written.set()
        return caught.value

    with ThreadPoolExecutor(1 + FOLLOWERS) as pool:
        asked = [pool.submit(ask) for _ in range(1 + FOLLOWERS)]
        errors = [one.result(TIMEOUT) for one in asked]

    assert [getattr(error, "__notes__", []) for error in errors].count([]) == FOLLOWERS
