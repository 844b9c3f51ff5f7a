"""What is particular to the transport with requests; ``test_contract`` proves what both transports promise."""

import io
import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any
from unittest import mock

import pytest
import requests
import requests_mock
import trustme
import urllib3
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from daraja.errors import ConfigurationError, DarajaError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest
from daraja.testing import ManualClock
from daraja.transports.requests import RequestsTransport
from tests.support.leaks import everything_shown
from tests.support.servers import (
    Conversation,
    RawServer,
    Seen,
    Tunnel,
    always,
    crowded_address,
    drop,
    http,
    raw_server,
    tls_server,
)
from tests.transports.contract.base import TOKEN, push

PATIENCE = 30
"""Seconds until a test that hangs fails."""


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    transport = RequestsTransport()
    yield transport
    transport.close()


def test_a_lent_session_keeps_its_connections_fresh_too() -> None:
    clock = ManualClock()
    with raw_server(always(http())) as server, requests.Session() as session:
        session.get(server.address)
        transport = RequestsTransport(session, clock=clock)
        transport.send(push(server.address))
        transport.send(push(server.address))
        clock.advance(16)
        transport.send(push(server.address))

    assert [seen.connection for seen in server.seen[1:]] == [2, 2, 3]


def test_headers_and_body_of_a_request_leave_in_one_packet(transport: RequestsTransport) -> None:
    def first_packet(listener: socket.socket) -> bytes:
        connection, _ = listener.accept()
        with connection:
            packet = connection.recv(65536)
            connection.sendall(http())
        return packet

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
        came = threads.submit(first_packet, listener)
        request = push(f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert transport.send(request).status == 200

    assert came.result().startswith(b"POST /mpesa/stkpush/v1/processrequest HTTP/1.1\r\n")
    assert came.result().endswith(b"\r\n\r\n" + request.body)


# What surely was not sent ---------------------------------------------------------------------------------------------


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
            RequestsTransport(timeout=(0.2, 5)).send(push(address))


@pytest.mark.parametrize("verify", [False, ""])
def test_a_session_that_verifies_nothing_is_refused(verify: bool | str) -> None:  # noqa: FBT001 - as requests has it
    session = requests.Session()
    session.verify = verify

    with pytest.raises(ConfigurationError, match="certificates"):
        RequestsTransport(session)


# Where a connection comes about too late ------------------------------------------------------------------------------


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


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


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("through_proxy", [False, True])
def test_a_connection_that_opens_too_late_sends_nothing(
    scheme: str, detours: list[int], tmp_path: Path, *, through_proxy: bool
) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    behaviour = always(http())
    opened = tls_server(authority, behaviour, "daraja.example") if scheme == "https" else raw_server(behaviour)
    with opened as server, crowded_address() as nowhere, requests.Session() as session:
        proxy = Tunnel(server) if scheme == "https" else server
        address = f"{scheme}://daraja.example:{server.port}"
        session.trust_env, session.verify = False, str(bundle)
        if through_proxy:
            session.proxies = {scheme: f"http://proxy.example:{proxy.port}"}
        transport = RequestsTransport(session)
        detours += [port_of(nowhere)] * 3
        with pytest.raises(NotSent, match=r"no connection to .* came about within 0\.2 s"):
            transport.send(push(address, 0.4))
        detours.clear()
        assert transport.send(push(address, 20)).status == 200
        proxy.close()

    assert [seen.first_line.split()[0] for seen in server.seen] == ["POST"]


def test_a_connection_that_stands_needs_no_way_and_one_that_was_closed_does(
    transport: RequestsTransport, detours: list[int]
) -> None:
    with raw_server(always(http())) as server, crowded_address() as nowhere:
        address = server.address.replace("127.0.0.1", "daraja.example")
        transport.send(push(address))
        detours += [port_of(nowhere)] * 3
        server.behaviour = always(http(), keep=False)
        assert transport.send(push(address, 20)).status == 200
        assert server.closed.get(timeout=30) == 1
        with pytest.raises(NotSent, match=r"no connection to .* came about"):
            transport.send(push(address, 0.4))
        transport.close()

    assert [seen.connection for seen in server.seen] == [1, 1]


# What never happens ---------------------------------------------------------------------------------------------------


def test_a_lent_session_follows_no_redirect_and_keeps_and_sends_no_cookie() -> None:
    with raw_server(always(http("302 Found", b"gone", "Location: /elsewhere", "Set-Cookie: track=me"))) as server:
        session = requests.Session()
        session.cookies.set("mine", "stays", domain="127.0.0.1")
        transport = RequestsTransport(session)
        responses = [transport.send(push(server.address)) for _ in range(2)]

    assert [response.status for response in responses] == [302, 302]
    assert [seen.header("Cookie") for seen in server.seen] == [[], []]
    assert session.cookies.keys() == ["mine"]


def test_connections_to_a_proxy_are_kept_fresh_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    transport = RequestsTransport(clock=clock)
    with raw_server(always(http())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("no_proxy", "")
        for pause in (0, 0, 16, 16):
            clock.advance(pause)
            transport.send(push("http://daraja.example"))
        transport.close()

    assert [seen.connection for seen in proxy.seen] == [1, 1, 2, 3]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_does_not_let_us_connect_passed_nothing_on(scheme: str) -> None:
    with crowded_address() as proxy, requests.Session() as session:
        session.proxies = {scheme: proxy}
        with pytest.raises(NotSent, match=r"within 0\.2 s"):
            RequestsTransport(session, timeout=(0.2, 5)).send(push(f"{scheme}://daraja.example"))


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
        with pytest.raises(NotSent, match="repeats"):
            transport.send(push(server.address))

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
            RequestsTransport(session).send(push(server.address))

    assert len(server.seen) == 1


def test_a_second_attempt_without_a_connection_proves_nothing_about_the_first() -> None:
    def take_it_and_be_gone(_: Conversation, __: Seen) -> bool:
        server.close_port()
        return False

    with raw_server(take_it_and_be_gone) as server, requests.Session() as session:
        session.mount("http://", Repeating())
        with pytest.raises(OutcomeUnknown):
            RequestsTransport(session).send(push(server.address))

    assert len(server.seen) == 1


def test_another_adapter_is_accepted_unless_it_repeats() -> None:
    class Other(BaseAdapter):
        max_retries = 0

        def send(self, *_: Any, **__: Any) -> requests.Response:  # noqa: ANN401 - as in requests
            return FromMemory().send(requests.Request("POST", "http://daraja.example").prepare())

        def close(self) -> None:
            """Close nothing."""

    with requests.Session() as session:
        session.mount("http://", Other())
        assert RequestsTransport(session).send(push("http://daraja.example")).status == 200
        Other.max_retries = 3
        with pytest.raises(ConfigurationError, match="repeats"):
            RequestsTransport(session)


@pytest.mark.parametrize("retries", [0, Retry(0), Retry(total=False)])
def test_a_session_that_repeats_nothing_is_welcome(retries: int | Retry) -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retries))
        session.headers["X-Mine"] = "not used"
        session.auth = ("not", "used")
        assert RequestsTransport(session).send(push(server.address)).status == 200

    assert server.seen[0].header("X-Mine") == []
    assert server.seen[0].header("Authorization") == [f"Bearer {TOKEN}"]


