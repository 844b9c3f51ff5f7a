"""The first step of a payment: it is written down before anybody is asked for money."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import attrs

from daraja.api.stk.push import StkPush
from daraja.config import Config
from daraja.errors import (
    ApiError,
    DarajaError,
    DuplicatePayment,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    UnexpectedResponse,
)
from daraja.http.deadline import within
from daraja.http.flow import Flow, Now, Sleep, perform
from daraja.payments.address import callback_address
from daraja.payments.effects import Insert, NewKey, Tell
from daraja.payments.evidence import Evidence, accepted, refusal_from, refused
from daraja.payments.model import Payment
from daraja.payments.move import hear
from daraja.payments.schedule import WINDOW
from daraja.payments.terms import Terms
from daraja.validation import Faults
from daraja.values.phone import Personal, hide, type_name

__all__ = ["Notes", "Start"]

_LIMIT: Final = timedelta(seconds=16)
"""After which nothing more is begun; with the few seconds that a store may take, ``start`` ends within 20."""
_PAUSES: Final = (0.1, 0.5)
"""Seconds after which a failed attempt to write an answer down is made again."""
_LONGEST_KEY: Final = 200
_MOST_METADATA: Final = 16 * 1024

_STRICT: Final = json.JSONEncoder(allow_nan=False)


class Notes(dict[str, Any]):  # Any: whatever JSON can hold
    """The caller's own notes, which no traceback shows."""

    def __repr__(self) -> str:
        return "{...}"


@attrs.frozen(init=False, kw_only=True)
class Start:
    """An attempt to be paid, checked; nothing is sent or written before its flow runs.

    Args:
        phone: See ``StkPush``.
        amount: See ``StkPush``.
        reference: See ``StkPush``.
        description: See ``StkPush``.
        idempotency_key: The caller's name for the attempt: 1 to 200 printable characters, or None.
        metadata: The caller's own notes: an object that JSON can hold, of 16 KiB at most.
        config: The settings to check against.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once.
    """

    push: StkPush
    idempotency_key: str | None
    metadata: Mapping[str, Any] = attrs.field(repr=False)  # Any: whatever JSON can hold

    def __init__(  # noqa: PLR0913 - a keyword for each thing that an attempt can have
        self,
        *,
        phone: str,
        amount: int | Decimal,
        reference: str,
        description: str,
        idempotency_key: str | None,
        metadata: Mapping[str, Any] | None,  # Any: as above
        config: Config,
    ) -> None:
        phone, amount, reference, description = hide(phone), hide(amount), hide(reference), hide(description)
        idempotency_key = hide(idempotency_key)
        faults = Faults()

        def push(config: Config) -> StkPush:
            push = StkPush(phone=phone, amount=amount, reference=reference, description=description)
            push.check(config)
            return push

        # No local variable holds what was checked: a traceback of this frame may show them.
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
            push=faults.check("push", push, config),
            idempotency_key=faults.check("idempotency_key", _check_key, idempotency_key),
            metadata=faults.check("metadata", _check_metadata, metadata),
        )
        faults.settle(InvalidInput)

    def flow(self, terms: Terms, /) -> Flow[Payment]:
        """Write the payment down, ask Daraja, and write down what it says.

        Raises:
            ApiError: If Daraja refused; nobody was asked. ``error.payment`` is the payment, here and below.
            NotSent: If nothing left this machine.
            UnexpectedResponse: If no access token could be read.
            DuplicatePayment: If the idempotency key names an attempt with other content: ``error.payment``.
        """
        payment = yield from self._payment(terms)
        kept = yield from perform(Insert(payment))
        if kept.key != payment.key:
            return _same_attempt(payment, kept)
        push = attrs.evolve(self.push, callback_url=callback_address(terms.config, payment.key))
        try:
            answer = yield from within(payment.created_at + _LIMIT, push.flow(terms.config))
        except OutcomeUnknown:
            return payment  # `pending` is the truth: a prompt may be on the phone
        except (ApiError, NotSent, UnexpectedResponse) as error:
            refusal = error
        except InvalidInput:
            refusal = NotSent("the settings do not allow it")
        except Exception as error:  # noqa: BLE001 - a transport of the user's may raise anything, after sending
            facts = {"key": payment.key, "error": type(error).__name__}
            yield from perform(Tell("payment.push_failed", facts, grave=True))
            return payment
        else:
            now = yield from perform(Now())
            return (yield from _write_down(payment, accepted(answer, now), terms))
        now = yield from perform(Now())
        failed = yield from _write_down(payment, refused(refusal, now), terms)
        raise _about(failed, refusal)

    def _payment(self, terms: Terms) -> Flow[Payment]:
        key = yield from perform(NewKey())
        now = yield from perform(Now())
        return Payment(
            key=key,
            idempotency_key=self.idempotency_key,
            shortcode=terms.account.shortcode,
            environment=terms.account.environment,
            reference=self.push.reference,
            description=self.push.description,
            amount=self.push.amount,
            phone=self.push.phone,
            metadata=self.metadata,
            created_at=now,
            updated_at=now,
            announce=terms.listens,
            next_check_at=now + WINDOW,
        )


