"""A way to a server that a test can shut: what is behind it is away then, for whoever comes by this way."""

import select
import socket
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Final, Self, cast

from tests.support.ports import free_port

__all__ = ["Door"]


class _Way(BaseRequestHandler):
    """One connection, carried both ways until one side has no more or the door is shut."""

    def handle(self) -> None:
        listener = cast("_Listener", self.server)
        with suppress(OSError), socket.create_connection(listener.behind, timeout=30) as onward:
            sides: dict[socket.socket, socket.socket] = {self.request: onward, onward: self.request}
            while not listener.shut.is_set():
                for side in select.select(list(sides), [], [], 0.01)[0]:
                    data = side.recv(65_536)
                    if not data:
                        return
                    sides[side].sendall(data)


class _Listener(ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, port: int, behind: tuple[str, int]) -> None:
        self.behind: Final = behind
        self.shut: Final = Event()
        super().__init__(("127.0.0.1", port), _Way)


class Door:
    """Leads from a port of this machine, the same whenever it is open, to the server at *host* and *port*."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = host, port
        self.port = free_port()

    def open(self) -> None:
        self._listener = _Listener(self.port, self._behind)
        self._thread = Thread(target=self._listener.serve_forever, args=(0.01,))
        self._thread.start()

    def shut(self) -> None:
        """Let nobody in any more, and send away who is inside."""
        if not self._listener.shut.is_set():
            self._listener.shut.set()
            self._listener.shutdown()
            self._thread.join()
            self._listener.server_close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
