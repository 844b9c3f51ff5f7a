"""The shop's callback address: every worker takes connections from the one socket that outlives them all."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast

from daraja import Checkout
from tests.chaos.points import Fuse, Point

__all__ = ["Receiver"]


class Receiver(ThreadingHTTPServer):
    """Serves on a socket that is listening already.

    Args:
        listener: The file descriptor, from the parent; what connects while all workers are dead waits in its queue.
        checkout: Takes the callbacks in.
        fuse: May kill the worker before it answers.
    """

    def __init__(self, listener: int, checkout: Checkout, fuse: Fuse) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=listener)
        self.socket.settimeout(0)  # another worker may be the first to take a connection that both saw
        self.checkout: Final = checkout
        self.fuse: Final = fuse

    def get_request(self) -> tuple[socket.socket, object]:
        connection, client = super().get_request()
        connection.settimeout(None)  # some systems hand that on
        return connection, client


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast("Receiver", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        reply = server.checkout.receive(body, token=self.path.strip("/").rpartition("/")[2])
        server.fuse.reach(Point.BEFORE_REPLY)
        content = reply.body.encode()
        self.send_response(reply.status_code)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object, **__: object) -> None:
        pass