def test_closing_leaves_a_lent_session_alone_and_our_own_usable() -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        lent, own = RequestsTransport(session), RequestsTransport()
        for transport in (lent, own):
            transport.send(push(server.address))
            transport.close()
            transport.close()
            transport.send(push(server.address))
        own.close()

    assert [seen.connection for seen in server.seen] == [1, 1, 2, 3]


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
    transport.send(push(server.address))
    transport.send(push(server.address))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("lent", [True, False])
def test_a_fork_has_connections_of_its_own(*, lent: bool) -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        transport = RequestsTransport(session if lent else None)
        transport.send(push(server.address))
        assert in_a_fork(lambda: send_twice(transport, server)) == 0
        transport.send(push(server.address))
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


def test_an_answer_that_is_already_complete_is_accepted() -> None:
    class Ready(requests.Session):
        def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # noqa: ANN401 - as in requests
            response = requests.Response()
            response.status_code = 503
            assert request.url
            return response

    assert RequestsTransport(Ready()).send(push("http://daraja.example")).status == 503


def test_a_lent_session_still_waits_as_long_as_its_owner_says() -> None:
    with raw_server(always(http())) as server, requests.Session() as session:
        RequestsTransport(session).send(push(server.address))
        assert session.get(server.address, timeout=None).status_code == 200


def test_two_transports_on_one_session_keep_their_own_time_outs() -> None:
    given_up = Event()

    def late(conversation: Conversation, seen: Seen) -> bool:
        assert seen.connection > 1 or given_up.wait(PATIENCE)
        conversation.over.wait(timeout=0.3)
        conversation.send(http())
        return True

    with raw_server(late) as server, requests.Session() as session:
        hasty = RequestsTransport(session, timeout=(5, 0.2))
        patient = RequestsTransport(session, timeout=(5, PATIENCE))
        with pytest.raises(OutcomeUnknown):
            hasty.send(push(server.address))
        given_up.set()
        assert patient.send(push(server.address)).status == 200


def test_a_truncated_answer_is_detected_even_if_urllib3_does_not_check() -> None:
    session = FromMemory()
    session.promises = {"Content-Length": "1000"}
    with pytest.raises(OutcomeUnknown, match="broke off"):
        RequestsTransport(session).send(push("http://daraja.example"))


def test_a_mock_that_gives_no_bytes_is_named_and_does_not_run_for_ever() -> None:
    session = requests.Session()
    with (
        mock.patch.object(session, "send", return_value=mock.MagicMock(status_code=200)),
        pytest.raises(OutcomeUnknown, match=r"gave no bytes; daraja\.testing"),
    ):
        RequestsTransport(session).send(push("http://daraja.example"))


def test_opentelemetry_sees_the_status_of_each_answer(transport: RequestsTransport) -> None:
    """An instrumentation that fails would make every push look as if its outcome were unknown."""
    spans, tracing = InMemorySpanExporter(), TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    RequestsInstrumentor().instrument(tracer_provider=tracing)
    try:
        with raw_server(always(http("404 Not Found", b"gone"))) as server:
            assert transport.send(push(server.address)).body == b"gone"
    finally:
        RequestsInstrumentor().uninstrument()
    (span,) = spans.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["http.status_code"] == 404


def test_a_session_that_calls_no_hooks_is_accepted() -> None:
    response = RequestsTransport(FromMemory()).send(push("http://daraja.example"))

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
