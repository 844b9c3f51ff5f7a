"""Lipa na Bonga: a customer pays with points, and the money arrives by C2B."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import Json, invalid_field, json_response
from daraja.simulator.event_log import EventKind
from daraja.simulator.ledger import Account, Transaction, customer, organisation
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.prompting import Ask, show_prompt
from daraja.simulator.results import Result
from daraja.simulator.validation import read_fields
from daraja.values.nairobi_time import EAT
from daraja.values.secret import mask_phone

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_WHOLE: Final = re.compile(r"[1-9][0-9]{0,8}")
_RATE: Final = Decimal("0.2")
"""KES for one point."""


class Bonga:
    """The product Lipa na Bonga. Nobody here runs out of points.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "bonga"
    title: ClassVar[str] = "Bonga points"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {
            "/v1/lipa/na/bonga/calculate-points": Route(self._calculate),
            "/v1/lipa/na/bonga/redeem-paybill": Route(self._redeem),
        }
        self.views: Final = NO_VIEWS
        self._services = services

    def _calculate(self, request: HttpRequest, now: datetime) -> HttpResponse:
        points = read_fields(request, ("points",)).matching("points", _WHOLE, "a whole number from 1")
        worth = {"amount": f"{int(points) * _RATE:f}", "points": points, "rate": f"{_RATE:f}"}
        return self._done(now, worth)

    def _redeem(self, request: HttpRequest, now: datetime) -> HttpResponse:
        names = ("msisdn", "amount", "bongaPoints", "conversionRate", "shortCode", "accountNumber")
        fields = read_fields(request, names)
        phone = fields.matching("msisdn", _PHONE, "a number in the form 2547XXXXXXXX")
        amount, points = (
            int(fields.matching(name, _WHOLE, "a whole number from 1")) for name in ("amount", "bongaPoints")
        )
        receiver = fields.matching("shortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
        if not self._services.merchants.knows(receiver):
            raise invalid_field("shortCode", f"is {receiver}, and no shop here has that shortcode")
        if str(fields.values["conversionRate"]) != str(_RATE) or amount > points * _RATE:
            return self._answer(now, "6001", "The points do not cover the amount.", None)
        ask = Ask(
            identity=self._services.ids.request_id(now),
            phone=phone,
            receiver=receiver,
            amount=amount,
            reference=fields.matching("accountNumber", re.compile(r"(?s).{1,20}"), "a text of 1 to 20 characters"),
            decider=phone,
        )
        text = f"{receiver} asks {mask_phone(phone)} for {points} points"
        self._services.log.note(EventKind.REQUEST, text, now)
        show_prompt(self._services, ask, now, lambda ended, at: self._end(ask, ended, at))
        return self._done(now, None)

    def _end(self, ask: Ask, ended: Result, at: datetime) -> str:
        text = f"{mask_phone(ask.phone)}: code {ended.code}, {ended.description}"
        self._services.log.note(EventKind.DECIDED, text, at)
        if not ended.paid:
            return ""
        payment = Transaction(
            receipt=self._services.ids.receipt(at),
            product="c2b",
            reason="Lipa na Bonga",
            amount=ask.amount,
            debit=customer(ask.phone),
            credit=organisation(self._services.merchants.store_of(ask.receiver), Account.UTILITY),
            initiated_at=at,
            reference=str(ask.reference),
        )
        return self._services.ledger.complete(payment, at).receipt

    def _done(self, now: datetime, body: Json | None) -> HttpResponse:
        return self._answer(now, 200, "Success", body)

    def _answer(self, now: datetime, code: int | str, words: str, body: Json | None) -> HttpResponse:
        head = {
            "requestRefId": self._services.ids.request_id(now),
            "responseCode": code,
            "responseMessage": words,
            "customerMessage": words,
            "timestamp": f"{now.astimezone(EAT):%Y-%m-%dT%H:%M:%S}",
        }
        return json_response(200, {"header": head, "body": body})
