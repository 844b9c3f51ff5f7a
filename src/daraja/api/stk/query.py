"""STK query: ask Daraja for the result of a prompt."""

from datetime import datetime
from typing import Final

import attrs

from daraja import fields
from daraja.api.stk.push import passkey_of, stk_signature
from daraja.config import Config
from daraja.errors import UnexpectedResponse
from daraja.fields import Checked
from daraja.http.error_response import Refusal, refusal_in
from daraja.http.exchange import authorised, refuse
from daraja.http.flow import Flow
from daraja.http.json_body import as_text, post_json, read_object
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.result_codes import Explanation, Outcome, explain
from daraja.values.secret import MaskedText, mask_numbers

_STILL_PROCESSING: Final = "4999"
"""The code of an answer that has none, since nothing is decided yet."""


@attrs.frozen(kw_only=True)
class StkQueryResponse:
    """The result of a payment as Daraja knows it at the moment of the query.

    Args:
        outcome: What became of it; ``Outcome.PROCESSING`` means ask again later.
        result_code: Safaricom's code, for ``daraja.explain("stk", code)``; None while there is none.
        result_description: Safaricom's words; they differ from day to day for one code, so decide by the outcome.
        merchant_request_id: Daraja's id of the request, or None if the answer had none.
        checkout_request_id: Daraja's id of the payment, or None if the answer had none; masked in reprs. Should it
            not be the one you asked about, believe nothing of the answer.
    """

    outcome: Outcome
    result_code: str | None
    result_description: str = attrs.field(repr=mask_numbers)
    merchant_request_id: str | None
    checkout_request_id: str | None

    @property
    def explanation(self) -> Explanation:
        """Its meaning for the customer, the shop and its developer."""
        return explain("stk", self.result_code or _STILL_PROCESSING, self.result_description)


@attrs.frozen
class StkQuery(Checked):
    """A question about one payment: give it to ``Daraja.run``; asking often is harmless, within the rate limit.

    Args:
        checkout_request_id: The id from the push's answer; masked in reprs, since it can end in a phone number.

    Raises:
        InvalidInput: If the id is blank. Nothing was sent.

    Source:
        Daraja, MpesaExpressQuery.
    """

    checkout_request_id: str = attrs.field(converter=fields.identifier)

    def flow(self, config: Config, /) -> Flow[StkQueryResponse]:
        """Ask Daraja for the result of the payment.

        Args:
            config: Who was to be paid, and in which Daraja.

        Raises:
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused the question, ``RateLimited`` above all: ask less often.
            UnexpectedResponse: If the answer cannot be read; ask again later.
        """
        passkey_of(config)
        response = yield from authorised(self._request, config, repeatable=True)
        answer = _read(response)
        if isinstance(answer, StkQueryResponse):
            return answer
        if isinstance(answer, UnexpectedResponse):
            raise answer
        if answer.is_undecided:
            return _undecided(answer.message)
        raise (yield from refuse(answer, response, repeatable=True))

    def _request(self, config: Config, now: datetime) -> HttpRequest:
        return post_json(
            f"{config.environment.base_url}/mpesa/stkpushquery/v1/query",
            {
                **stk_signature(config, now),
                "CheckoutRequestID": self.checkout_request_id,
            },
        )


def _undecided(words: str) -> StkQueryResponse:
    return StkQueryResponse(
        outcome=Outcome.PROCESSING,
        result_code=None,
        result_description=words,
        merchant_request_id=None,
        checkout_request_id=None,
    )


def _read(response: HttpResponse) -> StkQueryResponse | Refusal | UnexpectedResponse:
    body = read_object(response.body) or {}
    refusal = refusal_in(response, body or None)
    if refusal is not None:
        return refusal
    accepted, given, words, merchant_request_id, checkout_request_id, description = (
        as_text(body.get(name))
        for name in (
            "ResponseCode",
            "ResultCode",
            "ResultDesc",
            "MerchantRequestID",
            "CheckoutRequestID",
            "ResponseDescription",
        )
    )
    if accepted is None:
        return UnexpectedResponse(response.status, "it has no ResponseCode")
    if given is None and body.get("ResultCode") not in (None, ""):
        return UnexpectedResponse(response.status, "its ResultCode is neither a number nor text")
    said = words or description or ""
    return StkQueryResponse(
        outcome=Outcome.PROCESSING if given is None else explain("stk", given, said).outcome,
        result_code=given,
        result_description=said,
        merchant_request_id=merchant_request_id,
        checkout_request_id=None if checkout_request_id is None else MaskedText(checkout_request_id),
    )
