"""The transport for async code: the contract of all transports, and what is httpx2's own."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import httpx2
import pytest
import trustme

from daraja import __version__
from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.clock import Clock
from daraja.testing.transport_contract import TransportContract
from daraja.transports.httpx2 import Httpx2Transport
from tests.support.leaks import everything_shown
from tests.support.servers import Behaviour, Conversation, Seen, http, raw_server
from tests.transports.test_requests import PHONE, TOKEN, Tunnel, always, drop, hang, post, refused_address, tls_server

PATIENCE = 30
"""Seconds until a test that hangs fails."""


class TestHttpx2Transport(TransportContract):
    """One event loop for each test, which runs while a request is under way."""

    takes_clock = False

    def make_transport(self, _: Clock, /) -> Httpx2Transport:
        self.loop = asyncio.Runner()
        return Httpx2Transport()

    def send(self, transport: Httpx2Transport, request: HttpRequest, /) -> HttpResponse:
        return self.loop.run(transport.asend(request))

    def send_all(self, transport: Httpx2Transport, requests: Sequence[HttpRequest], /) -> list[HttpResponse]:
        async def all_of_them() -> list[HttpResponse]:
            return await asyncio.gather(*map(transport.asend, requests))

        return self.loop.run(all_of_them())

    def close(self, transport: Httpx2Transport, /) -> None:
        self.loop.run(transport.aclose())
        self.loop.close()


def sent(request: HttpRequest, client: httpx2.AsyncClient | None = None, *, times: int = 1) -> HttpResponse:
    """Send a request so many times and give the last answer."""

    async def send() -> HttpResponse:
        transport = Httpx2Transport(client, timeout=(5, 1))
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


def test_one_connection_serves_any_number_of_pushes_which_say_who_sends_them() -> None:
    with raw_server(always(http())) as server:
        sent(post(server.address), times=20)

    assert (len(server.seen), server.connections) == (20, 1)
    assert server.seen[0].header("User-Agent") == [f"daraja-kit/{__version__}"]
    assert server.seen[0].header("Accept-Encoding") == []


def test_a_lent_client_lends_its_connections_and_nothing_else() -> None:
    client = httpx2.AsyncClient(
        headers={"X-Mine": "not used"},
        cookies={"mine": "stays"},
        auth=("not", "used"),
        params={"not": "used"},
        follow_redirects=True,
    )
    with raw_server(always(http("302 Found", b"{}", "Location: /elsewhere", "Set-Cookie: track=me"))) as server:
        assert sent(post(server.address), client, times=2).status == 302

    assert server.connections == 1
    for seen in server.seen:
        assert (seen.header("X-Mine"), seen.header("Cookie")) == ([], [])
        assert seen.header("Authorization") == [f"Bearer {TOKEN}"]
        assert seen.head.startswith("POST /mpesa/stkpush/v1/processrequest HTTP/1.1\r\n")
    assert client.cookies["mine"] == "stays"


@pytest.mark.parametrize("lent", [True, False])
@pytest.mark.parametrize("where", ["http://[nonsense", "ftp://elsewhere", ""])
def test_a_redirect_that_leads_nowhere_is_an_answer_too(where: str, *, lent: bool) -> None:
    with raw_server(always(http("302 Found", b"gone", f"Location: {where}"))) as server:
        response = sent(post(server.address), httpx2.AsyncClient() if lent else None)

    assert (response.status, response.body, len(server.seen)) == (302, b"gone", 1)


def test_what_an_address_holds_of_a_user_is_not_sent() -> None:
    with raw_server(always(http())) as server:
        sent(post(server.address.replace("//", "//user:hush@")))

    assert server.seen[0].header("Authorization") == [f"Bearer {TOKEN}"]


def test_a_transport_that_was_closed_opens_new_connections() -> None:
    async def use() -> None:
        transport = Httpx2Transport()
        for _ in range(2):
            await transport.asend(post(server.address))
            await transport.aclose()
            await transport.aclose()

    with raw_server(always(http())) as server:
        asyncio.run(use())

    assert [seen.connection for seen in server.seen] == [1, 2]


def test_each_event_loop_has_connections_of_its_own() -> None:
    transport = Httpx2Transport()
    with raw_server(always(http())) as server, asyncio.Runner() as first, asyncio.Runner() as second:
        for loop in (first, second, first, second):
            loop.run(transport.asend(post(server.address)))
        for loop in (first, second):
            loop.run(transport.aclose())

    assert [seen.connection for seen in server.seen] == [1, 2, 1, 2]


def test_event_loops_that_ended_before_it_was_closed_leave_nothing_behind() -> None:
    transport = Httpx2Transport()
    with raw_server(always(http("200 OK", b"{}", "Connection: close"))) as server:
        for _ in range(5):
            asyncio.run(transport.asend(post(server.address)))
        assert len(vars(transport)["_own"]) == 1
        with asyncio.Runner() as last:
            last.run(transport.asend(post(server.address)))
            last.run(transport.aclose())
    assert server.connections == 6
    assert vars(transport)["_own"] == {}


def test_what_is_under_way_when_it_is_closed_is_answered_and_then_its_connections_are_closed() -> None:
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
            pushes.append(asyncio.create_task(transport.asend(post(server.address))))
            assert await asyncio.to_thread(server.saw, connection)
        await transport.aclose()
        await transport.aclose()

        turns[1].set()
        assert (await pushes[0]).body == b'{"a": 1}'
        assert (await transport.asend(post(server.address))).body == b'{"a": 3}'
        turns[2].set()
        assert (await pushes[1]).body == b'{"a": 2}'
        assert {await asyncio.to_thread(server.closed.get, timeout=PATIENCE) for _ in turns} == {1, 2}

        assert (await transport.asend(post(server.address))).body == b'{"a": 3}'
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
        answered, hanging = (asyncio.create_task(transport.asend(post(server.address))) for _ in range(2))
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
            await Httpx2Transport(client).asend(post("http://127.0.0.1:1"))

    asyncio.run(use())


def test_a_connection_that_was_idle_for_long_is_opened_anew() -> None:
    """httpx2 measures by a clock of its own, so our setting is looked at, and that a short one has an effect."""

    async def use() -> float:
        async with httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=0)) as client:
            hasty, own = Httpx2Transport(client), Httpx2Transport()
            for _ in range(2):
                await hasty.asend(post(server.address))
                await own.asend(post(server.address))
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
        assert sent(post(server.address), client).status == 200


@pytest.mark.parametrize("timeout", [(0, 30), (5, -1), (5,), 30, None, (5, None)])
def test_a_time_out_that_is_none_is_refused(timeout: tuple[float, float]) -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        Httpx2Transport(timeout=timeout)


# What surely was not sent, and what is not known ----------------------------------------------------------------------


def test_who_was_not_reached_is_named_without_its_credentials() -> None:
    address = refused_address()
    with pytest.raises(NotSent, match=address) as caught:
        sent(post(address.replace("//", "//user:hush@")))

    assert "hush" not in str(caught.value)
    assert "python -m daraja.simulator" in str(caught.value)


@pytest.mark.parametrize(
    "request_", [HttpRequest("POST", "http://\x00"), HttpRequest("POST", "", {"X": f"{TOKEN}\N{SNOWMAN}"})]
)
def test_what_cannot_be_built_is_not_sent(request_: HttpRequest) -> None:
    with pytest.raises(NotSent, match="built") as caught:
        sent(request_)

    assert TOKEN not in everything_shown(caught.value)


@pytest.mark.parametrize("value", [f"{TOKEN}\r\nX-Injected: yes", f"{TOKEN}\nX: y", f"{TOKEN}\x00"])
def test_no_header_smuggles_in_another(value: str) -> None:
    with raw_server(always(http())) as server, pytest.raises(OutcomeUnknown) as caught:
        sent(HttpRequest("POST", server.address, {"Authorization": value}, b"{}"))

    assert server.seen == []
    assert TOKEN not in everything_shown(caught.value)


def test_a_certificate_that_is_not_trusted_stops_the_request_and_a_trusted_one_does_not(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = tls_server(authority, always(http()))
    address = server.address.replace("http:", "https:")
    try:
        with pytest.raises(NotSent, match="certificate"):
            sent(post(address))
        assert server.seen == []
        assert sent(post(address), trusting(authority, tmp_path)).status == 200
    finally:
        server.close()


def trusting(authority: trustme.CA, folder: Path) -> httpx2.AsyncClient:
    bundle = folder / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    return httpx2.AsyncClient(verify=ssl.create_default_context(cafile=bundle))


def test_who_finds_no_free_connection_has_sent_nothing() -> None:
    async def use() -> list[HttpResponse | BaseException]:
        async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=1)) as client:
            transport = Httpx2Transport(client, timeout=(1, 2))
            pushes = [transport.asend(post(server.address)) for _ in range(2)]
            return await asyncio.gather(*pushes, return_exceptions=True)

    with raw_server(hang) as server:
        outcomes = asyncio.run(use())

    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, NotSent]
    assert "came about within 1 s" in str(outcomes[1])
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hang, "within 1 s"),
        (always(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), "connection broke"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"), "damaged"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nnone"), "encoding"),
        (always(http(body=b" " * 1_000_001)), "larger than 1 MB"),
    ],
)
def test_after_sending_every_failure_is_a_doubt_that_shows_nothing(behaviour: Behaviour, reason: str) -> None:
    with raw_server(behaviour) as server, pytest.raises(OutcomeUnknown, match=reason) as caught:
        sent(post(server.address))
    shown = everything_shown(caught.value)

    assert len(server.seen) == 1
    assert caught.value.__context__ is None
    assert TOKEN not in shown
    assert PHONE[3:] not in shown


def test_a_megabyte_is_read_whole() -> None:
    megabyte = b"x" * 1_000_000
    with raw_server(always(http(body=megabyte))) as server:
        assert sent(post(server.address)).body == megabyte


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
        sent(post("http://daraja.example"), client)

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
        push = asyncio.create_task(transport.asend(post(server.address)))
        await asyncio.to_thread(asked.wait, 30)
        push.cancel()
        with pytest.raises(asyncio.CancelledError):
            await push
        response = await transport.asend(post(server.address))
        await transport.aclose()
        return response

    asked = Event()
    with raw_server(late) as server:
        assert asyncio.run(use()).body == b'{"a": 2}'
    assert len(server.seen) == 2


def test_where_its_whole_time_is_over_the_silence_is_told_as_one() -> None:
    def drip(conversation: Conversation, _: Seen) -> bool:
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not conversation.over.wait(timeout=0.05):
            conversation.send(b"x")
        return False

    async def use() -> None:
        await Httpx2Transport(timeout=(1, 0.5)).asend(post(server.address))

    with raw_server(drip) as server, pytest.raises(OutcomeUnknown, match=r"within 1\.5 s"):
        asyncio.run(use())


# Proxies --------------------------------------------------------------------------------------------------------------


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    with raw_server(always(http())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        sent(post("http://daraja.example"))

    assert [seen.head.split("\r\n")[0] for seen in proxy.seen] == [
        "POST http://daraja.example/mpesa/stkpush/v1/processrequest HTTP/1.1"
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_local_daraja_is_never_looked_for_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", refused_address())
    with raw_server(always(http())) as server:
        assert sent(post(server.address.replace("127.0.0.1", host))).status == 200


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
            sent(post(refused_address().replace("127.0.0.1", host)))

    assert proxy.seen == []


def test_where_the_environment_names_no_usable_proxy_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "gopher://user:hush@127.0.0.1")
    with raw_server(always(http())) as server, pytest.raises(NotSent, match="a proxy that cannot be used") as caught:
        sent(post(server.address))

    assert server.seen == []
    assert "hush" not in everything_shown(caught.value)


@pytest.mark.parametrize(("behaviour", "fails"), [(always(http()), False), (drop, True), (hang, True)])
def test_a_push_through_a_proxy_s_tunnel_is_seen_once_whatever_becomes_of_it(
    behaviour: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    authority = trustme.CA()
    server = tls_server(authority, behaviour)
    proxy = Tunnel(server)
    monkeypatch.setenv("https_proxy", proxy.address)
    monkeypatch.setenv("no_proxy", "")
    client = trusting(authority, tmp_path)
    try:
        if fails:
            with pytest.raises(OutcomeUnknown):
                sent(post("https://daraja.example"), client)
        else:
            assert sent(post("https://daraja.example"), client).status == 200
    finally:
        proxy.close()
        server.close()

    assert [seen.head.split()[0] for seen in proxy.seen] == ["CONNECT"]
    assert [seen.head.split()[0] for seen in server.seen] == ["POST"]


def test_a_proxy_that_is_not_there_or_refuses_the_tunnel_passed_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", refused_address())
    with pytest.raises(NotSent, match=r"the proxy http://127.0.0.1:[0-9]+ was not found"):
        sent(post("https://daraja.example"))
    with raw_server(always(http("407 Proxy Authentication Required"), keep=False)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.address)
        with pytest.raises(NotSent, match=r"the proxy http://127.0.0.1:[0-9]+ refused to connect us"):
            sent(post("https://daraja.example"))

    assert [seen.head.split()[0] for seen in proxy.seen] == ["CONNECT"]


def test_without_httpx2_the_extra_is_named() -> None:
    program = "import sys; sys.modules['httpx2'] = None; import daraja.transports.httpx2"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].endswith('needs the package httpx2: pip install "daraja-kit[async]"')
