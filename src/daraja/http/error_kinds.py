"""The meaning of Daraja's refusals for the caller: one table of its error codes."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, TypeAlias


class ErrorKind(Enum):
    """The meaning of a refusal for the caller."""

    TOKEN = auto()
    """The access token was not accepted, and so the request was not: a new token may help."""
    CREDENTIALS = auto()
    """Key, secret, passkey or shortcode are wrong."""
    REQUEST = auto()
    """A field of the request is wrong."""
    SUBSCRIBER = auto()
    """Another prompt is open on the phone."""
    RATE = auto()
    """The gateway turned the request away for its rate; it may be sent again after a pause."""
    OVERLOAD = auto()
    """The gateway turned the request away because it is busy."""
    QUOTA = auto()
    """The quota is used up; sending it again soon is of no use."""
    PENDING = auto()
    """Nothing is decided about the payment that was asked for."""
    DUPLICATE = auto()
    """The OriginatorConversationID was seen before, so Daraja accepted the first request with it."""
    NOT_FOUND = auto()
    """A look-up found nobody, or a question about transactions found none."""
    CONFLICT = auto()
    """Bill Manager: it is registered, invoiced or paid already."""
    NOT_PROMPTED = auto()
    """B2B Express: the operator of the till was not asked."""
    REFUSED = auto()
    """Daraja read the request and did not accept it, for a reason of its own."""
    AMBIGUOUS = auto()
    """It cannot be told whether the request was accepted."""


REFUSING_CODES: Final = frozenset({"400", "401", "403", "404", "405", "409", "422"})
"""The codes of Bill Manager and of standing orders that refuse a request for sure. They look like HTTP statuses, and
others that begin with 4 refuse nothing: 408 is a time-out."""

Codes: TypeAlias = Mapping[str, ErrorKind | Mapping[str, ErrorKind]]
"""The meaning of codes. If a code means several things, its text decides: the first phrase found in it."""

CODES: Final[Codes] = {
    "400.002.02": ErrorKind.REQUEST,
    "400.002.05": ErrorKind.REQUEST,
    "400.003.01": ErrorKind.TOKEN,
    "400.003.02": ErrorKind.REQUEST,
    "400.008.01": ErrorKind.CREDENTIALS,
    "400.008.02": ErrorKind.REQUEST,
    "401": ErrorKind.TOKEN,
    "401.001": ErrorKind.TOKEN,
    "401.002.01": ErrorKind.TOKEN,
    "401.003.01": ErrorKind.CREDENTIALS,
    "403.002.1001": ErrorKind.CREDENTIALS,
    "404.001.01": ErrorKind.REQUEST,
    "404.001.03": ErrorKind.TOKEN,
    "404.001.04": ErrorKind.REQUEST,
    "404.001.1002": ErrorKind.PENDING,
    "404.002.01": ErrorKind.REQUEST,
    "404.003.01": ErrorKind.REQUEST,
    "405.001": ErrorKind.REQUEST,
    "500.001.1001": {
        "merchant does not exist": ErrorKind.CREDENTIALS,
        "wrong credentials": ErrorKind.CREDENTIALS,
        "lock subscriber": ErrorKind.SUBSCRIBER,
        "being processed": ErrorKind.PENDING,
        "does not exist": ErrorKind.PENDING,
    },
    "500.002.1001": {"duplicate originator": ErrorKind.DUPLICATE},
    "500.003.02": {"spike arrest": ErrorKind.RATE, "busy": ErrorKind.OVERLOAD},
    "500.003.03": ErrorKind.QUOTA,
    "500.003.1001": ErrorKind.AMBIGUOUS,
    "policies.ratelimit.QuotaViolation": ErrorKind.QUOTA,
    "policies.ratelimit.SpikeArrestViolation": ErrorKind.RATE,
}
"""Daraja's error codes and their meanings."""
