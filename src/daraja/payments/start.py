"""The first step of a payment: it is written down before anybody is asked for money."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs

from daraja.api.addresses import signed_url
from daraja.api.stk.push import StkPush
from daraja.config import Till
from daraja.errors import DarajaError, DuplicatePayment
from daraja.fields import Checked
from daraja.http.flow import Flow, ask
from daraja.lifecycle.evidence import add, error_from, read_clock
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import NewKey
from daraja.lifecycle.send import checked_key, checked_metadata, send
from daraja.payments.model import Payment, PaymentStore, accepted

__all__ = ["Start", "new_payment", "send_push"]


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
        till=policy.config.business.till if isinstance(policy.config.business, Till) else None,
        order=order,
        attempt=attempt,
        metadata=metadata,
        created_at=reading.at,
        updated_at=reading.at,
        announce=policy.has_listener,
        next_check_at=reading.at + Payment.kind.timing.pauses[0],
        readings=add(reading, {}),
    )


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
        raise _about(payment, refusal)
    return payment


def _same_attempt(asked: Payment, stored: Payment) -> Payment:
    """Return what became of the attempt with the same idempotency key, or raise what it raised."""
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
    raise _about(stored, error_from(stored.refusal))


def _about(payment: Payment, refusal: DarajaError) -> DarajaError:
    """Put the payment on the error, and a note that its idempotency key is used up."""
    refusal.payment = payment
    if payment.idempotency_key is not None:
        refusal.add_note("With the same idempotency key the answer stays the same; use a new key for a new attempt.")
    return refusal


def _content(payment: Payment) -> tuple[object, ...]:
    return payment.phone, payment.amount, payment.reference, payment.description, payment.till, payment.metadata
