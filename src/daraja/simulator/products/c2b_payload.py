"""A payment by hand, and the bodies of its validation and confirmation."""

from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final, Literal

import attrs

from daraja.api.stk.push import stk_timestamp
from daraja.simulator.errors import Json
from daraja.simulator.ledger import Account, Transaction
from daraja.values.secret import MaskedText

_TYPES: Final = {Account.UTILITY: "Pay Bill", Account.MERCHANT: "Customer Merchant Payment"}
_HASHING: Final = 1


@attrs.frozen
class Registration:
    """The addresses of a shop.

    Args:
        version: The version of the API by which it registered; it decides how the payer's number is hidden.
        completes: Whether a payment is completed if the shop does not validate it in time.
        confirmation_url: Where confirmations go; hidden in the repr, since it may hold a secret.
        validation_url: Where validations go; hidden as well.
    """

    version: int
    completes: bool
    confirmation_url: str = attrs.field(repr=False)
    validation_url: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class CustomerPayment:
    """A payment that a customer makes by hand.

    Args:
        receipt: Its receipt; one that is rejected has none that counts.
        phone: Who pays; masked in the repr.
        shortcode: The pay bill, or the store number of the till.
        amount: Whole KES.
        reference: The account that the customer typed; empty at a till.
        at: When.
        is_till: Whether it is paid at a till.
        status: What became of it; ``waiting`` while the shop validates it.
        code: The code with which the shop rejected it, such as ``C2B00012``.
        third_party_id: The shop's own id, of its answer to the validation.
    """

    receipt: str
    phone: str = attrs.field(converter=MaskedText)
    shortcode: str
    amount: int
    reference: str = attrs.field(converter=MaskedText)
    at: datetime
    is_till: bool
    status: Literal["waiting", "paid", "rejected"] = "waiting"
    code: str = ""
    third_party_id: str = ""


def payment_json(payment: CustomerPayment) -> Json:
    """Return a payment as JSON, for the control API."""
    return {
        "receipt": payment.receipt,
        "status": payment.status,
        "code": payment.code,
        "phone": str(payment.phone),
        "shortcode": payment.shortcode,
        "amount": payment.amount,
        "reference": str(payment.reference),
    }


def payment_body(
    transaction: Transaction, registration: Registration, balance: Decimal | None, third_party_id: str = ""
) -> Json:
    """Make the body of a confirmation, or of a validation, which knows no balance yet."""
    phone = transaction.debit.number
    account = transaction.credit.account or Account.UTILITY
    return {
        "TransactionType": _TYPES[account],
        "TransID": transaction.receipt,
        "TransTime": stk_timestamp(transaction.finalised_at or transaction.initiated_at),
        "TransAmount": f"{transaction.amount:.2f}",
        "BusinessShortCode": transaction.credit.number,
        "BillRefNumber": transaction.reference if account is Account.UTILITY else "",
        "InvoiceNumber": "",
        "OrgAccountBalance": "" if balance is None else f"{balance:.2f}",
        "ThirdPartyTransID": third_party_id,
        "MSISDN": hashed(phone) if registration.version == _HASHING else f"{phone[:4]} ***** {phone[-3:]}",
        "FirstName": transaction.debit.name.partition(" ")[0],
        "MiddleName": "",
        "LastName": "",
    }


def hashed(phone: str) -> str:
    """Hide a number as version 1 of the API does."""
    return sha256(phone.encode()).hexdigest()
