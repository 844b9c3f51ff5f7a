"""What a transport promises of requests that are answered."""

# ruff: noqa: ANN401, D102 - a transport may be of any type; the name of a test says what it proves

import gzip
from pathlib import Path
from typing import Any, Final

import pytest

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing.clock import ManualClock
from daraja.testing.promises import check, holds
from daraja.testing.transport_contract.server import Conversation, Seen, http, raw_server
from daraja.testing.transport_contract.subject import TOKEN, Subject, always, push

__all__ = ["AnswerPromises"]

_MANY: Final = 40
_PACKED: Final = gzip.compress(b'{"a": 1}')


class AnswerPromises(Subject):
    """What goes out, what comes back, and what a transport never does by itself."""

    def test_a_request_goes_out_as_it_is_and_once(self, transport: Any) -> None:
        with raw_server(always(http())) as server:
            request = push(server.address)
            self.send(transport, request)
        check(len(server.seen), 1, "the server sees one request")
        [seen] = server.seen
        first = seen.head.partition("\r\n")[0]
        check(first, "POST /mpesa/stkpush/v1/processrequest HTTP/1.1", "the method and the path are the request's")
        check(seen.body, request.body, "the body is the request's, to the byte")
        for name, value in request.headers.items():
            check(seen.header(name), [value], f"{name} is the request's, once")

    def test_a_request_without_a_body_has_none(self, transport: Any) -> None:
        with raw_server(always(http())) as server:
            self.send(transport, HttpRequest("GET", f"{server.address}/oauth/v1/generate?grant_type=x"))
        [seen] = server.seen
        first = seen.head.partition("\r\n")[0]
        check(first, "GET /oauth/v1/generate?grant_type=x HTTP/1.1", "the query is part of the address")
        check(seen.body, b"", "there is no body")

    @pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "404 Not Found", "429 Slow", "500 Oh", "503 Oh"])
    def test_an_answer_is_given_whatever_its_status(self, transport: Any, status: str) -> None:
        with raw_server(always(http(status, b'{"a": 1}', "X-Answer: yes"))) as server:
            response = self.send(transport, push(server.address))
        check(response.status, int(status[:3]), "the status is the server's")
        check(response.body, b'{"a": 1}', "the body is the server's")
        check(response.header("x-answer"), "yes", "the headers are the server's")
        check(len(server.seen), 1, "no status has a request repeated")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_an_answer_and_never_followed(self, transport: Any, status: int) -> None:
        with raw_server(always(http(f"{status} Elsewhere", b"gone", "Location: /elsewhere"))) as server:
            response = self.send(transport, push(server.address))
        found = response.status, response.header("Location"), response.body
        check(found, (status, "/elsewhere", b"gone"), "a redirect is given as it is")
        check(len(server.seen), 1, "a redirect is never followed: it would be a second push")

    def test_cookies_are_neither_kept_nor_sent(self, transport: Any) -> None:
        with raw_server(always(http("200 OK", b"{}", "Set-Cookie: track=me; Path=/"))) as server:
            self.send(transport, push(server.address))
            self.send(transport, push(server.address))
        sent = [cookie for seen in server.seen for cookie in seen.header("Cookie")]
        check(sent, [], "no cookie is sent")

    def test_a_netrc_file_never_replaces_the_authorization(
        self,
        transport: Any,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password else\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        with raw_server(always(http())) as server:
            self.send(transport, push(server.address))
        check(server.seen[0].header("Authorization"), [f"Bearer {TOKEN}"], "the token is the request's own")

    def test_a_connection_that_was_idle_for_long_is_opened_anew(self, transport: Any, clock: ManualClock) -> None:
        if not self.takes_clock:
            pytest.skip("it measures by a clock of its own how long a connection was idle")
        with raw_server(always(http())) as server:
            self.send(transport, push(server.address))
            clock.advance(15.1)
            self.send(transport, push(server.address))
        used = [seen.connection for seen in server.seen]
        check(used, [1, 2], "after 15 s a push takes a new connection, as firewalls forget the old one without telling")

    def test_a_connection_that_the_server_has_closed_is_noticed_before_anything_is_sent(self, transport: Any) -> None:
        with raw_server(always(http(), keep=False)) as server:
            for number in (1, 2, 3):
                check(self.send(transport, push(server.address)).status, 200, "each push is answered")
                server.closed.get(timeout=30)
                check(len(server.seen), number, "each push is seen once")

    def test_many_at_the_same_time_each_get_their_own_answer(self, transport: Any) -> None:
        def echo(conversation: Conversation, seen: Seen) -> bool:
            conversation.send(http(body=seen.body))
            return True

        bodies = [b'{"number": %d}' % number for number in range(_MANY)]
        with raw_server(echo) as server:
            requests = [HttpRequest("POST", server.address, {}, body) for body in bodies]
            responses = self.send_all(transport, requests)
        check([response.body for response in responses], bodies, "each request gets its own answer")
        check(len(server.seen), _MANY, "each request is seen once")

    def test_an_answer_that_comes_late_is_never_taken_for_the_next_one_s(self, transport: Any) -> None:
        def behave(conversation: Conversation, seen: Seen) -> bool:
            hint = b"HTTP/1.1 103 Early Hints\r\n\r\n" if len(seen.body) > 1 else b""
            conversation.send(hint + http(body=b'{"to": %d}' % len(seen.body)))
            return True

        with raw_server(behave) as server:
            request = push(server.address)
            first = self.answer_or_doubt(transport, request)
            second = self.send(transport, HttpRequest("POST", server.address, {}, b"2"))
        if isinstance(first, HttpResponse):
            check(first.body, b'{"to": %d}' % len(request.body), "an answer that is none yet is not the answer")
        check(second.body, b'{"to": 1}', "an answer is never left on the connection for the next request")

    def test_a_hundred_kilobytes_are_read_whole(self, transport: Any) -> None:
        body = b"x" * 100_000
        with raw_server(always(http(body=body))) as server:
            holds(self.send(transport, push(server.address)).body == body, "the whole body is given")

    @pytest.mark.parametrize(
        ("encoding", "packed", "meant"),
        [
            pytest.param("gzip", _PACKED, b'{"a": 1}', id="whole"),
            pytest.param("gzip", _PACKED[:-1], None, id="cut off"),
            pytest.param("gzip", b"no gzip", None, id="damaged"),
            pytest.param("br", b"no brotli", None, id="unknown"),
        ],
    )
    def test_an_encoding_is_undone_whole_or_not_at_all(
        self,
        transport: Any,
        encoding: str,
        packed: bytes,
        meant: bytes | None,
    ) -> None:
        with raw_server(always(http("200 OK", packed, f"Content-Encoding: {encoding}"))) as server:
            outcome = self.answer_or_doubt(transport, push(server.address))
        given = outcome.body if isinstance(outcome, HttpResponse) else packed
        holds(given in {packed, meant}, "a body is given decoded, as it came, or not at all")
