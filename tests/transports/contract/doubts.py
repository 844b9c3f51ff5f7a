"""Requests without an answer: ``OutcomeUnknown``, so look, and do not send again."""

# ruff: noqa: ANN401 - a transport may be of any type

import gzip
from time import monotonic
from typing import Any, Final

import pytest

from daraja.errors import OutcomeUnknown
from tests.support.servers import Behaviour, Conversation, Seen, always, drip, drop, hang, http, raw_server
from tests.transports.contract.base import TransportCase, push

__all__ = ["DoubtPromises"]

_LIMIT: Final = 0.4
_SOON: Final = 5.0
_LARGE: Final = b" " * 10_000_000
_GZIP: Final = "Content-Encoding: gzip"


def flood(conversation: Conversation, _: Seen) -> bool:
    """Send without a pause, so that the client never has to wait and yet never comes to an end."""
    while not conversation.over.is_set():
        conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
    return False


SLOW: Final[dict[str, Behaviour]] = {
    "silence": hang,
    "a slow first line": drip(b"", b"x"),
    "a slow header": drip(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
    "a slow body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "a slow chunk": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1"),
    "slow answers that are none": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "very many answers that are none": flood,
}

BROKEN: Final[dict[str, tuple[Behaviour, str]]] = {
    "nothing": (drop, "broke"),
    "half a line": (always(b"HTTP/1.", keep=False), "broke"),
    "half a body": (always(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", keep=False), "broke"),
    "half a chunk": (always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", keep=False), "broke"),
    "another protocol": (always(b"SSH-2.0-OpenSSH_9.2\r\n", keep=False), "broke"),
    "two lengths": (always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}\n"), "broke"),
    "a switch of protocols": (
        always(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
        "broke",
    ),
    "no gzip": (always(http("200 OK", b"none", _GZIP)), "damaged"),
    "gzip that is cut off": (always(http("200 OK", gzip.compress(b'{"a": 1}')[:-1], _GZIP)), "damaged"),
    "gzip and more": (always(http("200 OK", gzip.compress(b"{}") * 2, _GZIP)), "damaged"),
    "an encoding that nobody asked for": (always(http("200 OK", b"none", "Content-Encoding: br")), "encoding"),
    "a little too much": (always(http(body=b" " * 1_000_001)), "larger than 1 MB"),
    "a redirect that is too large": (always(http("302 Found", _LARGE, "Location: /elsewhere")), "larger than 1 MB"),
    "gzip that unpacks to too much": (always(http("200 OK", gzip.compress(_LARGE), _GZIP)), "larger than 1 MB"),
}


class DoubtPromises(TransportCase):
    @pytest.mark.parametrize("behaviour", SLOW.values(), ids=SLOW)
    def test_no_server_holds_a_request_up_beyond_its_limit(self, transport: Any, behaviour: Behaviour) -> None:
        with raw_server(always(http())) as server:
            # On a connection that stands already, since on a busy machine the limit could end while it is opened.
            assert self.send(transport, push(server.address)).status == 200
            server.behaviour = behaviour
            began = monotonic()
            failed = self.failure(transport, push(server.address, _LIMIT))
            assert monotonic() - began < _SOON
            assert server.saw(2)

        assert isinstance(failed, OutcomeUnknown)
        assert "no whole answer came within" in str(failed)
        assert len(server.seen) == 2, "it is not sent again"

    @pytest.mark.parametrize(("behaviour", "reason"), BROKEN.values(), ids=BROKEN)
    def test_a_broken_answer_is_ambiguous_and_never_a_reason_to_send_again(
        self, transport: Any, behaviour: Behaviour, reason: str
    ) -> None:
        with raw_server(behaviour) as server:
            failed = self.failure(transport, push(server.address))

        assert isinstance(failed, OutcomeUnknown)
        assert reason in str(failed)
        assert len(server.seen) == 1, "it is not sent again"
