"""The local Daraja on real sockets: whole conversations, receivers that fail, and a clean end."""

import errno
import http.client
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from queue import Queue
from typing import IO, cast
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
import requests

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Answer, Engine, Event, EventKind, LocalDaraja
from daraja.simulator.__main__ import main
from daraja.simulator.callback_sender import send_callback
from daraja.simulator.products.stk.scenarios import MAGIC_NUMBERS
from daraja.simulator.server import wsgi_application
from tests.simulator.receiver import Receiver
from tests.simulator.shop import OAUTH, PHONE, PUSH, Shop, basic, callback_of, push_body, refusal_of
from tests.support.servers import Conversation, Seen, raw_server


def shop_at(base_url: str) -> Shop:
    """Give a shop that talks plain requests."""

    def send(request: HttpRequest, _: datetime) -> HttpResponse:
        response = requests.request(request.method, request.url, headers=request.headers, data=request.body, timeout=10)
        return HttpResponse(response.status_code, response.headers, response.content)

    return Shop(send, datetime.now(UTC), base_url=base_url)


@contextmanager
def served(
    *, answer: Answer = Answer.IGNORE, delay: float = 0.0, prompt_life: float = 27.0, timeout: float = 10.0
) -> Generator[tuple[LocalDaraja, Shop, "Queue[Event]"]]:
    """Serve an engine and give a shop that talks to it, and its events as they come."""
    events = Queue[Event]()
    engine = Engine(answer=answer, delay=delay, prompt_life=prompt_life, busy_seconds=0, on_event=events.put)
    with LocalDaraja(engine=engine, timeout=timeout) as local:
        yield local, shop_at(local.base_url), events


def wait_for(kind: EventKind, events: "Queue[Event]") -> str:
    while True:
        event = events.get(timeout=10)
        if event.kind is kind:
            return event.text


def test_a_whole_payment_over_http() -> None:
    with Receiver() as receiver, served(answer=Answer.PAY, delay=0.01) as (local, shop, events):
        asked = shop.authorise().pushed(CallBackURL=receiver.url)
        callback = receiver.next()
        assert callback.headers["Content-Type"] == "application/json;charset=UTF-8"
        assert callback.headers["Businessshortcode"] == "174379"
        assert callback_of(callback)["CheckoutRequestID"] == asked
        assert callback_of(callback)["ResultCode"] == 0
        assert shop.result_code(asked) == "0"
        assert wait_for(EventKind.RECEIVER, events).endswith("answered HTTP 200")
        assert [sent.body for sent in local.engine.callbacks] == [callback.body]


def test_a_refusal_over_http_has_darajas_body() -> None:
    with served() as (_, shop, _events):
        response = shop.authorise().push(Amount="ten")
        assert refusal_of(response) == (400, "400.002.02", "Bad Request - Invalid Amount")
        assert response.header("content-type") == "application/json"


def test_a_person_answers_and_tokens_are_revoked_while_it_is_served() -> None:
    with Receiver() as receiver, served() as (local, shop, _):
        shop.authorise().pushed(CallBackURL=receiver.url)
        local.answer(PHONE, Answer.CANCEL)
        assert callback_of(receiver.next())["ResultCode"] == 1032
        local.revoke_tokens()
        assert refusal_of(shop.push())[1] == "404.001.03"


def test_a_prompt_that_nobody_answers_calls_back_by_itself() -> None:
    with Receiver() as receiver, served(prompt_life=0.05) as (_, shop, _events):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 1037


# Receivers that fail


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def test_a_receiver_that_is_down_stops_nothing() -> None:
    with Receiver() as receiver, served(answer=Answer.PAY) as (_, shop, events):
        shop.authorise().pushed(CallBackURL=f"http://127.0.0.1:{closed_port()}/")
        told = wait_for(EventKind.RECEIVER, events)
        assert "did not take it: http://127.0.0.1:" in told
        assert " (is the shop running?) was not found or did not take the connection; it is not called again" in told
        shop.pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0


def test_an_address_that_no_client_can_read_stops_nothing() -> None:
    with Receiver() as receiver, served(answer=Answer.PAY) as (_, shop, events):
        shop.authorise().pushed(CallBackURL=f"http://{'a' * 70}.local/")
        assert "it is not called again" in wait_for(EventKind.RECEIVER, events)
        shop.pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0


def test_a_receiver_that_answers_500_is_called_once() -> None:
    with Receiver(500) as receiver, served(answer=Answer.PAY) as (local, shop, events):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert wait_for(EventKind.RECEIVER, events).endswith("answered HTTP 500; it is not called again")
        assert len(local.engine.callbacks) == 1


