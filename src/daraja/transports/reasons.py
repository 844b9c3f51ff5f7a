"""What is said of a request that failed, whatever library failed to carry it."""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from daraja.config.environment import is_loopback
from daraja.errors import NotSent, OutcomeUnknown
from daraja.transports.answers import AnswerRefusedError

__all__ = [
    "BUILT",
    "CERTIFICATE",
    "CONNECTED",
    "NO_LOCAL_DARAJA",
    "PROXY",
    "TAKEN",
    "NotSentBy",
    "causes",
    "failure",
    "silent",
]

NotSentBy = Sequence[tuple[str, tuple[type[Exception], ...]]]
"""What happens before a connection stands, and nothing else: a broken connection may have carried the request."""

BUILT: Final = "the request could not be built"
CONNECTED: Final = "no connection came about within {connecting:g} s"
TAKEN: Final = "{origin} was not found or did not take the connection"
CERTIFICATE: Final = "the server's certificate could not be verified"
PROXY: Final = "the proxy refused to connect"
NO_LOCAL_DARAJA: Final = " (is the local Daraja running? python -m daraja.simulator)"
"""Added to the name of this machine, since nothing else of it is asked by a client of Daraja."""


def failure(
    error: Exception,
    url: str,
    timeout: tuple[float, float],
    /,
    *,
    not_sent: NotSentBy,
    silence: tuple[type[Exception], ...],
) -> NotSent | OutcomeUnknown:
    """Put an exception in words of our own; its own text may hold credentials and tokens.

    Args:
        error: What a library raised.
        url: Where the request was to go.
        timeout: The seconds for a connection, and for the answer.
        not_sent: What proves, for which reason, that nothing was sent.
        silence: What tells that the answer did not come in time.
    """
    connecting, reading = timeout
    found = tuple(causes(error))
    for reason, kinds in not_sent:
        if any(isinstance(cause, kinds) for cause in found):
            return NotSent(reason.format(connecting=connecting, origin=_origin(url)))
    if isinstance(error, AnswerRefusedError):
        return OutcomeUnknown(str(error))
    in_time = not any(isinstance(cause, silence) for cause in found)
    return OutcomeUnknown(_broken(error) if in_time else silent(reading))


def causes(error: BaseException, /) -> Iterator[BaseException]:
    """Give the exception and those it wraps, in any of the ways in which the libraries wrap them."""
    yield error
    for cause in (*error.args, getattr(error, "reason", None), error.__cause__):
        if isinstance(cause, BaseException):
            yield from causes(cause)


def silent(seconds: float, /) -> str:
    """Say that the answer did not come in time."""
    return f"no whole answer came within {seconds:g} s"


def _broken(error: Exception) -> str:
    """Say that the connection broke; of the error only its kind, since its own text may hold credentials."""
    return f"the connection broke before the whole answer had come ({type(error).__name__})"


def _origin(url: str) -> str:
    """Name whom we tried to reach, without user and path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the host"
    hint = NO_LOCAL_DARAJA if is_loopback(parts.hostname or "") else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{hint}"
