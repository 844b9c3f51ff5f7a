"""The transport for async code: httpx2, under the rules of the default one; needs the extra ``async``."""

import asyncio
import ssl
import sys
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import inf
from typing import Final

from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.transports.common import (
    LONGEST_IDLE,
    UNBUILT,
    FailureKinds,
    Route,
    check_timeout,
    decoded,
    no_answer,
    refuse_large,
    shortened,
)
from daraja.values.secret import drop_inner_frames
from daraja.version import __version__

try:
    import httpx2
except ImportError as missing:
    message = 'daraja.transports.httpx2 needs the package httpx2: pip install "daraja-kit[async]"'
    raise ImportError(message, name=missing.name) from None

__all__ = ["Httpx2Transport"]

_LIMITS: Final = httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=10)
_DIRECTLY: Final = ("all://*localhost", "all://127.0.0.1", "all://127.0.0.0/8", "all://[::1]")
"""A proxy would look for the local Daraja on a machine of its own."""

_KINDS: Final = FailureKinds(
    unbuilt=(httpx2.UnsupportedProtocol,),
    unreachable=(httpx2.ConnectError,),
    too_late=(httpx2.ConnectTimeout, httpx2.PoolTimeout),
    untrusted=(ssl.SSLCertVerificationError,),
    refused_by_proxy=(httpx2.ProxyError,),
    silent=(httpx2.TimeoutException,),
)


class Httpx2Transport:
    """Sends with httpx2 over kept-alive connections, from any number of tasks.

    Redirects are never followed, cookies never sent, answers over 1 MB not read, and a connection that was idle for
    over 10 s is opened anew. Each event loop has connections of its own.

    Args:
        client: A client of yours, for its proxies and certificates; its headers, cookies and auth are not used. It
            has to serve nothing else, in the one event loop that it belongs to. Without one, the transport makes its
            own.
        timeout: Seconds to wait for a connection, and for the answer; both together bind the whole request.

    Raises:
        ConfigurationError: If the client has event hooks, keeps idle connections for over 15 s, does not verify
            certificates, or a time-out is missing.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None, *, timeout: tuple[float, float] = (5, 30)) -> None:
        self._timeout: Final = check_timeout(timeout)
        self._lent: Final = client
        self._own: Final[dict[asyncio.AbstractEventLoop, _Shared]] = {}
        if client is not None:
            _refuse_careless(client)

    async def asend(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* once and return the answer, whatever its status.

        Raises:
            NotSent: If it is sure that nothing left this machine.
            OutcomeUnknown: If it may have left and no whole answer came.
        """
        timeout, handled = shortened(self._timeout, request.timeout), sys.exception()
        shared, built, proxy_url = self._shared(), _built(request, *timeout), ""
        failed: NotSent | OutcomeUnknown
        try:
            async with shared as client, asyncio.timeout(sum(timeout)):
                proxy_url = _proxy_of(client, built)
                return await _exchange(client, built)
        except TimeoutError:
            failed = OutcomeUnknown(no_answer(sum(timeout)))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the request may have left by then
            failed = _KINDS.failure(error, Route(request.url, proxy_url), timeout)
        except BaseException as error:
            drop_inner_frames(error, handled)  # not one of ours: a cancellation, for example
            raise
        raise failed

    async def aclose(self) -> None:
        """Close the connections of this event loop, if the client is the transport's own; sending opens new ones.

        If requests of other tasks are under way, they are closed once the last of these has ended.
        """
        own = self._own.pop(asyncio.get_running_loop(), None)
        if own is not None:
            await own.leave()

    def _shared(self) -> "_Shared":
        if self._lent is not None:
            if self._lent.is_closed:
                raise NotSent("the client that was lent to it is closed")
            return _Shared(self._lent)
        loop = asyncio.get_running_loop()
        if loop not in self._own:
            for ended in tuple(self._own):
                if ended.is_closed():  # and nobody has closed us there: its connections can only be dropped
                    self._own.pop(ended, None)
            self._own[loop] = _Shared(_own_client())
        return self._own[loop]


class _Shared:
    """A client with a count of its users: the last one closes it, so that nobody's request is cut off.

    The transport itself is the first user.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client: Final = client
        self._users = 1

    async def __aenter__(self) -> httpx2.AsyncClient:
        self._users += 1
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        self._users -= 1
        if not self._users:
            await self._client.aclose()


def _built(request: HttpRequest, connecting: float, reading: float) -> httpx2.Request:
    """Build the request without the client, which would add its headers and cookies."""
    limits = {"connect": connecting, "pool": connecting, "write": reading, "read": reading}
    try:
        return httpx2.Request(
            request.method,
            request.url,
            headers={"User-Agent": f"daraja-kit/{__version__}", **request.headers},
            content=request.body or None,
            extensions={"timeout": limits},
        )
    except (httpx2.InvalidURL, ValueError):
        pass  # raised below, so that the error of ours has no context
    raise NotSent(UNBUILT)


async def _exchange(client: httpx2.AsyncClient, request: httpx2.Request) -> HttpResponse:
    answer = await client.send(request, stream=True, auth=httpx2.Auth(), follow_redirects=False)
    body = b""
    try:
        async for chunk in answer.aiter_raw():
            body += chunk
            refuse_large(body)
    finally:
        await answer.aclose()
    content = decoded(body, answer.headers.get("Content-Encoding", ""))
    return HttpResponse(answer.status_code, dict(answer.headers), content)


def _own_client() -> httpx2.AsyncClient:
    try:
        return httpx2.AsyncClient(
            limits=_LIMITS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            mounts=dict.fromkeys(_DIRECTLY),
        )
    except ImportError:
        reason = 'a SOCKS proxy needs the package socksio: pip install "httpx2[socks]"'
    except ValueError:
        reason = "the environment names a proxy that cannot be used; look at HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
    raise NotSent(reason)


def _refuse_careless(client: httpx2.AsyncClient) -> None:
    faults: list[str] = []
    if any(client.event_hooks.values()):
        faults.append("has event hooks, which could turn an answer into a doubt")
    for pool in _pools(client):
        idle = getattr(pool, "_keepalive_expiry", 0)
        if (inf if idle is None else idle) > LONGEST_IDLE:
            faults.append("keeps idle connections for over 15 s; set limits=httpx2.Limits(keepalive_expiry=10)")
        context = getattr(pool, "_ssl_context", None)
        if isinstance(context, ssl.SSLContext) and not context.check_hostname:  # which cannot be on without them
            faults.append("does not verify certificates; set verify=True, or a context with a CA bundle of your own")
    if faults:
        raise ConfigurationError({"client": faults[0]})


def _proxy_of(client: httpx2.AsyncClient, request: httpx2.Request) -> str:
    """Return the address of the proxy on the way of a request, for an error's words; empty if it is not known."""
    choose: Callable[[httpx2.URL], object] = getattr(client, "_transport_for_url", lambda _: None)
    url = getattr(getattr(choose(request.url), "_pool", None), "_proxy_url", None)
    return "" if url is None else bytes(url).decode("ascii")


def _pools(client: httpx2.AsyncClient) -> Iterator[object]:
    """Yield the connection pools of a client. httpx2 has no public way to them; other transports have none."""
    mounts: dict[object, object] = getattr(client, "_mounts", {})
    for transport in (getattr(client, "_transport", None), *mounts.values()):
        yield getattr(transport, "_pool", None)
