"""Ask a phone for money, once the attempt is stored; for an order only if no attempt is open, in doubt or paid."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Any, Final

import attrs

from daraja.api.addresses import signed_url
from daraja.api.stk.push import StkPush
from daraja.config import Config, Till
from daraja.errors import AttemptOpen, Conflict, DarajaError, DuplicatePayment, InvalidInput, PaidByHand, TooEarly
from daraja.fields import Checked, Fault, value_or_fault
from daraja.http.flow import Flow, Now, ask
from daraja.lifecycle.check_status import refresh
from daraja.lifecycle.effects import Elsewhere, NewKey
from daraja.lifecycle.evidence import add_reading, error_from, read_clock
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.send import checked_key, checked_metadata, send
from daraja.payments.model import PROMPT_LIFE, Payment, PaymentStore, accepted
from daraja.payments.order import ByHand, Order
from daraja.values.prompt import short_reference
from daraja.values.secret import MaskedText, mask_phone

_LONGEST_ORDER: Final = 200
_RACES: Final = 50
"""Lost races in a row after which something is wrong with the store: in each of them another caller wrote."""


@attrs.frozen(kw_only=True)
class Start(Checked):
    """An attempt to be paid, checked. Nothing is sent or stored before its flow runs.

    Args:
        push: What is asked for.
        idempotency_key: The caller's name for the attempt: 1 to 200 printable characters, or None.
        metadata: The caller's notes: an object that JSON can hold, of 16 KiB at most.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once.
    """

    push: StkPush
    idempotency_key: str | None = attrs.field(converter=checked_key)
    metadata: Mapping[str, Any] = attrs.field(converter=checked_metadata, repr=False)  # Any: whatever JSON can hold

    def flow(self, policy: Policy[Payment], /) -> Flow[Payment]:
        """Store the payment, ask Daraja, and store the answer.

        Raises:
            ApiError: If Daraja refused; nobody was asked. ``error.payment`` is the payment, here and below.
            NotSent: If nothing left this machine.
            UnexpectedResponse: If no access token could be read.
            DuplicatePayment: If the idempotency key belongs to an attempt with other content: ``error.payment``.
        """
        payment = yield from new_payment(
            self.push, policy, idempotency_key=self.idempotency_key, metadata=self.metadata
        )
        stored = yield from ask(PaymentStore.insert, payment)
        if stored.key != payment.key:
            return _same_attempt(payment, stored)
        return (yield from send_push(payment, self.push, policy))


def new_payment(
    push: StkPush,
    policy: Policy[Payment],
    /,
    *,
    metadata: Mapping[str, Any],  # Any: as above
    idempotency_key: str | None = None,
    order: str | None = None,
    attempt: int = 0,
) -> Flow[Payment]:
    """Return a payment that is to be stored before its push is sent."""
    key = yield from NewKey()
    reading = yield from read_clock()
    return Payment(
        key=key,
        account=policy.account,
        idempotency_key=idempotency_key,
        reference=push.reference,
        description=push.description,
        amount=push.amount,
        phone=push.phone,
        till=_till_of(policy.config),
        order=order,
        attempt=attempt,
        metadata=metadata,
        created_at=reading.at,
        updated_at=reading.at,
        announce=policy.has_listener,
        next_check_at=reading.at + Payment.kind.timing.pauses[0],
        readings=add_reading(reading, {}),
    )


def _till_of(config: Config) -> str | None:
    return config.business.till if isinstance(config.business, Till) else None


def send_push(payment: Payment, push: StkPush, policy: Policy[Payment], /) -> Flow[Payment]:
    """Ask the phone for a payment that is stored, and store Daraja's answer.

    Raises:
        ApiError: If Daraja refused; nobody was asked. ``error.payment`` is the payment, here and below.
        NotSent: If nothing left this machine.
        UnexpectedResponse: If no access token could be read.
    """
    address = signed_url(policy.config, payment.kind.purpose, payment.key)
    request = partial(push.flow, policy.config, callback_url=address)
    payment, refusal = yield from send(payment, request, accepted, policy)
    if refusal is not None:
        raise _with_payment(refusal, payment)
    return payment


def _same_attempt(asked: Payment, stored: Payment) -> Payment:
    """Return the attempt that has the same idempotency key, or raise the error that it ended with."""
    if _content(asked) != _content(stored):
        message = (
            f"the idempotency key was used before, for payment {stored.key}, which has other content; "
            "use a new key for a new attempt"
        )
        duplicate = DuplicatePayment(message)
        duplicate.payment = stored
        raise duplicate
    if stored.refusal is None:
        return stored
    raise _with_payment(error_from(stored.refusal), stored)


def _with_payment(refusal: DarajaError, payment: Payment) -> DarajaError:
    """Put the payment on the error, and a note that its idempotency key is used up."""
    refusal.payment = payment
    if payment.idempotency_key is not None:
        refusal.add_note("With the same idempotency key the answer stays the same; use a new key for a new attempt.")
    return refusal


def _content(payment: Payment) -> tuple[object, ...]:
    return payment.phone, payment.amount, payment.reference, payment.description, payment.till, payment.metadata


def _order(order: str) -> str:
    return value_or_fault(check_order, order)


@attrs.frozen(kw_only=True)
class ChargeOrder(Checked):
    """An order that is to be paid, checked. Nothing is sent or stored before its flow runs.

    Args:
        order: The shop's own id of the order: 1 to 200 printable characters.
        push: What is asked for.
        metadata: The caller's notes: an object that JSON can hold, of 16 KiB at most.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once.
    """

    order: str = attrs.field(converter=_order)
    push: StkPush
    metadata: Mapping[str, Any] = attrs.field(converter=checked_metadata, repr=False)  # Any: everything in JSON

    def flow(self, policy: Policy[Payment], /) -> Flow[Payment]:
        """Return the attempt that stands, or store a new one and ask the phone.

        Two callers may decide at the same time. The store writes one attempt of that number, and the other caller
        looks again and gets the winner's. So what was decided from the attempts still holds when it is written.

        Raises:
            PaidByHand: If the order was paid by hand; nobody was asked.
            InvalidInput: If a part was paid by hand, and the amount is more than the rest.
            AttemptOpen: If another phone or amount, or another till of the store, is asked for.
            TooEarly: If nobody was charged, and a new prompt has to wait.
            ApiError: If Daraja refused; nobody was asked, here and below.
            NotSent: If nothing left this machine.
            UnexpectedResponse: If no access token could be read.
        """
        for _ in range(_RACES):
            order = yield from read_order(self.order, policy)
            if order.paid_by_hand:
                raise _paid_by_hand(order)
            if order.standing is not None:
                return self._same(order.standing, order, policy.config)
            _refuse_too_early(order)
            _refuse_more_than_the_rest(order, self.push.amount)
            number = 1 + max((attempt.attempt for attempt in order.attempts), default=0)
            payment = yield from new_payment(
                self.push, policy, order=self.order, attempt=number, metadata=self.metadata
            )
            stored = yield from ask(PaymentStore.insert, payment)
            if stored.key == payment.key:
                return (yield from send_push(payment, self.push, policy))
        raise Conflict(f"the order was not charged in {_RACES} tries, each of which lost a race")

    def _same(self, standing: Payment, order: Order, config: Config) -> Payment:
        """Return the attempt that stands, unless its prompt is on the phone with other content."""
        asked = self.push.phone, self.push.amount, _till_of(config)
        if standing is not order.prompted or (standing.phone, standing.amount, standing.till) == asked:
            return standing
        ends_at = standing.created_at + PROMPT_LIFE
        if ends_at <= order.as_of:  # Daraja has not told yet what became of it
            ends_at = max(standing.next_check_at or order.as_of, order.as_of)
        seconds = _seconds(ends_at, order.as_of)
        in_doubt = not standing.may_be_asked  # Daraja's answer to the push was lost
        other = AttemptOpen(mask_phone(standing.phone), standing.amount, ends_at, seconds, in_doubt)
        other.payment = standing
        raise other


def make_charge(
    *,
    order: str,
    phone: str,
    amount: int | Decimal,
    reference: str | None,
    description: str,
    metadata: Mapping[str, Any] | None,  # Any: as above
) -> ChargeOrder:
    """Check the arguments of ``Checkout.charge``.

    Raises:
        InvalidInput: If anything is wrong.
    """
    name = value_or_fault(check_order, order)
    if reference is None:
        reference = "-" if isinstance(name, Fault) else short_reference(name)  # "-": the fault of the order is enough
    push = value_or_fault(StkPush, phone=phone, amount=amount, reference=reference, description=description)
    return ChargeOrder(order=name, push=push, metadata=metadata)


def read_order(order: str, policy: Policy[Payment], /) -> Flow[Order]:
    """Return an order with all its attempts and all that was paid by hand, as they stand in the stores."""
    attempts = yield from ask(PaymentStore.attempts, order, policy.account)
    by_hand = ByHand()
    if policy.by_hand is not None:
        by_hand = (yield from Elsewhere("receipts", partial(policy.by_hand, order))).without(attempts)
    return Order(order=order, attempts=tuple(attempts), by_hand=by_hand, as_of=(yield from Now()))


def refresh_order(order: str, policy: Policy[Payment], /) -> Flow[Order]:
    """Return an order as ``read_order`` does, after a question to Daraja if one is due."""
    known = yield from read_order(order, policy)
    if known.payment is None:
        return known
    with suppress(DarajaError):  # Daraja was not reached; `reconcile` asks again
        yield from refresh(known.payment.key, policy, if_due=True)
    return (yield from read_order(order, policy))


def check_order(order: str, /) -> str:
    """Check the shop's own id of an order: 1 to 200 printable characters, without a space at either end.

    Raises:
        ValueError: If it is anything else.
    """
    if not isinstance(order, str):
        raise ValueError(f"is {type(order).__name__}; give text, with str() around a number or a UUID")
    if not order.strip() or len(order) > _LONGEST_ORDER or not order.isprintable():
        raise ValueError(f"must be 1 to {_LONGEST_ORDER} characters that can be printed, such as ORD-2025-001")
    if order != order.strip():
        raise ValueError("begins or ends with a space, which not every database tells apart; give order.strip()")
    return MaskedText(order)


def _paid_by_hand(order: Order) -> PaidByHand:
    paid = PaidByHand(tuple(receipt.number for receipt in order.receipts))
    paid.payment = order.payment
    return paid


def _refuse_too_early(order: Order) -> None:
    verdict = order.may_charge
    if verdict or verdict.not_before is None:
        return
    early = TooEarly(verdict.reason, verdict.not_before, _seconds(verdict.not_before, order.as_of))
    early.payment = order.payment
    raise early


def _refuse_more_than_the_rest(order: Order, amount: int) -> None:
    expected, received = order.by_hand.expected, order.by_hand.received
    if received and expected is not None and amount > expected - received:
        rest = f"{expected - received:,} KES are missing, since {received:,} KES were paid by hand"
        raise InvalidInput({"amount": f"is too much: {rest}; ask for the rest"})


def _seconds(until: datetime, now: datetime) -> int:
    return max(1, ceil((until - now) / timedelta(seconds=1)))
