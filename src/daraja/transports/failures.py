"""What an exception of requests means for money: surely not sent, or not known."""

import ssl
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from daraja.config.environment import is_loopback
from daraja.errors import NotSent, OutcomeUnknown

__all__ = ["FAILURES", "AnswerRefusedError", "failure"]

FAILURES: Final = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)
"""Everything that sending with requests is known to raise."""

_NOT_SENT: Final[Sequence[tuple[str, tuple[type[Exception], ...]]]] = (
    (
        "the request could not be built",
        (
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
        ),
    ),
    ("no connection came about within {connecting:g} s", (requests.ConnectTimeout,)),
    ("{origin} was not found or did not take the connection", (urllib3.exceptions.NewConnectionError,)),
    ("the server's certificate could not be verified", (ssl.SSLCertVerificationError,)),
)
"""What happens before a connection stands, and nothing else: a broken connection may have carried the request.

``ProxyError`` is not among them: urllib3 calls it so too when the connection through the proxy broke later on. Nor is
``InvalidHeader``, which an answer with a bad header raises as well.
"""

_NO_TUNNEL: Final = "Tunnel connection failed"
"""How the standard library begins when a proxy refuses to connect us, before anything of ours is sent."""

_SILENCE: Final = (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)


class AnswerRefusedError(requests.RequestException):
    """An answer that cannot be taken for whole: too large, broken off, damaged, or in an encoding nobody asked for."""


def failure(error: Exception, url: str, timeout: tuple[float, float], /) -> NotSent | OutcomeUnknown:
    """Put an exception in words of our own; its own text may hold credentials and tokens."""
    connecting, reading = timeout
    causes = tuple(_causes(error))

    def caused_by(kinds: tuple[type[Exception], ...]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    for reason, kinds in _NOT_SENT:
        if caused_by(kinds):
            return NotSent(reason.format(connecting=connecting, origin=_origin(url)))
    if any(isinstance(cause, OSError) and str(cause).startswith(_NO_TUNNEL) for cause in causes):
        return NotSent("the proxy refused to connect")
    if isinstance(error, AnswerRefusedError):
        return OutcomeUnknown(str(error))
    if caused_by(_SILENCE):
        return OutcomeUnknown(f"no whole answer came within {reading:g} s")
    return OutcomeUnknown(f"the connection broke before the whole answer had come ({type(error).__name__})")


def _origin(url: str) -> str:
    """Name whom we tried to reach, without user and path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the host"
    hint = " (is the local Daraja running? python -m daraja.simulator)" if is_loopback(parts.hostname or "") else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{hint}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give the exception and those it wraps, as requests and urllib3 wrap them."""
    yield error
    inner = (*error.args, getattr(error, "reason", None))
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
