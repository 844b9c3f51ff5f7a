"""What may be heard about a payment, and from whom."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import attrs

from daraja.api.stk.callback import StkCallback
from daraja.api.stk.push import StkPushResponse
from daraja.api.stk.query import StkQueryResponse
from daraja.errors import ApiError, NotSent
from daraja.phone import mask_numbers

__all__ = ["Evidence", "Said", "Source", "accepted", "given_up", "refused", "reported", "told"]


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
    PROCESSING = "processing"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    FAILED = "failed"
    UNRECOGNISED = "unrecognised"
    NOTHING = "nothing"


@attrs.frozen(kw_only=True)
class Evidence:
    """One thing that was heard about a payment.

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
    merchant_request_id: str | None = None
    checkout_request_id: str | None = None
    amount: Decimal | None = None
    receipt: str | None = None
    result_code: str | None = None
    result_description: str = attrs.field(default="", repr=mask_numbers)
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


def refused(error: ApiError | NotSent, at: datetime, /) -> Evidence:
    """Make evidence of a proven refusal: nobody was asked for money."""
    return Evidence(
        source=Source.ANSWER,
        said=Said.REFUSED,
        at=at,
        result_code=error.code if isinstance(error, ApiError) else None,
        result_description=error.message if isinstance(error, ApiError) else str(error.args[0]),
        refusal=(type(error).__name__, *error.args),
    )


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
