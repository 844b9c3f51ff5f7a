"""Bill Manager: invoices that Safaricom sends, and the payments of customers that it announces."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import CallbackReply, Delivery
from daraja.simulator.errors import HttpError, Json, invalid_field, json_response
from daraja.simulator.event_log import EventKind
from daraja.simulator.ledger import Transaction
from daraja.simulator.products.base import MagicNumber, Route, Services
from daraja.simulator.validation import Fields, header, is_http_url, read_fields, read_list
from daraja.values.nairobi_time import EAT
from daraja.values.secret import mask_phone

_BASE: Final = "/v1/billmanager-invoice"
_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}|0[17][0-9]{8}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,8}(?:\.[0-9]{1,2})?")
_TEXT: Final = re.compile(r"(?s).{1,100}")
_MOST: Final = 1_000
_TRIES: Final = 5
_TAKEN: Final = "answered HTTP 2"
_BETWEEN_TRIES: Final = timedelta(minutes=1)
_BILLER: Final = ("shortcode", "email", "officialContact", "sendReminders", "callbackurl")
_INVOICE: Final = (
    "externalReference",
    "billedFullName",
    "billedPhoneNumber",
    "billedPeriod",
    "invoiceName",
    "dueDate",
    "accountReference",
    "amount",
)
_RECONCILIATION: Final = (
    "paymentDate",
    "paidAmount",
    "accountReference",
    "transactionId",
    "phoneNumber",
    "fullName",
    "invoiceName",
    "externalReference",
)


@attrs.frozen
class _Biller:
    app_key: str = attrs.field(repr=False)
    callback_url: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class _Invoice:
    reference: str
    account: str
    amount: str
    status: str = "sent"


@attrs.frozen
class _Push:
    body: bytes = attrs.field(repr=False)
    shortcode: str
    phone: str = attrs.field(repr=False)
    tries: int = 1


class BillManager:
    """The product Bill Manager.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "bill_manager"
    title: ClassVar[str] = "Bill Manager"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        handlers: Mapping[str, Callable[[HttpRequest, datetime], HttpResponse]] = {
            "optin": self._opt_in,
            "change-optin-details": self._change,
            "single-invoicing": lambda request, _: self._send((read_fields(request, _INVOICE),), request),
            "bulk-invoicing": lambda request, _: self._send(read_list(request, _INVOICE, _MOST), request),
            "cancel-single-invoice": lambda request, _: self._cancel((read_fields(request, _INVOICE[:1]),), request),
            "cancel-bulk-invoices": lambda request, _: self._cancel(read_list(request, _INVOICE[:1], _MOST), request),
            "reconciliation": self._reconcile,
        }
        self.routes: Final[Mapping[str, Route]] = {
            f"{_BASE}/{path}": Route(handle) for path, handle in handlers.items()
        }
        self.views: Final[Mapping[str, Callable[[], Json]]] = {"invoices": self._list}
        self._services = services
        self._billers: dict[str, _Biller] = {}
        self._invoices: dict[str, _Invoice] = {}
        services.ledger.on_received.append(self._announce)

    # The biller

    def _opt_in(self, request: HttpRequest, now: datetime) -> HttpResponse:
        shortcode, callback_url = self._read_biller(request)
        if shortcode in self._billers:
            return _conflict("Biller already Registered")
        app_key = self._services.ids.conversation_id(now)
        self._billers[shortcode] = _Biller(app_key, callback_url)
        self._services.log.note(EventKind.REQUEST, f"shortcode {shortcode} opted in to Bill Manager", now)
        return json_response(200, {"app_key": app_key, "resmsg": "Success", "rescode": "200"})

    def _change(self, request: HttpRequest, _: datetime) -> HttpResponse:
        shortcode, callback_url = self._read_biller(request)
        known = self._billers.get(shortcode)
        self._check_key(request)
        if known is None:
            return _conflict("Biller is not registered")
        self._billers[shortcode] = _Biller(known.app_key, callback_url)
        return _done("Success")

    def _read_biller(self, request: HttpRequest) -> tuple[str, str]:
        fields = read_fields(request, _BILLER)
        shortcode = fields.matching("shortcode", _SHORTCODE, "a shortcode of 5 to 7 digits")
        if not self._services.merchants.knows(shortcode):
            raise invalid_field("shortcode", f"is {shortcode}, and no shop here has that shortcode")
        fields.matching("email", re.compile(r"[^@\s]+@[^@\s]+"), "an e-mail address")
        fields.matching("officialContact", _PHONE, "the number of a phone")
        if str(fields.values["sendReminders"]) not in ("0", "1"):
            raise invalid_field("sendReminders", "is neither 0 nor 1")
        if not is_http_url(str(fields.values["callbackurl"])):
            raise invalid_field("callbackurl", "is not an http or https address")
        return shortcode, str(fields.values["callbackurl"])

    def _check_key(self, request: HttpRequest) -> None:
        # Web servers write the underscore of a header's name as a hyphen.
        key = header(request, "app_key") or header(request, "app-key")
        if key not in {biller.app_key for biller in self._billers.values()}:
            raise HttpError(401, "401", "Unauthorized", "the header app_key is not the key from opting in")

    # The invoices

    def _send(self, invoices: Sequence[Fields], request: HttpRequest) -> HttpResponse:
        self._check_key(request)
        made = [_read_invoice(fields) for fields in invoices]
        references = [invoice.reference for invoice in made]
        if len({*references}) < len(references) or any(reference in self._invoices for reference in references):
            return _conflict("Duplicate externalReference")
        self._invoices |= {invoice.reference: invoice for invoice in made}
        return _done("Invoice sent successfully")

    def _cancel(self, wanted: Sequence[Fields], request: HttpRequest) -> HttpResponse:
        self._check_key(request)
        references = [str(fields.values["externalReference"]) for fields in wanted]
        known = [self._invoices[reference] for reference in references if reference in self._invoices]
        if any(invoice.status == "paid" for invoice in known):
            return _conflict("partially or fully paid invoices cannot be cancelled.")
        self._invoices |= {invoice.reference: attrs.evolve(invoice, status="cancelled") for invoice in known}
        missing = [{reference: "not found"} for reference in references if reference not in self._invoices]
        return _done("Invoice cancelled successfully.", errors=missing)

    def _reconcile(self, request: HttpRequest, _: datetime) -> HttpResponse:
        fields = read_fields(request, _RECONCILIATION)
        self._check_key(request)
        fields.matching("paidAmount", _AMOUNT, "an amount")
        return _done("Success")

    # The payments

    def _announce(self, transaction: Transaction, now: datetime) -> None:
        shortcode = transaction.credit.number
        if shortcode not in self._billers:
            return
        for invoice in tuple(self._invoices.values()):
            if invoice.account == transaction.reference and invoice.status == "sent":
                self._invoices[invoice.reference] = attrs.evolve(invoice, status="paid")
        body = {
            "transactionId": transaction.receipt,
            "paidAmount": f"{transaction.amount:f}",
            "msisdn": transaction.debit.number,
            "dateCreated": f"{now.astimezone(EAT):%Y-%m-%d}",
            "accountReference": transaction.reference,
            "shortCode": shortcode,
        }
        self._push(_Push(json.dumps(body).encode(), shortcode, transaction.debit.number), now)

    def _push(self, push: _Push, at: datetime) -> None:
        """Announce a payment; five times at most, until the shop says that it has it."""
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        callback = HttpRequest("POST", self._billers[push.shortcode].callback_url, headers, push.body)

        def hear(reply: CallbackReply, now: datetime) -> None:
            if not reply.startswith(_TAKEN) and push.tries < _TRIES:
                self._push(attrs.evolve(push, tries=push.tries + 1), now + _BETWEEN_TRIES)

        subject = mask_phone(push.phone)
        self._services.callbacks.put(
            Delivery(callback=callback, at=at, product=self.name, subject=subject, on_reply=hear)
        )

    def _list(self) -> Json:
        return {"invoices": [attrs.asdict(invoice) for invoice in reversed(self._invoices.values())]}


def _read_invoice(fields: Fields) -> _Invoice:
    texts = ("externalReference", "billedFullName", "billedPeriod", "invoiceName", "accountReference")
    reference, *_, account = (fields.matching(name, _TEXT, "a text of 1 to 100 characters") for name in texts)
    fields.matching("billedPhoneNumber", _PHONE, "the number of a phone")
    amount = fields.matching("amount", _AMOUNT, "an amount")
    try:
        date.fromisoformat(str(fields.values["dueDate"])[:10])
    except ValueError:
        raise invalid_field("dueDate", "is not a day as YYYY-MM-DD") from None
    return _Invoice(reference=reference, account=account, amount=amount)


def _done(words: str, **more: object) -> HttpResponse:
    return json_response(200, {"Status_Message": words, "resmsg": "Success", "rescode": "200", **more})


def _conflict(words: str) -> HttpResponse:
    return json_response(200, {"Status_Message": words, "resmsg": "Conflict", "rescode": "409", "errors": []})