def test_a_redirect_is_not_followed() -> None:
    with (
        Receiver() as elsewhere,
        Receiver(307, {"Location": elsewhere.url}) as receiver,
        served(answer=Answer.PAY) as (_, shop, events),
    ):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert "answered HTTP 307" in wait_for(EventKind.RECEIVER, events)
        asked = shop.pushed(CallBackURL=elsewhere.url)
        assert callback_of(elsewhere.next())["CheckoutRequestID"] == asked, "it never heard of the first"


def test_a_receiver_that_drops_the_connection_stops_nothing() -> None:
    with Receiver(0) as receiver, served(answer=Answer.PAY) as (_, shop, events):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert "it is not called again" in wait_for(EventKind.RECEIVER, events)


def test_a_receiver_that_hangs_is_given_up() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        served(answer=Answer.PAY, timeout=0.2) as (_, shop, events),
    ):
        shop.authorise().pushed(CallBackURL=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert wait_for(EventKind.RECEIVER, events).endswith(
            "no whole answer came within 0.2 s; it is not called again"
        )


# HTTP


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
    """Send bytes and read until the other side hangs up."""
    host, _, port = local.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received


def test_a_body_in_chunks_is_read_as_any_other() -> None:
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
def test_a_body_without_an_end_that_makes_sense_ends_the_connection(rest: bytes) -> None:
    with LocalDaraja() as local:
        answer = exchange(local, b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + rest)
        assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert answer.count(b"HTTP/1.1") == 1


def test_what_follows_the_last_chunk_is_the_next_request() -> None:
    chunked = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
    chunked += b"2;name=value\r\n{}\r\n0\r\nTrailer: yes\r\n\r\n"
    with LocalDaraja() as local:
        answer = exchange(local, chunked + b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.count(b"HTTP/1.1 404 Not Found\r\n") == 2


def test_a_client_of_http_1_0_is_served_and_left() -> None:
    with LocalDaraja() as local:
        assert exchange(local, b"GET /nowhere HTTP/1.0\r\n\r\n").endswith(b'"errorMessage":"Resource not found"}')


@pytest.mark.parametrize("request_line", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"G" * 70_000 + b"\r\n\r\n"])
def test_what_is_no_http_is_told_so(request_line: bytes) -> None:
    with LocalDaraja() as local:
        assert b"Error code: " in exchange(local, request_line)
        assert requests.get(local.base_url + OAUTH, headers=basic(), timeout=10).status_code == 200


def test_a_head_request_gets_no_body() -> None:
    with LocalDaraja() as local:
        response = requests.head(local.base_url + OAUTH, timeout=10)
        assert (response.status_code, response.content) == (405, b"")
        assert int(response.headers["Content-Length"]) > 0


def test_the_application_keeps_to_wsgi() -> None:
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
    heard: list[str] = []

    def handle(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return HttpResponse(405, {"Content-Type": "application/json"}, b"[]")

    def start_response(status: str, _: list[tuple[str, str]], __: object = None, /) -> Callable[[bytes], object]:
        heard.append(status)
        return io.BytesIO().write

    with closing(cast("IO[bytes]", validator(wsgi_application(handle))(environ, start_response))) as body:
        assert b"".join(body) == b"[]"
    assert heard == ["405 Method Not Allowed"]
    assert (asked[0].method, asked[0].url) == ("POST", f"http://127.0.0.1{PUSH}?a=b")
    assert asked[0].headers["Content-Type"] == "application/json"
    assert asked[0].headers["X-Shop"] == "yes"
    assert asked[0].body == b"{}"


# Beginning and end


def test_nothing_is_left_behind_even_with_a_connection_kept_open_and_a_page_that_waits() -> None:
    before = set(threading.enumerate())
    with LocalDaraja() as local:
        host, _, port = local.base_url.removeprefix("http://").partition(":")
        idle = socket.create_connection((host, int(port)), timeout=10)
        idle.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(10) == b"HTTP/1.1 4"
        page = socket.create_connection((host, int(port)), timeout=10)
        page.sendall(b"GET /simulator/state?since=1&wait=30 HTTP/1.1\r\nHost: x\r\n\r\n")
        page.settimeout(0)
        with pytest.raises(BlockingIOError):
            page.recv(1)
        assert set(threading.enumerate()) > before
    page.close()
    assert set(threading.enumerate()) <= before
    while idle.recv(65_536):
        pass
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=10)


def test_a_client_that_resets_its_connection_is_no_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    with LocalDaraja() as local:
        host, _, port = local.base_url.removeprefix("http://").partition(":")
        rude = socket.create_connection((host, int(port)), timeout=10)
        rude.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rude.recv(1) == b"H"
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        rude.close()
    assert capfd.readouterr() == ("", "")


def test_callbacks_still_to_come_are_forgotten_at_the_end() -> None:
    with served() as (local, shop, _):
        shop.authorise().pushed()
    assert local.engine.callbacks == ()
    assert local.engine.next_due() is not None


def test_one_that_begins_anew_waits_for_no_callback_that_its_end_called_off() -> None:
    more_than_go_at_once, timeout, going_out = 40, 3, Queue[Event]()
    engine = Engine(answer=Answer.PAY, delay=0, busy_seconds=0, on_event=going_out.put)
    local = LocalDaraja(engine=engine, timeout=timeout)
    with socket.create_server(("127.0.0.1", 0), backlog=more_than_go_at_once) as silent:
        shop = Shop(lambda request, _: local.handle(request) or pytest.fail("no answer"), datetime.now(UTC))
        with local:
            shop.authorise()
            for _ in range(more_than_go_at_once):
                shop.pushed(CallBackURL=f"http://127.0.0.1:{silent.getsockname()[1]}/")
            for _ in range(more_than_go_at_once):
                wait_for(EventKind.CALLBACK, going_out)
    with local:
        before = time.monotonic()
        local.advance(seconds=0)
        assert time.monotonic() - before < timeout, "it waited for as long as it may"


def test_a_port_in_use_is_one_sentence() -> None:
    with LocalDaraja() as first:
        port = int(first.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 cannot be used"):
            LocalDaraja(port=port).__enter__()


# The command


COMMAND = [sys.executable, "-m", "daraja.simulator"]


@pytest.fixture
def interruptible() -> Generator[None]:
    """Let a program started here hear Ctrl-C, even where a shell began these tests in the background, deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_the_command_serves_until_it_is_interrupted() -> None:
    command = [*COMMAND, "--port", "0", "--answer", "pay", "--delay", "0"]
    with (
        Receiver() as receiver,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        shown = process.stdout.readline()
        shop_at(shown.split()[5]).authorise().pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0
        for line in process.stdout:
            shown += line
            if "receiver" in line:
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert f"  {shown.split()[5]}/      shows the phones: " in shown
    assert "any other        does this by itself: pay\n" in shown
    assert "254700001032     cancels (1032)\n" in shown
    assert "174379" in shown
    assert "answered HTTP 200\n" in shown
    assert PHONE[3:] not in shown
    assert shown.isascii()


def test_the_command_says_that_a_port_is_in_use() -> None:
    with LocalDaraja() as local:
        port = local.base_url.rpartition(":")[2]
        ended = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"The local Daraja cannot start: port {port} of 127.0.0.1 cannot be used ({os.strerror(errno.EADDRINUSE)}); "
        "stop what uses it, or take another with --port.\n"
    )


def test_the_command_refuses_to_stand_in_for_production(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MPESA_ENVIRONMENT", " Production")
    assert main(["--port", "0"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ("MPESA_ENVIRONMENT is production, and no local Daraja replaces it; unset it here.\n")


def test_the_command_warns_where_others_may_reach_it(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - nobody is answered there
        assert main(["--host", "0.0.0.0", "--port", str(taken.getsockname()[1])]) == 1  # noqa: S104 - it never gets there
    assert "Warning: everybody who can reach 0.0.0.0 can press every button here" in capsys.readouterr().err


def test_it_listens_on_the_address_that_it_is_told() -> None:
    with LocalDaraja(host="localhost") as named, LocalDaraja(host="0.0.0.0") as open_to_all:  # noqa: S104 - as a container does
        assert named.base_url.startswith("http://localhost:")
        assert open_to_all.base_url.startswith("http://127.0.0.1:")
        for local in (named, open_to_all):
            assert requests.get(local.base_url + OAUTH, headers=basic(), timeout=10).status_code == 200


@pytest.fixture
def version_6() -> None:
    """Skip where the machine has no IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no ::1")


@pytest.mark.usefixtures("version_6")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_it_listens_on_an_address_of_version_6(host: str) -> None:
    with LocalDaraja(host=host) as local:
        assert requests.get(local.base_url + OAUTH, headers=basic(), timeout=10).status_code == 200
        assert requests.get(f"{local.base_url}/simulator/state", timeout=10).status_code == 200


@pytest.mark.parametrize("host", ["::1", "::"])
def test_an_address_of_version_6_stands_in_brackets(host: str) -> None:
    assert LocalDaraja(host=host, port=8765).base_url == "http://[::1]:8765"


def test_it_is_served_again_after_its_end() -> None:
    local = LocalDaraja(engine=Engine(answer=Answer.PAY, delay=0, busy_seconds=0))
    with Receiver() as receiver:
        for _ in range(2):
            with local:
                asked = shop_at(local.base_url).authorise().pushed(CallBackURL=receiver.url)
                assert callback_of(receiver.next())["CheckoutRequestID"] == asked


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "http"], "'http' is not a port; give a number from 0 (any free one) to 65535"),
        (["--port", "70000"], "'70000' is not a port"),
        (["--delay", "soon"], "'soon' is not a time to wait; give seconds from 0 to 3600"),
        (["--delay", "-1"], "'-1' is not a time to wait"),
        (["--delay", "nan"], "'nan' is not a time to wait"),
        (["--answer", "maybe"], "invalid choice: 'maybe'"),
        (["--busy", "-1"], "'-1' is not a time to wait"),
        (["--queries", "0"], "'0' is not a rate; give a number of queries a minute, from 1"),
        (["--queries", "five"], "'five' is not a rate"),
    ],
)
def test_the_command_names_a_wrong_argument(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_command_lists_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[row.number, row.name] for row in MAGIC_NUMBERS]
    assert all(line.endswith(f"  {row.about}") for line, row in zip(lines, MAGIC_NUMBERS, strict=True))


