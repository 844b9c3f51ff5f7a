"""A server on a real socket that behaves as badly as a test tells it to."""

import select
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Final

import attrs

__all__ = ["Behaviour", "Conversation", "RawServer", "http", "raw_server"]


@attrs.frozen
class Seen:
    """One request as it came in, and the number of the connection it came on."""

    connection: int
    head: str
    body: bytes

    def header(self, name: str) -> list[str]:
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]


class Conversation:
    """One connection: what a behaviour may do with it after a request came."""

    def __init__(self, connection: socket.socket, over: Event) -> None:
        self._connection: Final = connection
        self.over: Final = over

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def carry(self, onward: socket.socket) -> None:
        """Carry bytes both ways until one side has no more."""
        sides = {self._connection: onward, onward: self._connection}
        while not self.over.is_set():
            ready, _, _ = select.select(list(sides), [], [], 1)
            for side in ready:
                data = side.recv(65536)
                if not data:
                    return
                sides[side].sendall(data)

    def hang(self) -> None:
        """Say nothing more until the test is over."""
        self.over.wait(timeout=60)


Behaviour = Callable[[Conversation, Seen], bool]
"""Answers a request; True keeps the connection for the next one."""


def http(status: str = "200 OK", body: bytes = b"{}", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class RawServer:
    """Accepts connections on loopback and answers each request with *behaviour*."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.seen: Final[list[Seen]] = []
        self.connections = 0
        self.over: Final = Event()
        self.closed: Final[SimpleQueue[int]] = SimpleQueue()
        """The numbers of the connections that this server has closed."""
        self._open: Final[list[socket.socket]] = []
        self.wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection
        self._lock: Final = Lock()
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self._threads: Final[list[Thread]] = []
        self._start(self._accept)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
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
            with self._lock:
                self.connections += 1
                number = self.connections
            self._start(partial(self._serve, connection, number))

    def _serve(self, accepted: socket.socket, number: int) -> None:
        with suppress(OSError), accepted, self.wrap(accepted) as connection:
            self._open.append(connection)
            going = True
            while going and (seen := _read(connection, number)):
                with self._lock:
                    self.seen.append(seen)
                going = self.behaviour(Conversation(connection, self.over), seen)
        self.closed.put(number)


def _read(connection: socket.socket, number: int) -> Seen | None:
    data = b""
    while received := connection.recv(65536):
        data += received
        head, separator, body = data.partition(b"\r\n\r\n")
        seen = Seen(number, head.decode("latin-1"), body)
        if separator and len(body) >= int((seen.header("Content-Length") or ["0"])[0]):
            return seen
    return None


@contextmanager
def raw_server(behaviour: Behaviour) -> Generator[RawServer]:
    server = RawServer(behaviour)
    try:
        yield server
    finally:
        server.close()
