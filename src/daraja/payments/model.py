"""A payment: one attempt to be paid by STK push, as a kind of record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar, Final, Literal, Protocol

import attrs

from daraja.api.addresses import Purpose
from daraja.api.stk.callback import StkCallback, parse_stk_callback
from daraja.api.stk.push import StkPushResponse
from daraja.api.stk.query import StkQuery, StkQueryResponse
from daraja.config import Config
from daraja.http.flow import Flow, Now
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.kind import Kind, Timing, Transitions
from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Account, Record, masked
from daraja.lifecycle.serialization import to_dict
from daraja.payments.customer_messages import ANOTHER_PAID, REFUND, REVIEW, customer_message
from daraja.result_codes import explain
from daraja.values.secret import MaskedText, mask_phone


class Status(StrEnum):
    """How far a payment has come. It climbs from the first to the last and never comes down."""

    PENDING = "pending"
    """The push was sent, or is about to be sent; Daraja's answer is not known."""
    INITIATED = "initiated"
    """Daraja has accepted the push; the phone shows the prompt."""
    UNCONFIRMED = "unconfirmed"
    """No result came in time. Money may have moved: only the M-Pesa statement can tell."""
    TIMEOUT = "timeout"
    """Safaricom says that nobody answered the prompt, so nobody paid."""
    FAILED = "failed"
    """Safaricom says that the payment was refused or cancelled."""
    SUCCESS = "success"
    """Safaricom says that the payment was made."""


LADDER: Final[Transitions] = {
    (Source.GIVING_UP, Said.NOTHING): Status.UNCONFIRMED,
    (Source.ANSWER, Said.NOTHING): Status.PENDING,
    (Source.ANSWER, Said.ACCEPTED): Status.INITIATED,
    (Source.ANSWER, Said.REFUSED): Status.FAILED,
    (Source.QUERY, Said.PROCESSING): Status.INITIATED,
    (Source.QUERY, Said.UNRECOGNISED): Status.INITIATED,
    (Source.QUERY, Said.TIMEOUT): Status.TIMEOUT,
    (Source.QUERY, Said.CANCELLED): Status.FAILED,
    (Source.QUERY, Said.FAILED): Status.FAILED,
    (Source.QUERY, Said.PAID): Status.SUCCESS,
    (Source.CALLBACK, Said.CLAIMED): Status.INITIATED,
    (Source.CALLBACK, Said.PROCESSING): Status.INITIATED,
    (Source.CALLBACK, Said.UNRECOGNISED): Status.INITIATED,
    (Source.CALLBACK, Said.TIMEOUT): Status.TIMEOUT,
    (Source.CALLBACK, Said.CANCELLED): Status.FAILED,
    (Source.CALLBACK, Said.FAILED): Status.FAILED,
    (Source.CALLBACK, Said.PAID): Status.SUCCESS,
    (Source.PERSON, Said.PAID): Status.SUCCESS,
    (Source.PERSON, Said.FAILED): Status.FAILED,
}
"""The status that each piece of evidence moves a payment to. The documentation's picture is drawn from it."""

PROMPT_LIFE: Final = timedelta(minutes=3)
"""After this time no prompt is open any more."""

PROMPT_SHOWN: Final = timedelta(seconds=27)
"""For so long a phone usually shows a prompt that nobody answers; Daraja tells 26 to 30 seconds after the push."""

_TIMING: Final = Timing(
    # The first pause is longer than `Checkout.start` takes.
    pauses=tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 960, 1920, 3600)),
    open_for=PROMPT_LIFE,
)


def accepted(response: StkPushResponse, at: datetime, /) -> Evidence:
    """Return the evidence of Daraja's answer that it accepted the push."""
    return Evidence(
        source=Source.ANSWER,
        said=Said.ACCEPTED,
        at=at,
        facts={
            "merchant_request_id": response.merchant_request_id or None,
            "checkout_request_id": response.checkout_request_id,
        },
    )


def from_callback(callback: StkCallback, at: datetime, /) -> Evidence:
    """Return the evidence of a callback."""
    # Compared with what people type and with other announcements, so in one spelling: a receipt pays once.
    receipt = (callback.receipt or "").strip().upper() or None
    return _evidence(Source.CALLBACK, callback, at, amount=_plain(callback.amount), receipt=receipt)


def from_query(response: StkQueryResponse, at: datetime, /) -> Evidence:
    """Return the evidence of Daraja's answer to a query."""
    return _evidence(Source.QUERY, response, at)


def _evidence(source: Source, result: StkCallback | StkQueryResponse, at: datetime, **facts: str | None) -> Evidence:
    return Evidence(
        source=source,
        said=Said(result.outcome),
        at=at,
        facts={
            "merchant_request_id": result.merchant_request_id,
            "checkout_request_id": result.checkout_request_id,
            **facts,
        },
        result_code=result.result_code,
        result_description=result.result_description,
    )


def _plain(amount: Decimal | None) -> str | None:
    """Write an amount without an exponent and without zeros that mean nothing, as ``Payment.expected`` does."""
    return None if amount is None else f"{amount.normalize():f}"


def _parse(body: bytes, at: datetime, _: Purpose, __: "Payment | None") -> Evidence:
    return from_callback(parse_stk_callback(body), at)


def _ask(payment: "Payment", config: Config) -> Flow[Evidence]:
    answer = yield from StkQuery(payment.facts["checkout_request_id"]).flow(config)
    return from_query(answer, (yield from Now()))