@pytest.mark.usefixtures("interruptible")
def test_the_command_hands_its_switches_on() -> None:
    command = [*COMMAND, "--port", "0", "--busy", "0", "--queries", "5", "--one-token"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shop = shop_at(process.stdout.readline().split()[5])
        old = shop.authorise().token
        shop.authorise()
        shop.pushed()
        asked = shop.pushed()
        statuses = [shop.query(asked).status, shop.query(asked).status]
        shop.token = old
        refused = shop.push()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert (process.returncode, statuses) == (0, [200, 429])
    assert refusal_of(refused)[1] == "404.001.03"


def hang(conversation: Conversation, _: Seen) -> bool:
    conversation.hang()
    return False


def test_slow_receivers_delay_no_other() -> None:
    with (
        served(answer=Answer.PAY) as (_, shop, _events),
        Receiver() as receiver,
        raw_server(hang) as slow,
    ):
        shop.authorise()
        for _number in range(3):
            shop.pushed(CallBackURL=f"{slow.address}/")
        shop.pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0


def test_no_shop_on_the_internet_hears_of_an_invented_payment() -> None:
    with served(answer=Answer.PAY) as (local, shop, events):
        shop.authorise().pushed(CallBackURL="https://shop.example/callback/")
        assert "is not on this machine or a private network" in wait_for(EventKind.RECEIVER, events)
        assert len(local.engine.callbacks) == 1


def connected(local: LocalDaraja) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(local.base_url.rpartition(":")[2])), timeout=10)


