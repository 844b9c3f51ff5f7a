"""An HTTP server of the standard library that keeps connections open and closes every one of them at the end."""

import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, TYPE_CHECKING, Final, cast
from weakref import WeakSet
from wsgiref.handlers import SimpleHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.util import request_uri

from daraja.http.messages import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK: Final = "127.0.0.1"
"""The address that a local Daraja listens on by default: no other machine can reach it."""

_LONGEST_LINE: Final = 65_536
_LARGEST_BODY: Final = 999_999
_CONTENT_LENGTH: Final = re.compile("[0-9]{1,6}")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,6})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_CHUNK_LINE: Final = 8_192


def wsgi_application(handle: Callable[[HttpRequest], HttpResponse | None]) -> "WSGIApplication":
    """Make a WSGI application of a function that answers requests.

    Where the function returns None, the application raises ``ConnectionAbortedError``: the server then drops the
    connection without a byte.
    """

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = handle(_request(environ))
        if response is None:
            raise ConnectionAbortedError
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return application


def _request(environ: "WSGIEnvironment") -> HttpRequest:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    length = str(environ.get("CONTENT_LENGTH", ""))
    body = environ["wsgi.input"].read(_content_length(length) or 0)
    return HttpRequest(environ["REQUEST_METHOD"], request_uri(environ), headers, body)


class Server(ThreadingMixIn, WSGIServer):
    """A WSGI server with a thread for each connection.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any free port.
        app: The WSGI application that answers.

    Raises:
        OSError: If the port cannot be used.
    """

    request_queue_size = 128
    """Connections that may wait to be accepted: with the standard library's 5, Linux resets some of twenty at once."""

    def __init__(self, host: str, port: int, app: "WSGIApplication") -> None:
        self._connections: WeakSet[socket.socket] = WeakSet()
        self.app = app
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Open the port, without asking the network for this machine's name as the standard library would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection and remember it as long as it lives."""
        connection, client = super().get_request()
        self._connections.add(connection)
        return connection, client

    def server_close(self) -> None:
        """Close the port and every connection that a client keeps open, and wait for their threads."""
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _ResponseWriter(SimpleHandler):
    http_version = "1.1"


class _Handler(WSGIRequestHandler):
    """One connection: the standard library's handler, but with HTTP/1.1, no log, and more than one request."""

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
        writer = _ResponseWriter(BytesIO(body or b""), cast("IO[bytes]", self.wfile), self.get_stderr(), environ)
        writer.run(self._app)
        return body is not None and not self.close_connection

    def _body(self) -> bytes | None:
        """Read the whole body; None if it has no end that is known, so that its rest is not read as a request."""
        encoding = self.headers.get("Transfer-Encoding")
        if encoding is not None:
            return _read_chunks(cast("IO[bytes]", self.rfile)) if encoding.strip().lower() == "chunked" else None
        size = _content_length(self.headers.get("Content-Length", "0"))
        return None if size is None else self.rfile.read(size)

    def _app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return cast("Server", self.server).app(environ, start_response)
        except ConnectionAbortedError:
            self.close_connection = True  # or the client would go on waiting for its answer
            raise  # the standard library takes it for a client that went away, and is silent

    def log_message(self, *_: object, **__: object) -> None:
        """Log nothing: the engine's events tell more."""


def _content_length(text: str) -> int | None:
    """Read a Content-Length; None for one that makes no sense or is larger than any request to Daraja."""
    return int(text) if _CONTENT_LENGTH.fullmatch(text) else None


def _read_chunks(stream: IO[bytes]) -> bytes | None:
    """Read a chunked body, as clients in .NET and Go send; None for one that makes no sense or is too large."""
    body = b""
    while size := _CHUNK_SIZE.fullmatch(stream.readline(_LONGEST_CHUNK_LINE)):
        length = int(size[1], 16)
        if not length:
            while stream.readline(_LONGEST_CHUNK_LINE).strip():
                pass  # headers may follow the body; none of them matters here
            return body
        body += stream.read(length)
        if len(body) > _LARGEST_BODY or stream.readline(_LONGEST_CHUNK_LINE).strip():
            break
    return None
