"""Results as Safaricom posts them, for every product and outcome, without a request before."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, TypedDict, Unpack

from daraja.api.stk.push import stk_timestamp
from daraja.http.messages import HttpRequest
from daraja.simulator.ledger import customer
from daraja.simulator.results import result
from daraja.testing.callbacks import PostedCallback
from daraja.values.nairobi_time import EAT

RESULT_URL: Final = "https://shop.example/results/result/"
TIMEOUT_URL: Final = "https://shop.example/results/timeout/"
PHONE: Final = "254712345678"
RECEIPT: Final = "UKN7X2M4QA"
CONVERSATION: Final = "AG_20261123_2010abc3004de5f6a7b8"
PAID_AT: Final = datetime(2026, 11, 23, 10, 15, 44, tzinfo=EAT)
_ORIGINATOR: Final = "41c0-4a5f-9b3e-1d2e3f405161"
_SHOP: Final = "600111 - DUKA LETU"
_TIME: Final = int(stk_timestamp(PAID_AT))
_BALANCES: Final = (
    "Working Account|KES|346568.83|6186.83|340382.00|0.00&Utility Account|KES|81234.50|81234.50|0.00|0.00"
    "&Charges Paid Account|KES|-340.00|-340.00|0.00|0.00"
)

Values = Mapping[str, object]
"""Names and values on the wire. They are added to the usual ones, and None takes one away."""


class Envelope(TypedDict, total=False):
    """The fields that the results of all products have.

    Args:
        originator_conversation_id: The id of the request, yours or one of Daraja's.
        conversation_id: Daraja's id of the request.
        transaction_id: M-Pesa's id; failures have one too.
        parameters: Other names and values among the parameters, as on the wire; None takes one away.
        fields: The same for the fields around the parameters, such as ``ResultDesc``.
        url: The address that it goes to.
    """

    originator_conversation_id: str
    conversation_id: str
    transaction_id: str
    parameters: Values
    fields: Values
    url: str


def posted(url: str, body: object) -> PostedCallback:
    """Make the request that carries a body to an address."""
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    return PostedCallback(HttpRequest("POST", url, headers, json.dumps(body, separators=(",", ":")).encode()))


def b2c_result(
    result_code: int | str = 0,
    *,
    amount: int | Decimal = 100,
    phone: str = PHONE,
    receipt: str = RECEIPT,
    **envelope: Unpack[Envelope],
) -> PostedCallback:
    """Make the result of a payout to a phone, by B2C or Pochi.

    >>> from daraja import parse_result
    >>> paid = parse_result("b2c", b2c_result(amount=500, originator_conversation_id="payout-17").body)
    >>> paid.outcome.value, str(paid.amount), str(paid.originator_conversation_id)
    ('paid', '500', 'payout-17')
    >>> parse_result("b2c", b2c_result(2001).body).outcome.value
    'failed'

    Args:
        result_code: 0 for a payout that was made. Any other has no parameters, unless you give some.
        amount: What was paid, in KES.
        phone: Who was paid, as Safaricom writes it.
        receipt: The receipt, which is the TransactionID too.
        **envelope: The fields of ``daraja.testing.results.Envelope``.

    Returns:
        The callback, to be sent with ``send`` or read from ``body``.
    """
    usual = {
        "TransactionAmount": _number(amount),
        "TransactionReceipt": receipt,
        "ReceiverPartyPublicName": _customer(phone),
        "TransactionCompletedDateTime": f"{PAID_AT:%d.%m.%Y %H:%M:%S}",
        "B2CUtilityAccountAvailableFunds": 81234.5,
        "B2CWorkingAccountAvailableFunds": 12000.0,
        "B2CRecipientIsRegisteredCustomer": "Y",
        "B2CChargesPaidAccountAvailableFunds": -340.0,
    }
    return _posted(result_code, usual, {}, {"transaction_id": receipt, **envelope})


def b2b_result(
    result_code: int | str = 0,
    *,
    amount: int | Decimal = 100,
    receiver: str = _SHOP,
    reference: str = "INV 7",
    **envelope: Unpack[Envelope],
) -> PostedCallback:
    """Make the result of a payment to a business.

    Args:
        result_code: As for ``b2c_result``, like all that is not named here.
        amount: As above.
        receiver: Who was paid: number, hyphen, name.
        reference: The account reference of the request.
        **envelope: As above.
    """
    held = "{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}"
    usual = {
        "InitiatorAccountCurrentBalance": held,
        "DebitAccountBalance": held,
        "Amount": _number(amount),
        "DebitPartyAffectedAccountBalance": _BALANCES.partition("&")[0],
        "TransCompletedTime": _TIME,
        "DebitPartyCharges": "",
        "ReceiverPartyPublicName": receiver,
        "Currency": "KES",
    }
    return _posted(result_code, usual, {"BillReferenceNumber": reference}, envelope)


def tax_result(
    result_code: int | str = 0,
    *,
    amount: int | Decimal = 100,
    prn: str = "PRN20261123",
    **envelope: Unpack[Envelope],
) -> PostedCallback:
    """Make the result of a payment of tax.

    Args:
        result_code: As for ``b2c_result``, like all that is not named here.
        amount: As above.
        prn: The payment registration number.
        **envelope: As above.
    """
    return b2b_result(result_code, amount=amount, receiver="572572 - KRA", reference=prn, **envelope)


def reversal_result(
    result_code: int | str = 0,
    *,
    amount: int | Decimal = 100,
    original_receipt: str = RECEIPT,
    receipt: str = "UKN8Y3N5RB",
    phone: str = PHONE,
    **envelope: Unpack[Envelope],
) -> PostedCallback:
    """Make the result of a reversal; ``R000001`` means that the payment was reversed before.

    Args:
        result_code: As for ``b2c_result``, like all that is not named here.
        amount: As above.
        original_receipt: The receipt of the payment that went back.
        receipt: The receipt of the reversal itself.
        phone: Who got the money back.
        **envelope: As above.
    """
    usual = {
        "DebitAccountBalance": "Utility Account|KES|81234.50|81234.50|0.00|0.00",
        "Amount": _number(amount),
        "TransCompletedTime": _TIME,
        "OriginalTransactionID": original_receipt,
        "Charge": 0.0,
        "CreditPartyPublicName": _customer(phone),
        "DebitPartyPublicName": _SHOP,
    }
    return _posted(result_code, usual, {}, {"transaction_id": receipt, **envelope})


def status_result(
    transaction_status: str = "Completed",
    *,
    result_code: int | str = 0,
    amount: int | Decimal = 100,
    receipt: str = RECEIPT,
    phone: str = PHONE,
    asked_originator_conversation_id: str = "payout-1",
    **envelope: Unpack[Envelope],
) -> PostedCallback:
    """Make the answer to a status query about a payout.

    Args:
        transaction_status: What became of it: ``Completed``, ``Declined``, ``Expired``, ``Initiated`` and others.
        result_code: As for ``b2c_result``, like all that is not named here; 0 says only that M-Pesa answers.
        amount: As above.
        receipt: The receipt of the payment that was asked about.
        phone: As above.
        asked_originator_conversation_id: The id of the request that was asked about.
        **envelope: As above; its ids are those of the query.
    """
    usual = {
        "DebitPartyName": _SHOP,
        "CreditPartyName": _customer(phone),
        "OriginatorConversationID": asked_originator_conversation_id,
        "ConversationID": CONVERSATION,
        "InitiatedTime": _TIME,
        "FinalisedTime": _TIME,
        "DebitPartyCharges": "Fee For B2C Payment|KES|22.40",
        "DebitAccountType": "Utility Account",
        "ReasonType": "Business Payment to Customer via API",
        "TransactionStatus": transaction_status,
        "Amount": _number(amount),
        "ReceiptNo": receipt,
    }
    ids: Envelope = {"conversation_id": "AG_20261123_2010fff3004de5f6a7b8", "transaction_id": "UKN0000000"}
    return _posted(result_code, usual, {}, {**ids, **envelope})


def balance_result(
    result_code: int | str = 0, *, balances: str = _BALANCES, **envelope: Unpack[Envelope]
) -> PostedCallback:
    """Make the answer to a balance query.

    Args:
        result_code: As for ``b2c_result``, like all that is not named here.
        balances: The accounts as on the wire: ``Utility Account|KES|current|available|reserved|uncleared``, joined by
            ``&``.
        **envelope: As above.
    """
    usual = {"ActionType": "CheckBalance", "AccountBalance": balances, "BOCompletedTime": _TIME}
    return _posted(result_code, usual, {}, {"transaction_id": "UKN0000000", **envelope})


def timeout_notice(request: Values | None = None, *, url: str = TIMEOUT_URL) -> PostedCallback:
    """Make the notice that a request waited too long: the request itself, sent back.

    Args:
        request: The fields of the request; those of a payout if left out.
        url: The address that it goes to.
    """
    usual = {
        "OriginatorConversationID": "payout-1",
        "InitiatorName": "testapi",
        "SecurityCredential": "bm90IGEgc2VjcmV0",
        "CommandID": "BusinessPayment",
        "Amount": 100,
        "PartyA": "600111",
        "PartyB": PHONE,
        "Remarks": "Payment",
        "ResultURL": RESULT_URL,
        "QueueTimeOutURL": url,
    }
    return posted(url, usual if request is None else request)


def _posted(code: int | str, usual: Values, references: Values, envelope: Envelope) -> PostedCallback:
    names = Envelope.__annotations__
    if unknown := sorted(envelope.keys() - names.keys()):
        raise TypeError(f"no argument is called {', '.join(unknown)}; the fields of Envelope are {', '.join(names)}")
    ended = result(code)
    parameters = merged(usual if ended.paid else {}, envelope.get("parameters", {}))
    fields: dict[str, object] = {
        "ResultType": 0,
        "ResultCode": ended.code,
        "ResultDesc": ended.description,
        "OriginatorConversationID": envelope.get("originator_conversation_id", _ORIGINATOR),
        "ConversationID": envelope.get("conversation_id", CONVERSATION),
        "TransactionID": envelope.get("transaction_id", RECEIPT),
        **({"ResultParameters": {"ResultParameter": _items(parameters)}} if parameters else {}),
        "ReferenceData": {
            "ReferenceItem": _items({**references, "QueueTimeoutURL": "https://internal.example/submit"})
        },
    }
    return posted(envelope.get("url", RESULT_URL), {"Result": merged(fields, envelope.get("fields", {}))})


def merged(usual: Values, changes: Values) -> Values:
    """Return the usual names and values with changes; None takes one away."""
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def _items(values: Values) -> list[Values]:
    return [{"Key": name, "Value": value} for name, value in values.items()]


def _number(amount: int | Decimal) -> int | float:
    return amount if isinstance(amount, int) else float(amount)


def _customer(phone: str) -> str:
    return str(customer(phone)) if phone.isdecimal() else f"{phone} - JOHN DOE"
