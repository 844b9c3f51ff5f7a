"""The loop: effects are answered in turn, errors go to the flow first, and nothing secret is logged."""

import logging
from typing import NoReturn

import attrs
import pytest

from daraja.errors import NotSent
from daraja.http.flow import Alone, Chance, Effect, Flow, KeepToken, KeptToken, Now, Send, Sleep, perform
from daraja.http.messages import HttpRequest
from daraja.runtime import World, run
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from daraja.values.secret import Secret
from tests.support.worlds import Reply, ScriptedTransport, answer


def world(*replies: Reply) -> World:
    clock = ManualClock()
    return World(transport=ScriptedTransport(replies), clock=clock, tokens=MemoryTokens(clock), chance=lambda: 0.25)


REQUEST = HttpRequest(
    "POST", "https://daraja.example/path/of/it?secret=no", {"Authorization": "Bearer hidden"}, b"hidden"
)


def test_each_effect_is_answered_with_what_it_asks_for() -> None:
    here = world(answer(200, {"a": 1}))

    def conversation() -> Flow[list[object]]:
        started = yield from perform(Now())
        yield from perform(Sleep(2.5))
        later = yield from perform(Now())
        response = yield from perform(Send(REQUEST))
        unknown = yield from perform(KeptToken("key"))
        yield from perform(KeepToken("key", Secret("token"), 60))
        kept = yield from perform(KeptToken("key"))
        shared = yield from perform(Alone("key", lambda: perform(Chance())))
        return [(later - started).total_seconds(), response.status, unknown, kept, shared]

    assert run(conversation(), here) == [2.5, 200, None, Secret("token"), 0.25]


def test_a_flow_may_catch_what_an_effect_raises() -> None:
    def conversation() -> Flow[str]:
        try:
            yield from perform(Send(REQUEST))
        except NotSent as error:
            return str(error.args[0])
        return "sent"

    assert run(conversation(), world(NotSent("refused"))) == "refused"


def test_what_a_flow_does_not_catch_comes_out() -> None:
    left = []

    def conversation() -> Flow[None]:
        try:
            yield from perform(Send(REQUEST))
        finally:
            left.append(True)

    with pytest.raises(NotSent):
        run(conversation(), world(NotSent("refused")))
    assert left == [True]


def test_an_interrupt_reaches_the_flow_and_the_caller() -> None:
    def conversation() -> Flow[None]:
        yield from perform(Send(REQUEST))

    here = attrs.evolve(world(), transport=Interrupting())
    with pytest.raises(KeyboardInterrupt):
        run(conversation(), here)


class Interrupting:
    def send(self, _: HttpRequest, /) -> NoReturn:
        raise KeyboardInterrupt


def test_an_effect_that_nobody_knows_is_a_clear_error() -> None:
    class Unheard(Effect[None]):
        pass

    with pytest.raises(TypeError, match="cannot answer Unheard"):
        run(perform(Unheard()), world())


def test_every_request_wait_and_token_is_logged_by_a_stable_name(caplog: pytest.LogCaptureFixture) -> None:
    def conversation() -> Flow[None]:
        yield from perform(Send(REQUEST))
        yield from perform(Sleep(1))
        yield from perform(KeepToken("key", Secret("hidden"), 60))
        yield from perform(Send(REQUEST))

    with caplog.at_level(logging.DEBUG, "daraja"), pytest.raises(NotSent):
        run(conversation(), world(answer(200), NotSent("refused")))

    assert [record.name for record in caplog.records] == ["daraja"] * 4
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "request.answered",
        "request.waiting",
        "token.fetched",
        "request.failed",
    ]
    assert caplog.records[0].getMessage() == "request.answered path=/path/of/it status=200 milliseconds=0"
    assert "hidden" not in caplog.text


def test_the_library_adds_no_handler() -> None:
    assert logging.getLogger("daraja").handlers == []
