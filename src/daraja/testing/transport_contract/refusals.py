"""What a transport promises of requests that surely never left."""

# ruff: noqa: ANN401, D102 - a transport may be of any type; the name of a test says what it proves

import socket
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import Any, Final

import pytest

from daraja.errors import NotSent
from daraja.testing.promises import check, holds
from daraja.testing.transport_contract.certificates import self_signed
from daraja.testing.transport_contract.server import RawServer, http, raw_server
from daraja.testing.transport_contract.subject import Subject, always, push

__all__ = ["NotSentPromises"]

_SOON: Final = 5.0


class NotSentPromises(Subject):
    """``NotSent``: nobody was asked, so it is safe to ask again."""

    def test_what_finds_nobody_was_not_sent(self, transport: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.fails(transport, push(f"http://127.0.0.1:{port}"), NotSent, "where nobody listens nothing is sent")

    @pytest.mark.parametrize(
        "address", ["http://no-such-host.invalid", "http://[nonsense", "ftp://127.0.0.1", "127.0.0.1"]
    )
    def test_what_has_no_usable_address_was_not_sent(self, transport: Any, address: str) -> None:
        self.fails(transport, push(address), NotSent, "an address that leads nowhere has nothing sent")

    def test_who_was_not_reached_is_named_without_credentials(self, transport: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        outcome = self.answer_or_doubt(transport, push(f"http://user:hush-hush@127.0.0.1:{port}"))
        holds(isinstance(outcome, NotSent), "where nobody listens nothing is sent")
        holds("hush-hush" not in f"{outcome} {outcome!r}", "a password in the address is not shown")

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems take connections that nobody has room for")
    def test_a_host_that_does_not_let_us_connect_was_not_sent_to(self, transport: Any) -> None:
        began = monotonic()
        with _crowded() as address:
            self.fails(transport, push(address, 0.4), NotSent, "without a connection nothing is sent")
        holds(monotonic() - began < _SOON, "connecting ends within the patience of the request")

    @pytest.mark.parametrize("patience", [0, -1])
    def test_what_has_no_time_left_is_not_sent(self, transport: Any, patience: float) -> None:
        with raw_server(always(http())) as server:
            self.fails(transport, push(server.address, patience), NotSent, "without time nothing is sent")
        check(len(server.seen), 0, "the server sees nothing")

    def test_a_certificate_that_nobody_trusts_stops_the_request(self, transport: Any) -> None:
        context = self_signed("127.0.0.1")
        server = RawServer(always(http()))
        server.wrap = lambda connection: context.wrap_socket(connection, server_side=True)
        try:
            address = server.address.replace("http:", "https:")
            self.fails(transport, push(address), NotSent, "whoever cannot prove to be Daraja is told nothing")
        finally:
            server.close()
        check(len(server.seen), 0, "the server sees nothing")


@contextmanager
def _crowded() -> Generator[str]:
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
