"""How long connecting and hearing may take, whatever library does it."""

import math

from daraja.errors import ConfigurationError, NotSent

__all__ = ["check_timeout", "within"]


def check_timeout(timeout: tuple[float, float], /) -> tuple[float, float]:
    """See that *timeout* is two numbers of seconds: for a connection, and for the answer.

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


def within(patience: float | None, timeout: tuple[float, float], /) -> tuple[float, float]:
    """Shorten the time-outs to what *patience* allows for both together, so that there is time left to hear.

    Raises:
        NotSent: If it allows for none.
    """
    if patience is None:
        return timeout
    if patience <= 0:
        message = "the time that was allowed for it is over"
        raise NotSent(message)
    connecting, reading = timeout
    connecting = min(connecting, patience / 2)
    return connecting, min(reading, patience - connecting)