def _write_down(payment: Payment, evidence: Evidence, terms: Terms) -> Flow[Payment]:
    """Let the payment hear Daraja's answer; where the store fails, ``pending`` stays, and is still true."""
    pauses = iter(_PAUSES)
    while True:
        try:
            return (yield from hear(payment, evidence, terms)).after
        except Exception as error:  # noqa: BLE001 - a prompt may be on the phone, whatever a store raises
            facts = {"key": payment.key, "request": evidence.merchant_request_id, "error": type(error).__name__}
        yield from perform(Tell("payment.answer_not_written", facts, grave=True))
        now, pause = (yield from perform(Now())), next(pauses, None)
        if pause is None or now + timedelta(seconds=pause) > payment.created_at + _LIMIT:
            return payment
        yield from perform(Sleep(pause))


def _same_attempt(asked: Payment, kept: Payment) -> Payment:
    """Give what became of the attempt with the same idempotency key, or raise what it raised."""
    if _content(asked) != _content(kept):
        message = (
            f"the idempotency key was used before, for payment {kept.key}, which has other content; "
            "a new attempt takes a new key"
        )
        duplicate = DuplicatePayment(message)
        duplicate.payment = kept
        raise duplicate
    if kept.refusal is None:
        return kept
    raise _about(kept, refusal_from(kept.refusal))


def _about(payment: Payment, refusal: DarajaError) -> DarajaError:
    """Say on a refusal which payment it ended, and that its idempotency key is used up."""
    refusal.payment = payment
    if payment.idempotency_key is not None:
        refusal.add_note("With the same idempotency key the answer stays the same; a new attempt takes a new key.")
    return refusal


def _content(payment: Payment) -> tuple[object, ...]:
    return payment.phone, payment.amount, payment.reference, payment.description, payment.metadata


def _check_key(key: str | None) -> str | None:
    if key is None:
        return None
    if not isinstance(key, str):
        message = f"has to be text, not {type_name(key)}"
        raise ValueError(message)
    if not key.strip() or len(key) > _LONGEST_KEY or not key.isprintable():
        message = f"has to be 1 to {_LONGEST_KEY} characters that can be printed, such as a UUID"
        raise ValueError(message)
    return Personal(key)


def _check_metadata(metadata: Mapping[str, Any] | None) -> Mapping[str, Any]:  # Any: whatever JSON can hold
    if not metadata and isinstance(metadata, Mapping | None):
        return {}
    given, metadata = metadata, None
    try:
        text = _STRICT.encode(dict(given))
        same: dict[str, Any] = json.loads(text)  # Any: as above
    except (TypeError, ValueError, RecursionError):
        same, text = {}, ""
    if same != given:
        message = "is not an object that JSON can hold: keys are text, values text, numbers, lists and objects"
        given, same, text = {}, {}, ""
        raise ValueError(message)
    if len(text) > _MOST_METADATA:
        message = f"takes {len(text):,} bytes as JSON; {_MOST_METADATA:,} are kept at the most"
        given, same, text = {}, {}, ""
        raise ValueError(message)
    return same
