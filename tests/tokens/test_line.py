"""A server that fails is left alone for a while, and the log hears of it once."""

import logging
from collections.abc import Callable

import pytest

from daraja.testing import ManualClock
from daraja.tokens.line import Line


class Moody:
    """A server that fails when it is told to, and counts what it is asked."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.asked = 0

    def answer(self) -> str:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return "here"


def line_to(server: Moody) -> tuple[Callable[[], str], ManualClock]:
    clock = ManualClock()
    line = Line(server, (OSError,), clock)
    return lambda: line.ask(Moody.answer, otherwise="away"), clock


def test_a_server_that_answers_is_asked_every_time() -> None:
    server = Moody()
    ask, _ = line_to(server)

    assert [ask(), ask(), ask()] == ["here"] * 3
    assert server.asked == 3


def test_a_server_that_failed_is_asked_again_after_five_seconds() -> None:
    server = Moody()
    ask, clock = line_to(server)
    server.failure = OSError()

    assert [ask(), ask()] == ["away"] * 2
    clock.advance(4.9)
    assert ask() == "away"
    assert server.asked == 1
    clock.advance(0.1)
    assert [ask(), ask()] == ["away"] * 2
    assert server.asked == 2
    clock.advance(5)
    server.failure = None
    assert [ask(), ask()] == ["here"] * 2
    assert server.asked == 4


def test_one_finds_out_whether_it_is_back_while_the_others_go_on_without_it() -> None:
    server, clock = Moody(), ManualClock()
    line = Line(server, (OSError,), clock)
    server.failure = OSError()
    line.ask(Moody.answer, otherwise="away")
    clock.advance(5)

    def while_asking(_: Moody) -> str:
        return line.ask(Moody.answer, otherwise="another went on without it")

    assert line.ask(while_asking, otherwise="away") == "another went on without it"
    assert server.asked == 1


def test_the_log_hears_once_that_it_is_away_and_once_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    server = Moody()
    ask, clock = line_to(server)
    with caplog.at_level(logging.INFO, "daraja"):
        for failure in (None, OSError("redis://:password@host"), ConnectionResetError(), None, None):
            server.failure = failure
            clock.advance(5)
            ask()

    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        ("daraja", "WARNING", "tokens.shared_cache_away reason=OSError"),
        ("daraja", "INFO", "tokens.shared_cache_back"),
    ]


def test_a_mistake_is_not_taken_for_a_server_that_is_away() -> None:
    server = Moody()
    ask, _ = line_to(server)
    server.failure = TypeError("our own fault")

    with pytest.raises(TypeError, match="our own fault"):
        ask()
