"""The checks that Daraja makes on an STK push and on an STK query."""

import re
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Final

from daraja.http.messages import HttpRequest
from daraja.simulator.errors import BUSINESS_ERROR, HttpError, invalid_field
from daraja.simulator.ids import Ids
from daraja.simulator.products.base import Merchants
from daraja.simulator.products.stk.push import Push
from daraja.simulator.validation import Fields, is_http_url, read_fields
from daraja.values.money import MAX_AMOUNT
from daraja.values.nairobi_time import from_eat_digits

__all__ = ["read_push", "read_query"]

_CREDENTIALS: Final = ("BusinessShortCode", "Password", "Timestamp")
_PUSH: Final = (
    *_CREDENTIALS,
    "TransactionType",
    "Amount",
    "PartyA",
    "PartyB",
    "PhoneNumber",
    "CallBackURL",
    "AccountReference",
)
_QUERY: Final = (*_CREDENTIALS, "CheckoutRequestID")
_PAY_BILL: Final = "CustomerPayBillOnline"
_TILL: Final = "CustomerBuyGoodsOnline"

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,5}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_TIMESTAMP: Final = re.compile(r"[0-9]{14}")
_URL: Final = re.compile(r"[!-~]+")
_REFERENCE: Final = re.compile(r".{1,12}", re.DOTALL)
_DESCRIPTION: Final = re.compile(r".{0,13}", re.DOTALL)
_CHECKOUT_REQUEST_ID: Final = re.compile(r"\w+", re.ASCII)
_DRIFT: Final = timedelta(days=1)
"""Daraja accepts a timestamp in UTC as well; refused is only one that is now in no time zone."""


def read_push(request: HttpRequest, merchants: Merchants, ids: Ids, now: datetime) -> Push:
    """Read the body of a push and give it ids.

    Raises:
        HttpError: At the first fault, as Daraja does: first the form of every field, then the password.
    """
    fields = read_fields(request, _PUSH)
    shortcode, timestamp = _read_sender(fields, now)
    amount = int(fields.matching("Amount", _AMOUNT, f"a whole number from 1 to {MAX_AMOUNT}"))
    if amount > MAX_AMOUNT:
        raise invalid_field("Amount", f"is {amount}; M-Pesa moves at most {MAX_AMOUNT} in one payment")
    fields.matching("PartyA", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
    receiver = fields.matching("PartyB", _SHORTCODE, "a shortcode or till of 5 to 7 digits")
    _check_receiver(merchants, shortcode, fields.values["TransactionType"], receiver)
    phone = fields.matching("PhoneNumber", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
    callback_url = fields.matching("CallBackURL", _URL, "an address without spaces")
    if not is_http_url(callback_url):
        raise invalid_field("CallBackURL", "is not an http or https address")
    reference = fields.matching("AccountReference", _REFERENCE, "a text of 1 to 12 characters")
    description = ""
    if "TransactionDesc" in fields.values:
        description = fields.matching("TransactionDesc", _DESCRIPTION, "a text of at most 13 characters")
    _check_password(merchants, shortcode, fields.values["Password"], timestamp)
    return Push(
        merchant_request_id=ids.request_id(now),
        checkout_request_id=ids.checkout_request_id(phone, now),
        asked_at=now,
        shortcode=shortcode,
        receiver=receiver,
        amount=amount,
        phone=phone,
        reference=reference,
        description=description,
        callback_url=callback_url,
    )


def read_query(request: HttpRequest, merchants: Merchants, now: datetime) -> tuple[str, str]:
    """Read the body of a query: its shortcode and its CheckoutRequestID.

    Raises:
        HttpError: At the first fault, as for a push.
    """
    fields = read_fields(request, _QUERY)
    shortcode, timestamp = _read_sender(fields, now)
    wanted = "an id as the answer to a push has it"
    checkout_request_id = fields.matching("CheckoutRequestID", _CHECKOUT_REQUEST_ID, wanted)
    _check_password(merchants, shortcode, fields.values["Password"], timestamp)
    return shortcode, checkout_request_id


def _read_sender(fields: Fields, now: datetime) -> tuple[str, str]:
    shortcode = fields.matching("BusinessShortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
    timestamp = fields.matching("Timestamp", _TIMESTAMP, "YYYYMMDDHHmmss")
    try:
        stamped = from_eat_digits(timestamp)
    except ValueError:
        raise invalid_field("Timestamp", "is not a day and time that exist") from None
    if abs(stamped - now) > _DRIFT:
        raise invalid_field("Timestamp", "is more than a day away from the time here")
    return shortcode, timestamp


def _check_receiver(merchants: Merchants, shortcode: str, transaction_type: object, receiver: str) -> None:
    if transaction_type not in (_PAY_BILL, _TILL):
        raise invalid_field("TransactionType", f"is neither {_PAY_BILL} nor {_TILL}")
    # A till asks with its store number and is paid at its till number; in the sandbox one number is both.
    wanted = merchants.tills.get(shortcode, shortcode) if transaction_type == _TILL else shortcode
    if receiver != wanted:
        raise invalid_field("PartyB", f"is {receiver}; {transaction_type} from {shortcode} needs {wanted}")


def _check_password(merchants: Merchants, shortcode: str, password: object, timestamp: str) -> None:
    passkey = merchants.passkeys.get(shortcode)
    if passkey is None:
        why = f"no shop here has the shortcode {shortcode}; known are {', '.join(merchants.passkeys)}"
        raise HttpError(500, BUSINESS_ERROR, "Merchant does not exist", why)
    if password != b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode():
        why = "Password is not base64 of BusinessShortCode, passkey and Timestamp of this request"
        raise HttpError(500, BUSINESS_ERROR, "Wrong credentials", why)
