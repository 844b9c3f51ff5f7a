"""The first step of a payout: it is written down, with its part of the caps, before anybody is asked to pay."""

from collections.abc import Mapping
from functools import partial
from typing import Any, cast, get_args

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.initiator import Accepted
from daraja.config import Config
from daraja.disbursements.caps import refund_charges, repetition_charge
from daraja.disbursements.kind import PayoutStatus, accepted
from daraja.disbursements.may_pay_again import may_pay_again
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.policy import PayoutPolicy
from daraja.disbursements.products import PRODUCTS, Product, Purpose, product_for, request_for
from daraja.disbursements.receivers import number_of
from daraja.errors import (
    CapReached,
    DarajaError,
    DuplicatePayout,
    DuplicateRequest,
    InvalidInput,
    RepeatedPayout,
)
from daraja.fields import Checked, Fault, value_or_fault
from daraja.http.flow import Flow, ask
from daraja.lifecycle.charges import Charge
from daraja.lifecycle.check_status import load
from daraja.lifecycle.effects import NewKey
from daraja.lifecycle.evidence import Reading, add_reading, error_from, read_clock
from daraja.lifecycle.send import checked_metadata, required_key, send
from daraja.to import Mobile, Receiver
from daraja.values.account_number import normalise_reference
from daraja.values.secret import MaskedText


def _receiver(value: Receiver) -> Receiver:
    return fields.instance(value, Receiver, "give a phone, or a receiver of daraja.to")


def _purpose(value: Purpose) -> Purpose:
    return fields.one_of(value, get_args(Purpose))


def _person(value: str) -> str:
    return MaskedText(value) if value == "" else fields.name(value)


def one_receiver(to: Receiver | None, phone: str | None, /) -> Receiver:
    """Return the receiver, or the M-Pesa account of the phone, or a ``Fault`` if not exactly one of them is given."""
    if (to is None) == (phone is None):
        fault = Fault("is missing; give it, or a phone" if to is None else "is given beside a phone; leave one out")
        return cast("Receiver", fault)
    return to if to is not None else value_or_fault(Mobile, phone or "")


@attrs.frozen(kw_only=True)
class Refunded:
    """The payment that a payout pays back.

    Args:
        receipt: Its receipt.
        amount: What was paid, in KES.
        is_denied: Whether a person decided that it was not paid, or that it went back.
    """

    receipt: str
    amount: int
    is_denied: bool = False


@attrs.frozen(kw_only=True)
class Pay(Checked):
    """A payout, checked. Nothing is sent or stored before its flow runs.

    Args:
        product: How the money goes out; by default as the receiver says.
        to: Who gets it.
        amount: Whole KES.
        purpose: What a payment to a phone is for.
        remarks: Words about it, for Daraja.
        occasion: More words, or None.
        idempotency_key: The caller's name for it: 1 to 200 printable characters.
        metadata: The caller's notes: an object that JSON can hold, of 16 KiB at most.
        by: Who asks for it; empty if nobody is named.
        again: Whether the same amount may go to the same receiver once more on this day.
        instead_of: The key of the payout that failed and that this one replaces, or None.
        refunded: The payment that it pays back, or None.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once.
    """

    to: Receiver = attrs.field(converter=_receiver)
    amount: int = attrs.field(converter=fields.amount)
    purpose: Purpose = attrs.field(default="business", converter=_purpose)
    remarks: str = attrs.field(default="Payment", converter=fields.remarks)
    occasion: str | None = attrs.field(default=None, converter=optional(fields.occasion))
    idempotency_key: str = attrs.field(converter=required_key)
    metadata: Mapping[str, Any] = attrs.field(converter=checked_metadata, repr=False)  # Any: whatever JSON can hold
    by: str = attrs.field(default="", converter=_person)
    again: bool = False
    instead_of: str | None = None
    refunded: Refunded | None = None
    product: Product | None = None

    def flow(self, policy: PayoutPolicy, /) -> Flow[Payout]:
        """Store the payout, ask Daraja to pay, and store the answer. A payout that waits for approval is only stored.

        Raises:
            InvalidInput: If Daraja or the settings do not allow it; nothing was stored or sent.
            CapReached: If a cap has no room for it; nothing was stored or sent.
            RepeatedPayout: If the same amount went to the same receiver on this day; nothing was stored or sent.
            DuplicatePayout: If the idempotency key belongs to a payout with other content: ``error.payout``.
            ApiError: If Daraja refused; nothing was paid. ``error.payout`` is the payout, here and below.
            NotSent: If nothing left this machine.
            UnexpectedResponse: If no access token could be read.
        """
        payout, reading = yield from self._payout(policy)
        request_for(payout, policy.config).check(policy.config)
        if self.instead_of is not None:
            yield from check_may_replace(payout, self.instead_of, policy)
        if payout.status is PayoutStatus.PENDING:
            payout = release(payout, reading, policy)
        try:
            stored = yield from ask(PayoutStore.insert, payout)
        except CapReached as reached:
            raise refusal_of(reached) from None
        if stored.key != payout.key:
            return _same_payout(payout, stored)
        return payout if payout.status is PayoutStatus.HELD else (yield from send_payout(payout, policy))

    def _payout(self, policy: PayoutPolicy) -> Flow[tuple[Payout, Reading]]:
        key = yield from NewKey()
        reading = yield from read_clock()
        product = self.product or product_for(self.to)
        held = policy.approvals is not None and self.amount >= policy.approvals
        if held and not self.by:
            raise InvalidInput({"by": "is missing; somebody else approves a payout of this amount, so name who asks"})
        payout = Payout(
            key=key,
            account=policy.account,
            status=PayoutStatus.HELD if held else PayoutStatus.PENDING,
            idempotency_key=self.idempotency_key,
            metadata=self.metadata,
            product=product,
            to=self.to,
            amount=self.amount,
            purpose=self.purpose,
            remarks=self.remarks,
            occasion=self.occasion,
            payer=_payer(product, policy.config),
            by=self.by,
            refunds=None if self.refunded is None else self.refunded.receipt,
            instead_of=self.instead_of,
            again=self.again,
            reserved=self._bound_to_others(),
            confirms=policy.confirms,
            probes=policy.probes,
            facts={"originator_conversation_id": key} if PRODUCTS[product].detects_duplicates else {},
            announce=policy.has_listener,
            created_at=reading.at,
            updated_at=reading.at,
        )
        return payout, reading

    def _bound_to_others(self) -> tuple[Charge, ...]:
        """Return its charges beside the caps of the day: one refund of a payment, one replacement of a failure."""
        charges: tuple[Charge, ...] = ()
        if self.refunded is not None:
            charges = refund_charges(self.refunded.receipt, self.amount, self.refunded.amount)
        if self.instead_of is not None:
            counter = f"instead of {self.instead_of}"
            charges += (Charge(cap="instead_of", counter=counter, amount=1, limit=1),)
        return charges


