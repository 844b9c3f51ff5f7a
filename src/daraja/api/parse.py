"""Read the bodies that Safaricom posts to our addresses: results, money that came in, timeout notices."""

from collections.abc import Mapping
from typing import Final, Literal, overload

from daraja.api.account_balance import BalanceResult
from daraja.api.b2b import B2bResult
from daraja.api.b2b_express import ExpressResult
from daraja.api.b2c import B2cResult
from daraja.api.incoming import IncomingPayment, read_incoming
from daraja.api.result import Result, open_envelope
from daraja.api.reversal import ReversalResult
from daraja.api.standing_order import StandingOrderResult, open_standing_order
from daraja.api.timeout import TimeoutNotice, read_timeout
from daraja.api.transaction_status import StatusResult
from daraja.errors import CallbackMalformed
from daraja.http.json_body import Body
from daraja.values.secret import hide_locals

_TYPES: Final[Mapping[str, type[Result]]] = {
    "b2c": B2cResult,
    "b2b": B2bResult,
    "tax": B2bResult,
    "reversal": ReversalResult,
    "status": StatusResult,
    "balance": BalanceResult,
    "express": ExpressResult,
    "standing_order": StandingOrderResult,
}


@overload
def parse_result(product: Literal["b2c"], body: Body, /) -> B2cResult: ...
@overload
def parse_result(product: Literal["b2b", "tax"], body: Body, /) -> B2bResult: ...
@overload
def parse_result(product: Literal["reversal"], body: Body, /) -> ReversalResult: ...
@overload
def parse_result(product: Literal["status"], body: Body, /) -> StatusResult: ...
@overload
def parse_result(product: Literal["balance"], body: Body, /) -> BalanceResult: ...
@overload
def parse_result(product: Literal["express"], body: Body, /) -> ExpressResult: ...
@overload
def parse_result(product: Literal["standing_order"], body: Body, /) -> StandingOrderResult: ...
@overload
def parse_result(product: str, body: Body, /) -> Result: ...


@hide_locals
def parse_result(product: str, body: Body, /) -> Result:
    """Read the result of a request in any form that Safaricom has sent.

    >>> refused = '{"Result": {"ResultType": 0, "ResultCode": 2001, "ResultDesc": "The initiator information is '
    >>> refused += 'invalid.", "ConversationID": "AG_1", "TransactionID": "NLJ0000000"}}'
    >>> result = parse_result("b2c", refused)
    >>> result.outcome.value, result.transaction_id, result.explanation.pay_again
    ('failed', None, True)

    Args:
        product: ``b2c`` (Pochi too), ``b2b``, ``tax``, ``reversal``, ``status``, ``balance``, ``express`` or
            ``standing_order``: the one that the address belongs to, since results do not say it.
        body: The body of the request, at most 64 KiB, or what a JSON parser made of it.

    Returns:
        The report, in types. Only the number 0 and the text ``"0"`` count as done.

    Raises:
        CallbackMalformed: If it cannot be read; ``path`` names the field. Keep the body for a person to look at, and
            answer Safaricom as always.
        ValueError: If there is no such product. Correct the call.

    Source:
        Daraja, BusinessToCustomer, BusinessPayBill, TaxRemittance, Reversal, TransactionStatus, AccountBalance,
        B2BExpressCheckout and MpesaRatiba (results).
    """
    if product not in _TYPES:
        raise ValueError(f"there is no product {product!r}; results are known of: {', '.join(_TYPES)}")
    try:
        envelope = open_standing_order(body) if product == "standing_order" else open_envelope(body)
        return _TYPES[product].of(envelope, product)
    except RecursionError:
        fault = "nests too deep"  # a mapping has no limit to its depth
    raise CallbackMalformed("body", fault)


@hide_locals
def parse_incoming(body: Body, /) -> IncomingPayment:
    """Read money that came in: a C2B validation or confirmation, a push of Bill Manager, a record of Pull.

    >>> said = '{"TransID": "RKL51ZDR4F", "TransTime": "20231121121325", "TransAmount": "5.00", '
    >>> said += '"BusinessShortCode": "600966", "BillRefNumber": "INV 7", "MSISDN": "2547 ***** 126"}'
    >>> payment = parse_incoming(said)
    >>> payment.receipt, str(payment.amount), payment.reference, str(payment.payer)
    ('RKL51ZDR4F', '5.00', 'INV 7', '2547 ***** 126')

    Args:
        body: The body of the request, at most 64 KiB, or what a JSON parser made of it.

    Returns:
        The payment. A validation reads like a confirmation, so tell them apart by the address.

    Raises:
        CallbackMalformed: If it cannot be read, or has no receipt or no amount; ``path`` names the field. Keep the
            body for a person to look at, and answer a confirmation as always: the money has moved.

    Source:
        Daraja, CustomerToBusiness, BillManager and PullTransaction.
    """
    return read_incoming(body)


def parse_timeout(body: object, /) -> TimeoutNotice:
    """Read a notice that a request waited too long in a queue. It decides nothing, so anything is taken.

    >>> parse_timeout(b"").conversation_id is None
    True

    Args:
        body: Whatever came.

    Returns:
        What could be read of it, without the SecurityCredential that came back with it.

    Source:
        Daraja, BusinessToCustomer (QueueTimeOutURL), which does not say what comes.
    """
    return read_timeout(body)
