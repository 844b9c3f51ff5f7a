"""Invented results and incoming payments in the form that Safaricom posts."""

import json
from collections.abc import Mapping
from typing import Final

__all__ = ["PHONE", "QUEUE", "as_body", "b2c_paid", "confirmation", "items", "result"]

PHONE: Final = "254700000317"
QUEUE: Final = {"Key": "QueueTimeoutURL", "Value": "https://internal.example/mpesa/results/v1/submit"}


def items(values: Mapping[str, object]) -> list[dict[str, object]]:
    """Return names and values as a list of objects, the form of nearly all results."""
    return [{"Key": name, "Value": value} for name, value in values.items()]


def result(
    code: object = 0,
    parameters: Mapping[str, object] | None = None,
    /,
    **changes: object,
) -> dict[str, object]:
    """Return a result; a change to None removes a field."""
    inner: dict[str, object] = {
        "ResultType": 0,
        "ResultCode": code,
        "ResultDesc": "The service request is processed successfully." if str(code) == "0" else "Refused.",
        "OriginatorConversationID": "41c0-4a5f-9b3e-1d2e3f405161",
        "ConversationID": "AG_20261123_2010abc3004de5f6a7b8",
        "TransactionID": "UKN7X2M4QA",
        "ReferenceData": {"ReferenceItem": QUEUE},
    }
    if parameters is not None:
        inner["ResultParameters"] = {"ResultParameter": items(parameters)}
    inner |= changes
    return {"Result": {name: value for name, value in inner.items() if value is not None}}


B2C_PARAMETERS: Final[Mapping[str, object]] = {
    "TransactionAmount": 1500,
    "TransactionReceipt": "UKN7X2M4QA",
    "ReceiverPartyPublicName": f"{PHONE} - WANJIKU TEST OTIENO",
    "TransactionCompletedDateTime": "23.11.2026 10:15:44",
    "B2CUtilityAccountAvailableFunds": 81234.5,
    "B2CWorkingAccountAvailableFunds": 12000.0,
    "B2CRecipientIsRegisteredCustomer": "Y",
    "B2CChargesPaidAccountAvailableFunds": -340.0,
}


def b2c_paid(parameters: Mapping[str, object] = {}, /, **changes: object) -> dict[str, object]:
    """Return a paid payout; a change to None removes a parameter."""
    values = {name: value for name, value in {**B2C_PARAMETERS, **parameters}.items() if value is not None}
    return result(0, values, **changes)


def confirmation(**changes: object) -> dict[str, object]:
    """Return a C2B confirmation; a change to None removes a field."""
    fields: dict[str, object] = {
        "TransactionType": "Pay Bill",
        "TransID": "UKN3F8R1TB",
        "TransTime": "20261123101544",
        "TransAmount": "250.00",
        "BusinessShortCode": "600222",
        "BillRefNumber": "INV 117",
        "InvoiceNumber": "",
        "OrgAccountBalance": "81484.50",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 317",
        "FirstName": "WANJIKU",
        "MiddleName": "",
        "LastName": "",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def as_body(fields: object) -> bytes:
    """Return it as the bytes of a request."""
    return json.dumps(fields).encode()
