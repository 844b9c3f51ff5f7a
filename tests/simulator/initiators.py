"""Requests of an initiator in raw HTTP, and their results read by the library."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from daraja import parse_result, security_credential
from daraja.api.result import Result
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Engine, certificate
from tests.simulator.shop import Shop, read

B2C = "/mpesa/b2c/v3/paymentrequest"
STATUS = "/mpesa/transactionstatus/v1/query"
BALANCE = "/mpesa/accountbalance/v1/query"
REVERSAL = "/mpesa/reversal/v1/request"
BULK = "600992"
PHONE = "254712345678"
RESULT = "http://127.0.0.1:9000/result/s3cr3t"
TIMEOUT = "http://127.0.0.1:9000/timeout/s3cr3t"


@cache
def credential(password: str = SANDBOX_PASSWORD) -> str:
    return security_credential(password, certificate())


def body(command: str, /, **fields: object) -> dict[str, Any]:
    """Make a request; a field changed to None is left out."""
    made = {
        "Initiator": SANDBOX_INITIATOR,
        "SecurityCredential": credential(),
        "CommandID": command,
        "PartyA": BULK,
        "Remarks": "Payment",
        "ResultURL": RESULT,
        "QueueTimeOutURL": TIMEOUT,
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def b2c(identity: str, phone: str = PHONE, /, **fields: object) -> dict[str, Any]:
    own = {"InitiatorName": SANDBOX_INITIATOR, "Initiator": None, "Amount": 100, "PartyB": phone}
    return body("BusinessPayment", **{"OriginatorConversationID": identity, **own, **fields})


def status(**fields: object) -> dict[str, Any]:
    return body("TransactionStatusQuery", **{"IdentifierType": "4", **fields})


def balance(**fields: object) -> dict[str, Any]:
    return body("AccountBalance", **{"IdentifierType": "4", **fields})


def reversal(receipt: str, shortcode: str, **fields: object) -> dict[str, Any]:
    own = {"PartyA": None, "ReceiverParty": shortcode, "RecieverIdentifierType": "11"}
    return body("TransactionReversal", **{**own, "TransactionID": receipt, "Amount": 500, **fields})


def due(engine: Engine, shop: Shop, seconds: float = 5) -> Sequence[HttpRequest]:
    shop.wait(seconds)
    return engine.due(shop.now)


def result_of(product: str, engine: Engine, shop: Shop, response: HttpResponse) -> Result:
    """Wait for the one result of a request that was accepted, and read it."""
    assert response.status == 200, response.body
    accepted = read(response)
    assert accepted["ResponseCode"] == "0"
    (sent,) = due(engine, shop)
    assert sent.url == RESULT
    result = parse_result(product, sent.body)
    assert result.conversation_id == accepted["ConversationID"]
    assert result.originator_conversation_id == accepted["OriginatorConversationID"]
    return result
