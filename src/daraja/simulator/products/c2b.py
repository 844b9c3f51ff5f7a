"""C2B: customers pay a pay bill or a till unasked; the shop validates, and every payment is confirmed to it."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final, cast

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import CallbackReply, Delivery
from daraja.simulator.clock import Timer
from daraja.simulator.errors import HttpError, Json, invalid_field, json_response
from daraja.simulator.event_log import EventKind, printable
from daraja.simulator.ledger import Account, Transaction, customer, organisation
from daraja.simulator.products.base import MagicNumber, Route, Services
from daraja.simulator.products.c2b_misbehaviours import MAGIC_NUMBERS, ConfirmationScenario, scenario_of_payer
from daraja.simulator.products.c2b_payload import CustomerPayment, Registration, payment_body, payment_json
from daraja.simulator.validation import Fields, is_http_url, read_fields
from daraja.values.prompt import normalise_phone
from daraja.values.secret import mask_phone

_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,5}")
_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_URL: Final = re.compile(r"[!-~]+")
_REFERENCE: Final = re.compile(r"(?s).{0,20}")
_FILTERED: Final = re.compile(r"m-?pesa|safaricom|exe|cmd|sql|query", re.IGNORECASE)
"""Words that Daraja allows in no registered address."""

_HIGHEST: Final = 250_000
_VALIDATION_TIME: Final = timedelta(seconds=8)
_AFTER_A_PUSH: Final = timedelta(seconds=1)
"""A payment that was asked for by STK push is confirmed a second after its callback."""


class C2b:
    """The product C2B.

    Args:
        services: What it shares with the other products.
        validation: Whether external validation is enabled for the shops, for which Safaricom wants an e-mail.
        register_once: Whether a second registration is refused, as in production.
        scenarios: Phone numbers, in any form that people write, with the scenario of each payer's confirmations.

    Raises:
        ValueError: If a number in *scenarios* is not a Kenyan mobile number.
    """

    name: ClassVar[str] = "c2b"
    title: ClassVar[str] = "C2B register and simulate"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = MAGIC_NUMBERS

    def __init__(
        self,
        services: Services,
        *,
        validation: bool,
        register_once: bool,
        scenarios: Mapping[str, ConfirmationScenario],
    ) -> None:
        self.routes: Final[Mapping[str, Route]] = {
            f"/mpesa/c2b/v{version}/{action}": Route(handle)
            for version in (1, 2)
            for action, handle in (
                ("registerurl", partial(self._register, version=version)),
                ("simulate", self._simulate),
            )
        }
        self.views: Final[Mapping[str, Callable[[], Json]]] = {"received": self._received}
        self._services = services
        self._validation = validation
        self._register_once = register_once
        self._scenarios = {normalise_phone(number): scenario for number, scenario in scenarios.items()}
        self._registered: dict[str, Registration] = {}
        self._payments: dict[str, CustomerPayment] = {}
        self._waiting = dict[str, Timer]()
        services.ledger.on_received.append(self._confirm)

    # The requests

    def _register(self, request: HttpRequest, now: datetime, *, version: int) -> HttpResponse:
        fields = read_fields(request, ("ShortCode", "ResponseType", "ConfirmationURL", "ValidationURL"))
        shortcode = self._organisation(fields)
        response_type = fields.values["ResponseType"]
        if response_type not in ("Completed", "Cancelled"):
            raise invalid_field("ResponseType", "is neither Completed nor Cancelled, written so")
        confirmation, validation = (_address(fields, name) for name in ("ConfirmationURL", "ValidationURL"))
        if self._register_once and shortcode in self._registered:
            why = f"shortcode {shortcode} has addresses already; in production only the portal deletes them"
            raise HttpError(500, "500.003.1001", "Urls are already registered.", why)
        self._registered[shortcode] = Registration(version, response_type == "Completed", confirmation, validation)
        self._services.log.note(EventKind.REQUEST, f"shortcode {shortcode} registered its C2B addresses", now)
        return self._taken(now, "Success")

    def _simulate(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, ("ShortCode", "CommandID", "Amount", "Msisdn"))
        shortcode = self._organisation(fields)
        if fields.values["CommandID"] not in ("CustomerPayBillOnline", "CustomerBuyGoodsOnline"):
            raise invalid_field("CommandID", "is neither CustomerPayBillOnline nor CustomerBuyGoodsOnline")
        is_till = fields.values["CommandID"] == "CustomerBuyGoodsOnline"
        amount = int(fields.matching("Amount", _AMOUNT, "a whole number of KES from 1"))
        phone = fields.matching("Msisdn", _PHONE, "a number in the form 2547XXXXXXXX or 2541XXXXXXXX")
        given = {"BillRefNumber": fields.values.get("BillRefNumber") or ""}
        reference = Fields(given).matching("BillRefNumber", _REFERENCE, "a text of at most 20 characters")
        self._begin(phone, shortcode, amount, "" if is_till else reference, now, is_till=is_till)
        return self._taken(now, "Accept the service request successfully.")

    # Payments of customers

    def pay(
        self, phone: str, shortcode: str, amount: int, reference: str, now: datetime, *, is_till: bool
    ) -> CustomerPayment:
        """Pay by hand, from the menu of a phone.

        Args:
            phone: Who pays, in any form that people write.
            shortcode: The pay bill, or the till number.
            amount: Whole KES.
            reference: What the customer types as account; empty at a till.
            now: The time.
            is_till: Whether it is a till.

        Raises:
            LookupError: If no shop here has that pay bill or till.
            ValueError: If the phone is no Kenyan mobile number, or the amount or the account is not possible.
        """
        store = self._services.merchants.store_of(shortcode) if is_till else shortcode
        if not self._services.merchants.knows(store):
            raise LookupError(f"no shop here has the number {printable(shortcode)}")
        if not 1 <= amount <= _HIGHEST:
            raise ValueError(f"amount is {amount}; M-Pesa moves 1 to {_HIGHEST} KES in one payment")
        if not _REFERENCE.fullmatch(reference):
            raise ValueError("account is too long; a phone takes 20 characters")
        return self._begin(normalise_phone(phone), store, amount, reference, now, is_till=is_till)

    def find(self, receipt: str) -> CustomerPayment:
        """Return a payment as it is now."""
        return self._payments[receipt]

    def _begin(
        self, phone: str, shortcode: str, amount: int, reference: str, now: datetime, *, is_till: bool
    ) -> CustomerPayment:
        payment = CustomerPayment(
            receipt=self._services.ids.receipt(now),
            phone=phone,
            shortcode=shortcode,
            amount=amount,
            reference=reference,
            at=now,
            is_till=is_till,
        )
        self._payments[payment.receipt] = payment
        said = "" if is_till else f", account '{printable(reference)}'"
        self._note(f"{mask_phone(phone)} pays KES {amount} to {shortcode} by hand{said}", now)
        registration = self._registered.get(shortcode)
        if registration is None or not self._validation:
            self._complete(payment, now)
        else:
            self._validate(payment, registration, now)
        return payment

    # Validation

    def _validate(self, payment: CustomerPayment, registration: Registration, now: datetime) -> None:
        receipt = payment.receipt
        if self._scenario_of(payment.phone).early:
            self._complete(payment, now)  # and nobody waits for the answer
        else:
            self._waiting[receipt] = self._services.schedule.at(
                now + _VALIDATION_TIME, lambda at: self._decide(receipt, None, at)
            )
        body = payment_body(self._transaction(payment), registration, balance=None)
        self._send(registration.validation_url, body, payment.phone, now, partial(self._hear, receipt))

    def _hear(self, receipt: str, reply: CallbackReply, now: datetime) -> None:
        """Take the shop's answer to a validation, unless its time was up."""
        if receipt in self._waiting and now - self._payments[receipt].at <= _VALIDATION_TIME:
            self._decide(receipt, _object(reply.body), now)

    def _decide(self, receipt: str, answer: Json | None, now: datetime) -> None:
        self._waiting.pop(receipt).cancel()
        payment = self._payments[receipt]
        code = str(answer.get("ResultCode", "")) if answer else ""
        if not code:
            completes = self._registered[payment.shortcode].completes
            self._note(f"no validation of {receipt}: ResponseType {'Completed' if completes else 'Cancelled'}", now)
            code = "0" if completes else "C2B00016"
        if code != "0":
            self._payments[receipt] = attrs.evolve(payment, status="rejected", code=code)
            self._note(f"{mask_phone(payment.phone)}: rejected with {printable(code)}", now)
            return
        third = str((answer or {}).get("ThirdPartyTransID") or "")
        self._complete(attrs.evolve(payment, third_party_id=third), now)

    # Confirmation

    def _complete(self, payment: CustomerPayment, now: datetime) -> None:
        self._payments[payment.receipt] = attrs.evolve(payment, status="paid")
        self._services.ledger.complete(self._transaction(payment), now)

    def _transaction(self, payment: CustomerPayment) -> Transaction:
        return Transaction(
            receipt=payment.receipt,
            product=self.name,
            reason="Customer Merchant Payment" if payment.is_till else "Pay Bill",
            amount=payment.amount,
            debit=customer(payment.phone),
            credit=organisation(payment.shortcode, Account.MERCHANT if payment.is_till else Account.UTILITY),
            initiated_at=payment.at,
            reference=str(payment.reference),
        )

    def _confirm(self, transaction: Transaction, now: datetime) -> None:
        """Confirm a payment to the shop, whether the customer paid by hand or by a prompt."""
        registration = self._registered.get(transaction.credit.number)
        account = transaction.credit.account
        if registration is None or account is None:
            return
        balance = self._services.ledger.balances(transaction.credit.number)[account]
        by_hand = self._payments.get(transaction.receipt)
        body = payment_body(transaction, registration, balance, by_hand.third_party_id if by_hand else "")
        phone = transaction.debit.number
        scenario = self._scenario_of(phone)
        at = now if by_hand or scenario.early else now + _AFTER_A_PUSH
        for confirmation in scenario.confirmations:
            due = at + timedelta(seconds=confirmation.after)
            self._send(confirmation.address(registration), confirmation.change(body, phone), phone, due)

    def _scenario_of(self, phone: str) -> ConfirmationScenario:
        return self._scenarios.get(phone) or scenario_of_payer(phone)

    def _send(
        self,
        url: str,
        body: Json,
        phone: str,
        at: datetime,
        on_reply: Callable[[CallbackReply, datetime], None] | None = None,
    ) -> None:
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        callback = HttpRequest("POST", url, headers, json.dumps(body, separators=(",", ":")).encode())
        subject = mask_phone(phone)
        self._services.callbacks.put(
            Delivery(callback=callback, at=at, product=self.name, subject=subject, on_reply=on_reply)
        )

    # Small things

    def _organisation(self, fields: Fields) -> str:
        shortcode = fields.matching("ShortCode", _SHORTCODE, "a shortcode of 5 to 7 digits")
        if not self._services.merchants.knows(shortcode):
            raise invalid_field("ShortCode", f"is {shortcode}, and no shop here has that shortcode")
        return shortcode

    def _taken(self, now: datetime, words: str) -> HttpResponse:
        # Daraja spells the name of the id so, here and nowhere else.
        body = {"OriginatorCoversationID": self._services.ids.request_id(now), "ResponseCode": "0"}
        return json_response(200, {**body, "ResponseDescription": words})

    def _note(self, text: str, now: datetime) -> None:
        self._services.log.note(EventKind.PAYMENT, text, now)

    def _received(self) -> Json:
        return {"received": [payment_json(payment) for payment in reversed(self._payments.values())]}


def _address(fields: Fields, name: str) -> str:
    address = fields.matching(name, _URL, "an address without spaces")
    if not is_http_url(address):
        raise invalid_field(name, "is not an http or https address")
    if found := _FILTERED.search(address):
        raise invalid_field(name, f"has '{found[0]}' in it, which Daraja allows in no registered address")
    return address


def _object(body: bytes) -> Json | None:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Json", found) if isinstance(found, dict) else None
