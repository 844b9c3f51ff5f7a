"""Callbacks of prompts that a till's operator or a customer has answered on the phone."""

from decimal import Decimal

from daraja.simulator.results import result
from daraja.testing.callbacks import PostedCallback
from daraja.testing.results import CONVERSATION, PHONE, RECEIPT, RESULT_URL, posted


def express_result(
    result_code: int | str = 0,
    *,
    amount: int | Decimal = 100,
    request_id: str = "express-1",
    reference: str = "INV 7",
    url: str = RESULT_URL,
) -> PostedCallback:
    """Make the callback of a prompt to a till's operator; 4001 means that it was cancelled.

    Args:
        result_code: 0 if the till paid.
        amount: As for ``b2c_result``.
        request_id: The RequestRefID of the request.
        reference: The payment reference of the request; only a callback of a failure has it.
        url: The address that it goes to.
    """
    ended = result(result_code)
    body: dict[str, object] = {
        "resultCode": str(ended.code),
        "resultDesc": ended.description,
        "amount": f"{float(amount)}",
        "requestId": request_id,
    }
    paid = {"resultType": "0", "conversationID": CONVERSATION, "transactionId": RECEIPT, "status": "SUCCESS"}
    return posted(url, {**body, **(paid if ended.paid else {"paymentReference": reference})})


def standing_order_result(
    result_code: int | str = 0,
    *,
    response_reference: str = "4dd9b5d9-d738-42ba-9326-2cc99e966000",
    phone: str = PHONE,
    url: str = RESULT_URL,
) -> PostedCallback:
    """Make the callback of a standing order; 1032 means that the customer did not agree.

    Args:
        result_code: 0 if the customer agreed.
        response_reference: Daraja's id in the answer to the request.
        phone: The customer; its last three digits are shown.
        url: The address that it goes to.
    """
    ended = result(result_code)
    header = {"responseRefID": response_reference, "requestRefID": "c8c2bb31-3b3a-402e-84fc-21ef35161e48"}
    header |= {"responseCode": str(ended.code), "responseDescription": ended.description}
    data = {
        "TransactionID": RECEIPT if ended.paid else "0000000000",
        "responseCode": str(ended.code),
        "Status": "OKAY" if ended.paid else "ERROR",
        "Msisdn": f"*********{phone[-3:]}",
    }
    items = [{"name": name, "value": value} for name, value in data.items()]
    return posted(url, {"ResponseHeader": header, "ResponseBody": {"responseData": items}})
