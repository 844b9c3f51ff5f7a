"""What an exception of requests means for money: surely not sent, or not known."""

import ssl
from collections.abc import Iterator
from http.client import HTTPException
from typing import Final

import requests
import urllib3

from daraja.errors import NotSent, OutcomeUnknown

__all__ = ["FAILURES", "AnswerRefusedError", "failure"]

FAILURES: Final = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)
"""Everything that sending with requests is known to raise."""

_NEVER_BUILT: Final = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


class AnswerRefusedError(requests.RequestException):
    """An answer that is not read to its end, because it is too large or too slow."""


def failure(error: Exception, timeout: tuple[float, float], /) -> NotSent | OutcomeUnknown:
    """Put an exception in words of our own; its own text may hold addresses and tokens.

    Only what happens before a connection stands is surely not sent. A broken connection may have carried the request.
    """
    connecting, reading = timeout
    causes = tuple(_causes(error))

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if isinstance(error, AnswerRefusedError):
        return OutcomeUnknown(str(error))
    if caused_by(*_NEVER_BUILT):
        return NotSent(f"the request could not be built ({type(error).__name__})")
    if caused_by(requests.ConnectTimeout):
        return NotSent(f"no connection came about within {connecting:g} s")
    if caused_by(urllib3.exceptions.NameResolutionError):
        return NotSent("the host name could not be resolved")
    if caused_by(urllib3.exceptions.NewConnectionError):
        return NotSent("the connection was refused or there is no route to the host")
    if caused_by(urllib3.exceptions.ProxyError):
        return NotSent("the proxy could not be reached or refused the connection")
    if caused_by(ssl.SSLCertVerificationError):
        return NotSent("the server's certificate could not be verified")
    if caused_by(requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
        return OutcomeUnknown(f"no answer came within {reading:g} s")
    return OutcomeUnknown(f"the connection broke before the whole answer had come ({type(error).__name__})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give the exception and those it wraps, as requests and urllib3 wrap them."""
    yield error
    inner = (*error.args, getattr(error, "reason", None))
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
