"""B2B Express: a till's operator is asked on the phone to pay a pay bill from the till."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import Delivery
from daraja.simulator.errors import invalid_field, json_response
from daraja.simulator.event_log import EventKind, printable
from daraja.simulator.ledger import Account, Transaction, organisation
from daraja.simulator.phones import Answer
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.prompting import Ask, show_prompt
from daraja.simulator.results import NO_FUNDS, PAID, WRONG_PIN, Result, result
from daraja.simulator.validation import Fields, is_http_url, read_fields

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,5}(?:\.0{1,2})?")
_TEXT: Final = re.compile(r"(?s).{1,100}")
_NEEDED: Final = (
    "primaryShortCode",
    "receiverShortCode",
    "amount",
    "paymentRef",
    "callbackUrl",
    "partnerName",
    "RequestRefID",
)
_MEANINGS: Final[Mapping[Answer, Result]] = {
    Answer.PAY: PAID,
    Answer.CANCEL: result(4001),
    Answer.WRONG_PIN: WRONG_PIN,
    Answer.NO_FUNDS: NO_FUNDS,
    Answer.IGNORE: result(4201),
}


def nominated_number(till: str) -> str:
    """Return the phone whose operator is asked: ``25470`` and the till in seven digits."""
    return f"25470{till:0>7}"


class B2bExpress:
    """The product B2B Express. A till ``990CCCC`` gets result code CCCC by itself.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "express"
    title: ClassVar[str] = "B2B Express"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {"/v1/ussdpush/get-msisdn": Route(self._prompt)}
        self.views: Final = NO_VIEWS
        self._services = services

    def _prompt(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, _NEEDED)
        till, receiver = (
            fields.matching(name, _SHORTCODE, "a shortcode of 5 to 7 digits")
            for name in ("primaryShortCode", "receiverShortCode")
        )
        if not self._services.merchants.knows(receiver):
            raise invalid_field("receiverShortCode", f"is {receiver}, and no shop here has that shortcode")
        amount = int(float(fields.matching("amount", _AMOUNT, "a whole number of KES from 1")))
        for name in ("paymentRef", "partnerName", "RequestRefID"):
            fields.matching(name, _TEXT, "a text of 1 to 100 characters")
        if not is_http_url(str(fields.values["callbackUrl"])):
            raise invalid_field("callbackUrl", "is not an http or https address")
        reference = str(fields.values["paymentRef"])
        text = f"{receiver} asks the operator of till {till} for KES {amount}, '{printable(reference)}'"
        self._services.log.note(EventKind.REQUEST, text, now)
        ask = Ask(
            identity=self._services.ids.request_id(now),
            phone=nominated_number(till),
            receiver=receiver,
            amount=amount,
            reference=reference,
            decider=till,
        )
        show_prompt(self._services, ask, now, lambda ended, at: self._end(fields, ask, ended, at), _MEANINGS)
        return json_response(200, {"code": "0", "status": "USSD Initiated Successfully"})

    def _end(self, fields: Fields, ask: Ask, answered: Result, at: datetime) -> str:
        merchants = self._services.merchants
        payment = Transaction(
            receipt=self._services.ids.receipt(at),
            product=self.name,
            reason="B2B Express Checkout",
            amount=ask.amount,
            debit=organisation(merchants.store_of(ask.decider), Account.MERCHANT),
            credit=organisation(merchants.store_of(ask.receiver), Account.UTILITY),
            initiated_at=at,
            reference=str(ask.reference),
        )
        covered = self._services.ledger.covers(payment.debit, payment.amount)
        ended = answered if covered or not answered.paid else NO_FUNDS
        self._services.log.note(EventKind.DECIDED, f"till {ask.decider}: code {ended.code}, {ended.description}", at)
        body: dict[str, object] = {
            "resultCode": str(ended.code),
            "resultDesc": ended.description,
            "amount": f"{ask.amount}.0",
            "requestId": fields.values["RequestRefID"],
        }
        if ended.paid:
            self._services.ledger.complete(payment, at)
            body |= {"resultType": "0", "conversationID": self._services.ids.conversation_id(at)}
            body |= {"transactionId": payment.receipt, "status": "SUCCESS"}
        else:
            body["paymentReference"] = str(ask.reference)
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        callback = HttpRequest("POST", str(fields.values["callbackUrl"]), headers, json.dumps(body).encode())
        self._services.callbacks.put(
            Delivery(callback=callback, at=at, product=self.name, subject=f"till {ask.decider}")
        )
        return payment.receipt if ended.paid else ""
