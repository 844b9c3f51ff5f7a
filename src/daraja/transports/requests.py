"""The default transport: requests, with everything switched off that could move money twice or show a secret."""

import os
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from daraja.config.environment import is_loopback
from daraja.errors import ConfigurationError
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.clock import Clock, SystemClock
from daraja.system.fork_local import ForkLocal
from daraja.transports.answers import AnswerRefusedError, decoded, refuse_large
from daraja.transports.failures import FAILURES, failure
from daraja.transports.pools import CarefulPools, Patience
from daraja.transports.timeouts import check_timeout, within
from daraja.version import __version__

__all__ = ["RequestsTransport"]

_CONNECTIONS: Final = 64
_CHUNK: Final = 64 * 1024


class RequestsTransport:
    """Sends with requests over kept-alive connections, from any number of threads.

    Redirects are never followed, cookies never sent, answers over 1 MB not read, and a connection that was idle for
    over 15 s is opened anew. After a fork the child has connections of its own.

    Args:
        session: A session of yours, for its adapters, proxies and certificates; its headers, cookies, ``auth`` and
            hooks are not used. Lend one that serves nothing else: its connections are made to repeat nothing, and to
            let no answer take longer in all than its time-out. Without one, the transport makes its own.
        timeout: Seconds to wait for a connection, and for the whole answer.
        clock: Whose ``monotonic`` measures how long a connection was idle.

    Raises:
        ConfigurationError: If an adapter of the session repeats requests by itself, it does not verify certificates, or
            a time-out is missing.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        *,
        timeout: tuple[float, float] = (5, 30),
        clock: Clock | None = None,
    ) -> None:
        self._timeout: Final = check_timeout(timeout)
        self._pools: Final = CarefulPools(SystemClock() if clock is None else clock)
        self._own: Final = session is None
        self._sessions: Final = ForkLocal(_own_session if session is None else _lent(session))
        if session is not None:
            _refuse_unverified(session.verify)
            for adapter in session.adapters.values():
                _refuse_repeating(adapter)

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* once and give the answer, whatever its status.

        Raises:
            NotSent: If surely nothing left this machine.
            OutcomeUnknown: If it may have left and no whole answer came.
            ConfigurationError: If the session repeats requests or does not verify certificates.
        """
        timeout = within(request.patience, self._timeout)
        try:
            return self._send(request, timeout)
        except FAILURES as error:
            failed = failure(error, request.url, timeout)
        raise failed

    def close(self) -> None:
        """Close the connections of this process, if the session is the transport's own; sending opens new ones."""
        if self._own:
            self._sessions.get().close()

    def _send(self, request: HttpRequest, timeout: tuple[float, float]) -> HttpResponse:
        taker = _Taker()
        # Prepared without the session, which would add its cookies and let ~/.netrc replace our Authorization.
        prepared = requests.PreparedRequest()
        prepared.prepare(
            request.method,
            request.url,
            headers={"User-Agent": f"daraja-kit/{__version__}", **request.headers},
            data=request.body or None,
            hooks={"response": taker.take},
        )
        session = self._sessions.get()
        limits = {"timeout": timeout if request.patience is None else Patience(*timeout, request.patience)}
        # No local variable holds the settings: a traceback may show it, and a proxy's password may be among them.
        answer = session.send(prepared, allow_redirects=False, **(self._settings(session, request.url) | limits))
        return taker.answer or _read(answer)

    def _settings(self, session: requests.Session, url: str) -> dict[str, Any]:  # Any: as in requests
        """Check how the session would send to *url*, and give its settings for that."""
        adapter = session.get_adapter(url)
        _refuse_repeating(adapter)
        _refuse_unverified(session.verify)
        settings: dict[str, Any] = {
            "proxies": {},
            "stream": True,
            "verify": session.verify,
            "cert": None,
        }  # Any: as above
        parts = urlsplit(url)
        local = is_loopback(parts.hostname or "")
        if not (local and parts.scheme == "http"):  # which has no certificate to check either
            # With its own `verify` handed over, or a bundle in the environment would replace the session's.
            settings = dict(session.merge_environment_settings(url, **settings))
        # A proxy would look for the local Daraja on a machine of its own.
        proxies: dict[str, str] = {} if local else settings["proxies"]
        self._pools.install(adapter, url, proxies)
        return {**settings, "proxies": proxies}


class _Taker:
    """Takes the answer out of the session's hands before it can follow its redirect or keep its cookies."""

    def __init__(self) -> None:
        self.answer: HttpResponse | None = None

    def take(self, response: requests.Response, **_: object) -> requests.Response:
        self.answer = _read(response)
        return requests.Response()


def _read(response: requests.Response) -> HttpResponse:
    body = b""
    while response.raw is not None and (chunk := response.raw.read(_CHUNK, decode_content=False)):
        body += chunk
        try:
            refuse_large(body)
        except AnswerRefusedError:
            response.close()
            raise
    promised = response.headers.get("Content-Length", "")
    if promised.isdecimal() and len(body) < int(promised):  # urllib3 1.26 does not look
        message = "it broke off before its end"
        raise AnswerRefusedError(message)
    content = decoded(body, response.headers.get("Content-Encoding", ""))
    return HttpResponse(response.status_code, dict(response.headers), content)


def _own_session() -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _lent(session: requests.Session) -> Callable[[], requests.Session]:
    """Lend out *session*; a fork, which must not share its parent's connections, closes its copies of them first."""
    lender = os.getpid()

    def lend() -> requests.Session:
        if os.getpid() != lender:
            session.close()
        return session

    return lend


def _refuse_repeating(adapter: BaseAdapter) -> None:
    retries = getattr(adapter, "max_retries", 0)
    if getattr(retries, "total", retries) != 0:
        fault = "has an adapter that repeats requests: customers could be asked twice; mount HTTPAdapter(max_retries=0)"
        raise ConfigurationError({"session": fault})


def _refuse_unverified(verify: object) -> None:
    if not verify:
        fault = "does not verify certificates; set session.verify to True, or to the path of a CA bundle of your own"
        raise ConfigurationError({"session": fault})
