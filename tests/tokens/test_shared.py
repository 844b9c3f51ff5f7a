"""What a client does with a cache that many processes share, and how long it waits for them."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from daraja import Daraja, Secret
from daraja.errors import NotSent
from daraja.http.flow import Now, SingleFlight, Within
from daraja.runtime import run
from daraja.runtime.base import ThreadRuntime
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens, SharedTokenCache
from tests.support.scripted import ScriptedTransport, accepted, refusal, settings, token

REFUSED = refusal(404, "404.001.03", "Invalid Access Token")


class Shared(MemoryTokens):
    """A cache in which another process is at work before we are let in."""

    def __init__(self, theirs: Secret | None = None) -> None:
        super().__init__(ManualClock())
        self.theirs = theirs
        self.waits: list[float] = []
        self.inside = False

    @contextmanager
    def alone(self, key: str, seconds: float, /) -> Generator[None]:
        self.waits.append(seconds)
        if self.theirs is not None:
            self.put(key, self.theirs, 60)
        self.inside = True
        try:
            yield
        finally:
            self.inside = False


def test_a_token_that_another_process_fetched_while_we_waited_is_taken() -> None:
    transport = ScriptedTransport([accepted()])
    daraja = Daraja(settings(), transport=transport, tokens=Shared(Secret("theirs")), clock=ManualClock())
    daraja.stk_push(phone="0712345678", amount=1, reference="A")

    assert transport.paths == ["processrequest"]
    assert transport.requests[0].headers["Authorization"] == "Bearer theirs"


def test_a_refused_token_that_another_process_replaced_while_we_waited_is_not_replaced_again() -> None:
    transport = ScriptedTransport([token("ours"), accepted(), REFUSED, accepted()])
    tokens = Shared()
    daraja = Daraja(settings(), transport=transport, tokens=tokens, clock=ManualClock())
    daraja.stk_push(phone="0712345678", amount=1, reference="A")
    tokens.theirs = Secret("theirs")
    daraja.stk_push(phone="0712345678", amount=1, reference="A")

    assert transport.paths == ["generate", "processrequest", "processrequest", "processrequest"]
    assert [request.headers["Authorization"] for request in transport.requests[1:]] == [
        "Bearer ours",
        "Bearer ours",
        "Bearer theirs",
    ]


@pytest.mark.parametrize(("patience", "waits"), [(1000, 35), (100, 35), (20, 10), (0, 0)])
def test_a_thread_with_little_time_waits_half_of_it(patience: float, waits: float) -> None:
    tokens = Shared()
    world = ThreadRuntime(transport=ScriptedTransport([]), clock=ManualClock(), tokens=tokens)

    def look() -> Generator[Now, object, bool]:
        yield Now()
        return tokens.inside

    assert isinstance(tokens, SharedTokenCache)
    assert run(Within(patience, lambda: iter(SingleFlight("key", look))), world)
    assert tokens.waits == [waits]
    assert not tokens.inside


def test_a_thread_without_time_left_does_not_wait_for_another_thread() -> None:
    world = ThreadRuntime(transport=ScriptedTransport([]), clock=ManualClock(), tokens=Shared())
    at_work, done = Event(), Event()

    def work() -> Generator[Now, object, bool]:
        yield Now()
        at_work.set()
        return done.wait(60)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(run, SingleFlight("key", work), world)
        assert at_work.wait(60)
        with pytest.raises(NotSent, match="still fetching the access token"):
            run(Within(0, lambda: iter(SingleFlight("key", work))), world)
        done.set()
        assert working.result(60) is True
