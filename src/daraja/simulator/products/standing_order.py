"""Standing orders (M-Pesa Ratiba): a customer agrees on the phone once, and pays on every due day."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import Delivery
from daraja.simulator.errors import invalid_field, json_response
from daraja.simulator.event_log import EventKind, printable
from daraja.simulator.ledger import Account, Transaction, customer, organisation
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.prompting import Ask, show_prompt
from daraja.simulator.results import Result, result
from daraja.simulator.validation import Fields, is_http_url, read_fields
from daraja.values.nairobi_time import EAT
from daraja.values.secret import mask_phone

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,5}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_DAY: Final = re.compile(r"[0-9]{8}")
_NEEDED: Final = (
    "StandingOrderName",
    "StartDate",
    "EndDate",
    "BusinessShortCode",
    "TransactionType",
    "ReceiverPartyIdentifierType",
    "Amount",
    "PartyA",
    "CallBackURL",
    "AccountReference",
    "Frequency",
)
# Daraja's page and its samples spell the type for tills in two ways.
_TYPES: Final[Mapping[str, tuple[str, Account]]] = {
    "Standing Order Customer Pay Bill": ("4", Account.UTILITY),
    "Standing Order Customer Pay Marchant": ("2", Account.MERCHANT),
    "Standing Order Customer Pay Merchant": ("2", Account.MERCHANT),
}
_DAYS: Final = {"2": 1, "3": 7}
_MONTHS: Final = {"4": 1, "5": 2, "6": 3, "7": 6, "8": 12}
_ONCE: Final = "1"
_COLLECTED_AT: Final = time(8, tzinfo=EAT)
_NAME_EXISTS: Final = result(1050)


def due_days(first: date, last: date, frequency: str) -> Sequence[date]:
    """Return the days on which a standing order collects, by Daraja's number for its frequency."""
    days = [first]
    while frequency != _ONCE:
        count = len(days)
        if frequency in _DAYS:
            following = first + timedelta(days=_DAYS[frequency] * count)
        else:
            months = first.month - 1 + _MONTHS[frequency] * count
            following = _day_of_month(first.year + months // 12, months % 12 + 1, first.day)
        if following > last:
            break
        days.append(following)
    return days


@attrs.frozen(kw_only=True)
class _Order:
    ask: Ask
    name: str
    account: Account
    days: Sequence[date]
    response_id: str
    request_id: str
    callback_url: str = attrs.field(repr=False)


class StandingOrders:
    """The product standing orders.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "standing_order"
    title: ClassVar[str] = "standing orders"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {"/standingorder/v1/createStandingOrderExternal": Route(self._create)}
        self.views: Final = NO_VIEWS
        self._services = services
        self._names: set[tuple[str, str]] = set()

    def _create(self, request: HttpRequest, now: datetime) -> HttpResponse:
        order = self._read(read_fields(request, _NEEDED), now)
        ask = order.ask
        text = f"{ask.receiver} asks {mask_phone(ask.phone)} for KES {ask.amount} on {len(order.days)} days"
        self._services.log.note(EventKind.REQUEST, f"{text}, '{printable(order.name)}'", now)
        show_prompt(self._services, ask, now, lambda ended, at: self._end(order, ended, at))
        words = "Request accepted for processing"
        header = {"responseRefID": order.response_id, "responseCode": "200", "responseDescription": words}
        body = {"responseDescription": words, "responseCode": "200"}
        return json_response(200, {"ResponseHeader": header, "ResponseBody": body})

    def _read(self, fields: Fields, now: datetime) -> _Order:
        kind = str(fields.values["TransactionType"])
        if kind not in _TYPES:
            raise invalid_field("TransactionType", f"is none of {', '.join(_TYPES)}")
        identifier, account = _TYPES[kind]
        if str(fields.values["ReceiverPartyIdentifierType"]) != identifier:
            raise invalid_field("ReceiverPartyIdentifierType", f"is not {identifier}, which goes with {kind}")
        receiver = fields.matching("BusinessShortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
        if not self._services.merchants.knows(receiver):
            raise invalid_field("BusinessShortCode", f"is {receiver}, and no shop here has that number")
        phone = fields.matching("PartyA", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
        frequency = str(fields.values["Frequency"])
        if frequency not in (_ONCE, *_DAYS, *_MONTHS):
            raise invalid_field("Frequency", "is not a number from 1 to 8")
        first, last = _day(fields, "StartDate"), _day(fields, "EndDate")
        if last < first:
            raise invalid_field("EndDate", "is before StartDate")
        if not is_http_url(str(fields.values["CallBackURL"])):
            raise invalid_field("CallBackURL", "is not an http or https address")
        ask = Ask(
            identity=self._services.ids.request_id(now),
            phone=phone,
            receiver=receiver,
            amount=int(fields.matching("Amount", _AMOUNT, "a whole number of KES from 1")),
            reference=fields.matching("AccountReference", re.compile(r"(?s).{1,12}"), "a text of 1 to 12 characters"),
            decider=phone,
        )
        return _Order(
            ask=ask,
            name=fields.matching("StandingOrderName", re.compile(r"(?s).{1,100}"), "a text of 1 to 100 characters"),
            account=account,
            days=due_days(first, last, frequency),
            response_id=ask.identity,
            request_id=self._services.ids.request_id(now),
            callback_url=str(fields.values["CallBackURL"]),
        )

    def _end(self, order: _Order, answered: Result, at: datetime) -> str:
        name = (str(order.ask.phone), order.name)
        ended = _NAME_EXISTS if answered.paid and name in self._names else answered
        if ended.paid:
            self._names.add(name)
            self._collect(order, at)
        phone = mask_phone(order.ask.phone)
        self._services.log.note(EventKind.DECIDED, f"{phone}: code {ended.code}, {ended.description}", at)
        receipt = self._services.ids.receipt(at) if ended.paid else "0000000000"
        callback = _callback(order, ended, receipt)
        self._services.callbacks.put(Delivery(callback=callback, at=at, product=self.name, subject=phone))
        return receipt if ended.paid else ""

    def _collect(self, order: _Order, now: datetime) -> None:
        """Schedule each collection at eight in the morning; an overdue one is collected with the agreement."""
        for day in order.days:
            when = max(datetime.combine(day, _COLLECTED_AT), now)
            self._services.schedule.at(when, lambda at: self._pay(order, at))

    def _pay(self, order: _Order, at: datetime) -> None:
        ask = order.ask
        payment = Transaction(
            receipt=self._services.ids.receipt(at),
            product="c2b",
            reason="Standing Order",
            amount=ask.amount,
            debit=customer(ask.phone),
            credit=organisation(self._services.merchants.store_of(ask.receiver), order.account),
            initiated_at=at,
            reference=str(ask.reference),
        )
        self._services.ledger.complete(payment, at)


def _callback(order: _Order, ended: Result, receipt: str) -> HttpRequest:
    header = {
        "responseRefID": order.response_id,
        "requestRefID": order.request_id,
        "responseCode": str(ended.code),
        "responseDescription": ended.description,
    }
    data = {
        "TransactionID": receipt,
        "responseCode": str(ended.code),
        "Status": "OKAY" if ended.paid else "ERROR",
        "Msisdn": f"*********{order.ask.phone[-3:]}",
    }
    # Daraja writes these names small where it was agreed to, and with a capital where not.
    name, value, key = ("name", "value", "responseData") if ended.paid else ("Name", "Value", "ResponseData")
    items = [{name: each, value: said} for each, said in data.items()]
    body = {"ResponseHeader": header, "ResponseBody": {key: items}}
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    return HttpRequest("POST", order.callback_url, headers, json.dumps(body).encode())


def _day(fields: Fields, name: str) -> date:
    try:
        return date.fromisoformat(fields.matching(name, _DAY, "a day as YYYYMMDD"))
    except ValueError:
        raise invalid_field(name, "is not a day that exists") from None


def _day_of_month(year: int, month: int, day: int) -> date:
    """Return the day, or the last one of a shorter month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))
