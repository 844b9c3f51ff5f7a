"""The HTTP server reads requests as any client sends them, and no more than one at a time."""

import http.client
import io
import json
import socket
import struct
from collections.abc import Callable
from contextlib import closing
from typing import IO, cast
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
import requests

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import LocalDaraja
from daraja.simulator.server import wsgi_application
from tests.simulator.served import served
from tests.simulator.shop import OAUTH, PUSH, basic, push_body


def test_one_connection_serves_many_requests() -> None:
    with LocalDaraja() as local:
        connection = http.client.HTTPConnection(local.base_url.removeprefix("http://"), timeout=10)
        connection.connect()
        first_socket = connection.sock
        for _ in range(3):
            connection.request("GET", OAUTH, headers=basic())
            response = connection.getresponse()
            assert (response.status, response.version) == (200, 11)
            assert "access_token" in json.loads(response.read())
            assert connection.sock is first_socket
        connection.close()


def exchange(local: LocalDaraja, request: bytes) -> bytes:
    """Send bytes and read until the other side closes the connection."""
    host, _, port = local.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received


def test_a_chunked_body_is_read() -> None:
    with served() as (local, shop, _), requests.Session() as session:
        headers = {"Authorization": f"Bearer {shop.authorise().token}", "Content-Type": "application/json"}
        text = json.dumps(push_body(shop.now)).encode()
        for _ in range(2):
            pieces = iter([text[:1], text[1:40], text[40:]])
            answer = session.post(local.base_url + PUSH, data=pieces, headers=headers, timeout=10)
            assert answer.json()["ResponseCode"] == "0"
        assert len(local.pushes) == 2


@pytest.mark.parametrize(
    "rest",
    [
        b"chunked\r\n\r\nno number\r\n",
        b"chunked\r\n\r\n2\r\n{} and more\r\n",
        b"chunked\r\n\r\n" + 2 * (b"90000\r\n" + b" " * 0x90000 + b"\r\n"),
        b"gzip\r\n\r\n",
    ],
)
def test_a_body_without_a_clear_end_ends_the_connection(rest: bytes) -> None:
    with LocalDaraja() as local:
        answer = exchange(local, b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + rest)
        assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert answer.count(b"HTTP/1.1") == 1


def test_the_next_request_follows_the_last_chunk() -> None:
    chunked = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
    chunked += b"2;name=value\r\n{}\r\n0\r\nTrailer: yes\r\n\r\n"
    with LocalDaraja() as local:
        answer = exchange(local, chunked + b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.count(b"HTTP/1.1 404 Not Found\r\n") == 2


def test_an_http_1_0_client_is_answered_and_disconnected() -> None:
    with LocalDaraja() as local:
        assert exchange(local, b"GET /nowhere HTTP/1.0\r\n\r\n").endswith(b'"errorMessage":"Resource not found"}')


@pytest.mark.parametrize("request_line", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"G" * 70_000 + b"\r\n\r\n"])
def test_bytes_that_are_not_http_get_an_error(request_line: bytes) -> None:
    with LocalDaraja() as local:
        assert b"Error code: " in exchange(local, request_line)
        assert requests.get(local.base_url + OAUTH, headers=basic(), timeout=10).status_code == 200


def test_a_head_request_gets_no_body() -> None:
    with LocalDaraja() as local:
        response = requests.head(local.base_url + OAUTH, timeout=10)
        assert (response.status_code, response.content) == (405, b"")
        assert int(response.headers["Content-Length"]) > 0


def test_the_application_follows_wsgi() -> None:
    environ: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PUSH,
        "QUERY_STRING": "a=b",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "wsgi.input": io.BytesIO(b"{}and more"),
        "HTTP_X_SHOP": "yes",
        "SCRIPT_NAME": "",
    }
    setup_testing_defaults(environ)
    asked: list[HttpRequest] = []
    statuses: list[str] = []

    def handle(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return HttpResponse(405, {"Content-Type": "application/json"}, b"[]")

    def start_response(status: str, _: list[tuple[str, str]], __: object = None, /) -> Callable[[bytes], object]:
        statuses.append(status)
        return io.BytesIO().write

    with closing(cast("IO[bytes]", validator(wsgi_application(handle))(environ, start_response))) as body:
        assert b"".join(body) == b"[]"
    assert statuses == ["405 Method Not Allowed"]
    assert (asked[0].method, asked[0].url) == ("POST", f"http://127.0.0.1{PUSH}?a=b")
    assert asked[0].headers["Content-Type"] == "application/json"
    assert asked[0].headers["X-Shop"] == "yes"
    assert asked[0].body == b"{}"


def test_a_client_that_resets_its_connection_causes_no_output(capfd: pytest.CaptureFixture[str]) -> None:
    with LocalDaraja() as local:
        host, _, port = local.base_url.removeprefix("http://").partition(":")
        rude = socket.create_connection((host, int(port)), timeout=10)
        rude.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rude.recv(1) == b"H"
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        rude.close()
    assert capfd.readouterr() == ("", "")


def connected(local: LocalDaraja) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(local.base_url.rpartition(":")[2])), timeout=10)


def test_bytes_beyond_the_content_length_are_not_read_as_a_request() -> None:
    with served() as (local, _, _events), connected(local) as connection:
        smuggled = f"GET {OAUTH} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = f"POST {PUSH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: +{len(smuggled)}\r\n\r\n"
        connection.sendall((head + smuggled).encode())
        answers = b""
        while received := connection.recv(65536):
            answers += received

    assert answers.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("length", ["99999999999999", "9223372036854775808", "9" * 5000])
def test_an_impossible_content_length_stops_nothing(length: str) -> None:
    with served() as (local, shop, _events):
        with connected(local) as connection:
            head = f"POST {PUSH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
            connection.sendall(head.encode())
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        assert shop.authorise().pushed()
