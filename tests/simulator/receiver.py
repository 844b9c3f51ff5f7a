"""A receiver of callbacks on a real socket: it keeps what comes and answers with a chosen status."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Self

from daraja.http.messages import HttpRequest


class Receiver:
    """A small shop's callback address; a status of 0 drops the connection without an answer."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        received: Queue[HttpRequest] = Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.put(HttpRequest("POST", self.path, dict(self.headers), body))
                if status:
                    self.send_response(status)
                    for name, value in (headers or {}).items():
                        self.send_header(name, value)
                    self.end_headers()

            def log_message(self, *_: object, **__: object) -> None:
                pass

        self._received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self) -> HttpRequest:
        """Wait for the next callback."""
        return self._received.get(timeout=10)

    def already(self) -> HttpRequest:
        """Return a callback that has already come."""
        return self._received.get_nowait()
