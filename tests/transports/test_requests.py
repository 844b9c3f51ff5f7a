"""The transport on real sockets: what surely was not sent, what is not known, and what never happens."""

import gzip
import io
import math
import multiprocessing
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import pytest
import requests
import requests_mock
import trustme
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from daraja import __version__
from daraja.errors import ConfigurationError, DarajaError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest
from daraja.testing import ManualClock
from daraja.transports.requests import RequestsTransport
from tests.support.leaks import everything_shown
from tests.support.servers import Behaviour, Conversation, RawServer, Seen, http, raw_server

TOKEN = "a-token-nobody-may-see"
PHONE = "254712345678"
BODY = b'{"PhoneNumber": "254712345678"}'


def post(address: str, path: str = "/mpesa/stkpush/v1/processrequest") -> HttpRequest:
    return HttpRequest("POST", address + path, {"Authorization": f"Bearer {TOKEN}"}, BODY)


def always(reply: bytes, *, keep: bool = True) -> Behaviour:
    def behave(conversation: Conversation, _: Seen) -> bool:
        conversation.send(reply)
        return keep

    return behave


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    transport = RequestsTransport(timeout=(2, 0.5))
    yield transport
    transport.close()


def test_a_request_goes_out_as_it_is_and_its_answer_comes_back(transport: RequestsTransport) -> None:
    with raw_server(always(http("418 I'm a teapot", b'{"a": 1}', "X-Answer: yes"))) as server:
        response = transport.send(post(server.address))
    [seen] = server.seen

    assert (response.status, response.body, response.header("x-answer")) == (418, b'{"a": 1}', "yes")
    assert seen.head.startswith("POST /mpesa/stkpush/v1/processrequest HTTP/1.1\r\n")
    assert seen.body == BODY
    assert seen.header("Authorization") == [f"Bearer {TOKEN}"]
    assert seen.header("User-Agent") == [f"daraja-kit/{__version__}"]


def test_one_connection_serves_any_number_of_pushes(transport: RequestsTransport) -> None:
    with raw_server(always(http())) as server:
        for _ in range(20):
            transport.send(post(server.address))

    assert (len(server.seen), server.connections) == (20, 1)


@pytest.mark.parametrize(("idle", "connections"), [(0, 1), (14.9, 1), (15.1, 2), (3600, 2)])
def test_a_connection_that_was_idle_for_long_is_opened_anew(idle: float, connections: int) -> None:
    clock = ManualClock()
    transport = RequestsTransport(clock=clock)
    with raw_server(always(http())) as server:
        transport.send(post(server.address))
        clock.advance(idle)
        transport.send(post(server.address))
        transport.close()

    assert server.connections == connections


def test_a_lent_session_keeps_its_connections_fresh_too() -> None:
    clock = ManualClock()
    with raw_server(always(http())) as server, requests.Session() as session:
        session.get(server.address)
        transport = RequestsTransport(session, clock=clock)
        transport.send(post(server.address))
        transport.send(post(server.address))
        clock.advance(16)
        transport.send(post(server.address))

    assert [seen.connection for seen in server.seen[1:]] == [2, 2, 3]


# What surely was not sent ---------------------------------------------------------------------------------------------


def refused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (refused_address(), "not found or did not take"),
        ("http://no-such-host.invalid", "not found or did not take"),
        ("http://[nonsense", "built"),
        ("ftp://127.0.0.1", "built"),
        ("127.0.0.1/no-scheme", "built"),
    ],
)
def test_what_never_had_a_connection_was_not_sent(transport: RequestsTransport, address: str, reason: str) -> None:
    with pytest.raises(NotSent, match=reason) as caught:
        transport.send(post(address))
    shown = everything_shown(caught.value)

    assert caught.value.__context__ is None
    assert TOKEN not in shown
    assert PHONE[3:] not in shown


@contextmanager
def crowded() -> Generator[str]:
    """Give the address of a listener with a full queue, which drops the opening packet, as a firewall would."""
    with socket.socket() as listener, ExitStack() as crowd:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            one = crowd.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"


