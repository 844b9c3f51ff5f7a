"""What may be heard about a payment, and from whom."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import attrs

from daraja.api.stk.callback import StkCallback
from daraja.api.stk.push import StkPushResponse
from daraja.api.stk.query import StkQueryResponse
from daraja.errors import (
    ApiError,
    AuthenticationError,
    InvalidRequest,
    NotSent,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.values.phone import Personal, mask_numbers

__all__ = ["Evidence", "Said", "Source", "accepted", "given_up", "refusal_from", "refused", "reported", "told"]

Refusal = ApiError | NotSent | UnexpectedResponse


class Source(StrEnum):
    """From whom something was heard; of two who raise a payment equally, the later in this list decided it.

    A person comes first: what they decide stands beside the payment, and brings no code of Safaricom's.
    """

    PERSON = "person"
    GIVING_UP = "giving up"
    ANSWER = "answer"
    QUERY = "query"
    CALLBACK = "callback"


class Said(StrEnum):
    """What was said."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PAID = "paid"
    CLAIMED = "claimed"
    PROCESSING = "processing"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    FAILED = "failed"
    UNRECOGNISED = "unrecognised"
    NOTHING = "nothing"


_LONGEST: Final = 200
"""Characters of a text of Safaricom's that are kept; real ones are shorter by far."""


def _storable(text: str) -> str:
    """Give text that every database takes: whoever forges a callback may put anything into it."""
    kept = text[:_LONGEST]
    return kept if kept.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in kept)


def _storable_or_none(text: str | None) -> str | None:
    return None if text is None else _storable(text)


def _personal(text: str | None) -> str | None:
    return None if text is None else Personal(_storable(text))


@attrs.frozen(kw_only=True)
class Evidence:
    """One thing that was heard about a payment.

    Its texts are cut to 200 characters, and what cannot be printed in them is replaced.

    Args:
        source: From whom.
        said: What.
        at: When it was heard.
        merchant_request_id: Daraja's id of the request, if it was named.
        checkout_request_id: Daraja's id of the payment, if it was named; masked in reprs.
        amount: What was paid, in KES, if it was named.
        receipt: The receipt, if it was named.
        result_code: Safaricom's code, if there was one.
        result_description: Safaricom's words.
        refusal: The class and the arguments of the error by which Daraja refused the request.
    """

    source: Source
    said: Said
    at: datetime
    merchant_request_id: str | None = attrs.field(default=None, converter=_storable_or_none)
    checkout_request_id: str | None = attrs.field(default=None, converter=_personal)
    amount: Decimal | None = None
    receipt: str | None = attrs.field(default=None, converter=_storable_or_none)
    result_code: str | None = attrs.field(default=None, converter=_storable_or_none)
    result_description: str = attrs.field(default="", converter=_storable, repr=mask_numbers)
    refusal: tuple[object, ...] | None = attrs.field(default=None, repr=False)


def accepted(response: StkPushResponse, at: datetime, /) -> Evidence:
    """Make evidence of Daraja's answer that it will ask the customer."""
    return Evidence(
        source=Source.ANSWER,
        said=Said.ACCEPTED,
        at=at,
        merchant_request_id=response.merchant_request_id or None,
        checkout_request_id=response.checkout_request_id,
    )


_REFUSALS: Final[dict[str, type[Refusal]]] = {
    kind.__name__: kind
    for kind in (
        AuthenticationError,
        InvalidRequest,
        SubscriberBusy,
        RateLimited,
        ApiError,
        NotSent,
        UnexpectedResponse,
    )
}


def refused(error: Refusal, at: datetime, /) -> Evidence:
    """Make evidence of a proven refusal: nobody was asked for money."""
    # A transport of one's own may raise a class of its own; it is kept as ours, which can be raised again.
    kind = next(name for name, known in _REFUSALS.items() if isinstance(error, known))
    return Evidence(
        source=Source.ANSWER,
        said=Said.REFUSED,
        at=at,
        result_code=error.code if isinstance(error, ApiError) else None,
        result_description=error.message if isinstance(error, ApiError) else str(error.args[-1]),
        refusal=(kind, *error.args),
    )


def refusal_from(kept: tuple[Any, ...], /) -> Refusal:  # Any: an error's arguments
    """Make the error again of which ``refused`` made evidence."""
    kind, *arguments = kept
    return _REFUSALS[kind](*arguments)


def reported(callback: StkCallback, at: datetime, /) -> Evidence:
    """Make evidence of what Safaricom reported by itself."""
    heard = _result(Source.CALLBACK, callback, at)
    return attrs.evolve(heard, amount=callback.amount, receipt=callback.receipt)


def told(answer: StkQueryResponse, at: datetime, /) -> Evidence:
    """Make evidence of what Daraja answered when it was asked."""
    return _result(Source.QUERY, answer, at)


def given_up(at: datetime, /) -> Evidence:
    """Make evidence that we stop waiting, which says nothing about the money."""
    return Evidence(source=Source.GIVING_UP, said=Said.NOTHING, at=at)


def _result(source: Source, result: StkCallback | StkQueryResponse, at: datetime) -> Evidence:
    return Evidence(
        source=source,
        said=Said(result.outcome),
        at=at,
        merchant_request_id=result.merchant_request_id,
        checkout_request_id=result.checkout_request_id,
        result_code=result.result_code,
        result_description=result.result_description,
    )
