"""Requests that are answered: what goes out, what comes back, and what a transport never does by itself."""

# ruff: noqa: ANN401 - a transport may be of any type

import gzip
import math
from pathlib import Path
from typing import Any, Final

import pytest

from daraja import __version__
from daraja.errors import OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing import ManualClock
from tests.support.servers import Conversation, Seen, always, http, raw_server
from tests.transports.contract.base import TOKEN, TransportCase, push

__all__ = ["AnswerPromises", "ConnectionPromises"]

_MANY: Final = 40


class AnswerPromises(TransportCase):
    def test_a_request_goes_out_as_it_is_and_once(self, transport: Any) -> None:
        with raw_server(always(http())) as server:
            request = push(server.address)
            self.send(transport, request)

        [seen] = server.seen
        assert seen.first_line == "POST /mpesa/stkpush/v1/processrequest HTTP/1.1"
        assert seen.body == request.body
        for name, value in request.headers.items():
            assert seen.header(name) == [value]
        assert seen.header("User-Agent") == [f"daraja-kit/{__version__}"]
        assert seen.header("Accept-Encoding") in ([], ["identity"])

    def test_a_request_without_a_body_has_none(self, transport: Any) -> None:
        with raw_server(always(http())) as server:
            self.send(transport, HttpRequest("GET", f"{server.address}/oauth/v1/generate?grant_type=x"))

        [seen] = server.seen
        assert seen.first_line == "GET /oauth/v1/generate?grant_type=x HTTP/1.1"
        assert seen.body == b""

    @pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "404 Not Found", "418 Tea", "429 Slow", "503 Oh"])
    def test_an_answer_with_any_status_is_returned(self, transport: Any, status: str) -> None:
        with raw_server(always(http(status, b'{"a": 1}', "X-Answer: yes"))) as server:
            response = self.send(transport, push(server.address))

        assert (response.status, response.body, response.header("x-answer")) == (int(status[:3]), b'{"a": 1}', "yes")
        assert len(server.seen) == 1

    @pytest.mark.parametrize("seconds", [None, 5, math.inf])
    def test_a_limit_that_is_far_away_changes_nothing(self, transport: Any, seconds: float | None) -> None:
        with raw_server(always(http())) as server:
            assert self.send(transport, push(server.address, seconds)).body == b"{}"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("where", ["/elsewhere", "http://[nonsense", "ftp://elsewhere", ""])
    def test_a_redirect_is_an_answer_and_never_followed(self, transport: Any, status: int, where: str) -> None:
        with raw_server(always(http(f"{status} Elsewhere", b"gone", f"Location: {where}"))) as server:
            response = self.send(transport, push(server.address))

        assert (response.status, response.header("Location"), response.body) == (status, where, b"gone")
        assert len(server.seen) == 1

    def test_cookies_are_neither_kept_nor_sent(self, transport: Any) -> None:
        with raw_server(always(http("200 OK", b"{}", "Set-Cookie: track=me; Path=/"))) as server:
            self.send(transport, push(server.address))
            self.send(transport, push(server.address))

        assert [seen.header("Cookie") for seen in server.seen] == [[], []]

    def test_a_netrc_file_never_replaces_the_authorization(
        self, transport: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password else\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        with raw_server(always(http())) as server:
            self.send(transport, push(server.address))

        assert server.seen[0].header("Authorization") == [f"Bearer {TOKEN}"]

    def test_a_user_and_password_in_the_address_never_replace_the_authorization(self, transport: Any) -> None:
        with raw_server(always(http())) as server:
            self.send(transport, push(server.address.replace("//", "//user:hush@")))

        assert server.seen[0].header("Authorization") == [f"Bearer {TOKEN}"]

    def test_a_megabyte_is_read_whole(self, transport: Any) -> None:
        megabyte = b"x" * 1_000_000
        with raw_server(always(http(body=megabyte))) as server:
            assert self.send(transport, push(server.address)).body == megabyte

    def test_gzip_is_decoded_although_it_was_not_requested(self, transport: Any) -> None:
        with raw_server(always(http("200 OK", gzip.compress(b'{"a": 1}'), "Content-Encoding: gzip"))) as server:
            assert self.send(transport, push(server.address)).body == b'{"a": 1}'


class ConnectionPromises(TransportCase):
    def test_one_connection_serves_any_number_of_pushes(self, transport: Any) -> None:
        with raw_server(always(http())) as server:
            for _ in range(20):
                self.send(transport, push(server.address))

        assert (len(server.seen), server.connections) == (20, 1)

    @pytest.mark.parametrize(("idle", "connections"), [(0, 1), (14.9, 1), (15.1, 2), (3600, 2)])
    def test_a_connection_that_was_idle_for_over_15_s_is_opened_anew(
        self, transport: Any, clock: ManualClock, idle: float, connections: int
    ) -> None:
        if not self.takes_clock:
            pytest.skip("it measures by a clock of its own how long a connection was idle")
        with raw_server(always(http())) as server:
            self.send(transport, push(server.address))
            clock.advance(idle)
            self.send(transport, push(server.address))

        assert server.connections == connections

    def test_a_connection_that_the_server_has_closed_is_noticed_before_anything_is_sent(self, transport: Any) -> None:
        with raw_server(always(http(), keep=False)) as server:
            for number in (1, 2, 3):
                assert self.send(transport, push(server.address)).status == 200
                assert server.closed.get(timeout=30) == number

        assert len(server.seen) == 3

    def test_many_at_the_same_time_each_get_their_own_answer(self, transport: Any) -> None:
        def echo(conversation: Conversation, seen: Seen) -> bool:
            conversation.send(http(body=seen.body))
            return True

        bodies = [b'{"number": %d}' % number for number in range(_MANY)]
        with raw_server(echo) as server:
            responses = self.send_all(transport, [HttpRequest("POST", server.address, {}, body) for body in bodies])

        assert [response.body for response in responses] == bodies
        assert len(server.seen) == _MANY
        assert server.connections <= _MANY

    def test_an_answer_that_comes_late_is_never_taken_for_the_next_one_s(self, transport: Any) -> None:
        def behave(conversation: Conversation, seen: Seen) -> bool:
            hint = b"HTTP/1.1 103 Early Hints\r\n\r\n" if len(seen.body) > 1 else b""
            conversation.send(hint + http(body=b'{"to": %d}' % len(seen.body)))
            return True

        with raw_server(behave) as server:
            request = push(server.address)
            first = self.outcome(transport, request)
            second = self.send(transport, HttpRequest("POST", server.address, {}, b"2"))

        if isinstance(first, HttpResponse):
            assert first.body == b'{"to": %d}' % len(request.body)
        else:
            assert isinstance(first, OutcomeUnknown)
        assert second.body == b'{"to": 1}'
