"""Look-ups: whose a number is, and when its SIM card was replaced."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Final, cast

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import Json, invalid_field, json_response
from daraja.simulator.ledger import Account, customer, organisation
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.validation import Fields, read_fields
from daraja.values.nairobi_time import EAT

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_UNREGISTERED: Final = "254700002040"
_SWAPPED: Final = re.compile(r"2547000086([0-9]{2})")
_NEVER: Final = "01-01-1900 00:00"
"""The value for a SIM card that was not replaced within three months."""


class Lookups:
    """The products organisation info, Hakikisha, SIM swap and IMSI.

    Args:
        services: What they share with the other products.
    """

    name: ClassVar[str] = "lookups"
    title: ClassVar[str] = "look-ups"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = (
        MagicNumber("2547000086NN", "SWAPPED", "a look-up of it: its SIM card was replaced NN days ago."),
        MagicNumber(_UNREGISTERED, "UNREGISTERED", "a look-up of it: nobody has it."),
    )

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {
            "/sfcverify/v1/query/info": Route(self._organisation),
            "/mpesa/b2c/hakikisha/v1/hakikisha": Route(self._customer),
            "/imsi/v1/checkATI": Route(self._imsi),
            "/imsi/v2/checkATI": Route(self._swap),
        }
        self.views: Final = NO_VIEWS
        self._services = services

    def _organisation(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, ("IdentifierType", "Identifier"))
        number = fields.matching("Identifier", _SHORTCODE, "a shortcode of 5 to 7 digits")
        is_till = str(fields.values["IdentifierType"]) == "2"
        if not is_till and str(fields.values["IdentifierType"]) != "4":
            raise invalid_field("IdentifierType", "is neither 4 nor 2")
        asked = {"ConversationID": self._services.ids.request_id(now)}
        if not self._services.merchants.knows(number):
            words = "Invalid Identifier"
            return json_response(
                200, {**asked, "ResponseCode": "4001", "ResponseMessage": words, "DetailedMessage": words}
            )
        found = organisation(number, Account.MERCHANT if is_till else Account.UTILITY)
        body = {
            **asked,
            "ResponseCode": "4000",
            "ResponseMessage": "Success",
            "DetailedMessage": "Request received successfully",
            "OrganizationShortCode": found.number,
            "OrganizationName": found.name,
            "ChargeProfileID": "20013",
        }
        return json_response(200, body)

    def _customer(self, request: HttpRequest, _: datetime) -> HttpResponse:
        fields = read_fields(request, ("header", "body"))
        asked, about = (_inner(fields, name) for name in ("header", "body"))
        phone = Fields({"msisdn": "", **about}).matching("msisdn", _PHONE, "a number in the form 2547XXXXXXXX")
        head = {"requestID": str(asked.get("requestID", "")), "timestamp": str(asked.get("timestamp", ""))}
        if phone == _UNREGISTERED:
            missing = {"status": "400", "message": "The customer does not exist."}
            return json_response(200, {"header": {**head, **missing}, "body": {}})
        first, last = customer(phone).name.split()
        names = {"firstName": first, "middleName": "", "lastName": f"{last[0]}{'*' * (len(last) - 1)}"}
        return json_response(200, {"header": {**head, "status": "200", "message": "Success"}, "body": names})

    def _swap(self, request: HttpRequest, now: datetime) -> HttpResponse:
        return json_response(200, self._last_swap(request, now)[1])

    def _imsi(self, request: HttpRequest, now: datetime) -> HttpResponse:
        phone, swap = self._last_swap(request, now)
        more = {"imsi": sha256(phone.encode()).hexdigest(), "msisdnRegistrationDate": "01-01-2020 00:00"}
        return json_response(200, {**swap, **more})

    def _last_swap(self, request: HttpRequest, now: datetime) -> tuple[str, Json]:
        fields = read_fields(request, ("customerNumber",))
        phone = fields.matching("customerNumber", _PHONE, "a number in the form 2547XXXXXXXX")
        swapped = _SWAPPED.fullmatch(phone)
        at = (now - timedelta(days=int(swapped[1]))).astimezone(EAT) if swapped else None
        return phone, {
            "requestRefID": self._services.ids.request_id(now),
            "responseCode": "200",
            "responseDesc": "Success",
            "lastSwapDate": _NEVER if at is None else f"{at:%d-%m-%Y %H:%M}",
        }


def _inner(fields: Fields, name: str) -> Json:
    """Return an object in the body."""
    inner = fields.values[name]
    if not isinstance(inner, dict):
        raise invalid_field(name, "is not a JSON object")
    return cast("Json", inner)
