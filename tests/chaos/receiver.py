"""The shop's callback address: all workers share one socket, which stays open longer than any worker."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Protocol, cast

from daraja.lifecycle.callbacks import Reply
from tests.chaos.points import KillSwitch, Point

__all__ = ["Receiver"]


class Face(Protocol):
    """What takes callbacks: a checkout, payouts, or receipts."""

    def receive(self, body: bytes, /, *, token: str | None) -> Reply[Any]:  # Any: records of each kind
        """Take a callback."""
        ...


class Receiver(ThreadingHTTPServer):
    """Serves on a socket that already listens.

    Args:
        listener: The file descriptor from the parent. If all workers are dead, connections wait in its queue.
        face: Receives the callbacks.
        kill_switch: May kill the worker before it answers.
    """

    def __init__(self, listener: int, face: Face, kill_switch: KillSwitch) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=listener)
        self.socket.settimeout(0)  # another worker may take the connection first
        self.face: Final = face
        self.kill_switch: Final = kill_switch

    def get_request(self) -> tuple[socket.socket, object]:
        connection, client = super().get_request()
        connection.settimeout(None)  # some systems inherit the timeout
        return connection, client


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast("Receiver", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        reply = server.face.receive(body, token=self.path)
        server.kill_switch.reach(Point.BEFORE_REPLY)
        content = reply.body.encode()
        self.send_response(reply.status_code)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object, **__: object) -> None:
        pass
