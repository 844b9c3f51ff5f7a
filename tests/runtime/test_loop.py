"""The loop: effects are answered in turn, errors go to the flow first, and nothing secret is logged."""

import logging
from typing import NoReturn

import attrs
import pytest

from daraja.errors import NotSent
from daraja.http.flow import Effect, Flow, GetToken, Log, Now, PutToken, Random, Send, SingleFlight, Sleep
from daraja.http.messages import HttpRequest
from daraja.runtime import run
from daraja.runtime.base import ThreadRuntime
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from daraja.values.secret import Secret
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, answer


def world(*replies: ScriptedAnswer) -> ThreadRuntime:
    clock = ManualClock()
    return ThreadRuntime(
        transport=ScriptedTransport(replies), clock=clock, tokens=MemoryTokens(clock), random=lambda: 0.25
    )


REQUEST = HttpRequest(
    "POST", "https://daraja.example/path/of/it?secret=no", {"Authorization": "Bearer hidden"}, b"hidden"
)


def test_each_effect_gets_its_answer() -> None:
    here = world(answer(200, {"a": 1}))

    def conversation() -> Flow[list[object]]:
        started = yield from Now()
        yield from Sleep(2.5)
        later = yield from Now()
        response = yield from Send(REQUEST)
        unknown = yield from GetToken("key")
        yield from PutToken("key", Secret("token"), 60)
        kept = yield from GetToken("key")
        shared = yield from SingleFlight("key", lambda: iter(Random()))
        return [(later - started).total_seconds(), response.status, unknown, kept, shared]

    assert run(conversation(), here) == [2.5, 200, None, Secret("token"), 0.25]


def test_a_flow_may_catch_what_an_effect_raises() -> None:
    def conversation() -> Flow[str]:
        try:
            yield from Send(REQUEST)
        except NotSent as error:
            return str(error.args[0])
        return "sent"

    assert run(conversation(), world(NotSent("refused"))) == "refused"


def test_an_exception_that_a_flow_does_not_catch_reaches_the_caller() -> None:
    left = []

    def conversation() -> Flow[None]:
        try:
            yield from Send(REQUEST)
        finally:
            left.append(True)

    with pytest.raises(NotSent):
        run(conversation(), world(NotSent("refused")))
    assert left == [True]


def test_an_interrupt_reaches_the_flow_and_the_caller() -> None:
    def conversation() -> Flow[None]:
        yield from Send(REQUEST)

    here = attrs.evolve(world(), transport=Interrupting())
    with pytest.raises(KeyboardInterrupt):
        run(conversation(), here)


class Interrupting:
    def send(self, _: HttpRequest, /) -> NoReturn:
        raise KeyboardInterrupt


def test_an_unknown_effect_is_a_clear_error_in_a_flow() -> None:
    class Unheard(Effect[None]):
        pass

    with pytest.raises(TypeError, match="answers the effect Unheard"):
        run(Unheard(), world())


def test_every_request_is_logged_by_a_stable_name(caplog: pytest.LogCaptureFixture) -> None:
    def conversation() -> Flow[None]:
        yield from Send(REQUEST)
        yield from Log("request.waiting", {"seconds": "1.0"})
        yield from Send(REQUEST)

    with caplog.at_level(logging.DEBUG, "daraja"), pytest.raises(NotSent):
        run(conversation(), world(answer(200), NotSent("refused")))

    assert [record.name for record in caplog.records] == ["daraja"] * 3
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "request.answered",
        "request.waiting",
        "request.failed",
    ]
    assert caplog.records[0].getMessage() == "request.answered path=/path/of/it status=200 milliseconds=0"
    assert "hidden" not in caplog.text


def test_the_library_adds_no_handler() -> None:
    # The command line, which other tests run, adds one that writes nothing.
    handlers = logging.getLogger("daraja").handlers
    assert [one for one in handlers if not isinstance(one, logging.NullHandler)] == []
