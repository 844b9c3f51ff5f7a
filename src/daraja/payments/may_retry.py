"""Whether a customer may be prompted again: only if it is proved that the last attempt moved no money."""

from datetime import datetime, timedelta
from typing import Final

import attrs

from daraja.lifecycle.evidence import Source
from daraja.payments.model import PROMPT_LIFE, Payment, Status
from daraja.result_codes import Outcome, explain

_AFTER_A_PROMPT: Final = timedelta(seconds=60)
_AFTER_A_REPETITION: Final = timedelta(minutes=2)
_REPETITION: Final = "17"
_RATE: Final = "RateLimited"
_BUSY: Final = "SubscriberBusy"
_NEVER: Final = {
    Status.PENDING: "Daraja's answer is not known: a prompt may be on the phone",
    Status.INITIATED: "the customer may still answer the prompt",
    Status.UNCONFIRMED: "it may have been paid: only the M-Pesa statement can tell; look there, then resolve it",
    Status.SUCCESS: "it was paid",
}


@attrs.frozen(kw_only=True)
class MayRetry:
    """Whether a new push is certainly safe; its truth value is the answer.

    >>> answer = MayRetry(allowed=False, reason="it was paid")
    >>> "prompt again" if answer else answer.reason
    'it was paid'

    Args:
        allowed: Whether it is safe.
        reason: The reason for the answer, in words for the shop.
        not_before: If only time has to pass, the end of the waiting time.
        proved: Whether it is proved that nobody was charged, so that at most a waiting time is left.
    """

    allowed: bool
    reason: str
    not_before: datetime | None = None
    proved: bool = False

    def __bool__(self) -> bool:
        return self.allowed


def may_retry(payment: Payment, now: datetime, /) -> MayRetry:
    """Decide whether a new push is safe, judged by this attempt alone."""
    if payment.needs_review:
        return _no("it has a conflict: a person has to look at it, then resolve it")
    if not payment.denied_by_a_person:
        if payment.status is Status.INITIATED and _is_unknown(payment.result_code):
            return _no(f"nobody knows what result code {payment.result_code} means: a query or the statement must tell")
        if payment.status in _NEVER:
            return _no(_NEVER[payment.status])
        if payment.denied_once:
            way_out = "look at the statement" if payment.next_check_at is None else "a second query comes first"
            return _no(
                f"only one query says that it was not paid, and queries are sometimes wrong: {way_out}",
                payment.next_check_at,
            )
        if payment.next_check_at is not None:
            return _no("there is a claim of payment: a query comes first", payment.next_check_at)
    proof = _proof(payment)
    if proof is None:
        code = payment.result_code
        return _no(f"result code {code} does not prove that nobody was charged: look at the statement first")
    not_before = _not_before(payment)
    if now >= not_before:
        return MayRetry(allowed=True, reason=proof, proved=True)
    return MayRetry(allowed=False, reason=f"{proof}; wait a little", not_before=not_before, proved=True)


def _no(reason: str, not_before: datetime | None = None) -> MayRetry:
    return MayRetry(allowed=False, reason=reason, not_before=not_before)


def _is_unknown(code: str | None) -> bool:
    return code is not None and explain("stk", code).outcome is Outcome.UNRECOGNISED


def _proof(payment: Payment) -> str | None:
    """Return the proof that nobody was charged; None without one."""
    if payment.denied_by_a_person:
        return "a person decided that it was not paid"
    if payment.decided_by is Source.ANSWER and payment.checkout_request_id is None:
        return "Daraja refused the request, so nobody was prompted"
    explanation = explain("stk", payment.result_code or "")
    return f"nobody was charged ({explanation.title})" if explanation.charge_again else None


def _not_before(payment: Payment) -> datetime:
    if payment.decided_by is Source.ANSWER:
        return payment.updated_at + _asked_to_wait(payment)
    if payment.decided_by is Source.PERSON:
        return payment.created_at + PROMPT_LIFE  # nobody else has said that the prompt is closed
    if payment.result_code == _REPETITION:
        return payment.updated_at + _AFTER_A_REPETITION
    return payment.created_at + _AFTER_A_PROMPT


def _asked_to_wait(payment: Payment) -> timedelta:
    kind, *arguments = payment.refusal or ("",)
    if kind == _BUSY:
        return _AFTER_A_PROMPT
    if kind == _RATE and isinstance(arguments[-1], int | float):
        return timedelta(seconds=arguments[-1])
    return timedelta(0)
