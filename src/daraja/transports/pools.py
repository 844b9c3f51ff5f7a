"""Connection pools that take no chances: no stale connection, no repeated or late request, no answer without end."""

import io
import socket
import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any, ClassVar, Final, Self

from requests.adapters import BaseAdapter, HTTPAdapter
from requests.utils import prepend_scheme_if_needed, select_proxy
from urllib3 import HTTPConnectionPool, PoolManager, Retry, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError

from daraja.system.clock import Clock

__all__ = ["CarefulPools", "Patience"]

_FINAL: Final = 200
_ONCE: Final = Retry(0, read=False)
_LONGEST_IDLE: Final = 15.0
"""Seconds; firewalls and gateways are known to forget a connection after a minute without telling."""


class Patience(Timeout):
    """Time-outs that begin to count now: urllib3's own begin with each copy, and leave out a proxy's tunnel.

    Args:
        connecting: Seconds to wait for a connection at each address of a name.
        reading: Seconds to wait for the whole answer.
        total: Seconds that all of it may take, looking up the name and trying its addresses included.
    """

    def __init__(self, connecting: float, reading: float, total: float) -> None:
        super().__init__(connect=connecting, read=reading, total=total)
        self._began: Final = super().start_connect()

    def clone(self) -> Self:
        """Give itself, which goes on counting."""
        return self

    def start_connect(self) -> float:
        """Give when it began, which it does once."""
        return self._began

    @property
    def is_over(self) -> bool:
        """Whether no time is left to hear an answer in."""
        return self.read_timeout == 0


class _Hurried(io.RawIOBase):
    """What comes in on a connection, for so many seconds in all: a socket's own time-out begins anew with each byte."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, seconds: float) -> None:
        super().__init__()
        self._raw = raw
        self._connection = connection
        self._deadline = time.monotonic() + seconds

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


class _HurriedResponse(HTTPResponse):
    """An answer that has to be there, whole, within the time that the connection was given for reading."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in http.client
        super().__init__(sock, *args, **kwargs)
        if (seconds := sock.gettimeout()) is not None:
            self.fp = io.BufferedReader(_Hurried(self.fp.detach(), sock, seconds))

    def begin(self) -> None:
        super().begin()
        if self.status < _FINAL:
            # Taken for the answer, it would leave the real one on the connection, for the next request to find.
            message = f"an answer with status {self.status}, which is none yet"
            raise HTTPException(message)


class _HurriedConnection(HTTPConnection):
    response_class: type[HTTPResponse] = _HurriedResponse

    def connect(self) -> None:
        """Tell a tunnel or a handshake that took too long from an answer that did: nothing was sent yet."""
        try:
            super().connect()
        except TimeoutError as error:
            message = "the connection was not ready in time"
            raise ConnectTimeoutError(self, message) from error


class _CarefulPool(HTTPConnectionPool):
    clock: ClassVar[Clock]

    def _get_conn(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - urllib3's protocol for it is private
        connection = super()._get_conn(timeout)
        idle_since: float | None = getattr(connection, "idle_since", None)
        if idle_since is not None and self.clock.monotonic() - idle_since > _LONGEST_IDLE:
            connection.close()  # urllib3 opens a closed connection again before it sends
        return connection

    def _put_conn(self, conn: Any) -> None:  # noqa: ANN401 - as above
        if conn is not None:
            conn.idle_since = self.clock.monotonic()
        super()._put_conn(conn)

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        """Send once, whatever an adapter thinks of repeating."""
        kwargs["retries"] = _ONCE
        return super().urlopen(*args, **kwargs)

    def _make_request(self, conn: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        limits = kwargs["timeout"]
        if isinstance(limits, Patience):  # urllib3 would send first, and then find that it has no time to hear
            if conn.sock is None:
                conn.connect()
            if limits.is_over:
                message = "the connection came about too late"
                raise ConnectTimeoutError(conn, message)
        return super()._make_request(conn, *args, **kwargs)


class CarefulPools:
    """Gives a session's adapters careful pools, for proxies as well.

    Args:
        clock: Whose ``monotonic`` tells how long a connection was idle.
    """

    def __init__(self, clock: Clock, /) -> None:
        self._clock: Final = clock
        self._made: Final[dict[type, type]] = {}

    def install(self, adapter: BaseAdapter, url: str, proxies: Mapping[str, str]) -> None:
        """See to it that *adapter* sends to *url* through careful pools only."""
        if not isinstance(adapter, HTTPAdapter):
            return
        self._make_careful(adapter.poolmanager)
        if proxies and (proxy := select_proxy(url, dict(proxies))):
            self._make_careful(adapter.proxy_manager_for(prepend_scheme_if_needed(proxy, "http")))

    def _make_careful(self, manager: PoolManager) -> None:
        pools = manager.pool_classes_by_scheme
        if not all(issubclass(pool, _CarefulPool) for pool in pools.values()):
            manager.pool_classes_by_scheme = {scheme: self._careful(pool) for scheme, pool in pools.items()}
            manager.clear()

    def _careful(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        made = self._made.get(pool)
        if made is None:
            connection = type("HurriedConnection", (_HurriedConnection, pool.ConnectionCls), {})
            made = type("CarefulPool", (_CarefulPool, pool), {"clock": self._clock, "ConnectionCls": connection})
            self._made[pool] = made
        return made