STK: Final = Kind(
    name="payment",
    purpose=Purpose.PAYMENT,
    statuses=Status,
    transitions=LADDER,
    success=Status.SUCCESS,
    denied=frozenset({Status.TIMEOUT, Status.FAILED}),
    stopped=Status.UNCONFIRMED,
    unique=("checkout_request_id", "receipt"),
    unique_in_account=(("idempotency_key",), ("order", "attempt"), ("open_order",), ("paid_order",)),
    named_by=("order",),
    asked_by="checkout_request_id",
    timing=_TIMING,
    parse=_parse,
    ask=_ask,
    explain=partial(explain, "stk"),
)


def _masked_text(text: str) -> str:
    return MaskedText(text)  # behind a function with types, so that pyright takes a payment for what it is


@attrs.frozen(kw_only=True)
class Payment(Record):
    """One attempt to be paid once.

    What every record has, such as its status and its facts, is described in ``daraja.lifecycle.record.Record``.

    Args:
        reference: The account reference that the customer sees.
        description: What the customer sees beside it.
        amount: The amount that was asked for, in whole KES.
        currency: ``KES``.
        phone: The phone that was asked; masked in reprs.
        till: The till that is paid; None for a pay bill.
        order: The shop's own id of the order that it is to pay; None for a payment without an order.
        attempt: Which attempt of that order it is, from 1; 0 without an order.
    """

    kind: ClassVar[Kind] = STK

    status: Status = Status.PENDING
    reference: str = attrs.field(repr=masked)
    description: str = attrs.field(repr=masked)
    amount: int
    currency: str = "KES"
    phone: str = attrs.field(converter=_masked_text)
    till: str | None = None
    order: str | None = attrs.field(default=None, repr=masked)
    attempt: int = 0

    @property
    def merchant_request_id(self) -> str | None:
        """Daraja's id of the request, safe to log."""
        return self.facts.get("merchant_request_id")

    @property
    def checkout_request_id(self) -> str | None:
        """Daraja's id of the payment; masked in reprs."""
        return self.facts.get("checkout_request_id")

    @property
    def open_order(self) -> str | None:
        """Its order until Safaricom or a person has said whether it was paid. Only one attempt of an order has it."""
        # A status only climbs, so an attempt that has given this up never takes it back.
        return self.order if self.status in self.kind.open else None

    @property
    def prompt_ends_at(self) -> datetime | None:
        """When the phone usually closes the prompt. It is None once nobody can answer any more.

        A network may bring the prompt late, so ``charge`` waits for Daraja's word.
        """
        return self.created_at + PROMPT_SHOWN if self.status in (Status.PENDING, Status.INITIATED) else None

    @property
    def paid_order(self) -> str | None:
        """Its order once it counts. Only one attempt of an order has it."""
        return self.order if self.counts else None

    @property
    def expected(self) -> dict[str, str]:
        """The amount, which was fixed when the payment was asked for."""
        return {"amount": str(self.amount)}

    @property
    def refund_due(self) -> bool:
        """Whether its order was paid already, so that the money has to go back."""
        counts_by_hand = self.receipt is not None and self.facts.get("counts_by_hand") == self.receipt
        return super().refund_due and not counts_by_hand

    @property
    def customer_message(self) -> str:
        """How far it has come, in a sentence or two for the customer, who asks above all whether to pay again."""
        if self.needs_review:
            return REVIEW
        if self.is_second:
            return REFUND if self.refund_due else ANOTHER_PAID
        denied = self.denied_by_a_person
        return customer_message(
            Status.FAILED if denied else self.status,
            denied_once=self.denied_once and not denied,
            refused=self.refusal is not None,
            result_code=None if denied else self.result_code,
            result_description=self.result_description,
        )

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes by itself, so that a page may stop asking. A person may still decide."""
        return self.is_success or self.next_check_at is None

    def to_dict(self, *, view: Literal["customer", "staff"]) -> dict[str, Any]:  # Any: everything that JSON can hold
        """Return the fields to send as JSON.

        Args:
            view: For whom. A customer sees a masked phone and no data of the shop's; staff see everything.
        """
        seen: dict[str, Any] = {
            "key": self.key,
            "order": self.order,
            "attempt": self.attempt,
            "status": self.status.value,
            "paid": self.paid,
            "refund_due": self.refund_due,
            "final": self.is_final,
            "message": self.customer_message,
            "amount": self.amount,
            "currency": self.currency,
            "phone": mask_phone(self.phone),
            "reference": self.reference,
            "receipt": self.receipt,
            "created_at": self.created_at.isoformat(),
        }
        return seen if view == "customer" else {**seen, **self._for_staff()}

    def _for_staff(self) -> dict[str, Any]:  # Any: as above
        stored = to_dict(self)
        names = (
            *("phone", "description", "till", "environment", "shortcode", "tenant", "idempotency_key", "metadata"),
            *("result_code", "result_description", "decided_by", "conflicts", "denials", "resolution"),
            *("updated_at", "next_check_at", "succeeded_at", "notified_at"),
        )
        return {
            **{name: stored[name] for name in names},
            "phone": str(self.phone),
            "checkout_request_id": self.checkout_request_id,
            "merchant_request_id": self.merchant_request_id,
            "needs_review": self.needs_review,
            "needs_attention": self.needs_attention,
        }


class PaymentStore(RecordStore[Payment], Protocol):
    """Stores payments. ``daraja.lifecycle.ports.RecordStore`` describes the other methods."""

    def attempts(self, order: str, account: Account, /) -> Sequence[Payment]:
        """Return the attempts of one order, the first one first.

        Args:
            order: The shop's own id of the order.
            account: Whose order. Another account may have an order with the same id.

        Raises:
            RecordUnreadable: If one of them cannot be read.
        """
        ...
