"""Servers on real sockets that misbehave as a test needs."""

import select
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import takewhile
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import IO, Final

import attrs
import trustme

from tests.support.ports import free_port

__all__ = [
    "Behaviour",
    "Conversation",
    "RawServer",
    "Seen",
    "Tunnel",
    "always",
    "crowded_address",
    "drip",
    "drop",
    "hang",
    "http",
    "raw_server",
    "refused_address",
    "tls_server",
]


@attrs.frozen
class Seen:
    """One received request.

    Args:
        connection: The number of the connection that it came on, from 1.
        head: Its first line and its headers.
        body: Its body.
    """

    connection: int
    head: str = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def first_line(self) -> str:
        return self.head.partition("\r\n")[0]

    def header(self, name: str) -> list[str]:
        """Return every value of a header, with its name in any case."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]


@attrs.frozen
class Conversation:
    """One connection with a request.

    Args:
        connection: Its socket.
        over: Set once the server is closed.
    """

    connection: socket.socket
    over: Event

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def carry(self, onward: socket.socket) -> None:
        """Carry bytes both ways, like a proxy, until one side ends."""
        sides = {self.connection: onward, onward: self.connection}
        while True:
            for side in select.select(list(sides), [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                sides[side].sendall(data)

    def hang(self) -> None:
        """Send nothing more until the server is closed."""
        self.over.wait(timeout=60)


Behaviour = Callable[[Conversation, Seen], bool]
"""Answers a request; True keeps the connection for the next one."""


class RawServer:
    """A server on loopback that answers each request with *behaviour* until it is closed."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.seen: Final[list[Seen]] = []
        """Every request that came in whole."""
        self.connections = 0
        """How many connections there were."""
        self.over: Final = Event()
        self.closed: Final[SimpleQueue[int]] = SimpleQueue()
        """The numbers of the connections that this server has closed."""
        self.wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection
        """What is made of a connection first, for TLS."""
        self._open: Final[list[socket.socket]] = []
        self._came: Final = Condition()
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self._threads: Final[list[Thread]] = []
        self._start(self._accept)

    def saw(self, requests: int) -> bool:
        """Wait up to half a minute for this number of whole requests; return False if they did not come."""
        with self._came:
            return self._came.wait_for(lambda: len(self.seen) >= requests, timeout=30)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Close the port and every connection, and wait for their threads."""
        self.over.set()
        for connection in (self._listener, *self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
        self._listener.close()

    def close_port(self) -> None:
        """Accept no more connections; the next one is refused."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._came:
                self.connections += 1
                number = self.connections
            self._start(partial(self._serve, connection, number))

    def _serve(self, accepted: socket.socket, number: int) -> None:
        with suppress(OSError), accepted, self.wrap(accepted) as connection, connection.makefile("rb") as stream:
            self._open.append(connection)
            going = True
            while going and (seen := _read(stream, number)):
                with self._came:
                    self.seen.append(seen)
                    self._came.notify_all()
                going = self.behaviour(Conversation(connection, self.over), seen)
        self.closed.put(number)


def _read(stream: IO[bytes], number: int) -> Seen | None:
    lines = takewhile(lambda line: line not in {b"\r\n", b""}, iter(stream.readline, None))
    seen = Seen(number, b"".join(lines).decode("latin-1").rstrip(), b"")
    length = int((seen.header("Content-Length") or ["0"])[0])
    body = stream.read(length)
    return attrs.evolve(seen, body=body) if seen.head and len(body) == length else None


@contextmanager
def raw_server(behaviour: Behaviour) -> Generator[RawServer]:
    """Open a server for the time of the block."""
    server = RawServer(behaviour)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def tls_server(authority: trustme.CA, behaviour: Behaviour, *names: str) -> Generator[RawServer]:
    """Open a server with a certificate of *authority* for 127.0.0.1 and *names*; speak to it by ``https://``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", *names).configure_cert(context)
    with raw_server(behaviour) as server:
        server.wrap = lambda connection: context.wrap_socket(connection, server_side=True)
        yield server


class Tunnel(RawServer):
    """A proxy that always connects to one server and carries bytes both ways."""

    def __init__(self, target: RawServer) -> None:
        self._target = target
        super().__init__(self._connect)

    def _connect(self, conversation: Conversation, _: Seen) -> bool:
        with socket.create_connection(("127.0.0.1", self._target.port)) as onward:
            conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            conversation.carry(onward)
        return False


def refused_address() -> str:
    """Return an address where nothing listens."""
    return f"http://127.0.0.1:{free_port()}"


@contextmanager
def crowded_address() -> Generator[str]:
    """Return the address of a listener with a full queue, which drops the opening packet like a firewall."""
    with socket.socket() as listener, ExitStack() as crowd:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            one = crowd.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"


# Behaviours -----------------------------------------------------------------------------------------------------------


def http(status: str = "200 OK", body: bytes = b"{}", *headers: str) -> bytes:
    """Return the bytes of a whole answer.

    >>> http("404 Not Found", b"", "X-Answer: yes").splitlines()[0]
    b'HTTP/1.1 404 Not Found'
    """
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(reply: bytes, *, keep: bool = True) -> Behaviour:
    """Answer every request with these bytes, and keep or close the connection."""

    def behave(conversation: Conversation, _: Seen) -> bool:
        conversation.send(reply)
        return keep

    return behave


def drop(_: Conversation, __: Seen) -> bool:
    """Close the connection without an answer."""
    return False


def hang(conversation: Conversation, _: Seen) -> bool:
    """Send no answer."""
    conversation.hang()
    return False


def drip(beginning: bytes, drop_of: bytes) -> Behaviour:
    """Send single bytes faster than the read timeout, for longer than the total timeout."""

    def behave(conversation: Conversation, _: Seen) -> bool:
        conversation.send(beginning)
        while not conversation.over.wait(timeout=0.05):
            conversation.send(drop_of)
        return False

    return behave
