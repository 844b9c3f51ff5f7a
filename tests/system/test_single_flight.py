"""What many threads want at once is done once, and its end belongs to each of them alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event, Semaphore, get_ident
from typing import Final

import pytest

from daraja.errors import NotSent, RateLimited
from daraja.system.single_flight import ThreadCalls

FOLLOWERS: Final = 7
PATIENCE: Final = 30
"""Seconds until a test that hangs fails."""


class WatchedKey(str):
    """A key that tells when it is looked up, so that a test knows who waits for it without sleeping."""

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
            assert self.looked_up.acquire(timeout=PATIENCE)


BOARDING: Final = 2 + FOLLOWERS
"""Lookups until all are aboard: the leader looks and writes, each follower looks."""
CHANGING: Final = 1 + FOLLOWERS + 1
"""Lookups until all are aboard the next flight: the old one is taken out, each looks again, the new leader writes."""


def fly_together(work: Callable[[WatchedKey], str]) -> list[str | BaseException]:
    """Let eight threads ask for the same key; give what each of them got."""
    flights, key = ThreadCalls(), WatchedKey("token")
    with ThreadPoolExecutor(1 + FOLLOWERS) as pool:
        asked = [pool.submit(flights.share, key, lambda: work(key)) for _ in range(1 + FOLLOWERS)]
        finished, _ = wait(asked, PATIENCE)
    return [one.exception() or one.result() for one in finished]


def test_one_works_for_all() -> None:
    worked: list[str] = []

    def work(key: WatchedKey) -> str:
        key.await_lookups(BOARDING)
        worked.append("once")
        return "token 1"

    assert fly_together(work) == ["token 1"] * (1 + FOLLOWERS)
    assert worked == ["once"]


def test_each_gets_a_copy_of_the_error_as_its_own() -> None:
    raised: list[RateLimited] = []

    def work(key: WatchedKey) -> str:
        key.await_lookups(BOARDING)
        raised.append(RateLimited(429, None, "slow", None, 12.5))
        raise raised[0]

    got = fly_together(work)
    assert len(raised) == 1
    assert [str(error) for error in got] == [str(raised[0])] * (1 + FOLLOWERS)
    assert [error.retry_after for error in got if type(error) is RateLimited] == [12.5] * (1 + FOLLOWERS)
    assert len({id(error) for error in got}) == 1 + FOLLOWERS
    assert raised[0] in got
    assert [error for error in got if isinstance(error, BaseException) and error.__context__ is not None] == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(1)])
def test_who_waits_is_not_interrupted_with_the_one_who_works(interruption: BaseException) -> None:
    worked: list[str] = []

    def work(key: WatchedKey) -> str:
        worked.append("again")
        if len(worked) == 1:
            key.await_lookups(BOARDING)
            raise interruption
        key.await_lookups(CHANGING)
        return "token 2"

    got = fly_together(work)
    assert len(worked) == 2
    assert got.count("token 2") == FOLLOWERS
    assert [one for one in got if one != "token 2"] == [interruption]


def test_different_keys_are_worked_for_side_by_side() -> None:
    flights, both = ThreadCalls(), Barrier(2)

    def work() -> int:
        return both.wait(PATIENCE)

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(flights.share, key, work) for key in ("one shop", "another shop")]
        assert sorted(one.result(PATIENCE) for one in asked) == [0, 1]


def test_who_asks_later_gets_work_of_its_own() -> None:
    flights = ThreadCalls()
    done = iter(["token 1", "token 2"])
    assert [flights.share("token", lambda: next(done)) for _ in range(2)] == ["token 1", "token 2"]


def test_a_failure_is_not_kept() -> None:
    flights = ThreadCalls()

    def fail() -> str:
        raise RateLimited(429, None, "slow")

    with pytest.raises(RateLimited):
        flights.share("token", fail)
    assert flights.share("token", lambda: "token 2") == "token 2"


def test_nothing_is_a_result_too() -> None:
    results: list[None] = [ThreadCalls().share("token", lambda: None)]
    assert results == [None]


class _StubbornError(Exception):
    """An exception of a stranger's, which cannot be copied."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


@pytest.mark.parametrize("failure", [RuntimeError("not an answer of Daraja's"), _StubbornError(why="because")])
def test_all_who_wait_share_a_stranger_s_failure_too(failure: Exception) -> None:
    worked: list[str] = []

    def work(key: WatchedKey) -> str:
        worked.append("once")
        key.await_lookups(BOARDING)
        raise failure

    got = fly_together(work)

    assert worked == ["once"]
    assert [str(error) for error in got] == [str(failure)] * (1 + FOLLOWERS)


def test_whoever_asks_in_the_middle_of_their_own_work_does_not_wait_for_themselves() -> None:
    flights = ThreadCalls()

    assert flights.share("key", lambda: flights.share("key", lambda: "inner") + " and outer") == "inner and outer"


def test_nobody_waits_for_another_any_longer_than_they_can() -> None:
    flights, begun, finish = ThreadCalls(), Event(), Event()

    def work() -> str:
        begun.set()
        assert finish.wait(PATIENCE)
        return "token 1"

    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(flights.share, "token", work, 0.001)
        assert begun.wait(PATIENCE)
        for patience in (0.0, 0.01):
            with pytest.raises(TimeoutError, match="still at it"):
                flights.share("token", lambda: "not done at all", patience)
        finish.set()

        assert leader.result(PATIENCE) == "token 1"


def test_who_can_wait_long_enough_shares_the_end() -> None:
    flights, key = ThreadCalls(), WatchedKey("token")

    def work() -> str:
        key.await_lookups(3)  # the leader looks and writes, the follower looks
        return "token 1"

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(flights.share, key, work, PATIENCE) for _ in range(2)]

        assert [one.result(PATIENCE) for one in asked] == ["token 1"] * 2


def test_what_the_one_who_worked_writes_into_their_error_is_theirs_alone() -> None:
    flights, key, written, pilots = ThreadCalls(), WatchedKey("token"), Event(), list[int]()

    class Refused(NotSent):
        def __copy__(self) -> "Refused":
            assert get_ident() in pilots or written.wait(PATIENCE)  # the others are slow to take theirs
            other = Refused(*self.args)
            vars(other).update(vars(self))
            return other

    def work() -> str:
        pilots.append(get_ident())
        key.await_lookups(BOARDING)
        message = "refused"
        raise Refused(message)

    def ask() -> Refused:
        with pytest.raises(Refused) as caught:
            flights.share(key, work)
        if get_ident() in pilots:
            caught.value.add_note("about my own payment")
            written.set()
        return caught.value

    with ThreadPoolExecutor(1 + FOLLOWERS) as pool:
        asked = [pool.submit(ask) for _ in range(1 + FOLLOWERS)]
        errors = [one.result(PATIENCE) for one in asked]

    assert [getattr(error, "__notes__", []) for error in errors].count([]) == FOLLOWERS
