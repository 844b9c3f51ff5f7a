"""A server on a real socket that behaves as badly as a test tells it to."""

import select
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import takewhile
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import IO, Final

import attrs

__all__ = ["Behaviour", "Conversation", "RawServer", "Seen", "http", "raw_server"]


@attrs.frozen
class Seen:
    """One request as it came in.

    Args:
        connection: The number of the connection that it came on, from 1.
        head: Its first line and its headers; hidden in the repr, since one of them may be a credential.
        body: Its body, hidden in the repr.
    """

    connection: int
    head: str = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    def header(self, name: str) -> list[str]:
        """Give every value of a header, whatever the case of its name."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]


@attrs.frozen
class Conversation:
    """One connection: what a behaviour may do with it after a request came.

    Args:
        connection: Its socket.
        over: Set once the server is closed.
    """

    connection: socket.socket
    over: Event

    def send(self, data: bytes) -> None:
        """Send these very bytes."""
        self.connection.sendall(data)

    def carry(self, onward: socket.socket) -> None:
        """Carry bytes both ways, as a proxy does, until one side has no more."""
        sides = {self.connection: onward, onward: self.connection}
        while True:
            for side in select.select(list(sides), [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                sides[side].sendall(data)

    def hang(self) -> None:
        """Say nothing more until the server is closed."""
        self.over.wait(timeout=60)


Behaviour = Callable[[Conversation, Seen], bool]
"""Answers a request; True keeps the connection for the next one."""


def http(status: str = "200 OK", body: bytes = b"{}", *headers: str) -> bytes:
    """Give the bytes of a whole answer.

    >>> http("404 Not Found", b"", "X-Answer: yes").splitlines()[0]
    b'HTTP/1.1 404 Not Found'
    """
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class RawServer:
    """Accepts connections on loopback and answers each request with *behaviour*, until it is closed."""

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
        """Wait until so many requests have come in whole, at most half a minute; False if they have not."""
        with self._came:
            return self._came.wait_for(lambda: len(self.seen) >= requests, timeout=30)

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Close the port and every connection, and wait for their threads."""
        self.over.set()
        for connection in (self._listener, *self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
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
    """Open a server for as long as the block lasts."""
    server = RawServer(behaviour)
    try:
        yield server
    finally:
        server.close()
