"""What stands before Daraja and answers in its stead: the API gateway and the web firewall."""

from datetime import datetime, timedelta
from typing import Final

from daraja.http.messages import HttpResponse
from daraja.simulator.refusals import TurnedAway, json_answer

__all__ = ["SOAP_FAULT", "UNAVAILABLE", "QueryRate", "spike_arrest_answer"]

_MINUTE: Final = timedelta(minutes=1)

SOAP_FAULT: Final = json_answer(
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
"""What the gateway says when one of its own steps fails: a SOAP fault, written as JSON."""

UNAVAILABLE: Final = HttpResponse(
    503,
    {"Content-Type": "text/html"},
    b"<html><head><title>Error</title></head><body>Request unsuccessful. Incapsula incident ID: 1-0</body></html>",
)
"""What the web firewall says during an outage."""


def spike_arrest_answer(per_minute: int) -> HttpResponse:
    """Give what the gateway says to a request that comes too soon after another."""
    rate = f"messagesPerPeriod={per_minute}, periodInMicroseconds=60000000, maxBurstMessageCount=1.0"
    fault = {
        "faultstring": f"Spike arrest violation. Allowed rate : MessageRate{{{rate}}}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
    return json_answer(429, {"fault": fault})


class QueryRate:
    """How many queries the gateway lets through: evenly spread over the minute, as there is no burst.

    Args:
        per_minute: How many, five in the sandbox; None for any number.

    Raises:
        ValueError: If it is below 1.
    """

    def __init__(self, per_minute: int | None) -> None:
        if per_minute is not None and per_minute < 1:
            message = f"query_limit is {per_minute!r}; give a number from 1, or None"
            raise ValueError(message)
        self._per_minute = per_minute
        self._next_at: datetime | None = None

    def admit(self, now: datetime) -> None:
        """Let one query through.

        Raises:
            Refusal: If the one before was too short a time ago.
        """
        if self._per_minute is None:
            return
        if self._next_at is not None and now < self._next_at:
            why = f"only {self._per_minute} queries a minute are let through, {60 / self._per_minute:g} s apart"
            raise TurnedAway(spike_arrest_answer(self._per_minute), why)
        self._next_at = now + _MINUTE / self._per_minute
