"""A minimal Daraja: keep-alive HTTP/1.1 and fixed answers, in a process of its own."""

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from threading import Lock, Thread
from typing import IO, Final, Self, cast

__all__ = ["LeanDaraja"]

_OAUTH_TAKES: Final = 0.2
"""Seconds: enough for fifty threads to ask before the first one gets its answer."""
_ID: Final = b"ws_CO_23112026101530770712345678"
"""A placeholder for the id of each push, with the same length."""


class LeanDaraja:
    """Runs this file as a program for the time of a ``with`` block. Both exchange lines."""

    def __enter__(self) -> Self:
        """Start the program."""
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this file
        self.base_url = f"http://127.0.0.1:{self._ask('port')}"
        return self

    def __exit__(self, *_: object) -> None:
        """End the program by closing its input."""
        self._process.communicate(timeout=10)

    def seen(self) -> Counter[str]:
        """Return the number of ``connections``, ``oauth`` requests and ``push`` requests."""
        return Counter(json.loads(self._ask("seen")))

    def revoke_tokens(self) -> None:
        """Refuse every access token issued so far."""
        self._ask("revoke")

    def _ask(self, command: str) -> str:
        print(command, file=cast("IO[str]", self._process.stdin), flush=True)
        return cast("IO[str]", self._process.stdout).readline().strip()


class _Desk:
    """Answers requests and counts them."""

    def __init__(self) -> None:
        self.seen: Final = Counter[str]()
        self._lock: Final = Lock()
        self._accepted: Final = _http(
            "200 OK",
            MerchantRequestID="29115-34620561-1",
            CheckoutRequestID=_ID.decode(),
            ResponseCode="0",
            ResponseDescription="Success. Request accepted for processing",
            CustomerMessage="Success. Request accepted for processing",
        )
        self._refused: Final = _http(
            "404 Not Found",
            requestId="29115-34620561-1",
            errorCode="404.001.03",
            errorMessage="Invalid Access Token",
        )
        self._generation = 0
        self.revoke()

    def revoke(self) -> None:
        self._generation += 1
        token = f"access-token-number-{self._generation:08}"
        self._bearer = f"Bearer {token}\r\n".encode()
        self._grant = _http("200 OK", access_token=token, expires_in="3599")

    def note(self, what: str) -> None:
        with self._lock:
            self.seen[what] += 1

    def answer(self, head: bytes) -> bytes:
        if head.startswith(b"GET /oauth/"):
            self.note("oauth")
            time.sleep(_OAUTH_TAKES)
            return self._grant
        self.note("push")
        if self._bearer not in head:
            return self._refused
        return self._accepted.replace(_ID, b"ws_CO_23112026101530770%09d" % self.seen["push"])

    def serve(self, connection: socket.socket) -> None:
        self.note("connections")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        with connection:
            while more := connection.recv(65536):
                received += more
                head, end, body = received.partition(b"\r\n\r\n")
                if end and len(body) >= _length(head):
                    connection.sendall(self.answer(head + b"\r\n"))
                    received = b""


def _http(status: str, **fields: str) -> bytes:
    body = json.dumps(fields)
    headers = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
    return f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n{body}".encode("ascii")


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or 0)


def _accept(listener: socket.socket, desk: _Desk) -> None:
    while True:
        connection, _ = listener.accept()
        Thread(target=desk.serve, args=(connection,), daemon=True).start()


def _main() -> None:
    desk = _Desk()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    Thread(target=_accept, args=(listener, desk), daemon=True).start()
    for line in sys.stdin:
        match line.strip():
            case "seen":
                print(json.dumps(desk.seen), flush=True)
            case "revoke":
                desk.revoke()
                print(flush=True)
            case _:
                print(listener.getsockname()[1], flush=True)


if __name__ == "__main__":
    _main()
