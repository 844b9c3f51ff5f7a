"""A payout: money that is to go out once, and who approved it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar, Final, Protocol

import attrs

from daraja.disbursements.kind import PAYOUT, PayoutStatus, explain_code
from daraja.disbursements.products import PRODUCTS, Product, Purpose
from daraja.disbursements.receivers import describe, from_json, number_of, to_json
from daraja.lifecycle.charges import Charge, decode_charges, encode_charges
from daraja.lifecycle.evidence import Source
from daraja.lifecycle.kind import Kind
from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Account, Record, masked
from daraja.lifecycle.serialization import stored_as
from daraja.result_codes import Explanation, Outcome, explain
from daraja.to import Mobile, Pochi, Receiver
from daraja.values.secret import MaskedText, mask_numbers


@attrs.frozen(kw_only=True)
class Approval:
    """A second person's consent to a payout.

    Args:
        fingerprint: What was approved; see ``Payout.fingerprint``.
        by: Who approved it.
        at: When.
    """

    fingerprint: str
    by: str = attrs.field(repr=masked)
    at: datetime


def _encode_approval(approval: Approval) -> dict[str, str]:
    return {"fingerprint": approval.fingerprint, "by": approval.by, "at": approval.at.isoformat()}


def _decode_approval(fields: Mapping[str, str]) -> Approval:
    return Approval(fingerprint=fields["fingerprint"], by=fields["by"], at=datetime.fromisoformat(fields["at"]))


_MOMENT: Final = stored_as(datetime.isoformat, datetime.fromisoformat)


@attrs.frozen(kw_only=True)
class Payout(Record):
    """Money that is to go out once.

    What every record has, such as its status and its facts, is described in ``daraja.lifecycle.record.Record``.

    Args:
        product: How the money goes out.
        to: Who gets it, masked in reprs. For a refund by reversal, who paid.
        amount: Whole KES.
        currency: ``KES``.
        purpose: What a payment to a phone is for.
        remarks: Words about the payout, for Daraja.
        occasion: More words, or None.
        payer: The shortcode that pays.
        by: Who asked for it; empty if nobody was named.
        approval: Who approved it, or None.
        refunds: The receipt of the payment that it pays back, or None.
        instead_of: The key of the payout that failed and that this one replaces, or None.
        again: Whether the caller said that the same amount goes to the same receiver once more on that day.
        reserved: What it uses up of the caps from the time at which it is sent.
        sent_at: When it was written as ``pending``.
        confirms: Whether a failure that a result reports is confirmed by a query before money may go again.
        probes: Whether Daraja may be sent the same id once more if its answer was lost.
    """

    kind: ClassVar[Kind] = PAYOUT

    status: PayoutStatus = PayoutStatus.PENDING
    product: Product = attrs.field(metadata=stored_as(str, Product))
    to: Receiver = attrs.field(metadata=stored_as(to_json, from_json))
    amount: int
    currency: str = "KES"
    purpose: Purpose = "business"
    remarks: str = attrs.field(default="Payment", repr=masked)
    occasion: str | None = attrs.field(default=None, repr=masked)
    payer: str
    by: str = attrs.field(default="", repr=masked)
    approval: Approval | None = attrs.field(default=None, metadata=stored_as(_encode_approval, _decode_approval))
    refunds: str | None = None
    instead_of: str | None = None
    again: bool = False
    reserved: tuple[Charge, ...] = attrs.field(
        default=(), repr=False, metadata=stored_as(encode_charges, decode_charges)
    )
    sent_at: datetime | None = attrs.field(default=None, metadata=_MOMENT)
    confirms: bool = True
    probes: bool = False

    @property
    def phone(self) -> str:
        """The phone that gets the money, or empty if it goes to no phone."""
        return self.to.phone if isinstance(self.to, Mobile | Pochi) else ""

    @property
    def receiver(self) -> str:
        """The phone or number that gets the money; masked in reprs."""
        return MaskedText(describe(self.to))

    @property
    def fingerprint(self) -> str:
        """The hash of receiver, amount and purpose that an approval binds. A page shows it, and approving names it."""
        content = [self.product, to_json(self.to), self.amount, self.purpose, self.refunds]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def originator_conversation_id(self) -> str | None:
        """The id for questions to Daraja. It is our own for payments to phones, else the one that Daraja gave."""
        return self.facts.get("originator_conversation_id")

    @property
    def conversation_id(self) -> str | None:
        """Daraja's id of the request."""
        return self.facts.get("conversation_id")

    @property
    def transaction_id(self) -> str | None:
        """The id under which a statement lists a payment to a business, whose results name no receipt."""
        return self.facts.get("transaction_id")

    @property
    def float_after(self) -> Decimal | None:
        """The available balance of the account that paid, after the payout, in KES, if the result said so."""
        left = self.facts.get("float_after")
        return None if left is None else Decimal(left)

    @property
    def expected(self) -> dict[str, str]:
        """Amount and receiver, which were fixed when the payout was asked for."""
        return {"amount": str(self.amount), "receiver": number_of(self.to)}

    @property
    def explanation(self) -> Explanation | None:
        """The meaning of its result code; None if there is no code."""
        if self.result_code is None:
            return None
        found = explain(PRODUCTS[self.product].result, self.result_code, self.result_description)
        return explain_code(self.result_code) if found.outcome is Outcome.UNRECOGNISED else found

    @property
    def may_be_asked(self) -> bool:
        """Whether Daraja can be asked about it, because it was sent and an id or a receipt of it is known."""
        return self.status not in PAYOUT.unsent and not self.facts.keys().isdisjoint(_ASKED_BY)

    @property
    def denied_once(self) -> bool:
        """Whether one more query has to say that it was not paid before that counts."""
        told = self.status is PayoutStatus.FAILED and self.decided_by is Source.CALLBACK
        return super().denied_once or (told and self.confirms and not self.confirmed)

    @property
    def failed_without_proof(self) -> bool:
        """Whether Safaricom calls it failed by a code that proves nothing, so that a person has to look."""
        code = self.result_code
        if code is None or self.status not in PAYOUT.open or self.resolution is not None:
            return False
        return explain_code(code).outcome in {Outcome.FAILED, Outcome.UNRECOGNISED}

    @property
    def paid_after_all(self) -> bool:
        """Whether it was paid after money might go again, so that a person has to look whether it went twice."""
        was_free = self.was_refused or self.confirmed or (bool(self.denials) and not self.confirms)
        return self.is_success and was_free and self.resolution is None

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at it."""
        return super().needs_attention or self.failed_without_proof or self.paid_after_all

    @property
    def surely_unpaid(self) -> bool:
        """Whether it is proved that it moved no money and will move none."""
        if self.status is PayoutStatus.CANCELLED:
            return True
        if self.needs_review:
            return False
        failed = self.status is PayoutStatus.FAILED and not (self.unproven or self.denied_once)
        return self.denied_by_a_person or failed

    @property
    def returned_at(self) -> datetime | None:
        """When somebody found on the statement that the money came back after it was paid; no result says so."""
        decision = self.resolution
        return decision.at if decision is not None and self.is_success and not decision.paid else None

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Its charges on the caps. There are none until it is sent, and none of money if it surely did not pay.

        The limits hold for the one write that makes it ``pending``. What is known of it later is never refused.
        """
        if self.status in PAYOUT.unsent:
            return ()
        if self.status is PayoutStatus.PENDING and not self.surely_unpaid:
            return self.reserved
        kept: Iterable[Charge] = self.reserved
        if self.surely_unpaid:
            # The next payout for the same debt replaces this one, and no longer the one before.
            kept = (one for one in self.reserved if one.cap == _REPLACES)
        elif self.status not in PAYOUT.open:
            kept = (one for one in self.reserved if one.cap != _PLACE)
        return tuple(attrs.evolve(one, limit=None) for one in kept)

    def to_dict(self) -> dict[str, Any]:  # Any: what JSON can hold
        """Return the fields that staff may see, as JSON can hold them."""
        return {
            "key": self.key,
            "status": self.status.value,
            "product": self.product.value,
            "receiver": mask_numbers(describe(self.to)),
            "amount": self.amount,
            "fingerprint": self.fingerprint,
            "currency": self.currency,
            "purpose": self.purpose,
            "receipt": self.receipt or self.transaction_id,
            "refunds": self.refunds,
            "by": self.by,
            "approved_by": None if self.approval is None else self.approval.by,
            "needs_attention": self.needs_attention,
            "created_at": self.created_at.isoformat(),
        }


_ASKED_BY: Final = frozenset({"originator_conversation_id", "receipt"})
_REPLACES: Final = "instead_of"
_PLACE: Final = "open_refunds"
"""The one place for an open refund of a payment, which is free again once the refund is decided."""


class PayoutStore(RecordStore[Payout], Protocol):
    """Stores payouts. ``daraja.lifecycle.ports.RecordStore`` describes the other methods."""

    def refunds(self, receipt: str, account: Account, /) -> Sequence[Payout]:
        """Return the payouts that pay back the payment with this receipt, the oldest first.

        Args:
            receipt: The receipt of the payment.
            account: Whose payouts.

        Raises:
            RecordUnreadable: If one of them cannot be read.
        """
        ...
