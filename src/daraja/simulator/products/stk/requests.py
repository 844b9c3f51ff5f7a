"""The checks that Daraja makes on an STK push and on an STK query."""

import re
from base64 import b64encode
from datetime import datetime
from typing import Final

from daraja.http.messages import HttpRequest
from daraja.simulator.errors import BUSINESS_ERROR, HttpError, invalid_field
from daraja.simulator.ids import Ids
from daraja.simulator.products.base import Merchants
from daraja.simulator.products.stk.push import Push
from daraja.simulator.results import STORE_MISMATCH, UNKNOWN_RECEIVER, Result
from daraja.simulator.validation import Fields, is_http_url, read_object
from daraja.values.nairobi_time import from_eat_digits
from daraja.values.prompt import MAX_AMOUNT

DOCUMENTED_REFERENCE: Final = 12
DOCUMENTED_DESCRIPTION: Final = 13
"""The lengths that Daraja documents. It was seen to accept a reference of 17 characters and a description of 27."""

_FIRST: Final = "BusinessShortCode"
_PAY_BILL: Final = "CustomerPayBillOnline"
_TILL: Final = "CustomerBuyGoodsOnline"

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,5}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_TIMESTAMP: Final = re.compile(r"[0-9]{14}")
_URL: Final = re.compile(r"""[^\x00-\x20\x7f-\U0010ffff<>"{}|\\^`]+""")
_REFERENCE: Final = re.compile(r".{1,20}", re.DOTALL)
_DESCRIPTION: Final = re.compile(r".{0,100}", re.DOTALL)
_CHECKOUT_REQUEST_ID: Final = re.compile(r"\w+", re.ASCII)


def read_push(request: HttpRequest, merchants: Merchants, ids: Ids, now: datetime) -> Push:
    """Read the body of a push and give it ids.

    Raises:
        HttpError: At the first fault, as Daraja does: first the form of every field, then the password.
    """
    fields = read_object(request, _FIRST)
    shortcode, timestamp = _read_sender(fields)
    amount = int(fields.matching("Amount", _AMOUNT, f"a whole number from 1 to {MAX_AMOUNT}"))
    if amount > MAX_AMOUNT:
        raise invalid_field("Amount", f"is {amount}; M-Pesa moves at most {MAX_AMOUNT} in one payment")
    fields.matching("PartyA", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
    receiver = fields.matching("PartyB", _SHORTCODE, "a shortcode or till of 5 to 7 digits")
    fails_with = _check_receiver(merchants, shortcode, fields.values.get("TransactionType"), receiver)
    phone = fields.matching("PhoneNumber", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
    callback_url = fields.matching("CallBackURL", _URL, "an address of the characters that one may have")
    if not is_http_url(callback_url):
        raise invalid_field("CallBackURL", "is not an http or https address")
    reference = fields.matching("AccountReference", _REFERENCE, "a text of 1 to 20 characters")
    description = _read_description(fields)
    _check_password(merchants, shortcode, fields.values.get("Password"), timestamp)
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
        fails_with=fails_with,
    )


def read_query(request: HttpRequest, merchants: Merchants) -> tuple[str, str]:
    """Read the body of a query: its shortcode and its CheckoutRequestID.

    Raises:
        HttpError: At the first fault, as for a push.
    """
    fields = read_object(request, _FIRST)
    shortcode, timestamp = _read_sender(fields)
    wanted = "an id as the answer to a push has it"
    checkout_request_id = fields.matching("CheckoutRequestID", _CHECKOUT_REQUEST_ID, wanted)
    _check_password(merchants, shortcode, fields.values.get("Password"), timestamp)
    return shortcode, checkout_request_id


def _read_sender(fields: Fields) -> tuple[str, str]:
    """Read who asks. A timestamp of any age is accepted: Safaricom's own examples have one of 2021."""
    shortcode = fields.matching(_FIRST, _SHORTCODE, "a shortcode of 5 to 7 digits")
    timestamp = fields.matching("Timestamp", _TIMESTAMP, "YYYYMMDDHHmmss")
    try:
        from_eat_digits(timestamp)
    except ValueError:
        raise invalid_field("Timestamp", "is not a day and time that exist") from None
    return shortcode, timestamp


def _read_description(fields: Fields) -> str:
    # Daraja needs it, against its documentation, and calls it Remarks.
    try:
        return fields.matching("TransactionDesc", _DESCRIPTION, "a text of at most 100 characters")
    except HttpError as error:
        raise invalid_field("Remarks", f"is Daraja's name for TransactionDesc: {error.why}") from None


def _check_receiver(merchants: Merchants, shortcode: str, transaction_type: object, receiver: str) -> Result | None:
    """Return the result of a push to a receiver that does not fit: Daraja accepts it, and M-Pesa fails it."""
    if transaction_type not in (_PAY_BILL, _TILL):
        raise invalid_field("TransactionType", f"is neither {_PAY_BILL} nor {_TILL}")
    # A till asks with its store number and is paid at its till number; in the sandbox one number is both.
    if transaction_type == _TILL:
        return None if receiver == merchants.tills.get(shortcode, shortcode) else STORE_MISMATCH
    return None if receiver == shortcode else UNKNOWN_RECEIVER


def _check_password(merchants: Merchants, shortcode: str, password: object, timestamp: str) -> None:
    passkey = merchants.passkeys.get(shortcode)
    if passkey is None:
        why = f"no shop here has the shortcode {shortcode}; known are {', '.join(merchants.passkeys)}"
        raise HttpError(500, BUSINESS_ERROR, "Merchant does not exist", why)
    if password != b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode():
        why = "Password is not base64 of BusinessShortCode, passkey and Timestamp of this request"
        raise HttpError(500, BUSINESS_ERROR, "Wrong credentials", why)
