"""Connections that have been idle for long are not used again: a quiet shop's first push would be lost on them."""

from typing import Any, ClassVar, Final

from requests.adapters import BaseAdapter
from urllib3 import HTTPConnectionPool, PoolManager

from daraja.clock import Clock

__all__ = ["Freshness"]

_LONGEST_IDLE: Final = 15.0
"""Seconds; firewalls and gateways are known to forget a connection after a minute without telling."""


class _FreshPool(HTTPConnectionPool):
    """A connection pool that opens a connection anew when it has been idle for too long."""

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


class Freshness:
    """Sees to it that a session's adapters use fresh connections only, their proxies' included.

    Args:
        clock: Whose ``monotonic`` tells how long a connection was idle.
    """

    def __init__(self, clock: Clock, /) -> None:
        self._clock: Final = clock
        self._pools: Final[dict[type, type]] = {}

    def keep(self, adapter: BaseAdapter, /) -> None:
        """Give *adapter* pools of fresh connections, if it has pools and has not been given them before."""
        proxies: dict[str, PoolManager] = getattr(adapter, "proxy_manager", {})
        for manager in (getattr(adapter, "poolmanager", None), *proxies.values()):
            if isinstance(manager, PoolManager) and not self._is_fresh(manager):
                pools = manager.pool_classes_by_scheme.items()
                manager.pool_classes_by_scheme = {scheme: self._fresh(pool) for scheme, pool in pools}
                manager.clear()

    @staticmethod
    def _is_fresh(manager: PoolManager) -> bool:
        return all(issubclass(pool, _FreshPool) for pool in manager.pool_classes_by_scheme.values())

    def _fresh(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        made = self._pools.get(pool)
        if made is None:
            made = type(f"Fresh{pool.__name__}", (_FreshPool, pool), {"clock": self._clock})
            self._pools[pool] = made
        return made
