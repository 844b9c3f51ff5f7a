"""Connections that take no chances: never idle for long, nothing sent twice or too late, no answer without end.

What is special here stands in methods of urllib3's ``HTTPConnection`` that are public: ``is_connected``, ``connect``,
``request`` and ``response_class``. Its pools and the adapters of requests stay as they are.
"""

import io
import socket
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from http import client
from math import inf
from typing import Any, Final

import attrs
from requests.adapters import HTTPAdapter
from requests.utils import prepend_scheme_if_needed, select_proxy
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError

from daraja.system.machine import Clock
from daraja.transports.common import LONGEST_IDLE

_FINAL: Final = 200


@attrs.define
class Attempt:
    """One request on its way.

    Args:
        clock: Its ``monotonic`` measures how long connections were idle.
        deadline: When the whole answer has to be there, by ``time.monotonic``.
    """

    clock: Clock
    deadline: float = inf
    proxy: str = attrs.field(default="", repr=False, init=False)
    """The address of the proxy on its way; hidden in the repr, since it may hold a password."""
    sent: bool = attrs.field(default=False, init=False)
    """Whether a connection began to send it: from then on, no failure proves that it did not arrive."""


CURRENT: Final[ContextVar[Attempt | None]] = ContextVar("CURRENT", default=None)
"""The attempt of this thread, since urllib3 cannot hand it to a connection. Other users of a session have none."""


class RepeatedError(Exception):
    """An adapter is about to send a request for the second time."""


class _TimedReader(io.RawIOBase):
    """Reads from a connection until a deadline: a socket's own time-out begins anew with each byte that comes."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, deadline: float) -> None:
        super().__init__()
        self._raw = raw
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:  # noqa: ANN401 - as in io
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._connection.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(client.HTTPResponse):
    """An answer that has to be there as a whole before the read time-out and the deadline of the attempt end."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in http.client
        super().__init__(sock, *args, **kwargs)
        attempt, seconds = CURRENT.get(), sock.gettimeout()
        if attempt is not None and seconds is not None:
            deadline = min(attempt.deadline, time.monotonic() + seconds)
            self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, deadline))

    def begin(self) -> None:
        super().begin()
        if self.status < _FINAL and CURRENT.get() is not None:
            # urllib3 would take it for the answer, and the next request would find the real one on the connection.
            message = f"an answer with status {self.status}, which is none yet"
            raise client.HTTPException(message)


class _CarefulConnection(HTTPConnection):
    """A connection that follows the rules of the current attempt; without an attempt it is like any other."""

    response_class: type[client.HTTPResponse] = _TimedResponse
    _last_used = -inf
    _held: list[bytes] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the connection may be used again. Otherwise the pool closes it, and opens it anew before it sends."""
        attempt = CURRENT.get()
        idle = 0.0 if attempt is None else attempt.clock.monotonic() - self._last_used
        return super().is_connected and idle <= LONGEST_IDLE

    def connect(self) -> None:
        """Connect; if the proxy's tunnel or the TLS handshake takes too long, say so."""
        try:
            super().connect()
        except TimeoutError as error:  # which urllib3 would take for an answer that does not come
            message = "the connection was not ready in time"
            raise ConnectTimeoutError(self, message) from error

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in urllib3
        """Send a request, once and in time.

        Looking up a name and trying each of its addresses may take far longer than one time-out. If the time is
        over by then, nothing is sent: nobody would read the answer.
        """
        attempt = CURRENT.get()
        if attempt is None:
            super().request(*args, **kwargs)
            return
        if self.sock is None:
            self.connect()
        if time.monotonic() >= attempt.deadline:
            message = "the connection came about too late"
            raise ConnectTimeoutError(self, message)
        if attempt.sent:
            raise RepeatedError
        attempt.sent, self._last_used = True, attempt.clock.monotonic()
        self._held = []
        try:
            super().request(*args, **kwargs)
            whole = b"".join(self._held)
        finally:
            self._held = None
        self.send(whole)

    def send(self, data: Any) -> None:  # noqa: ANN401 - as in http.client
        """Hold back the headers that ``request`` sends, so that they leave with the body, in one packet."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)


def make_careful(adapter: HTTPAdapter, proxy: str) -> None:
    """Let *adapter* make careful connections, to *proxy* too if there is one."""
    _make_careful(adapter.poolmanager)
    if proxy:
        _make_careful(adapter.proxy_manager_for(proxy))


def proxy_of(url: str, proxies: Mapping[str, str]) -> str:
    """Return the proxy for *url*, chosen as requests does; empty if there is none."""
    proxy = select_proxy(url, dict(proxies)) if proxies else None
    return prepend_scheme_if_needed(proxy, "http") if proxy else ""


def _make_careful(manager: PoolManager) -> None:
    careful = {scheme: _careful(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}
    if careful != manager.pool_classes_by_scheme:
        manager.pool_classes_by_scheme = careful
        manager.clear()  # the connections that it has are not careful


@cache
def _careful(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return the class of *pool* with careful connections.

    SOCKS proxies and adapters of the user's have pool classes of their own, so these cannot be written down here.
    """
    connection = pool.ConnectionCls
    if issubclass(connection, _CarefulConnection):
        return pool
    careful = type(f"Careful{connection.__name__}", (_CarefulConnection, connection), {})
    return type(f"Careful{pool.__name__}", (pool,), {"ConnectionCls": careful})
