"""An exception that is not ours and passes through a transport shows neither the access token nor the phone number."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import FrameType, TracebackType

import httpx2
import pytest
import requests

from daraja.transports.httpx2 import Httpx2Transport
from daraja.transports.requests import RequestsTransport
from tests.support.servers import Conversation, RawServer, Seen, always, hang, http, raw_server
from tests.transports.contract.base import PHONE, TOKEN, push

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this system has no such signals")

EVENT_LOOP = str(Path(asyncio.__file__).parent)
KINDS = [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit, MemoryError, RuntimeError]


@contextmanager
def on_signal(kind: type[BaseException]) -> Generator[None]:
    """Let a signal raise in the main thread, wherever that is just then, as the servers of WSGI let it."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise kind

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def frames(error: BaseException | None) -> Iterator[FrameType]:
    """Give every frame that an error tracker would report, those of causes and contexts too."""
    if error is None:
        return
    step: TracebackType | None = error.__traceback__
    while step is not None:
        yield step.tb_frame
        step = step.tb_next
    yield from frames(error.__cause__)
    yield from frames(error.__context__)


def assert_nothing_is_shown(error: BaseException) -> None:
    files = {frame.f_code.co_filename for frame in frames(error)}
    assert {file for file in files if not file.startswith(EVENT_LOOP)} <= {__file__}
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert TOKEN not in shown
    assert PHONE not in shown


def interrupt_when_it_came(server: RawServer) -> None:
    assert server.saw(1)
    os.kill(os.getpid(), signal.SIGUSR1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_that_interrupts_a_push_shows_nothing_of_it(kind: type[BaseException]) -> None:
    with raw_server(hang) as server, on_signal(kind):
        killer = Thread(target=interrupt_when_it_came, args=(server,))
        killer.start()
        with pytest.raises(kind) as caught:
            RequestsTransport().send(push(server.address))
        killer.join()

    assert_nothing_is_shown(caught.value)


def test_a_bug_in_the_user_s_own_session_shows_nothing() -> None:
    class Buggy(requests.Session):
        def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
            headers, body = request.headers, request.body
            raise TypeError(headers is body)

    with pytest.raises(TypeError) as caught:
        RequestsTransport(Buggy()).send(push("http://daraja.example"))

    assert_nothing_is_shown(caught.value)


class Signalling(httpx2.AsyncBaseTransport):
    """Gets a signal in the middle of sending."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers, body = dict(request.headers), await request.aread()
        os.kill(os.getpid(), signal.SIGUSR1)
        raise AssertionError(headers, body)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_signal_that_interrupts_an_awaited_push_shows_nothing_of_it(kind: type[BaseException]) -> None:
    transport = Httpx2Transport(httpx2.AsyncClient(transport=Signalling()))
    with on_signal(kind), pytest.raises(kind) as caught:
        asyncio.run(transport.asend(push("http://daraja.example")))

    assert_nothing_is_shown(caught.value)


def cancelled(task: "asyncio.Task[object]") -> None:
    task.cancel()


def killed(_: object) -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


@pytest.mark.parametrize("end", [cancelled, killed])
def test_a_push_that_is_cancelled_shows_nothing_of_it(end: Callable[["asyncio.Task[object]"], None]) -> None:
    async def cut_off(address: str) -> BaseException:
        task: asyncio.Task[object] = asyncio.create_task(outcome(transport.asend(push(address))))
        await asyncio.to_thread(server.saw, 1)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, task.cancel)
        end(task)
        error = await task
        assert isinstance(error, BaseException)
        await transport.aclose()
        return error

    async def outcome(sending: Awaitable[object]) -> object:
        try:
            return await sending
        except BaseException as error:  # noqa: BLE001 - whatever ends it
            return error

    transport = Httpx2Transport()
    with raw_server(hang) as server:
        error = asyncio.run(cut_off(server.address))

    assert isinstance(error, asyncio.CancelledError)
    assert_nothing_is_shown(error)


def test_after_a_signal_the_transport_is_as_good_as_before() -> None:
    turns = iter([hang, always(http())])

    def next_turn(conversation: Conversation, seen: Seen) -> bool:
        return next(turns)(conversation, seen)

    with raw_server(next_turn) as server, on_signal(SystemExit):
        transport = RequestsTransport()
        killer = Thread(target=interrupt_when_it_came, args=(server,))
        killer.start()
        with pytest.raises(SystemExit):
            transport.send(push(server.address))
        killer.join()
        assert transport.send(push(server.address)).status == 200
        transport.close()

    assert [seen.connection for seen in server.seen] == [1, 2]
