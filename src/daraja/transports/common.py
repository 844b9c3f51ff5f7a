"""The common part of both transports: limits of time and size, and the words for failures."""

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import attrs

from daraja.config.environment import is_loopback
from daraja.errors import ConfigurationError, NotSent, OutcomeUnknown

LONGEST_IDLE: Final = 15.0
"""Seconds; firewalls and gateways drop a connection that is idle for about a minute, and tell nobody."""
_LARGEST_ANSWER: Final = 1_000_000

# Limits of time -------------------------------------------------------------------------------------------------------


def check_timeout(timeout: tuple[float, float], /) -> tuple[float, float]:
    """Check that *timeout* is two numbers of seconds: for the connection, and for the answer.

    Raises:
        ConfigurationError: If it is not.
    """
    try:
        connecting, reading = timeout
        usable = 0 < connecting < math.inf and 0 < reading < math.inf
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise ConfigurationError({"timeout": "is not two numbers of seconds above 0, such as (5, 30)"})
    return timeout


def shortened(timeout: tuple[float, float], total: float | None, /) -> tuple[float, float]:
    """Shorten *timeout* so that both of its parts together take at most *total* seconds.

    Connecting gets at most half of them, so that there is time left to read the answer.

    Raises:
        NotSent: If no time is left.
    """
    if total is None:
        return timeout
    if total <= 0:
        raise NotSent("the time that was allowed for it is over")
    connecting, reading = timeout
    connecting = min(connecting, total / 2)
    return connecting, min(reading, total - connecting)


# Answers --------------------------------------------------------------------------------------------------------------


class UnusableAnswerError(Exception):
    """An answer came and cannot be used: it is too large, cut off, damaged, or in an encoding not asked for."""


def refuse_large(body: bytes, /) -> None:
    """Check the size of *body*, as far as it has come.

    Raises:
        UnusableAnswerError: If it is over 1 MB.
    """
    if len(body) > _LARGEST_ANSWER:
        raise UnusableAnswerError("its answer is larger than 1 MB")


def decoded(body: bytes, encoding: str, /) -> bytes:
    """Undo the ``Content-Encoding`` of a whole body.

    Raises:
        UnusableAnswerError: If that cannot be done, or the result is over 1 MB.
    """
    decode = _DECODERS.get(encoding.lower())
    if decode is None:
        raise UnusableAnswerError("its answer is in an encoding that we did not ask for")
    content = decode(body)
    refuse_large(content)
    return content


def _gunzip(body: bytes) -> bytes:
    """Undo gzip, which some gateways use unasked; stop just above the limit, since 1 kB may unpack to 1 GB."""
    gzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = gzip.decompress(body, _LARGEST_ANSWER + 1)
    except zlib.error:
        text = b""
    if len(text) > _LARGEST_ANSWER or (gzip.eof and not gzip.unused_data):
        return text
    raise UnusableAnswerError("its answer is damaged")


_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"": bytes, "identity": bytes, "gzip": _gunzip}

# Failures -------------------------------------------------------------------------------------------------------------
# A library's own words may hold credentials and tokens, so an error of ours never quotes them.

UNBUILT: Final = "the request could not be built"
NO_LOCAL_DARAJA: Final = " (is the local Daraja running? python -m daraja.simulator)"
"""Added to an address on this machine, since a client of Daraja looks for nothing else there."""

Kinds = tuple[type[BaseException], ...]


@attrs.frozen(kw_only=True)
class FailureKinds:
    """The exceptions of an HTTP library, by the kind of failure.

    All but ``silent`` prove that nothing was sent, so an exception belongs there only if it is raised *before* a
    connection stands: one that breaks later may have carried the request.

    Args:
        unbuilt: The request could not be built.
        unreachable: The host was not found, or did not take the connection.
        too_late: No connection stood in time.
        untrusted: The server's certificate could not be verified.
        refused_by_proxy: The proxy did not connect us to the host.
        silent: The answer did not come in time.
    """

    unbuilt: Kinds
    unreachable: Kinds
    too_late: Kinds
    untrusted: Kinds
    refused_by_proxy: Kinds = ()
    silent: Kinds

    def failure(
        self, error: BaseException, route: "Route", timeout: tuple[float, float], /, *, sent: bool = False
    ) -> NotSent | OutcomeUnknown:
        """Return our own error for *error*.

        Args:
            error: What the library raised.
            route: Where the request was to go.
            timeout: The seconds for the connection, and for the answer.
            sent: Whether it is known that sending had begun, whatever *error* proves by itself.
        """
        connecting, reading = timeout
        proof: Sequence[tuple[Kinds, str]] = (
            (self.untrusted, "the server's certificate could not be verified"),
            (self.unbuilt, UNBUILT),
            (self.unreachable, route.unreachable),
            (self.too_late, f"no connection to {route.host} came about within {connecting:g} s"),
            (self.refused_by_proxy, f"{route.proxy} refused to connect us"),
        )
        found = tuple(causes(error))
        for kinds, reason in proof:
            if any(isinstance(cause, kinds) for cause in found) and not sent:
                return NotSent(reason)
        if isinstance(error, UnusableAnswerError):
            return OutcomeUnknown(str(error))
        if any(isinstance(cause, self.silent) for cause in found):
            return OutcomeUnknown(no_answer(reading))
        return OutcomeUnknown(f"the connection broke before the whole answer had come ({type(error).__name__})")


def causes(error: BaseException, /) -> Iterator[BaseException]:
    """Yield *error* and the exceptions that it wraps, in every way that the libraries wrap them."""
    yield error
    for cause in (*error.args, getattr(error, "reason", None), error.__cause__):
        if isinstance(cause, BaseException):
            yield from causes(cause)


def no_answer(seconds: float, /) -> str:
    """Return the words for an answer that did not come in time."""
    return f"no whole answer came within {seconds:g} s"


@attrs.frozen
class Route:
    """Where a request goes, in words that show no user, password or path.

    Args:
        url: The whole address; hidden in the repr.
        proxy_url: The address of the proxy on the way, if there is one; hidden in the repr.
    """

    url: str = attrs.field(repr=False)
    proxy_url: str = attrs.field(default="", repr=False)

    @property
    def host(self) -> str:
        """The host that was asked, by its scheme, name and port."""
        return _origin(self.url)

    @property
    def proxy(self) -> str:
        """The proxy, by its scheme, name and port if they are known."""
        return f"the proxy {_origin(self.proxy_url)}" if self.proxy_url else "the proxy"

    @property
    def unreachable(self) -> str:
        """Who did not take the connection, in words; the proxy, if there is one."""
        if self.proxy_url:
            return f"{self.proxy} was not found or did not connect us"
        hint = NO_LOCAL_DARAJA if is_loopback(_hostname(self.url)) else ""
        return f"{self.host}{hint} was not found or did not take the connection"


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the host"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
