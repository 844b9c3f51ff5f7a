"""A scenario of an initiator's request: how it is answered, carried out and reported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs
from attrs.validators import optional

from daraja.http.messages import HttpResponse
from daraja.simulator.clock import seconds_validator
from daraja.simulator.errors import Json, json_response
from daraja.simulator.gateway import Refuse, never
from daraja.simulator.products.initiator.request import InitiatorRequest
from daraja.simulator.results import Result

_INTERNAL: Final = "https://internal.example/mpesa/results/v1/submit"
"""Every result of Daraja's has an address of Safaricom's own network in it."""


def acknowledge(request: InitiatorRequest, code: str = "0", words: str = "") -> HttpResponse:
    """Answer a request as Daraja does: it is accepted, which says nothing about its result."""
    body = {
        "OriginatorConversationID": str(request.originator_conversation_id),
        "ConversationID": request.conversation_id,
        "ResponseCode": code,
        "ResponseDescription": words or "Accept the service request successfully.",
    }
    return json_response(200, body)


@attrs.frozen(kw_only=True)
class ResultPayload:
    """The fields of a result.

    Args:
        request: The request that it is about.
        result: The result code and its words.
        transaction_id: M-Pesa's id; failures have one too.
        parameters: What the result says, by name; an item of None has no value.
        references: What it says about the request, by name.
        result_type: 0, or 1 where more will follow.
        originator_conversation_id: The id that it names; the request's own unless a scenario changes it.
    """

    request: InitiatorRequest
    result: Result
    transaction_id: str
    parameters: Mapping[str, object] = attrs.field(repr=False)
    references: Mapping[str, object] = attrs.field(repr=False)
    result_type: int | str = 0
    originator_conversation_id: str

    def fields(self) -> dict[str, object]:
        """Return the fields without the envelope around them."""
        fields: dict[str, object] = {
            "ResultType": self.result_type,
            "ResultCode": self.result.code,
            "ResultDesc": self.result.description,
            "OriginatorConversationID": str(self.originator_conversation_id),
            "ConversationID": self.request.conversation_id,
            "TransactionID": self.transaction_id,
        }
        if self.parameters:
            fields["ResultParameters"] = {"ResultParameter": _items(self.parameters)}
        fields["ReferenceData"] = {"ReferenceItem": _items({**self.references, "QueueTimeoutURL": _INTERNAL})}
        return fields

    def body(self) -> Json:
        """Return the body of the result."""
        return {"Result": self.fields()}


def usual_body(payload: ResultPayload) -> Json:
    """Return the usual body of a result."""
    return payload.body()


@attrs.frozen(kw_only=True)
class Notice:
    """One request that Daraja makes about the result.

    Args:
        after: Seconds from the end of the request until it is sent.
        body: Makes its body.
        timeout: Whether it goes to the QueueTimeOutURL, and not to the ResultURL.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    after: float = attrs.field(default=0.0, validator=seconds_validator)
    body: Callable[[ResultPayload], Json] = usual_body
    timeout: bool = False


@attrs.frozen(kw_only=True)
class ResultScenario:
    """How a request of an initiator turns out. Every field goes with every other.

    Args:
        result: The result if nothing else speaks against it, such as too little money; None for success.
        after: Seconds from the request until it is carried out; None for the engine's own delay.
        refuse: Whether the request is refused instead; then nothing below happens.
        reply: Answers the request once it is accepted.
        early: Whether it is carried out at once, and its result comes before the answer.
        notices: What is sent once it is carried out.
        expires: Whether it waits too long in a queue and is never carried out.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    result: Result | None = None
    after: float | None = attrs.field(default=None, validator=optional(seconds_validator))
    refuse: Refuse = never
    reply: Callable[[InitiatorRequest], HttpResponse] = acknowledge
    early: bool = False
    notices: Sequence[Notice] = (Notice(),)
    expires: bool = False


def _items(values: Mapping[str, object]) -> Sequence[Json] | Json:
    """Write names and values as Daraja does: a list, but one alone is no list."""
    items = [{"Key": name} if value is None else {"Key": name, "Value": value} for name, value in values.items()]
    return items[0] if len(items) == 1 else items
