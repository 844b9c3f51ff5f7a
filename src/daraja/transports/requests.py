"""The default transport: requests, with everything switched off that could move money twice or show a secret."""

import os
import ssl
import sys
import time
from collections.abc import Callable
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util.ssl_match_hostname import CertificateError

from daraja.config.environment import is_loopback
from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.fork_local import ForkLocal
from daraja.system.machine import Clock, SystemClock
from daraja.transports.common import (
    FailureKinds,
    Route,
    UnusableAnswerError,
    causes,
    check_timeout,
    decoded,
    refuse_large,
    shortened,
)
from daraja.transports.connections import CURRENT, Attempt, RepeatedError, make_careful, proxy_of
from daraja.values.secret import drop_inner_frames
from daraja.version import __version__

__all__ = ["RequestsTransport"]

_CONNECTIONS: Final = 64
_CHUNK: Final = 64 * 1024

_FAILURES: Final = (
    RepeatedError,
    UnusableAnswerError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
)
"""Everything that sending with requests is known to raise."""

# Not `ProxyError`: urllib3 calls it so too when the connection through the proxy breaks later on.
# Not `InvalidHeader`: an answer with a bad header raises it as well.
_KINDS: Final = FailureKinds(
    unbuilt=(
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
    ),
    unreachable=(urllib3.exceptions.NewConnectionError,),
    too_late=(requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError),
    untrusted=(ssl.SSLCertVerificationError, CertificateError),
    silent=(requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError),
)
_NO_TUNNEL: Final = "Tunnel connection failed"
"""The standard library's words begin so when a proxy refuses to connect us, before anything of ours is sent."""
_NO_SOCKS: Final = "Missing dependencies for SOCKS support"
"""The words of requests begin so when the address of a proxy begins with ``socks`` and PySocks is missing."""


class RequestsTransport:
    """Sends with requests over kept-alive connections, from any number of threads.

    Redirects are never followed, cookies never sent, answers over 1 MB not read, and a connection that was idle for
    over 15 s is opened anew. After a fork the child has connections of its own.

    Args:
        session: A session of yours, for its adapters, proxies and certificates; its headers, cookies, ``auth`` and
            hooks are not used. Lend one that serves nothing else: its connections are made to repeat nothing, and to
            let no answer take longer in all than its time-out. Without one, the transport makes its own.
        timeout: Seconds to wait for a connection, and for the whole answer.
        clock: Its ``monotonic`` measures how long a connection was idle.

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
        self._clock: Final = SystemClock() if clock is None else clock
        self._own: Final = session is None
        self._sessions: Final = ForkLocal(_own_session if session is None else _lent(session))
        if session is not None:
            _refuse_unverified(session.verify)
            for adapter in session.adapters.values():
                _refuse_repeating(adapter)

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* once and return the answer, whatever its status.

        Raises:
            NotSent: If surely nothing left this machine, also because the session repeats requests or does not verify
                certificates.
            OutcomeUnknown: If it may have left and no whole answer came.
        """
        timeout, handled = shortened(self._timeout, request.timeout), sys.exception()
        attempt = Attempt(self._clock)
        if request.timeout is not None:
            attempt.deadline = time.monotonic() + request.timeout
        current = CURRENT.set(attempt)
        try:
            return self._send(request, timeout, attempt)
        except _FAILURES as error:
            failed = _failure(error, Route(request.url, attempt.proxy), timeout, sent=attempt.sent)
        except ConfigurationError as error:
            failed = NotSent(f"the session {error.faults['session']}")
        except BaseException as error:
            drop_inner_frames(error, handled)  # not one of ours: a signal's, for example
            raise
        finally:
            CURRENT.reset(current)
        raise failed

    def close(self) -> None:
        """Close the connections of this process, if the session is the transport's own; sending opens new ones."""
        if self._own:
            self._sessions.get().close()

    def _send(self, request: HttpRequest, timeout: tuple[float, float], attempt: Attempt) -> HttpResponse:
        taken: list[HttpResponse] = []

        def take(response: requests.Response, **_: object) -> requests.Response:
            """Take the answer out of the session's hands before it can follow its redirect or keep its cookies."""
            taken.append(_read(response))
            empty = requests.Response()
            empty.status_code = response.status_code  # OpenTelemetry's instrumentation reads it
            return empty

        # Prepared without the session, which would add its cookies and let ~/.netrc replace our Authorization.
        prepared = requests.PreparedRequest()
        prepared.prepare(
            request.method,
            request.url,
            headers={"User-Agent": f"daraja-kit/{__version__}", **request.headers},
            data=request.body or None,
            auth=lambda prepared: prepared,  # nor a user in the address
            hooks={"response": take},
        )
        session = self._sessions.get()
        settings = _settings(session, request.url)
        adapter = session.get_adapter(request.url)
        _refuse_repeating(adapter)
        attempt.proxy = proxy_of(request.url, settings["proxies"])
        if isinstance(adapter, HTTPAdapter):
            make_careful(adapter, attempt.proxy)
        answer = session.send(prepared, allow_redirects=False, timeout=timeout, **settings)
        return taken[0] if taken else _read(answer)


def _settings(session: requests.Session, url: str) -> dict[str, Any]:  # Any: as in requests
    """Return the session's settings for sending to *url*, without those that could harm."""
    _refuse_unverified(session.verify)
    settings: dict[str, Any] = {"proxies": {}, "stream": True, "verify": session.verify, "cert": None}
    parts = urlsplit(url)
    local = is_loopback(parts.hostname or "")
    if not (local and parts.scheme == "http"):  # which has no certificate to check either
        # With its own `verify` handed over, or a bundle in the environment would replace the session's.
        settings = dict(session.merge_environment_settings(url, **settings))
    # A proxy would look for the local Daraja on a machine of its own.
    return {**settings, "proxies": {}} if local else settings


def _failure(
    error: BaseException, route: Route, timeout: tuple[float, float], *, sent: bool
) -> NotSent | OutcomeUnknown:
    words = [str(cause) for cause in causes(error)]
    if any(word.startswith(_NO_SOCKS) for word in words):
        return NotSent('a SOCKS proxy needs the package PySocks: pip install "requests[socks]"')
    if any(word.startswith(_NO_TUNNEL) for word in words) and not sent:
        return NotSent(f"{route.proxy} refused to connect us")
    return _KINDS.failure(error, route, timeout, sent=sent)


def _read(response: requests.Response) -> HttpResponse:
    body = b""
    while response.raw is not None and (chunk := response.raw.read(_CHUNK, decode_content=False)):
        if not isinstance(chunk, bytes):  # a MagicMock would give something else without end
            message = "a stand-in for requests gave no bytes; daraja.testing has one that answers as Daraja does"
            raise UnusableAnswerError(message)
        body += chunk
        try:
            refuse_large(body)
        except UnusableAnswerError:
            response.close()
            raise
    promised = response.headers.get("Content-Length", "")
    if promised.isdecimal() and len(body) < int(promised):  # a stand-in for urllib3 may not look
        raise UnusableAnswerError("it broke off before its end")
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
