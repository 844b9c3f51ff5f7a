"""The first step of a payment: it is written down before anybody is asked for money."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final, cast

import attrs

from daraja.api.stk.push import StkPush
from daraja.config import Till
from daraja.errors import (
    ApiError,
    DarajaError,
    DuplicatePayment,
    NotSent,
    OutcomeUnknown,
    UnexpectedResponse,
)
from daraja.http.flow import Flow, Log, Now, Sleep, Within, ask
from daraja.lifecycle.evidence import Evidence, Said, add, error_from, read_clock, refused, unanswered
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import NewKey
from daraja.lifecycle.signed_url import signed_url
from daraja.lifecycle.transitions import apply_evidence
from daraja.payments.model import Payment, PaymentStore, accepted
from daraja.validation import Checked, value_or_fault
from daraja.values.phone import MaskedText, mask_numbers
from daraja.values.secret import Secret

__all__ = ["Start"]

_TIME_LIMIT: Final = 16.0
"""Seconds after which nothing more is begun. With the few seconds that a store may take, ``start`` ends within 20."""
_PAUSES: Final = (0.1, 0.5)
"""Seconds before the answer is stored again after a failure."""
_LONGEST_KEY: Final = 200
_MOST_METADATA: Final = 16 * 1024

_STRICT: Final = json.JSONEncoder(allow_nan=False)


def _key(key: str | None) -> str | None:
    return value_or_fault(_check_key, key)


def _metadata(metadata: Mapping[str, Any] | None) -> Mapping[str, Any]:  # Any: everything that JSON can hold
    return value_or_fault(_check_metadata, metadata)


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
    idempotency_key: str | None = attrs.field(converter=_key)
    metadata: Mapping[str, Any] = attrs.field(converter=_metadata, repr=False)  # Any: as above

    def flow(self, policy: Policy[Payment], /) -> Flow[Payment]:
        """Store the payment, ask Daraja, and store the answer.

        Raises:
            ApiError: If Daraja refused; nobody was asked. ``error.payment`` is the payment, here and below.
            NotSent: If nothing left this machine.
            UnexpectedResponse: If no access token could be read.
            DuplicatePayment: If the idempotency key belongs to an attempt with other content: ``error.payment``.
        """
        payment = yield from self._payment(policy)
        stored = yield from ask(PaymentStore.insert, payment)
        if stored.key != payment.key:
            return _same_attempt(payment, stored)
        push = partial(self.push.flow, policy.config, callback_url=_address(payment, policy))
        refusal: ApiError | NotSent | UnexpectedResponse | None = None
        try:
            response = yield from Within((yield from _time_left(payment)), push)
        except (ApiError, NotSent, UnexpectedResponse) as error:
            refusal, learn = error, partial(refused, error)
        except Exception as doubt:  # noqa: BLE001 - whatever else is raised, a prompt may be on the phone
            reason = doubt.args[0] if isinstance(doubt, OutcomeUnknown) else f"{type(doubt).__name__} was raised"
            learn = partial(unanswered, reason)
        else:
            learn = partial(accepted, response)
        payment = yield from _store_answer(payment, learn((yield from Now())), policy)
        if refusal is not None:
            raise _about(payment, refusal)
        return payment

    def _payment(self, policy: Policy[Payment]) -> Flow[Payment]:
        key = yield from NewKey()
        reading = yield from read_clock()
        return Payment(
            key=key,
            account=policy.account,
            idempotency_key=self.idempotency_key,
            reference=self.push.reference,
            description=self.push.description,
            amount=self.push.amount,
            phone=self.push.phone,
            till=policy.config.business.till if isinstance(policy.config.business, Till) else None,
            metadata=self.metadata,
            created_at=reading.at,
            updated_at=reading.at,
            announce=policy.has_listener,
            next_check_at=reading.at + Payment.kind.timing.pauses[0],
            readings=add(reading, {}),
        )


def _address(payment: Payment, policy: Policy[Payment]) -> Secret:
    return signed_url(policy.config, payment.kind.purpose, payment.key)


def _time_left(payment: Payment) -> Flow[float]:
    """Return the rest of the time limit, of which the store may have used some. A clock that jumps never adds to it."""
    now = yield from Now()
    used = (now - payment.created_at) / timedelta(seconds=1)
    return _TIME_LIMIT - max(0.0, used)


def _store_answer(payment: Payment, evidence: Evidence, policy: Policy[Payment]) -> Flow[Payment]:
    """Apply Daraja's answer. If the store fails, ``pending`` stays, which is still true.

    The ids from the answer are on the payment that is returned, stored or not, so that Daraja can be asked about it.
    """
    pauses = iter(_PAUSES)
    while True:
        try:
            payment = (yield from apply_evidence(payment, evidence, policy)).after
            break
        except Exception as error:  # noqa: BLE001 - a prompt may be on the phone, whatever a store raises
            request = evidence.facts.get("merchant_request_id")
            masked = mask_numbers(evidence.facts.get("checkout_request_id", ""))
            fields = {"key": payment.key, "request": request, "id": masked, "error": type(error).__name__}
        yield from Log("payment.answer_not_stored", fields, warning=True)
        pause = next(pauses, None)
        if pause is None or pause > (yield from _time_left(payment)):
            return attrs.evolve(payment, facts={**payment.facts, **evidence.facts})
        yield from Sleep(pause)
    if evidence.said is not Said.ACCEPTED:
        said = {"code": evidence.result_code, "reason": mask_numbers(evidence.result_description)}
        event = "payment.refused" if evidence.said is Said.REFUSED else "payment.push_unanswered"
        yield from Log(event, {"key": payment.key, **said}, warning=True)
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


def _check_key(key: str | None) -> str | None:
    if key is None:
        return None
    if not isinstance(key, str):
        raise ValueError(f"is {type(key).__name__}; give text, such as a UUID")
    if not key.strip() or len(key) > _LONGEST_KEY or not key.isprintable():
        raise ValueError(f"must be 1 to {_LONGEST_KEY} characters that can be printed, such as a UUID")
    return MaskedText(key)


def _check_metadata(metadata: Mapping[str, Any] | None) -> Mapping[str, Any]:  # Any: as above
    if not metadata and isinstance(metadata, Mapping | None):
        return {}
    same = _through_json(metadata)
    if same != metadata:
        raise ValueError(
            f"is not an object that JSON can hold{_misfit(metadata)}: keys are text, values text, numbers, lists and "
            "objects; write anything else as text, with str()"
        )
    text = _STRICT.encode(same)
    if len(text) > _MOST_METADATA:
        raise ValueError(f"takes {len(text):,} bytes as JSON; {_MOST_METADATA:,} are stored at the most")
    return same


def _through_json(metadata: Mapping[str, Any]) -> dict[str, Any]:  # Any: as above
    """Return what JSON makes of an object; an empty one if it cannot hold it."""
    try:
        same: dict[str, Any] = json.loads(_STRICT.encode(dict(metadata)))  # Any: as above
    except (TypeError, ValueError, RecursionError):
        return {}
    return same


def _misfit(metadata: object) -> str:
    """Name the first entry that JSON cannot hold, and the type of its value. The value itself is not shown."""
    entries = cast("Mapping[str, Any]", metadata if isinstance(metadata, Mapping) else {})  # Any: as above
    for name, value in entries.items():
        if _through_json({name: value}) != {name: value}:
            return f" (look at {mask_numbers(repr(name)):.60}, of the type {type(value).__name__})"
    return ""
