"""What a transport promises of requests that left and were not answered."""

# ruff: noqa: ANN401, D102 - a transport may be of any type; the name of a test says what it proves

import gzip
from time import monotonic
from typing import Any, Final

import pytest

from daraja.errors import OutcomeUnknown
from daraja.http.messages import HttpResponse
from daraja.testing.promises import check, holds
from daraja.testing.transport_contract.server import Behaviour, Conversation, Seen, http, raw_server
from daraja.testing.transport_contract.subject import Subject, always, drop, push

__all__ = ["DoubtPromises"]

_PATIENCE: Final = 0.4
_SOON: Final = 5.0
_LARGE: Final = 10_000_000


def _hang(conversation: Conversation, _: Seen) -> bool:
    conversation.hang()
    return False


def _dripping(beginning: bytes, drop_of: bytes) -> Behaviour:
    """Send a drop whenever the client might lose patience, for longer than it may wait in all."""

    def drip(conversation: Conversation, _: Seen) -> bool:
        conversation.send(beginning)
        while True:  # until the client goes, or the server is closed
            conversation.send(drop_of)
            conversation.over.wait(timeout=0.05)

    return drip


def _flood(conversation: Conversation, _: Seen) -> bool:
    """Send without a pause, so that the client never has to wait and yet never comes to an end."""
    while True:
        conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


class DoubtPromises(Subject):
    """``OutcomeUnknown``: somebody may have been asked, so look, and do not ask again."""

    @pytest.mark.parametrize(
        "behaviour",
        [
            pytest.param(_hang, id="silence"),
            pytest.param(_dripping(b"", b"x"), id="a slow first line"),
            pytest.param(_dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"), id="a slow header"),
            pytest.param(_dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"), id="a slow body"),
            pytest.param(_flood, id="very many answers that are none"),
        ],
    )
    def test_no_server_holds_a_request_up_beyond_its_patience(self, transport: Any, behaviour: Behaviour) -> None:
        with raw_server(always(http())) as server:
            # On a connection that stands already, since on a busy machine the patience could end while it is opened.
            check(self.send(transport, push(server.address)).status, 200, "a request that is answered gets its answer")
            server.behaviour = behaviour
            began = monotonic()
            self.fails(transport, push(server.address, _PATIENCE), OutcomeUnknown, "what left and was not answered")
            holds(monotonic() - began < _SOON, "it ends within the patience of the request")
            holds(server.saw(2), "what is told to have left has left")
        check(len(server.seen), 2, "it is not sent again")

    @pytest.mark.parametrize(
        "behaviour",
        [
            pytest.param(drop, id="nothing"),
            pytest.param(always(b"HTTP/1.", keep=False), id="half a line"),
            pytest.param(always(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", keep=False), id="half a body"),
            pytest.param(
                always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", keep=False), id="half a chunk"
            ),
            pytest.param(always(b"SSH-2.0-OpenSSH_9.2\r\n", keep=False), id="another protocol"),
            pytest.param(
                always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}\n"), id="two lengths"
            ),
        ],
    )
    def test_a_broken_answer_is_a_doubt_and_never_a_reason_to_ask_again(
        self,
        transport: Any,
        behaviour: Behaviour,
    ) -> None:
        with raw_server(behaviour) as server:
            self.fails(transport, push(server.address), OutcomeUnknown, "what left and was not answered")
        check(len(server.seen), 1, "it is not sent again")

    @pytest.mark.parametrize("status", ["200 OK", "302 Found"])
    def test_an_answer_that_is_too_large_is_not_read(self, transport: Any, status: str) -> None:
        with raw_server(always(http(status, b" " * _LARGE, "Location: /elsewhere"))) as server:
            self.fails(transport, push(server.address), OutcomeUnknown, "an answer of 10 MB is not read")
        check(len(server.seen), 1, "it is not sent again")

    def test_an_answer_that_grows_too_large_is_not_unpacked(self, transport: Any) -> None:
        packed = gzip.compress(b" " * _LARGE)
        with raw_server(always(http("200 OK", packed, "Content-Encoding: gzip"))) as server:
            outcome = self.answer_or_doubt(transport, push(server.address))
        given = outcome.body if isinstance(outcome, HttpResponse) else packed
        holds(given == packed, "an answer of 10 MB is not unpacked")
