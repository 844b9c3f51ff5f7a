"""Money that came in, as Safaricom announces it: C2B, Bill Manager, records of Pull."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from daraja.api.stk.push import stk_timestamp
from daraja.simulator.products.base import SANDBOX_SHORTCODE
from daraja.testing.callbacks import PostedCallback
from daraja.testing.results import PAID_AT, PHONE, RECEIPT, Values, merged, posted
from daraja.values.nairobi_time import EAT

CONFIRMATION_URL: Final = "https://shop.example/c2b/confirmation/"
VALIDATION_URL: Final = "https://shop.example/c2b/validation/"
_BILLS_URL: Final = "https://shop.example/bills/"
_HELD: Final = Decimal("81234.50")


def c2b_confirmation(
    *,
    amount: int | Decimal = 100,
    reference: str = "INV 7",
    receipt: str = RECEIPT,
    phone: str = "2547 ***** 678",
    shortcode: str = SANDBOX_SHORTCODE,
    paid_at: datetime = PAID_AT,
    balance: Decimal | None = _HELD,
    third_party_id: str = "",
    till: bool = False,
    fields: Values | None = None,
    url: str = CONFIRMATION_URL,
) -> PostedCallback:
    """Make the confirmation of a payment by a customer.

    >>> from daraja import parse_incoming
    >>> payment = parse_incoming(c2b_confirmation(amount=500, reference="INV 17").body)
    >>> payment.receipt, str(payment.amount), payment.reference
    ('UKN7X2M4QA', '500.00', 'INV 17')

    Args:
        amount: What was paid, in KES.
        reference: What the customer typed as account; a till has none.
        receipt: The receipt.
        phone: The payer, as Safaricom writes it: masked, whole, or a hash.
        shortcode: Who was paid: the pay bill, or the store number of a till.
        paid_at: When, a time with a zone.
        balance: What the account holds after it; None as in a validation.
        third_party_id: What the shop answered to the validation.
        till: Whether it was paid at a till.
        fields: Other names and values, as on the wire; None takes one away.
        url: The address that it goes to.

    Returns:
        The callback, to be sent with ``send`` or read from ``body``.
    """
    usual: dict[str, object] = {
        "TransactionType": "Customer Merchant Payment" if till else "Pay Bill",
        "TransID": receipt,
        "TransTime": stk_timestamp(paid_at),
        "TransAmount": f"{amount:.2f}",
        "BusinessShortCode": shortcode,
        "BillRefNumber": "" if till else reference,
        "InvoiceNumber": "",
        "OrgAccountBalance": "" if balance is None else f"{balance:.2f}",
        "ThirdPartyTransID": third_party_id,
        "MSISDN": phone,
        "FirstName": "WANJIKU",
        "MiddleName": "",
        "LastName": "",
    }
    return posted(url, merged(usual, fields or {}))


def c2b_validation(
    *,
    amount: int | Decimal = 100,
    reference: str = "INV 7",
    receipt: str = RECEIPT,
    phone: str = "2547 ***** 678",
    shortcode: str = SANDBOX_SHORTCODE,
    till: bool = False,
    fields: Values | None = None,
    url: str = VALIDATION_URL,
) -> PostedCallback:
    """Make the question whether a payment is welcome: a confirmation without a balance, to another address.

    Args:
        amount: As for ``c2b_confirmation``, like all that follow.
        reference: As above.
        receipt: As above.
        phone: As above.
        shortcode: As above.
        till: As above.
        fields: As above.
        url: As above.
    """
    return c2b_confirmation(
        amount=amount,
        reference=reference,
        receipt=receipt,
        phone=phone,
        shortcode=shortcode,
        balance=None,
        till=till,
        fields=fields,
        url=url,
    )


def bill_payment(
    *,
    amount: int | Decimal = 100,
    reference: str = "INV 7",
    receipt: str = RECEIPT,
    phone: str = PHONE,
    shortcode: str = SANDBOX_SHORTCODE,
    paid_at: datetime = PAID_AT,
    url: str = _BILLS_URL,
) -> PostedCallback:
    """Make Bill Manager's announcement of a payment.

    Args:
        amount: As for ``c2b_confirmation``, like all that follow.
        reference: As above.
        receipt: As above.
        phone: As above.
        shortcode: As above.
        paid_at: As above; only the day is announced.
        url: As above.
    """
    body = {
        "transactionId": receipt,
        "paidAmount": f"{amount}",
        "msisdn": phone,
        "dateCreated": f"{paid_at.astimezone(EAT):%Y-%m-%d}",
        "accountReference": reference,
        "shortCode": shortcode,
    }
    return posted(url, body)


def pull_record(
    *,
    amount: int | Decimal = 100,
    reference: str = "INV 7",
    receipt: str = RECEIPT,
    phone: str = PHONE,
    paid_at: datetime = PAID_AT,
) -> Mapping[str, object]:
    """Make one record in the answer to a Pull query, for ``parse_incoming``.

    Args:
        amount: As for ``c2b_confirmation``, like all that follow.
        reference: As above.
        receipt: As above.
        phone: As above.
        paid_at: As above.
    """
    return {
        "transactionId": receipt,
        "trxDate": f"{paid_at.astimezone(EAT):%Y-%m-%dT%H:%M:%SZ}",
        "msisdn": int(phone.removeprefix("254")),
        "sender": "WANJIKU",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": reference,
        "amount": f"{amount:.2f}",
        "organizationname": "DUKA LETU",
    }
