"""What is particular to the transport with httpx2; ``test_contract`` proves what both transports promise."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Callable
from threading import Event

import httpx2
import pytest

from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.transports.httpx2 import Httpx2Transport
from tests.support.leaks import everything_shown
from tests.support.servers import Conversation, Seen, always, drip, hang, http, raw_server, refused_address
from tests.transports.contract.base import TOKEN, push

PATIENCE = 30
"""Seconds until a test that hangs fails."""


def sent(request: HttpRequest, client: httpx2.AsyncClient | None = None, *, times: int = 1) -> HttpResponse:
    """Send a request so many times and give the last answer."""

    async def send() -> HttpResponse:
        transport = Httpx2Transport(client, timeout=(5, PATIENCE))
        try:
            responses = [await transport.asend(request) for _ in range(times)]
        finally:
            await transport.aclose()
            if client is not None:
                assert not client.is_closed
                await client.aclose()
        return responses[-1]

    return asyncio.run(send())


# How it sends ---------------------------------------------------------------------------------------------------------


def test_a_lent_client_lends_its_connections_and_nothing_else() -> None:
    client = httpx2.AsyncClient(
        headers={"X-Mine": "not used"},
        cookies={"mine": "stays"},
        auth=("not", "used"),
        params={"not": "used"},
        follow_redirects=True,
    )
    with raw_server(always(http("302 Found", b"{}", "Location: /elsewhere", "Set-Cookie: track=me"))) as server:
        assert sent(push(server.address), client, times=2).status == 302

    assert server.connections == 1
    for seen in server.seen:
        assert (seen.header("X-Mine"), seen.header("Cookie")) == ([], [])
        assert seen.header("Authorization") == [f"Bearer {TOKEN}"]
        assert seen.head.startswith("POST /mpesa/stkpush/v1/processrequest HTTP/1.1\r\n")
    assert client.cookies["mine"] == "stays"


def test_a_transport_that_was_closed_opens_new_connections() -> None:
    async def use() -> None:
        transport = Httpx2Transport()
        for _ in range(2):
            await transport.asend(push(server.address))
            await transport.aclose()
            await transport.aclose()

    with raw_server(always(http())) as server:
        asyncio.run(use())

    assert [seen.connection for seen in server.seen] == [1, 2]


def test_each_event_loop_has_connections_of_its_own() -> None:
    transport = Httpx2Transport()
    with raw_server(always(http())) as server, asyncio.Runner() as first, asyncio.Runner() as second:
        for loop in (first, second, first, second):
            loop.run(transport.asend(push(server.address)))
        for loop in (first, second):
            loop.run(transport.aclose())

    assert [seen.connection for seen in server.seen] == [1, 2, 1, 2]


def test_event_loops_that_ended_before_it_was_closed_leave_nothing_behind() -> None:
    transport = Httpx2Transport()
    with raw_server(always(http("200 OK", b"{}", "Connection: close"))) as server:
        for _ in range(5):
            asyncio.run(transport.asend(push(server.address)))
        assert len(vars(transport)["_own"]) == 1
        with asyncio.Runner() as last:
            last.run(transport.asend(push(server.address)))
            last.run(transport.aclose())
    assert server.connections == 6
    assert vars(transport)["_own"] == {}


def test_open_requests_are_answered_before_their_connections_are_closed() -> None:
    turns = {1: Event(), 2: Event()}

    def wait_for_its_turn(conversation: Conversation, seen: Seen) -> bool:
        if turn := turns.get(seen.connection):
            assert turn.wait(PATIENCE)
        conversation.send(http(body=b'{"a": %d}' % seen.connection))
        return True

    async def use() -> None:
        transport = Httpx2Transport()
        pushes = []
        for connection in turns:
            pushes.append(asyncio.create_task(transport.asend(push(server.address))))
            assert await asyncio.to_thread(server.saw, connection)
        await transport.aclose()
        await transport.aclose()

        turns[1].set()
        assert (await pushes[0]).body == b'{"a": 1}'
        assert (await transport.asend(push(server.address))).body == b'{"a": 3}'
        turns[2].set()
        assert (await pushes[1]).body == b'{"a": 2}'
        assert {await asyncio.to_thread(server.closed.get, timeout=PATIENCE) for _ in turns} == {1, 2}

        assert (await transport.asend(push(server.address))).body == b'{"a": 3}'
        await transport.aclose()
        assert await asyncio.to_thread(server.closed.get, timeout=PATIENCE) == 3

    with raw_server(wait_for_its_turn) as server:
        asyncio.run(use())
    assert server.connections == 3


def test_where_the_last_one_under_way_is_cancelled_what_was_given_up_is_closed_too() -> None:
    def answer_the_first(conversation: Conversation, seen: Seen) -> bool:
        if seen.connection > 1:
            conversation.hang()
        assert server.saw(2)
        conversation.send(http())
        return True

    async def use() -> None:
        transport = Httpx2Transport()
        answered, hanging = (asyncio.create_task(transport.asend(push(server.address))) for _ in range(2))
        await asyncio.wait([answered, hanging], return_when=asyncio.FIRST_COMPLETED)
        if hanging.done():
            answered, hanging = hanging, answered
        assert (await answered).status == 200
        await transport.aclose()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert await asyncio.to_thread(server.closed.get, timeout=PATIENCE) == 1

    with raw_server(answer_the_first) as server:
        asyncio.run(use())


def test_a_lent_client_that_was_closed_sends_nothing() -> None:
    async def use() -> None:
        client = httpx2.AsyncClient()
        await client.aclose()
        with pytest.raises(NotSent, match="lent to it is closed"):
            await Httpx2Transport(client).asend(push("http://127.0.0.1:1"))

    asyncio.run(use())


def test_a_connection_that_was_idle_for_long_is_opened_anew() -> None:
    """httpx2 measures by a clock of its own, so our setting is looked at, and that a short one has an effect."""

    async def use() -> float:
        async with httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=0)) as client:
            hasty, own = Httpx2Transport(client), Httpx2Transport()
            for _ in range(2):
                await hasty.asend(push(server.address))
                await own.asend(push(server.address))
        [made] = vars(own)["_own"].values()
        await own.aclose()
        expiry: float = made._client._transport._pool._keepalive_expiry
        return expiry

    with raw_server(always(http())) as server:
        assert asyncio.run(use()) < 15
    assert [seen.connection for seen in server.seen] == [1, 2, 3, 2]


# What it refuses ------------------------------------------------------------------------------------------------------


async def hook(_: object) -> None:
    """Hear something."""


def trusting_any_host() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


@pytest.mark.parametrize(
    ("client", "fault"),
    [
        (lambda: httpx2.AsyncClient(event_hooks={"response": [hook]}), "event hooks"),
        (lambda: httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=None)), "idle connections"),
        (lambda: httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=15.1)), "idle connections"),
        (
            lambda: httpx2.AsyncClient(
                mounts={"https://": httpx2.AsyncHTTPTransport(limits=httpx2.Limits(keepalive_expiry=60))}
            ),
            "idle connections",
        ),
        (lambda: httpx2.AsyncClient(verify=False), "certificates"),
        (lambda: httpx2.AsyncClient(verify=trusting_any_host()), "certificates"),
    ],
)
def test_a_careless_client_is_refused(client: Callable[[], httpx2.AsyncClient], fault: str) -> None:
    with pytest.raises(ConfigurationError, match=f"client: .*{fault}"):
        Httpx2Transport(client())


@pytest.mark.parametrize("expiry", [0, 5, 15])
def test_a_careful_client_is_welcome(expiry: float) -> None:
    client = httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=expiry), mounts={"http://daraja.example": None})
    with raw_server(always(http())) as server:
        assert sent(push(server.address), client).status == 200


# What surely was not sent, and what is not known ----------------------------------------------------------------------


def test_a_request_that_cannot_be_built_is_not_sent() -> None:
    with pytest.raises(NotSent, match="built") as caught:
        sent(HttpRequest("POST", "", {"X": f"{TOKEN}\N{SNOWMAN}"}))

    assert TOKEN not in everything_shown(caught.value)


def test_a_header_holds_no_zero_byte() -> None:
    with raw_server(always(http())) as server, pytest.raises(OutcomeUnknown) as caught:
        sent(HttpRequest("POST", server.address, {"Authorization": f"{TOKEN}\x00"}, b"{}"))

    assert server.seen == []
    assert TOKEN not in everything_shown(caught.value)


def test_without_a_free_connection_nothing_is_sent() -> None:
    async def use() -> list[HttpResponse | BaseException]:
        async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=1)) as client:
            transport = Httpx2Transport(client, timeout=(1, 2))
            pushes = [transport.asend(push(server.address)) for _ in range(2)]
            return await asyncio.gather(*pushes, return_exceptions=True)

    with raw_server(hang) as server:
        outcomes = asyncio.run(use())

    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, NotSent]
    assert "came about within 1 s" in str(outcomes[1])
    assert len(server.seen) == 1


KINDS = [
    kind
    for name, kind in vars(httpx2).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and name != "SSEError"  # which no request of ours raises
]
WORDLESS = {httpx2.RequestNotRead, httpx2.ResponseNotRead, httpx2.StreamClosed, httpx2.StreamConsumed}
SURELY_NOT_SENT = {
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
}


@pytest.mark.parametrize("kind", [*KINDS, OSError, TimeoutError, ssl.SSLError, RuntimeError, ValueError])
def test_every_exception_while_it_sends_becomes_one_of_ours(kind: type[Exception]) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        words = f"Bearer {TOKEN}"
        if issubclass(kind, httpx2.HTTPStatusError):
            raise kind(words, request=request, response=httpx2.Response(500))
        raise kind(*[words] * (kind not in WORDLESS))

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(fail))
    with pytest.raises(NotSent if kind in SURELY_NOT_SENT else OutcomeUnknown) as caught:
        sent(push("http://daraja.example"), client)

    assert TOKEN not in everything_shown(caught.value)
    assert caught.value.__context__ is None


def test_a_push_that_is_cancelled_leaves_nothing_for_the_next_one() -> None:
    def late(conversation: Conversation, seen: Seen) -> bool:
        if seen.connection == 1:
            asked.set()
            conversation.hang()
        conversation.send(http(body=b'{"a": %d}' % seen.connection))
        return True

    async def use() -> HttpResponse:
        transport = Httpx2Transport()
        pushing = asyncio.create_task(transport.asend(push(server.address)))
        assert await asyncio.to_thread(asked.wait, PATIENCE)
        pushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pushing
        response = await transport.asend(push(server.address))
        await transport.aclose()
        return response

    asked = Event()
    with raw_server(late) as server:
        assert asyncio.run(use()).body == b'{"a": 2}'
    assert len(server.seen) == 2


def test_at_the_total_timeout_one_error_reports_the_silence() -> None:
    async def use() -> None:
        await Httpx2Transport(timeout=(1, 0.5)).asend(push(server.address, None))

    slow = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x")
    with raw_server(slow) as server, pytest.raises(OutcomeUnknown, match=r"within 1\.5 s"):
        asyncio.run(use())


# Proxies --------------------------------------------------------------------------------------------------------------


KNOWS_NETWORKS = tuple(map(int, httpx2.__version__.split(".")[:2])) >= (2, 14)
elsewhere_on_loopback = pytest.param(
    "127.0.0.2", marks=pytest.mark.skipif(not KNOWS_NETWORKS, reason="httpx2 has no networks to leave out before 2.14")
)


@pytest.mark.parametrize("host", [elsewhere_on_loopback, "[::1]", "daraja.localhost"])
def test_no_name_of_this_machine_is_looked_for_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    with raw_server(always(http())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        with pytest.raises(NotSent):
            sent(push(refused_address().replace("127.0.0.1", host)))

    assert proxy.seen == []


def test_where_the_environment_names_no_usable_proxy_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "gopher://user:hush@127.0.0.1")
    with raw_server(always(http())) as server, pytest.raises(NotSent, match="a proxy that cannot be used") as caught:
        sent(push(server.address))

    assert server.seen == []
    assert "hush" not in everything_shown(caught.value)


def test_without_httpx2_the_extra_is_named() -> None:
    program = "import sys; sys.modules['httpx2'] = None; import daraja.transports.httpx2"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].endswith('needs the package httpx2: pip install "daraja-kit[async]"')