def test_what_a_request_holds_beyond_its_length_is_no_request_of_its_own() -> None:
    with served() as (local, _, _events), connected(local) as connection:
        smuggled = f"GET {OAUTH} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = f"POST {PUSH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: +{len(smuggled)}\r\n\r\n"
        connection.sendall((head + smuggled).encode())
        answers = b""
        while received := connection.recv(65536):
            answers += received

    assert answers.count(b"HTTP/1.1 ") == 1


def test_a_callback_to_no_address_at_all_stops_nothing() -> None:
    assert "could not be reached (ValueError)" in send_callback(HttpRequest("POST", "http://[nonsense"), 1)


@pytest.mark.parametrize("length", ["99999999999999", "9223372036854775808", "9" * 5000])
def test_a_senseless_length_is_refused_and_stops_nothing(length: str) -> None:
    with served() as (local, shop, _events):
        with connected(local) as connection:
            head = f"POST {PUSH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
            connection.sendall(head.encode())
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        assert shop.authorise().pushed()


def test_two_pushes_to_a_phone_in_one_second_have_ids_of_their_own() -> None:
    engine = Engine(busy_seconds=0)
    shop = Shop(engine.handle)
    shop.authorise()
    asked = [shop.pushed() for _number in range(1_001)]

    assert len(set(asked)) == len(engine.stk.pushes) == 1_001
    assert {len(identity) for identity in asked} == {len("ws_CO_23112026143000001712345678")}
