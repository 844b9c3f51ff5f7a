"""An HTTP server of the standard library that keeps connections alive and closes every one of them at the end."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, TYPE_CHECKING, cast
from weakref import WeakSet
from wsgiref.handlers import SimpleHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from daraja.simulator.app import body_size
from daraja.simulator.chunks import unchunked

__all__ = ["LOOPBACK", "Server"]

LOOPBACK = "127.0.0.1"
"""Where a local Daraja listens unless it is told otherwise: it is nobody else's business."""

_LONGEST_LINE = 65_536


class Server(ThreadingMixIn, WSGIServer):
    """A WSGI server with a thread for each connection.

    Args:
        host: The address to listen on.
        port: Where to listen; 0 for any free port.
        app: What answers.

    Raises:
        OSError: If the port cannot be had.
    """

    request_queue_size = 128
    """Connections that may wait to be taken: with the standard library's 5, Linux resets some of twenty at once."""

    def __init__(self, host: str, port: int, app: "WSGIApplication") -> None:
        self._connections: WeakSet[socket.socket] = WeakSet()
        self.app = app
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Take the port, without asking the network for this machine's name as the standard library would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, object]:
        """Take a connection and remember it as long as it lives."""
        connection, client = super().get_request()
        self._connections.add(connection)
        return connection, client

    def server_close(self) -> None:
        """Close the port and every connection that a client keeps open, and wait for their threads."""
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Answer(SimpleHandler):
    http_version = "1.1"


class _Handler(WSGIRequestHandler):
    """One connection: the standard library's handler, but for HTTP/1.1, silence and more than one request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body leave apart, and the second would wait for the first

    def handle(self) -> None:
        with suppress(ConnectionError):
            while self._serve_one():
                pass

    def _serve_one(self) -> bool:
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE)
        if not self.parse_request():
            return False
        body = self._body()
        environ = {**self.get_environ(), "CONTENT_LENGTH": str(len(body or b""))}
        answer = _Answer(BytesIO(body or b""), cast("IO[bytes]", self.wfile), self.get_stderr(), environ)
        answer.run(self._app)
        return body is not None and not self.close_connection

    def _body(self) -> bytes | None:
        """Read the body whole; None where what is left of it would be taken for the next request."""
        encoding = self.headers.get("Transfer-Encoding")
        if encoding is not None:
            return unchunked(cast("IO[bytes]", self.rfile)) if encoding.strip().lower() == "chunked" else None
        size = body_size(self.headers.get("Content-Length", "0"))
        return None if size is None else self.rfile.read(size)

    def _app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return cast("Server", self.server).app(environ, start_response)
        except ConnectionAbortedError:
            self.close_connection = True  # or the client would go on waiting for its answer
            raise  # which the standard library takes for the client's own doing, and so keeps silent

    def log_message(self, *_: object, **__: object) -> None:
        """Say nothing: the engine's events tell more."""
