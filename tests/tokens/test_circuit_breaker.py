"""A server that fails is left alone for five seconds, and the log gets one line about it."""

import logging
from collections.abc import Callable

import pytest

from daraja.testing import ManualClock
from daraja.tokens.circuit_breaker import CircuitBreaker


class Server:
    """Fails while ``failure`` is set, and counts its calls."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.calls = 0

    def answer(self) -> str:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        return "here"


def caller_of(server: Server) -> tuple[Callable[[], str], ManualClock]:
    clock = ManualClock()
    breaker = CircuitBreaker(server, (OSError,), clock)
    return lambda: breaker.call(Server.answer, fallback="away"), clock


def test_a_server_that_answers_is_called_every_time() -> None:
    server = Server()
    call, _ = caller_of(server)

    assert [call(), call(), call()] == ["here"] * 3
    assert server.calls == 3


def test_a_server_that_failed_is_called_again_after_five_seconds() -> None:
    server = Server()
    call, clock = caller_of(server)
    server.failure = OSError()

    assert [call(), call()] == ["away"] * 2
    clock.advance(4.9)
    assert call() == "away"
    assert server.calls == 1
    clock.advance(0.1)
    assert [call(), call()] == ["away"] * 2
    assert server.calls == 2
    clock.advance(5)
    server.failure = None
    assert [call(), call()] == ["here"] * 2
    assert server.calls == 4


def test_one_caller_finds_out_whether_it_is_back_while_the_others_go_on_without_it() -> None:
    server, clock = Server(), ManualClock()
    breaker = CircuitBreaker(server, (OSError,), clock)
    server.failure = OSError()
    breaker.call(Server.answer, fallback="away")
    clock.advance(5)

    def while_trying(_: Server) -> str:
        return breaker.call(Server.answer, fallback="another went on without it")

    assert breaker.call(while_trying, fallback="away") == "another went on without it"
    assert server.calls == 1


def test_the_log_says_once_that_it_is_away_and_once_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    call, clock = caller_of(server)
    with caplog.at_level(logging.INFO, "daraja"):
        for failure in (None, OSError("redis://:password@host"), ConnectionResetError(), None, None):
            server.failure = failure
            clock.advance(5)
            call()

    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        ("daraja", "WARNING", "tokens.shared_cache_away reason=OSError"),
        ("daraja", "INFO", "tokens.shared_cache_back"),
    ]


def test_any_other_exception_is_the_caller_s() -> None:
    server = Server()
    call, _ = caller_of(server)
    server.failure = TypeError("our own fault")

    with pytest.raises(TypeError, match="our own fault"):
        call()
