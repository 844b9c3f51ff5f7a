"""Refusals of requests that are right in themselves: the gateway's, and those that a scenario asks for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NoReturn

import attrs

from daraja.http.messages import HttpResponse
from daraja.simulator.errors import BUSINESS_ERROR, INVALID_TOKEN, AnswerLost, GatewayError, HttpError, json_response

_MINUTE: Final = timedelta(minutes=1)
_SANDBOX_RATE: Final = 5
"""Queries that Safaricom's sandbox lets through in a minute."""

_SOAP_FAULT: Final = json_response(
    500,
    {
        "Envelope": {
            "encodingStyle": "http://schemas.xmlsoap.org/soap/encoding/",
            "Body": {
                "Fault": {
                    "faultcode": "soap:Server",
                    "faultstring": "Execution of ServiceCallout failed. Reason: ResponseCode 503 is treated as error",
                    "faultactor": {},
                    "detail": {"source": {"errorcode": "steps.servicecallout.ExecutionFailed"}},
                }
            },
        }
    },
)
"""The gateway's answer when one of its own steps fails: a SOAP fault, written as JSON."""

_UNAVAILABLE: Final = HttpResponse(
    503,
    {"Content-Type": "text/html"},
    b"<html><head><title>Error</title></head><body>Request unsuccessful. Incapsula incident ID: 1-0</body></html>",
)
"""The web firewall's answer during an outage."""


# The rate limits


class RateLimiter:
    """The requests to one address that the gateway lets through, evenly spread over the minute: it allows no burst.

    Args:
        per_minute: How many requests; None for any number.

    Raises:
        ValueError: If *per_minute* is below 1.
    """

    def __init__(self, per_minute: int | None) -> None:
        if per_minute is not None and per_minute < 1:
            raise ValueError(f"the rate limit is {per_minute!r}; give a number from 1, or None")
        self._per_minute = per_minute
        self._next_at: datetime | None = None

    def check(self, now: datetime) -> None:
        """Let one request through.

        Raises:
            GatewayError: If the request before was too short a time ago.
        """
        if self._per_minute is None:
            return
        if self._next_at is not None and now < self._next_at:
            why = f"only {self._per_minute} requests a minute are let through, {60 / self._per_minute:g} s apart"
            raise GatewayError(spike_arrest_response(self._per_minute), why)
        self._next_at = now + _MINUTE / self._per_minute


def spike_arrest_response(per_minute: int) -> HttpResponse:
    """Make the gateway's answer to a request that comes too soon after another."""
    rate = f"messagesPerPeriod={per_minute}, periodInMicroseconds=60000000, maxBurstMessageCount=1.0"
    fault = {
        "faultstring": f"Spike arrest violation. Allowed rate : MessageRate{{{rate}}}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
    return json_response(429, {"fault": fault})


# When a scenario refuses


@attrs.frozen(kw_only=True)
class Subscriber:
    """The earlier requests to one receiver, as far as they decide whether Daraja accepts another one.

    Args:
        accepted_at: When the last one was accepted; None if none was yet.
        refused: How many were refused since then.
    """

    accepted_at: datetime | None = None
    refused: int = 0


Refuse = Callable[[Subscriber, datetime], HttpError | None]
"""Decides whether to refuse a request that is right in itself; returns the error, or None to accept it."""

_NEW: Final = Subscriber()


class Subscribers:
    """The history of every receiver."""

    def __init__(self) -> None:
        self._known: dict[str, Subscriber] = {}

    def admit(self, receiver: str, refuse: Refuse, now: datetime) -> None:
        """Count a request to *receiver*, as accepted or as refused.

        Raises:
            HttpError: If *refuse* refuses it.
        """
        subscriber = self._known.get(receiver, _NEW)
        error = refuse(subscriber, now)
        if error is not None:
            self._known[receiver] = attrs.evolve(subscriber, refused=subscriber.refused + 1)
            raise error
        self._known[receiver] = Subscriber(accepted_at=now)


def never(_subscriber: Subscriber, _now: datetime) -> None:
    """Refuse no request."""


def always(error: Callable[[], HttpError]) -> Refuse:
    """Refuse every request with one error."""
    return lambda _subscriber, _now: error()


def in_turn(*errors: Callable[[], HttpError]) -> Refuse:
    """Refuse one request with each error, then accept one, then begin again."""

    def refuse(subscriber: Subscriber, _now: datetime) -> HttpError | None:
        return errors[subscriber.refused]() if subscriber.refused < len(errors) else None

    return refuse


def busy(seconds: float) -> Refuse:
    """Refuse a request that comes within *seconds* of the last accepted one to the same phone."""

    def refuse(subscriber: Subscriber, now: datetime) -> HttpError | None:
        if subscriber.accepted_at is None or (now - subscriber.accepted_at).total_seconds() >= seconds:
            return None
        words = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
        why = f"this phone was asked less than {seconds:g} s ago; wait, or set busy_seconds=0 (--busy 0)"
        return HttpError(500, BUSINESS_ERROR, words, why)

    return refuse


# The errors that a scenario refuses with


def token_refused() -> HttpError:
    """Refuse the access token, which Daraja does not accept any more from then on."""
    return HttpError(*INVALID_TOKEN, "its scenario ends the access token; ask for a new one")


def spike_arrest() -> HttpError:
    """Refuse the request for its rate, at the gateway."""
    return GatewayError(spike_arrest_response(_SANDBOX_RATE), "its scenario is a spike arrest")


def unavailable() -> HttpError:
    """Answer with a page of HTML and status 503."""
    return GatewayError(_UNAVAILABLE, "its scenario is an outage")


def soap_fault() -> HttpError:
    """Answer with a SOAP fault."""
    return GatewayError(_SOAP_FAULT, "its scenario is a fault at the gateway")


def lost(_request: object) -> NoReturn:
    """Lose the answer to an accepted request: the connection ends without a byte.

    Raises:
        AnswerLost: Always.
    """
    raise AnswerLost
