"""The checks that Daraja makes on an STK push and on an STK query."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from daraja.simulator.ids import Ids
from daraja.simulator.incoming import Form
from daraja.simulator.merchants import Merchants
from daraja.simulator.pushes import Push
from daraja.simulator.refusals import invalid_field
from daraja.values.money import MAX_AMOUNT
from daraja.values.nairobi_time import from_eat_digits

__all__ = ["PUSH_FIELDS", "QUERY_FIELDS", "check_push", "check_query"]

_CREDENTIALS = ("BusinessShortCode", "Password", "Timestamp")
PUSH_FIELDS = (
    *_CREDENTIALS,
    "TransactionType",
    "Amount",
    "PartyA",
    "PartyB",
    "PhoneNumber",
    "CallBackURL",
    "AccountReference",
)
QUERY_FIELDS = (*_CREDENTIALS, "CheckoutRequestID")

_SHORTCODE = re.compile(r"[0-9]{5,7}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,5}")
_PHONE = re.compile(r"254[17][0-9]{8}")
_TIMESTAMP = re.compile(r"[0-9]{14}")
_URL = re.compile(r"[!-~]+")
_REFERENCE = re.compile(r".{1,12}", re.DOTALL)
_DESCRIPTION = re.compile(r".{0,13}", re.DOTALL)
_CHECKOUT_REQUEST_ID = re.compile(r"\w+", re.ASCII)
_DRIFT = timedelta(days=1)
"""Daraja takes a time stamp in UTC as well, so only one that no zone's clock can read now is refused."""


def check_push(form: Form, merchants: Merchants, ids: Ids, now: datetime) -> Push:
    """Check the body of a push and make it a push with ids.

    Raises:
        Refusal: At the first fault, as Daraja does: the shape of every field first, then who is asking.
    """
    shortcode = form.matching("BusinessShortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
    timestamp = _check_timestamp(form, now)
    amount = int(form.matching("Amount", _AMOUNT, f"a whole number from 1 to {MAX_AMOUNT}"))
    if amount > MAX_AMOUNT:
        raise invalid_field("Amount", f"is {amount}; M-Pesa moves at most {MAX_AMOUNT} in one payment")
    form.matching("PartyA", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
    receiver = form.matching("PartyB", _SHORTCODE, "a shortcode or till of 5 to 7 digits")
    merchants.check_receiver(shortcode, form.fields["TransactionType"], receiver)
    phone = form.matching("PhoneNumber", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
    callback_url = form.matching("CallBackURL", _URL, "an address without spaces")
    if not _reachable(callback_url):
        raise invalid_field("CallBackURL", "is not an http or https address")
    reference = form.matching("AccountReference", _REFERENCE, "a text of 1 to 12 characters")
    description = ""
    if "TransactionDesc" in form.fields:
        description = form.matching("TransactionDesc", _DESCRIPTION, "a text of at most 13 characters")
    merchants.check_password(shortcode, form.fields["Password"], timestamp)
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


def check_query(form: Form, merchants: Merchants, now: datetime) -> tuple[str, str]:
    """Check the body of a query and give its shortcode and CheckoutRequestID.

    Raises:
        Refusal: At the first fault, as for a push.
    """
    shortcode = form.matching("BusinessShortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
    timestamp = _check_timestamp(form, now)
    wanted = "an id as the answer to a push gives it"
    checkout_request_id = form.matching("CheckoutRequestID", _CHECKOUT_REQUEST_ID, wanted)
    merchants.check_password(shortcode, form.fields["Password"], timestamp)
    return shortcode, checkout_request_id


def _check_timestamp(form: Form, now: datetime) -> str:
    digits = form.matching("Timestamp", _TIMESTAMP, "YYYYMMDDHHmmss")
    try:
        stamped = from_eat_digits(digits)
    except ValueError:
        raise invalid_field("Timestamp", "is no day or hour that exists") from None
    if abs(stamped - now) > _DRIFT:
        raise invalid_field("Timestamp", "is more than a day away from the time here")
    return digits


def _reachable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
