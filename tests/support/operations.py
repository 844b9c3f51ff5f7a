"""Every operation of the client with its request and Daraja's answer: one case for each."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from unittest.mock import ANY

import attrs

from daraja import Config, Initiator
from daraja.api.invoice import Invoice, InvoiceItem
from daraja.config import Business, Environment
from daraja.to import PayBillAccount
from tests.support.scripted import CALLBACK_SECRET, CONSUMER_KEY, CONSUMER_SECRET, PAY_BILL, PHONE

__all__ = [
    "ACKNOWLEDGED",
    "CASES",
    "INITIATOR",
    "INVOICE",
    "MONEY",
    "PICTURE",
    "PULLED",
    "Case",
    "case_of",
    "organisation",
]

INITIATOR: Final = Initiator("testapi", "a-credential-nobody-may-see")
RECEIPT: Final = "RKL51ZDR4F"
PICTURE: Final = b"\x89PNG\r\n\x1a\n and the rest"
PULLED: Final = {
    "transactionId": RECEIPT,
    "trxDate": "2026-01-15T10:13:00",
    "msisdn": 712345678,
    "sender": "MPESA",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": "ORD-17",
    "amount": "168.00",
    "organizationname": "Daraja",
}
"""A record of Pull."""
ADDRESSES: Final = {
    "ResultURL": "https://shop.example/results/result/",
    "QueueTimeOutURL": "https://shop.example/results/timeout/",
}
ACKNOWLEDGED: Final = {
    "OriginatorConversationID": "16740-34861180-1",
    "ConversationID": "AG_20260115_2010325b025970fbc403",
    "ResponseCode": "0",
    "ResponseDescription": "Accept the service request successfully.",
}
BY_INITIATOR: Final = {"SecurityCredential": "a-credential-nobody-may-see", **ADDRESSES}


def organisation(
    *,
    business: Business = PAY_BILL,
    environment: str | Environment = "simulator",
    **more: Any,  # noqa: ANN401 - settings of many types
) -> Config:
    """Return the settings of an organisation that uses every product."""
    given: dict[str, Any] = {  # Any: as above
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
        "business": business,
        "environment": environment,
        "callback_url": "https://shop.example/payments/",
        "callback_secrets": [CALLBACK_SECRET],
        "results_url": "https://shop.example/results/",
        "initiator": INITIATOR,
        "pull_number": PHONE,
        "bill_app_key": "an-app-key-nobody-may-see",
    }
    return Config(**(given | more))


@attrs.frozen(kw_only=True)
class Case:
    """One operation.

    Args:
        method: The method of ``Daraja``.
        given: Its arguments by name.
        by_place: Its arguments without a name.
        path: Where the request goes.
        sent: The whole body.
        answer: An answer that says yes.
        repeatable: Whether it is sent again in doubt, since it neither moves money nor prompts anybody.
    """

    method: str
    given: Mapping[str, Any] = attrs.field(factory=dict[str, Any])  # Any: arguments of many types
    by_place: Sequence[Any] = ()
    path: str
    sent: object
    answer: Mapping[str, object] = ACKNOWLEDGED
    repeatable: bool = False

    def ask(self, client: object) -> Any:  # noqa: ANN401 - each operation has an answer of its own
        """Call the method of a client. The result of an ``AsyncDaraja`` has to be awaited."""
        return getattr(client, self.method)(*self.by_place, **self.given)


_PAY_OUT: Final = (
    Case(
        method="b2c_payment",
        given={"to": "0712 345 678", "amount": 500, "originator_conversation_id": "payout-17", "occasion": "Easter"},
        path="/mpesa/b2c/v3/paymentrequest",
        sent={
            "OriginatorConversationID": "payout-17",
            "InitiatorName": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessPayment",
            "Amount": 500,
            "PartyA": "600111",
            "PartyB": PHONE,
            "Remarks": "Payment",
            "Occassion": "Easter",
        },
    ),
    Case(
        method="pochi_payment",
        given={"to": "0712 345 678", "amount": 10, "originator_conversation_id": "payout-18", "occasion": "Easter"},
        path="/mpesa/b2pochi/v1/paymentrequest",
        sent={
            "OriginatorConversationID": "payout-18",
            "InitiatorName": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessPayToPochi",
            "Amount": 10,
            "PartyA": "600111",
            "PartyB": PHONE,
            "Remarks": "Payment",
            "Occassion": "Easter",
        },
    ),
)

_TO_BUSINESS: Final = (
    Case(
        method="b2b_payment",
        given={
            "to": PayBillAccount("888880", account="17"),
            "amount": 500,
            "requester": "0722 000 000",
            "occasion": "Rent",
        },
        path="/mpesa/b2b/v1/paymentrequest",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessPayBill",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": 500,
            "PartyA": "600111",
            "PartyB": "888880",
            "AccountReference": "17",
            "Requester": "254722000000",
            "Remarks": "Payment",
            "Occassion": "Rent",
        },
    ),
    Case(
        method="b2c_top_up",
        given={"amount": 500, "to": "600996"},
        path="/mpesa/b2b/v1/paymentrequest",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessPayToBulk",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": 500,
            "PartyA": "600111",
            "PartyB": "600996",
            "AccountReference": "600996",
            "Remarks": "Payment",
        },
    ),
    Case(
        method="float_transfer",
        given={"amount": 500},
        path="/mpesa/b2b/v1/paymentrequest",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "BusinessTransferFromMMFToUtility",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": 500,
            "PartyA": "600111",
            "PartyB": "600111",
            "AccountReference": "600111",
            "Remarks": "Payment",
        },
    ),
    Case(
        method="tax_payment",
        given={"to": "2020160000012345", "amount": 500},
        path="/mpesa/b2b/v1/remittax",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "PayTaxToKRA",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": 500,
            "PartyA": "600111",
            "PartyB": "572572",
            "AccountReference": "2020160000012345",
            "Remarks": "Payment",
        },
    ),
)

_COLLECT: Final = (
    Case(
        method="b2b_express",
        given={
            "till": "5050505",
            "amount": 500,
            "reference": "ORD-17",
            "partner": "Mama Njeri's Duka",
            "request_id": "express-17",
        },
        path="/v1/ussdpush/get-msisdn",
        sent={
            "primaryShortCode": "5050505",
            "receiverShortCode": "600111",
            "amount": "500",
            "paymentRef": "ORD-17",
            "callbackUrl": "https://shop.example/results/result/",
            "partnerName": "Mama Njeri's Duka",
            "RequestRefID": "express-17",
        },
        answer={"code": "0", "status": "USSD Initiated Successfully"},
    ),
    Case(
        method="standing_order",
        given={
            "phone": "0712 345 678",
            "amount": 500,
            "name": "Rent of room 7",
            "reference": "ROOM-7",
            "starts": date(2026, 2, 1),
            "ends": date(2026, 12, 31),
            "frequency": "monthly",
        },
        path="/standingorder/v1/createStandingOrderExternal",
        sent={
            "StandingOrderName": "Rent of room 7",
            "StartDate": "20260201",
            "EndDate": "20261231",
            "BusinessShortCode": "600111",
            "TransactionType": "Standing Order Customer Pay Bill",
            "ReceiverPartyIdentifierType": "4",
            "Amount": "500",
            "PartyA": PHONE,
            "CallBackURL": "https://shop.example/results/result/",
            "AccountReference": "ROOM-7",
            "TransactionDesc": "Payment",
            "Frequency": "4",
        },
        answer={
            "ResponseHeader": {
                "responseRefID": "4dd9b5d9-d738-42ba-9326-2cc99e966000",
                "responseCode": "200",
                "responseDescription": "Request accepted for processing",
            },
            "ResponseBody": {"responseDescription": "Request accepted for processing", "responseCode": "200"},
        },
    ),
    Case(
        method="dynamic_qr",
        given={"merchant": "Mama Njeri's Duka", "amount": 500, "reference": "Invoice 17"},
        path="/mpesa/qrcode/v1/generate",
        sent={
            "MerchantName": "Mama Njeri's Duka",
            "RefNo": "Invoice 17",
            "Amount": 500,
            "TrxCode": "PB",
            "CPI": "600111",
            "Size": "300",
        },
        answer={
            "ResponseCode": "AG_20260115_000043fdf61864fe9ff5",
            "RequestID": "16738-27456357-1",
            "ResponseDescription": "QR Code Successfully Generated.",
            "QRCode": b64encode(PICTURE).decode() + "==.",
        },
        repeatable=True,
    ),
    Case(
        method="bonga_redeem",
        given={
            "phone": "0712 345 678",
            "points": 40,
            "amount": 8,
            "rate": Decimal("0.2"),
            "reference": "ORD-17",
        },
        path="/v1/lipa/na/bonga/redeem-paybill",
        sent={
            "msisdn": PHONE,
            "amount": "8",
            "bongaPoints": "40",
            "conversionRate": "0.2",
            "shortCode": "600111",
            "accountNumber": "ORD-17",
        },
        answer={
            "header": {"requestRefId": "55b2b8bd", "responseCode": 200, "responseMessage": "Success"},
            "body": None,
        },
    ),
)

_INCOMING: Final = (
    Case(
        method="c2b_register",
        given={
            "confirmation_url": "https://shop.example/c2b/confirm/",
            "validation_url": "https://shop.example/c2b/validate/",
        },
        path="/mpesa/c2b/v2/registerurl",
        sent={
            "ShortCode": "600111",
            "ResponseType": "Completed",
            "ConfirmationURL": "https://shop.example/c2b/confirm/",
            "ValidationURL": "https://shop.example/c2b/validate/",
        },
        answer={"OriginatorCoversationID": "6e86-45dd", "ResponseCode": "0", "ResponseDescription": "Success"},
        repeatable=True,
    ),
    Case(
        method="c2b_simulate",
        given={"phone": "0712 345 678", "amount": 500, "reference": "ORD-17"},
        path="/mpesa/c2b/v2/simulate",
        sent={
            "ShortCode": 600111,
            "CommandID": "CustomerPayBillOnline",
            "Amount": 500,
            "Msisdn": int(PHONE),
            "BillRefNumber": "ORD-17",
        },
        answer={"OriginatorCoversationID": "53e3-4aa8", "ResponseCode": "0", "ResponseDescription": "Accepted"},
    ),
    Case(
        method="pull_register",
        given={"callback_url": "https://shop.example/pulled/"},
        path="/pulltransactions/v1/register",
        sent={
            "ShortCode": "600111",
            "RequestType": "Pull",
            "NominatedNumber": PHONE,
            "CallBackURL": "https://shop.example/pulled/",
        },
        answer={"ResponseStatus": "1000", "ResponseDescription": "Shortcode Registered Successfully"},
        repeatable=True,
    ),
    Case(
        method="pull_transactions",
        given={
            "since": datetime(2026, 1, 14, 21, 0, tzinfo=UTC),
            "until": datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
            "offset": 100,
        },
        path="/pulltransactions/v1/query",
        sent={
            "ShortCode": "600111",
            "StartDate": "2026-01-15 00:00:00",
            "EndDate": "2026-01-15 12:30:00",
            "OffSetValue": "100",
        },
        answer={"ResponseCode": "1000", "ResponseMessage": "Success", "Response": [[PULLED]]},
        repeatable=True,
    ),
)

_LOOK_UP: Final = (
    Case(
        method="organisation_info",
        by_place=["888880"],
        path="/sfcverify/v1/query/info",
        sent={"IdentifierType": "4", "Identifier": "888880"},
        answer={
            "ResponseCode": "4000",
            "ResponseMessage": "Success",
            "DetailedMessage": "Request received successfully",
            "OrganizationShortCode": "888880",
            "OrganizationName": "Daraja",
            "ChargeProfileID": "20013",
        },
        repeatable=True,
    ),
    Case(
        method="hakikisha",
        by_place=["0712 345 678"],
        path="/mpesa/b2c/hakikisha/v1/hakikisha",
        sent={
            "header": {"requestID": ANY, "timestamp": "1768467600"},
            "body": {"msisdn": PHONE, "shortcode": "600111"},
        },
        answer={
            "header": {"requestID": "8aeefeea", "status": "200", "message": "Success"},
            "body": {"firstName": "Jane", "middleName": "W*****", "lastName": "N****"},
        },
        repeatable=True,
    ),
    Case(
        method="sim_swap",
        by_place=["0712 345 678"],
        path="/imsi/v2/checkATI",
        sent={"customerNumber": PHONE},
        answer={"responseCode": "200", "lastSwapDate": "12-01-2026 17:05"},
        repeatable=True,
    ),
    Case(
        method="bonga_points",
        by_place=[40],
        path="/v1/lipa/na/bonga/calculate-points",
        sent={"points": "40"},
        answer={
            "header": {"requestRefId": "55b2b8bd", "responseCode": 200, "responseMessage": "Success"},
            "body": {"amount": "8", "points": "40", "rate": "0.2"},
        },
        repeatable=True,
    ),
)

_BILLER: Final = {
    "email": "bills@shop.example",
    "contact": "0722 000 000",
    "callback_url": "https://shop.example/bills/",
}
_BILLER_SENT: Final = {
    "shortcode": "600111",
    "email": "bills@shop.example",
    "officialContact": "0722000000",
    "sendReminders": "1",
    "callbackurl": "https://shop.example/bills/",
}
_TAKEN: Final = {"Status_Message": "Done successfully", "resmsg": "Success", "rescode": "200"}
INVOICE: Final = Invoice(
    reference="INV-17",
    name="Jane O'Brien",
    phone="0712 345 678",
    period="January 2026",
    title="School fees",
    due=date(2026, 1, 31),
    account="CLASS-7",
    amount=800,
    items=[InvoiceItem("Food", 300), InvoiceItem("Books", 500)],
)
_INVOICE_SENT: Final = {
    "externalReference": "INV-17",
    "billedFullName": "Jane O'Brien",
    "billedPhoneNumber": PHONE,
    "billedPeriod": "January 2026",
    "invoiceName": "School fees",
    "dueDate": "2026-01-31",
    "accountReference": "CLASS-7",
    "amount": "800",
    "invoiceItems": [{"itemName": "Food", "amount": "300"}, {"itemName": "Books", "amount": "500"}],
}

_BILLS: Final = (
    Case(
        method="bill_opt_in",
        given=_BILLER,
        path="/v1/billmanager-invoice/optin",
        sent=_BILLER_SENT,
        answer={"app_key": "AG_2376487236_126732989KJ", "resmsg": "Success", "rescode": "200"},
        repeatable=True,
    ),
    Case(
        method="bill_update",
        given={**_BILLER, "reminders": False, "logo": "https://shop.example/logo.png"},
        path="/v1/billmanager-invoice/change-optin-details",
        sent={**_BILLER_SENT, "sendReminders": "0", "logo": "https://shop.example/logo.png"},
        answer=_TAKEN,
        repeatable=True,
    ),
    Case(
        method="bill_invoice",
        by_place=[INVOICE],
        path="/v1/billmanager-invoice/single-invoicing",
        sent=_INVOICE_SENT,
        answer=_TAKEN,
    ),
    Case(
        method="bill_invoices",
        by_place=[[INVOICE, attrs.evolve(INVOICE, reference="INV-18", items=())]],
        path="/v1/billmanager-invoice/bulk-invoicing",
        sent=[_INVOICE_SENT, {**_INVOICE_SENT, "externalReference": "INV-18", "invoiceItems": []}],
        answer=_TAKEN,
    ),
    Case(
        method="bill_cancel",
        by_place=["INV-17"],
        path="/v1/billmanager-invoice/cancel-single-invoice",
        sent={"externalReference": "INV-17"},
        answer=_TAKEN,
        repeatable=True,
    ),
    Case(
        method="bill_acknowledge",
        given={
            "receipt": RECEIPT,
            "amount": 800,
            "paid_on": date(2026, 1, 15),
            "account": "CLASS-7",
            "phone": "0712 345 678",
            "name": "Jane O'Brien",
            "title": "School fees",
            "reference": "INV-17",
        },
        path="/v1/billmanager-invoice/reconciliation",
        sent={
            "transactionId": RECEIPT,
            "paidAmount": "800",
            "paymentDate": "2026-01-15",
            "accountReference": "CLASS-7",
            "phoneNumber": "0712345678",
            "fullName": "Jane O'Brien",
            "invoiceName": "School fees",
            "externalReference": "INV-17",
        },
        answer=_TAKEN,
        repeatable=True,
    ),
)

_FOLLOW_UP: Final = (
    Case(
        method="reversal",
        given={"receipt": RECEIPT, "amount": 500, "occasion": "Broken kettle"},
        path="/mpesa/reversal/v1/request",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "TransactionReversal",
            "TransactionID": RECEIPT,
            "Amount": 500,
            "ReceiverParty": "600111",
            "RecieverIdentifierType": "11",
            "Remarks": "Refund",
            "Occasion": "Broken kettle",
        },
    ),
    Case(
        method="transaction_status",
        given={"receipt": RECEIPT, "originator_conversation_id": "payout-17", "occasion": "Audit"},
        path="/mpesa/transactionstatus/v1/query",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "TransactionStatusQuery",
            "TransactionID": RECEIPT,
            "OriginalConversationID": "payout-17",
            "PartyA": "600111",
            "IdentifierType": "4",
            "Remarks": "Status",
            "Occasion": "Audit",
        },
        repeatable=True,
    ),
    Case(
        method="account_balance",
        path="/mpesa/accountbalance/v1/query",
        sent={
            "Initiator": "testapi",
            **BY_INITIATOR,
            "CommandID": "AccountBalance",
            "PartyA": "600111",
            "IdentifierType": "4",
            "Remarks": "Balance",
        },
        repeatable=True,
    ),
)

CASES: Final = (*_PAY_OUT, *_TO_BUSINESS, *_COLLECT, *_INCOMING, *_FOLLOW_UP, *_LOOK_UP, *_BILLS)
"""One case for each operation."""

MONEY: Final = tuple(case for case in CASES if not case.repeatable)
"""What moves money or prompts somebody, and so is never sent twice in doubt."""


def case_of(method: str) -> Case:
    """Give the case of one method."""
    return next(case for case in CASES if case.method == method)