def _payer(product: Product, config: Config) -> str:
    return config.payout_shortcode if PRODUCTS[product].from_bulk else config.business.shortcode


def release(payout: Payout, reading: Reading, policy: PayoutPolicy, /) -> Payout:
    """Return the payout as it is written right before it is sent: with its part of the caps of that day.

    Raises:
        CapReached: If it is above the cap of one payout.
    """
    now, whom = reading.at, normalise_reference(number_of(payout.to))  # one account in two spellings is one recipient
    charges: tuple[Charge, ...] = ()
    if not PRODUCTS[payout.product].stays_ours:
        charges = policy.caps.charges(payout.amount, whom, now)
    if payout.refunds is None:
        charges += (repetition_charge(payout.amount, whom, now, again=payout.again),)
    return attrs.evolve(
        payout,
        status=PayoutStatus.PENDING,
        sent_at=now,
        reserved=charges + payout.reserved,
        next_check_at=now + Payout.kind.timing.pauses[0],
        readings=add_reading(reading, {}),
    )


def send_payout(payout: Payout, policy: PayoutPolicy, /) -> Flow[Payout]:
    """Ask Daraja to pay a payout that is stored as ``pending``, and store the answer. It is called once for each.

    Raises:
        DarajaError: If Daraja surely did not pay.
    """
    request = partial(_ask_to_pay, payout, policy.config)
    payout, refusal = yield from send(payout, request, accepted, policy, began=payout.sent_at)
    if refusal is not None:
        raise _about(payout, refusal)
    return payout


def _ask_to_pay(payout: Payout, config: Config) -> Flow[Accepted | None]:
    try:
        return (yield from request_for(payout, config).flow(config))
    except DuplicateRequest:
        return None  # it proves that Daraja accepted the first request with this id


def check_may_replace(payout: Payout, key: str, policy: PayoutPolicy, /) -> Flow[None]:
    """Check that a payout is for the same debt as the one that it replaces, and that that one surely did not pay.

    Raises:
        InvalidInput: If it may have paid, went to another receiver or with another amount, or was cancelled and was
            itself to replace one.
        UnknownPayment: If there is no such payout.
    """
    failed = yield from load(key, policy)
    if failed.status is PayoutStatus.CANCELLED and failed.instead_of is not None:
        # It has freed its place, so that the payout before it may be replaced by another one than this.
        raise InvalidInput({"instead_of": f"names a payout that was never sent; name {failed.instead_of}, as it did"})
    answer = may_pay_again(failed)
    if not answer:
        raise InvalidInput({"instead_of": f"names a payout that cannot be replaced: {answer.reason}"})
    if _debt(payout) != _debt(failed):
        raise InvalidInput({"instead_of": "names a payout of another amount, or to somebody else; leave it out"})


def _debt(payout: Payout) -> tuple[object, ...]:
    return payout.amount, normalise_reference(number_of(payout.to)), payout.refunds


def refusal_of(reached: CapReached, /) -> DarajaError:
    """Return the error for a cap that has no room. Each cap that counts no money has an error of its own."""
    match reached.cap:
        case "same_payout":
            return RepeatedPayout(
                "the same amount went to the same receiver today; say again=True if a second payout is meant"
            )
        case "instead_of":
            return InvalidInput({"instead_of": "names a payout that another one has replaced already; name that one"})
        case "open_refunds":
            return InvalidInput({"refunds": "names a payment whose refund is open; wait until it is decided"})
        case "refunds":
            left = f"{reached.left:,} of {reached.limit:,} KES"
            return InvalidInput({"amount": f"is more than what can go back of this payment: {left}"})
        case _:
            return reached


def _same_payout(asked: Payout, stored: Payout) -> Payout:
    """Return the payout that has the same idempotency key, or raise the error that it ended with."""
    if _content(asked) != _content(stored):
        message = (
            f"the idempotency key was used before, for payout {stored.key}, which has other content; "
            "use a new key for a new payout"
        )
        duplicate = DuplicatePayout(message)
        duplicate.payout = stored
        raise duplicate
    if stored.refusal is None:
        return stored
    raise _about(stored, error_from(stored.refusal))


def _about(payout: Payout, refusal: DarajaError) -> DarajaError:
    """Put the payout on the error, and a note that its idempotency key is used up."""
    refusal.payout = payout
    refusal.add_note("With the same idempotency key the answer stays the same; use a new key for a new payout.")
    return refusal


def _content(payout: Payout) -> tuple[object, ...]:
    return (
        payout.fingerprint,
        payout.remarks,
        payout.occasion,
        payout.payer,
        payout.instead_of,
        payout.metadata,
    )
