"""What an exception of requests means for money: surely not sent, or not known."""

import ssl
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from typing import Final

import requests
import urllib3

from daraja.errors import NotSent, OutcomeUnknown
from daraja.transports.answers import AnswerRefusedError
from daraja.transports.reasons import BUILT, CERTIFICATE, CONNECTED, PROXY, TAKEN, broken, origin, silent

__all__ = ["FAILURES", "failure"]

FAILURES: Final = (
    AnswerRefusedError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
)
"""Everything that sending with requests is known to raise."""

_NOT_SENT: Final[Sequence[tuple[str, tuple[type[Exception], ...]]]] = (
    (
        BUILT,
        (
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
        ),
    ),
    (CONNECTED, (requests.ConnectTimeout,)),
    (TAKEN, (urllib3.exceptions.NewConnectionError,)),
    (CERTIFICATE, (ssl.SSLCertVerificationError,)),
)
"""What happens before a connection stands, and nothing else: a broken connection may have carried the request.

``ProxyError`` is not among them: urllib3 calls it so too when the connection through the proxy broke later on. Nor is
``InvalidHeader``, which an answer with a bad header raises as well.
"""

_NO_TUNNEL: Final = "Tunnel connection failed"
"""How the standard library begins when a proxy refuses to connect us, before anything of ours is sent."""

_SILENCE: Final = (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)


def failure(error: Exception, url: str, timeout: tuple[float, float], /) -> NotSent | OutcomeUnknown:
    """Put an exception in words of our own; its own text may hold credentials and tokens."""
    connecting, reading = timeout
    causes = tuple(_causes(error))

    def caused_by(kinds: tuple[type[Exception], ...]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    for reason, kinds in _NOT_SENT:
        if caused_by(kinds):
            return NotSent(reason.format(connecting=connecting, origin=origin(url)))
    if any(isinstance(cause, OSError) and str(cause).startswith(_NO_TUNNEL) for cause in causes):
        return NotSent(PROXY)
    if isinstance(error, AnswerRefusedError):
        return OutcomeUnknown(str(error))
    if caused_by(_SILENCE):
        return OutcomeUnknown(silent(reading))
    return OutcomeUnknown(broken(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give the exception and those it wraps, as requests and urllib3 wrap them."""
    yield error
    inner = (*error.args, getattr(error, "reason", None))
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