def test_a_host_that_does_not_let_us_connect_was_not_sent_to() -> None:
    with crowded() as address, pytest.raises(NotSent, match=r"within 0\.2 s"):
        RequestsTransport(timeout=(0.2, 5)).send(post(address))


def tls_server(authority: trustme.CA, behaviour: Behaviour) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "daraja.example").configure_cert(context)
    server = RawServer(behaviour)
    server.wrap = lambda connection: context.wrap_socket(connection, server_side=True)
    return server


@pytest.fixture
def tls(tmp_path: Path) -> Generator[tuple[RawServer, requests.Session]]:
    """Give a server with a certificate, and a session that trusts whoever issued it."""
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    server = tls_server(authority, always(http()))
    try:
        with requests.Session() as session:
            session.verify = str(bundle)
            yield server, session
    finally:
        server.close()


def test_a_certificate_that_is_not_trusted_stops_the_request_and_a_trusted_one_does_not(
    tls: tuple[RawServer, requests.Session],
) -> None:
    server, session = tls
    address = server.address.replace("http:", "https:")
    with pytest.raises(NotSent, match="certificate"):
        RequestsTransport().send(post(address))
    assert server.seen == []

    assert RequestsTransport(session).send(post(address)).status == 200


def test_a_certificate_of_another_name_stops_the_request(tls: tuple[RawServer, requests.Session]) -> None:
    server, session = tls
    address = server.address.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(NotSent, match="certificate"):
        RequestsTransport(session).send(post(address))
    assert server.seen == []


