"""Pull: a shop asks for the payments of customers in the last 48 hours, page by page."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import HttpError, Json, invalid_field, json_response
from daraja.simulator.event_log import EventKind
from daraja.simulator.ledger import Account, Transaction
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.validation import Fields, is_http_url, read_fields
from daraja.values.nairobi_time import EAT

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}|0[17][0-9]{8}")
_OFFSET: Final = re.compile(r"[0-9]{1,10}")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)
_LONGEST: Final = timedelta(hours=48)
_PAGE: Final = 100
_TYPES: Final = {Account.UTILITY: "c2b-pay-bill-debit", Account.MERCHANT: "c2b-buy-goods-debit"}


class Pull:
    """The product Pull. A payment is there at once, while nobody knows how late the real one is.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "pull"
    title: ClassVar[str] = "Pull"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {
            "/pulltransactions/v1/register": Route(self._register),
            "/pulltransactions/v1/query": Route(self._query),
        }
        self.views: Final = NO_VIEWS
        self._services = services
        self._registered: set[str] = set()

    def _register(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, ("ShortCode", "RequestType", "NominatedNumber", "CallBackURL"))
        shortcode = self._organisation(fields)
        if fields.values["RequestType"] != "Pull":
            raise invalid_field("RequestType", "is not Pull")
        fields.matching("NominatedNumber", _PHONE, "the number of a phone")
        if not is_http_url(str(fields.values["CallBackURL"])):
            raise invalid_field("CallBackURL", "is not an http or https address")
        known = shortcode in self._registered
        self._registered.add(shortcode)
        self._services.log.note(EventKind.REQUEST, f"shortcode {shortcode} registered for Pull", now)
        words = "Shortcode already Registered" if known else "Shortcode Registered Successfully"
        body = {
            "ResponseRefID": self._services.ids.request_id(now),
            "ResponseStatus": "1001" if known else "1000",
            "ShortCode": shortcode,
            "ResponseDescription": words,
        }
        return json_response(200, body)

    def _query(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, ("ShortCode", "StartDate", "EndDate", "OffSetValue"))
        shortcode = self._organisation(fields)
        if shortcode not in self._registered:
            why = f"shortcode {shortcode} is not registered for Pull; register it first"
            raise HttpError(400, "400.001", "Invalid ShortCode", why)
        since, until = _time(fields, "StartDate"), _time(fields, "EndDate")
        offset = int(fields.matching("OffSetValue", _OFFSET, "a number from 0"))
        since = max(since, now - _LONGEST)
        received = (paid for paid in self._services.ledger.paid_to(shortcode) if paid.debit.account is None)
        found = [paid for paid in received if since <= (paid.finalised_at or now) <= until]
        page = found[offset : offset + _PAGE]
        body = {
            "ResponseRefID": self._services.ids.request_id(now),
            "ResponseCode": "1000" if page else "1001",
            "ResponseMessage": "Success" if page else "No transactions available",
            "Response": [[_record(paid) for paid in page]],
        }
        return json_response(200, body)

    def _organisation(self, fields: Fields) -> str:
        shortcode = fields.matching("ShortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
        if not self._services.merchants.knows(shortcode):
            raise invalid_field("ShortCode", f"is {shortcode}, and no shop here has that shortcode")
        return self._services.merchants.store_of(shortcode)


def _record(paid: Transaction) -> Json:
    at = paid.finalised_at or paid.initiated_at
    return {
        "transactionId": paid.receipt,
        # The Z stands for UTC, but the time is Nairobi's.
        "trxDate": f"{at.astimezone(EAT):%Y-%m-%dT%H:%M:%SZ}",
        "msisdn": int(paid.debit.number.removeprefix("254")),
        "sender": paid.debit.name,
        "transactiontype": _TYPES[paid.credit.account or Account.UTILITY],
        "billreference": paid.reference,
        "amount": f"{paid.amount:.2f}",
        "organizationname": paid.credit.name,
    }


def _time(fields: Fields, name: str) -> datetime:
    text = fields.matching(name, _TIME, "a time as YYYY-MM-DD HH:mm:ss")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=EAT)
    except ValueError:
        raise invalid_field(name, "is not a time that exists") from None
