"""A receipt: money that a customer paid by themselves, as a record."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal

import attrs

from daraja.api.addresses import Purpose, below, sign
from daraja.api.incoming import read_incoming
from daraja.api.parse import parse_result
from daraja.api.transaction_status import TransactionStatus
from daraja.config import Config
from daraja.http.flow import Flow
from daraja.inbound.announcement import ANNOUNCERS, Announcer, from_incoming, from_status
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.kind import Kind, Timing, Transitions
from daraja.lifecycle.record import Record, masked
from daraja.lifecycle.serialization import to_dict
from daraja.result_codes import Explanation, explain
from daraja.values.nairobi_time import read_time
from daraja.values.secret import MaskedText, Secret

_PHONE: Final = re.compile(r"254[17][0-9]{8}")


class ReceiptStatus(StrEnum):
    """How much is proved about a receipt. It climbs from the first to the last and never comes down."""

    LEAD = "lead"
    """Somebody says that it was paid; anybody could say so."""
    UNCONFIRMED = "unconfirmed"
    """Daraja did not confirm it in time. Only the statement can."""
    UNPAID = "unpaid"
    """Safaricom says that nothing was paid under this number."""
    RECEIVED = "received"
    """Safaricom says that the money came in."""


_TRANSITIONS: Final[Transitions] = {
    (Source.CALLBACK, Said.NOTHING): ReceiptStatus.LEAD,
    (Source.CALLBACK, Said.CLAIMED): ReceiptStatus.LEAD,
    (Source.QUERY, Said.PROCESSING): ReceiptStatus.LEAD,
    (Source.GIVING_UP, Said.NOTHING): ReceiptStatus.UNCONFIRMED,
    (Source.QUERY, Said.FAILED): ReceiptStatus.UNPAID,
    (Source.PERSON, Said.FAILED): ReceiptStatus.UNPAID,
    (Source.CALLBACK, Said.PAID): ReceiptStatus.RECEIVED,
    (Source.QUERY, Said.PAID): ReceiptStatus.RECEIVED,
    (Source.PERSON, Said.PAID): ReceiptStatus.RECEIVED,
}


def _parse(body: bytes, at: datetime, purpose: Purpose, receipt: "Receipt | None") -> Evidence:
    if purpose is Purpose.TIMEOUT:
        return Evidence(source=Source.CALLBACK, said=Said.NOTHING, at=at)  # it decides nothing, whatever it says
    if purpose is Purpose.ANSWER:
        return from_status(parse_result("status", body), "" if receipt is None else receipt.shortcode, at)
    return from_incoming(read_incoming(body), at)


def receipts_url(config: Config, purpose: Purpose, key: str, /) -> Secret:
    """Return a signed address below ``receipts/``, so that a shop has one route for all that is about receipts.

    Answers come there, too, and not to ``results_url``, where the route of the payouts is.
    """
    return Secret(below(config.callback_url, f"receipts/{sign(config, purpose, key)}"))


def _ask(receipt: "Receipt", config: Config) -> Flow[Evidence | None]:
    """Ask for the status of the payment; the answer comes by callback, to an address that is signed for it."""
    yield from TransactionStatus(
        receipt=receipt.number,
        result_url=receipts_url(config, Purpose.ANSWER, receipt.key),
        timeout_url=receipts_url(config, Purpose.TIMEOUT, receipt.key),
    ).flow(config)
    return None


def _explain(code: str) -> Explanation:
    return explain("status", code)


RECEIPT: Final = Kind(
    name="receipt",
    purpose=Purpose.CONFIRMATION,
    other_purposes=(Purpose.ANSWER, Purpose.TIMEOUT),
    statuses=ReceiptStatus,
    transitions=_TRANSITIONS,
    success=ReceiptStatus.RECEIVED,
    denied=frozenset({ReceiptStatus.UNPAID}),
    stopped=ReceiptStatus.UNCONFIRMED,
    unique=("receipt",),  # not the transaction_id: anybody can name one
    unique_in_account=(("idempotency_key",), ("place",)),
    personal=tuple(f"{one}_{what}" for one in ANNOUNCERS for what in ("payer", "name")),
    named_by=("expectation", "order"),
    asked_by="transaction_id",
    timing=Timing(pauses=tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 60)), open_for=timedelta(hours=24)),
    parse=_parse,
    ask=_ask,
    explain=_explain,
)


@attrs.frozen(kw_only=True)
class Receipt(Record):
    """Money that came in: one receipt number in one environment, for any number of announcements.

    What every record has, such as its status and its facts, is described in ``daraja.lifecycle.record.Record``. It is
    matched once: to a payment of the checkout whose money it is, or to an expectation or an order, for which it counts.

    Args:
        expectation: The reference of the expectation that it pays, as references are compared; None for none.
        order: The order that it pays; None for none.
        payment: The key of the payment whose own money it is, so that it does not count again; None for none.
        matched_by: The person who matched it; empty if the rules did.
        turn: Its number among the money that has counted for the same order or expectation, from 1; None if it has not.
    """

    kind: ClassVar[Kind] = RECEIPT

    status: ReceiptStatus = ReceiptStatus.LEAD
    expectation: str | None = attrs.field(default=None, repr=masked)
    order: str | None = attrs.field(default=None, repr=masked)
    payment: str | None = None
    matched_by: str = attrs.field(default="", repr=masked)
    turn: int | None = None

    @property
    def number(self) -> str:
        """M-Pesa's receipt number, proved or not."""
        return self.facts["transaction_id"]

    @property
    def amount(self) -> Decimal | None:
        """KES that came in; None while nothing is proved."""
        return Decimal(self.facts["amount"]) if "amount" in self.facts else None

    @property
    def announced_by(self) -> tuple[Announcer, ...]:
        """The sources that announced it and are believed."""
        return tuple(one for one in ANNOUNCERS if f"{one}_paid_at" in self.facts)

    @property
    def paid_at(self) -> datetime | None:
        """When it was paid, in Nairobi's time; None if nobody says."""
        return read_time(self._told("paid_at") or "")

    @property
    def reference(self) -> str | None:
        """The account exactly as the payer typed it. Escape it where you show it. It proves nobody's name."""
        return self._told("reference")

    @property
    def payer(self) -> str | None:
        """The payer's number, plain, masked by M-Pesa or as a hash; masked in reprs."""
        told = self._told("payer")
        return None if told is None else MaskedText(told)

    @property
    def phone(self) -> str:
        """The payer's whole number; empty if nobody says."""
        return MaskedText(next((payer for payer in self.payers if _PHONE.fullmatch(payer)), ""))

    @property
    def payers(self) -> tuple[str, ...]:
        """The payer's number, in each form that Safaricom sent."""
        told = (self.facts.get(f"{one}_payer") for one in ANNOUNCERS)
        return tuple(MaskedText(payer) for payer in told if payer)

    @property
    def payer_name(self) -> str | None:
        """The payer's name, often only the first; None if nobody says."""
        return self._told("name")

    @property
    def place(self) -> str | None:
        """The order or expectation with its turn. It is unique, so of two at the same moment one looks again."""
        if self.turn is None:
            return None
        what = f"account {self.expectation}" if self.order is None else f"order {self.order}"
        return MaskedText(f"{what} {self.turn}")

    @property
    def is_matched(self) -> bool:
        """Whether it is known whose money it is."""
        return any(to is not None for to in (self.expectation, self.order, self.payment))

    @property
    def is_unmatched(self) -> bool:
        """Whether the money is there and its purpose is not known."""
        return self.is_success and not self.is_matched and not self.denied_by_a_person and not self.is_second

    @property
    def may_be_matched(self) -> bool:
        """Whether the rules may say whose money it is, as nobody has decided about it or asked for its refund."""
        return not (self.is_matched or self.denied_by_a_person or self.refund_asked_at is not None)

    @property
    def counts(self) -> bool:
        """Whether it counts for its expectation or its order. After a contradiction only a person takes that away.

        Money that came when all was paid already does not count: its ``refund_due`` is True.
        """
        matched = (self.expectation is not None or self.order is not None) and self.payment is None
        return self.is_success and matched and not (self.denied_by_a_person or self.is_second)

    @property
    def paid(self) -> bool:
        """Whether ``on_received`` gets it. It counts, and nothing contradicts it or a person said so."""
        return self.counts and super().paid

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at it, as it has a contradiction, is not matched, or has to go back."""
        return self.needs_review or self.is_unmatched or self.refund_due

    def to_dict(self, *, view: Literal["customer", "staff"]) -> dict[str, Any]:  # Any: what JSON can hold
        """Return the fields to send as JSON. Amounts are text, since M-Pesa counts cents.

        Args:
            view: For whom. A customer sees neither who paid nor data of the shop's.
        """
        seen: dict[str, Any] = {
            "number": self.number,
            "order": self.order,
            "account": self.expectation,
            "status": self.status.value,
            "paid": self.paid,
            "refund_due": self.refund_due,
            "amount": self.facts.get("amount"),
            "currency": "KES",
            "paid_at": None if self.paid_at is None else self.paid_at.isoformat(),
        }
        return seen if view == "customer" else {**seen, **self._for_staff()}

    def _for_staff(self) -> dict[str, Any]:  # Any: as above
        stored = to_dict(self)
        names = ("key", "environment", "shortcode", "tenant", "payment", "matched_by", "conflicts", "resolution")
        return {
            **{name: stored[name] for name in names},
            "reference": self.reference,
            "payer": None if self.payer is None else str(self.payer),
            "payer_name": self.payer_name,
            "announced_by": list(self.announced_by),
            "counts": self.counts,
            "is_unmatched": self.is_unmatched,
            "needs_review": self.needs_review,
            "needs_attention": self.needs_attention,
            "created_at": stored["created_at"],
            "updated_at": stored["updated_at"],
        }

    def _told(self, what: str) -> str | None:
        told = (self.facts.get(f"{one}_{what}") for one in ANNOUNCERS)
        return next(filter(None, told), None)