@pytest.mark.parametrize("through_proxy", [False, True])
def test_a_tunnel_and_a_handshake_that_hang_have_nothing_sent(
    monkeypatch: pytest.MonkeyPatch, *, through_proxy: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # which takes connections and never says a word
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("no_proxy", "")
        if through_proxy:
            monkeypatch.setenv("https_proxy", address.replace("https:", "http:"))
            address = "https://daraja.example"
        with pytest.raises(NotSent, match=r"no connection to .* came about within 0\.2 s"):
            RequestsTransport(timeout=(0.2, 5)).send(post(address))


@pytest.mark.parametrize("verify", [False, ""])
def test_a_session_that_verifies_nothing_is_refused(verify: bool | str) -> None:  # noqa: FBT001 - as requests has it
    session = requests.Session()
    session.verify = verify

    with pytest.raises(ConfigurationError, match="certificates"):
        RequestsTransport(session)


# What is not known ----------------------------------------------------------------------------------------------------


def hang(conversation: Conversation, _: Seen) -> bool:
    conversation.hang()
    return False


def dripping(beginning: bytes, drop: bytes) -> Behaviour:
    """Send a drop whenever the client might lose patience, for longer than it may wait in all."""

    def drip(conversation: Conversation, _: Seen) -> bool:
        conversation.send(beginning)
        for _drop in range(200):
            conversation.send(drop)
            if conversation.over.wait(timeout=0.05):
                break
        return False

    return drip


def flood(conversation: Conversation, _: Seen) -> bool:
    """Send without a pause, so that the client never has to wait and yet never comes to an end."""
    while not conversation.over.is_set():
        conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
    return False


def early_hints(conversation: Conversation, _: Seen) -> bool:
    """Send an answer that is none yet, and the real one when the client may have stopped listening."""
    conversation.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    conversation.over.wait(timeout=0.05)
    conversation.send(http())
    return True


def drop(_: Conversation, __: Seen) -> bool:
    return False


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hang, "no whole answer came within 0.5 s"),
        (dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"), "no whole answer came"),
        (dripping(b"", b"x"), "no whole answer came"),
        (dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"), "no whole answer came"),
        (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "no whole answer came"),
        (dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1"), "no whole answer came"),
        (flood, "no whole answer came"),
        (early_hints, "connection broke"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}\n"), "broke"),
        (drop, "connection broke"),
        (always(b"HTTP/1.", keep=False), "connection broke"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", keep=False), "broke"),
        (always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", keep=False), "connection broke"),
        (always(b"SSH-2.0-OpenSSH_9.2\r\n", keep=False), "connection broke"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"), "damaged"),
        (always(http("200 OK", gzip.compress(b'{"a": 1}')[:-1], "Content-Encoding: gzip")), "damaged"),
        (always(http("200 OK", gzip.compress(b"{}") * 2, "Content-Encoding: gzip")), "damaged"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nnone"), "encoding"),
        (always(http(body=b" " * 1_000_001)), "larger than 1 MB"),
        (always(http("200 OK", gzip.compress(b" " * 10_000_000), "Content-Encoding: gzip")), "larger than 1 MB"),
        (always(http("302 Found", b" " * 10_000_000, "Location: /elsewhere")), "larger than 1 MB"),
    ],
)
def test_after_sending_every_failure_is_a_doubt_and_the_server_saw_one_request(
    behaviour: Behaviour, reason: str
) -> None:
    transport = RequestsTransport(timeout=(0.5, 0.5))
    with raw_server(behaviour) as server:
        with pytest.raises(OutcomeUnknown, match=reason) as caught:
            transport.send(post(server.address))
        assert server.saw(1)
        transport.close()
    shown = everything_shown(caught.value)

    assert len(server.seen) == 1
    assert caught.value.__context__ is None
    assert TOKEN not in shown
    assert PHONE[3:] not in shown


def test_a_megabyte_is_read_whole_and_gzip_is_undone(transport: RequestsTransport) -> None:
    megabyte = b"x" * 1_000_000
    with raw_server(always(http(body=megabyte))) as server:
        assert transport.send(post(server.address)).body == megabyte
    with raw_server(always(http("200 OK", gzip.compress(b"{}"), "Content-Encoding: gzip"))) as server:
        assert transport.send(post(server.address)).body == b"{}"


def test_a_connection_that_was_closed_while_idle_is_noticed_before_anything_is_sent(
    transport: RequestsTransport,
) -> None:
    with raw_server(always(http(), keep=False)) as server:
        for number in (1, 2, 3):
            assert transport.send(post(server.address)).status == 200
            assert server.closed.get(timeout=30) == number

    assert (len(server.seen), server.connections) == (3, 3)


# Where whoever asks cannot wait ---------------------------------------------------------------------------------------

STALLING: list[Behaviour] = [
    hang,
    dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
    dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    flood,
]


def patiently(address: str, seconds: float) -> HttpRequest:
    return attrs.evolve(post(address), patience=seconds)


@pytest.mark.parametrize("behaviour", STALLING)
def test_no_server_holds_a_request_up_beyond_its_patience(behaviour: Behaviour) -> None:
    transport = RequestsTransport(timeout=(5, 30))
    with raw_server(behaviour) as server:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown, match=r"no whole answer came within 0\.2 s"):
            transport.send(patiently(server.address, 0.4))
        passed = time.monotonic() - began
        assert server.saw(1)
        transport.close()

    assert len(server.seen) == 1
    assert passed < 5  # far from 30 s, also on a machine that is busy


def test_half_of_its_patience_is_kept_for_hearing_the_answer() -> None:
    with crowded() as address, pytest.raises(NotSent, match=r"within 0\.2 s"):
        RequestsTransport(timeout=(5, 30)).send(patiently(address, 0.4))


def test_patience_never_makes_a_time_out_longer(transport: RequestsTransport) -> None:
    with raw_server(hang) as server, pytest.raises(OutcomeUnknown, match=r"within 0\.5 s"):
        transport.send(patiently(server.address, 60))


def test_a_patient_request_is_answered_as_any_other(transport: RequestsTransport) -> None:
    with raw_server(always(http())) as server:
        assert transport.send(patiently(server.address, 5)).body == b"{}"
        assert transport.send(patiently(server.address, math.inf)).body == b"{}"

    assert server.connections == 1


@pytest.mark.parametrize("seconds", [0, -1, -0.001])
def test_what_has_no_time_left_is_not_sent(transport: RequestsTransport, seconds: float) -> None:
    with raw_server(always(http())) as server, pytest.raises(NotSent, match="time"):
        transport.send(patiently(server.address, seconds))

    assert server.connections == 0


@given(st.floats(0.001, 100), st.floats(0.001, 50), st.floats(0.001, 50))
def test_connecting_and_hearing_take_no_longer_than_the_patience_in_all(
    patience: float, connecting: float, reading: float
) -> None:
    asked: list[tuple[float, float]] = []

    class Watching(requests.Session):
        def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:  # noqa: ANN401 - as in requests
            asked.append(settings["timeout"])
            return FromMemory().send(request)

    with Watching() as session:
        RequestsTransport(session, timeout=(connecting, reading)).send(patiently("http://daraja.example", patience))
    [limits] = asked
    connect, read = limits

    assert connect <= min(connecting, patience / 2)
    assert read <= reading
    assert connect + read <= patience * (1 + 1e-9)


# Where a connection comes about too late ------------------------------------------------------------------------------


@pytest.fixture
def detours(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a list of ports that are tried first, wherever a name ends in ``.example``."""
    ports: list[int] = []
    look_up = socket.getaddrinfo

    def find(host: str, port: int, *how: Any, **more: Any) -> Any:  # noqa: ANN401 - as in socket
        if not host.endswith(".example"):
            return look_up(host, port, *how, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", each)) for each in (*ports, port)]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    return ports


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("through_proxy", [False, True])
def test_what_finds_its_way_when_its_time_is_over_is_not_sent(
    scheme: str, detours: list[int], tmp_path: Path, *, through_proxy: bool
) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    server = tls_server(authority, always(http())) if scheme == "https" else RawServer(always(http()))
    proxy = Tunnel(server) if scheme == "https" else server
    address = f"{scheme}://daraja.example:{port_of(server.address)}"
    try:
        with crowded() as nowhere, requests.Session() as session:
            session.trust_env, session.verify = False, str(bundle)
            if through_proxy:
                session.proxies = {scheme: f"http://proxy.example:{port_of(proxy.address)}"}
            transport = RequestsTransport(session)
            detours += [port_of(nowhere)] * 3
            with pytest.raises(NotSent, match=r"no connection to .* came about within 0\.2 s"):
                transport.send(patiently(address, 0.4))
            detours.clear()
            assert transport.send(patiently(address, 20)).status == 200
    finally:
        proxy.close()
        server.close()

    assert [seen.head.split()[0] for seen in server.seen] == ["POST"]


def test_a_connection_that_stands_needs_no_way_and_one_that_was_closed_does(
    transport: RequestsTransport, detours: list[int]
) -> None:
    with raw_server(always(http())) as server, crowded() as nowhere:
        address = server.address.replace("127.0.0.1", "daraja.example")
        transport.send(post(address))
        detours += [port_of(nowhere)] * 3
        server.behaviour = always(http(), keep=False)
        assert transport.send(patiently(address, 20)).status == 200
        assert server.closed.get(timeout=30) == 1
        with pytest.raises(NotSent, match=r"no connection to .* came about"):
            transport.send(patiently(address, 0.4))
        transport.close()

    assert [seen.connection for seen in server.seen] == [1, 1]


# What never happens ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("lent", [True, False])
def test_a_redirect_is_an_answer_and_never_followed(status: str, *, lent: bool) -> None:
    with raw_server(always(http(status, b"gone", "Location: /elsewhere"))) as server, requests.Session() as session:
        response = RequestsTransport(session if lent else None).send(post(server.address))

    assert (response.status, response.header("Location"), response.body) == (int(status[:3]), "/elsewhere", b"gone")
    assert len(server.seen) == 1


@pytest.mark.parametrize("lent", [True, False])
def test_cookies_are_neither_kept_nor_sent(*, lent: bool) -> None:
    with raw_server(always(http("200 OK", b"{}", "Set-Cookie: track=me; Path=/"))) as server:
        session = requests.Session()
        session.cookies.set("mine", "stays", domain="127.0.0.1")
        transport = RequestsTransport(session if lent else None)
        transport.send(post(server.address))
        transport.send(post(server.address))

    assert [seen.header("Cookie") for seen in server.seen] == [[], []]
    assert session.cookies.keys() == ["mine"]


def test_a_netrc_file_never_replaces_our_authorization(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: RequestsTransport
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server(always(http())) as server:
        transport.send(post(server.address))
        assert requests.get(server.address, timeout=5).status_code == 200  # the file does work

    assert server.seen[0].header("Authorization") == [f"Bearer {TOKEN}"]
    assert server.seen[1].header("Authorization")[0].startswith("Basic ")


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    transport = RequestsTransport(clock=clock)
    with raw_server(always(http())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("no_proxy", "")
        for pause in (0, 0, 16, 16):
            clock.advance(pause)
            transport.send(post("http://daraja.example"))
        transport.close()

    assert {seen.head.split("\r\n")[0] for seen in proxy.seen} == {
        "POST http://daraja.example/mpesa/stkpush/v1/processrequest HTTP/1.1"
    }
    assert [seen.connection for seen in proxy.seen][-2:] == [proxy.connections - 1, proxy.connections]


def test_a_local_daraja_is_never_looked_for_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", refused_address())
    with raw_server(always(http())) as server:
        assert RequestsTransport().send(post(server.address)).status == 200


@pytest.mark.parametrize(
    "timeout", [(0, 30), (5, -1), (5,), (1, 2, 3), 30, None, (5, None), (5, math.inf), (math.nan, 5)]
)
def test_a_time_out_that_is_none_is_refused(timeout: tuple[float, float]) -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        RequestsTransport(timeout=timeout)


class Tunnel(RawServer):
    """A proxy that connects to one server and carries bytes both ways."""

    def __init__(self, target: RawServer) -> None:
        self._target = target
        super().__init__(self._connect)

    def _connect(self, conversation: Conversation, _: Seen) -> bool:
        port = int(self._target.address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as onward:
            conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            conversation.carry(onward)
        return False


@pytest.mark.parametrize(("behaviour", "fails"), [(always(http()), False), (drop, True), (hang, True)])
def test_a_push_through_a_proxy_s_tunnel_is_seen_once_whatever_becomes_of_it(
    behaviour: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """urllib3 calls it an error of the proxy when the connection behind the tunnel breaks after the request."""
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    server = tls_server(authority, behaviour)
    proxy = Tunnel(server)
    monkeypatch.setenv("https_proxy", proxy.address)
    monkeypatch.setenv("no_proxy", "")
    try:
        with requests.Session() as session:
            session.verify = str(bundle)
            transport = RequestsTransport(session, timeout=(5, 0.5))
            if fails:
                with pytest.raises(OutcomeUnknown):
                    transport.send(post("https://daraja.example"))
            else:
                assert transport.send(post("https://daraja.example")).status == 200
    finally:
        proxy.close()
        server.close()

    assert [seen.head.split()[0] for seen in proxy.seen] == ["CONNECT"]
    assert [seen.head.split()[0] for seen in server.seen] == ["POST"]


def test_a_proxy_that_is_not_there_or_refuses_the_tunnel_passed_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", refused_address())
    with pytest.raises(NotSent, match=r"the proxy http://127.0.0.1:[0-9]+ was not found"):
        RequestsTransport().send(post("https://daraja.example"))
    with raw_server(always(http("407 Proxy Authentication Required"), keep=False)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.address)
        with pytest.raises(NotSent, match=r"the proxy http://127.0.0.1:[0-9]+ refused to connect us"):
            RequestsTransport().send(post("https://daraja.example"))

    assert [seen.head.split()[0] for seen in proxy.seen] == ["CONNECT"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_does_not_let_us_connect_passed_nothing_on(scheme: str) -> None:
    with crowded() as proxy, requests.Session() as session:
        session.proxies = {scheme: proxy}
        with pytest.raises(NotSent, match=r"within 0\.2 s"):
            RequestsTransport(session, timeout=(0.2, 5)).send(post(f"{scheme}://daraja.example"))


@pytest.mark.parametrize("retries", [1, Retry(3), Retry(None), Retry(total=None, connect=2), Retry(10, read=False)])
def test_a_session_that_repeats_requests_is_refused(retries: int | Retry) -> None:
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retries))

    with pytest.raises(ConfigurationError, match="max_retries=0"):
        RequestsTransport(session)


def test_a_session_that_begins_to_repeat_requests_later_is_refused_then() -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        transport = RequestsTransport(session)
        session.mount(server.address, HTTPAdapter(max_retries=1))
        with pytest.raises(ConfigurationError, match="repeats"):
            transport.send(post(server.address))

    assert server.seen == []


class Repeating(HTTPAdapter):
    """Begins to repeat in the middle of sending, when nobody looks at its settings any more."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as in requests
        self.max_retries = Retry(3, allowed_methods=None)
        try:
            return super().send(*args, **kwargs)
        finally:
            self.max_retries = Retry(0, read=False)


def test_an_adapter_that_repeats_behind_our_back_sends_once_all_the_same() -> None:
    with raw_server(drop) as server, requests.Session() as session:
        session.mount("http://", Repeating())
        with pytest.raises(OutcomeUnknown):
            RequestsTransport(session).send(post(server.address))

    assert len(server.seen) == 1


def test_an_adapter_of_another_kind_will_do_unless_it_repeats() -> None:
    class Other(BaseAdapter):
        max_retries = 0

        def send(self, *_: Any, **__: Any) -> requests.Response:  # noqa: ANN401 - as in requests
            return FromMemory().send(requests.Request("POST", "http://daraja.example").prepare())

        def close(self) -> None:
            """Close nothing."""

    with requests.Session() as session:
        session.mount("http://", Other())
        assert RequestsTransport(session).send(post("http://daraja.example")).status == 200
        Other.max_retries = 3
        with pytest.raises(ConfigurationError, match="repeats"):
            RequestsTransport(session)


@pytest.mark.parametrize("retries", [0, Retry(0), Retry(total=False)])
def test_a_session_that_repeats_nothing_is_welcome(retries: int | Retry) -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retries))
        session.headers["X-Mine"] = "not used"
        session.auth = ("not", "used")
        assert RequestsTransport(session).send(post(server.address)).status == 200

    assert server.seen[0].header("X-Mine") == []
    assert server.seen[0].header("Authorization") == [f"Bearer {TOKEN}"]


def test_closing_leaves_a_lent_session_alone_and_our_own_usable() -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        lent, own = RequestsTransport(session), RequestsTransport()
        for transport in (lent, own):
            transport.send(post(server.address))
            transport.close()
            transport.close()
            transport.send(post(server.address))
        own.close()

    assert [seen.connection for seen in server.seen] == [1, 1, 2, 3]


def test_many_threads_share_one_transport() -> None:
    transport = RequestsTransport()
    statuses: list[int] = []
    with raw_server(always(http())) as server:

        def work() -> None:
            statuses.extend(transport.send(post(server.address)).status for _ in range(10))

        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        transport.close()

    assert statuses == [200] * 200
    assert server.connections <= 20


# Forks and doubles ----------------------------------------------------------------------------------------------------


def in_a_fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def send_twice(transport: RequestsTransport, server: RawServer) -> None:
    transport.send(post(server.address))
    transport.send(post(server.address))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("lent", [True, False])
def test_a_fork_has_connections_of_its_own(*, lent: bool) -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        transport = RequestsTransport(session if lent else None)
        transport.send(post(server.address))
        assert in_a_fork(lambda: send_twice(transport, server)) == 0
        transport.send(post(server.address))
        transport.close()

    assert [seen.connection for seen in server.seen] == [1, 2, 2, 1]


def test_requests_mock_can_stand_in(transport: RequestsTransport) -> None:
    with requests_mock.Mocker() as mocker:
        mocker.post("https://sandbox.safaricom.co.ke/x", json={"a": 1}, headers={"Location": "/y"}, status_code=302)
        response = transport.send(HttpRequest("POST", "https://sandbox.safaricom.co.ke/x", {}, b"{}"))
        mocker.post("https://sandbox.safaricom.co.ke/x", exc=requests.ReadTimeout("with secrets"))
        with pytest.raises(OutcomeUnknown):
            transport.send(HttpRequest("POST", "https://sandbox.safaricom.co.ke/x", {}, b"{}"))

    assert (response.status, response.body) == (302, b'{"a": 1}')
    assert len(mocker.request_history) == 2


class FromMemory(requests.Session):
    """A session that answers out of its own head and calls no hooks, as stand-ins may."""

    promises: Mapping[str, str] = MappingProxyType({})

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # noqa: ANN401 - as in requests
        response = requests.Response()
        response.status_code = 200
        response.headers.update(self.promises)
        body = io.BytesIO(f'{{"asked": "{request.method}"}}'.encode())
        response.raw = urllib3.HTTPResponse(body, preload_content=False)
        return response


def test_an_answer_that_comes_late_is_never_taken_for_the_next_one_s(transport: RequestsTransport) -> None:
    def behave(conversation: Conversation, seen: Seen) -> bool:
        if seen.connection == 1:
            conversation.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        conversation.send(http(body=b'{"a": %d}' % seen.connection))
        return True

    with raw_server(behave) as server:
        with pytest.raises(OutcomeUnknown):
            transport.send(post(server.address))
        assert transport.send(post(server.address)).body == b'{"a": 2}'

    assert [seen.connection for seen in server.seen] == [1, 2]


def test_an_answer_that_is_all_there_already_will_do() -> None:
    class Ready(requests.Session):
        def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # noqa: ANN401 - as in requests
            response = requests.Response()
            response.status_code = 503
            assert request.url
            return response

    assert RequestsTransport(Ready()).send(post("http://daraja.example")).status == 503


def test_a_lent_session_still_waits_as_long_as_its_owner_says() -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        RequestsTransport(session).send(post(server.address))
        assert session.get(server.address, timeout=None).status_code == 200


def test_two_transports_on_one_session_keep_their_own_time_outs() -> None:
    def late(conversation: Conversation, _: Seen) -> bool:
        conversation.over.wait(timeout=0.6)
        conversation.send(http())
        return True

    with raw_server(late) as server, requests.Session() as session:
        hasty = RequestsTransport(session, timeout=(0.2, 0.2))
        patient = RequestsTransport(session, timeout=(5, 30))
        with pytest.raises(OutcomeUnknown):
            hasty.send(post(server.address))
        assert patient.send(post(server.address)).status == 200


def test_what_was_promised_and_did_not_come_is_missed_even_where_urllib3_does_not_look() -> None:
    session = FromMemory()
    session.promises = {"Content-Length": "1000"}
    with pytest.raises(OutcomeUnknown, match="broke off"):
        RequestsTransport(session).send(post("http://daraja.example"))


def test_a_session_that_calls_no_hooks_will_do() -> None:
    response = RequestsTransport(FromMemory()).send(post("http://daraja.example"))

    assert (response.status, response.body) == (200, b'{"asked": "POST"}')


EXCEPTIONS = [
    getattr(requests.exceptions, name)
    for name in dir(requests.exceptions)
    if isinstance(getattr(requests.exceptions, name), type)
    and issubclass(getattr(requests.exceptions, name), requests.RequestException)
]


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_every_exception_of_requests_becomes_one_of_ours(
    kind: type[requests.RequestException], transport: RequestsTransport
) -> None:
    error = kind("text", "doc", 0) if issubclass(kind, requests.JSONDecodeError) else kind(f"Bearer {TOKEN}")
    with requests_mock.Mocker() as mocker:
        mocker.post("https://daraja.example/x", exc=error)
        with pytest.raises(DarajaError) as caught:
            transport.send(HttpRequest("POST", "https://daraja.example/x", {}, b"{}"))

    assert type(caught.value) in {NotSent, OutcomeUnknown}
    assert TOKEN not in everything_shown(caught.value)


def test_who_was_not_reached_is_named_without_its_credentials(transport: RequestsTransport) -> None:
    address = refused_address()
    with pytest.raises(NotSent, match=address) as caught:
        transport.send(post(address.replace("//", "//user:hush@")))

    assert "hush" not in str(caught.value)
    assert "python -m daraja.simulator" in str(caught.value)
