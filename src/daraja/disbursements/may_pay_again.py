"""Whether money may go again: only if it is proved that the last payout moved none and will move none."""

from datetime import datetime
from typing import Final

import attrs

from daraja.disbursements.kind import PayoutStatus
from daraja.disbursements.model import Payout
from daraja.lifecycle.evidence import Source

_NOT_YET: Final = {
    PayoutStatus.DRAFTED: "it was not sent yet",
    PayoutStatus.HELD: "it waits for approval",
    PayoutStatus.PENDING: "Daraja's answer is not known: it may be paying",
    PayoutStatus.ACCEPTED: "Daraja has accepted it: the money may be on its way",
    PayoutStatus.UNCONFIRMED: "it may have been paid: only the M-Pesa statement can tell; look there, then resolve it",
    PayoutStatus.PAID: "it was paid",
}


@attrs.frozen(kw_only=True)
class MayPayAgain:
    """Whether a new payout for the same debt certainly pays nobody twice; its truth value is the answer.

    >>> answer = MayPayAgain(allowed=False, reason="it was paid")
    >>> "pay again" if answer else answer.reason
    'it was paid'

    Args:
        allowed: Whether it is safe.
        reason: The reason for the answer, in words for staff.
        not_before: If a query has to come first, when it is due.
    """

    allowed: bool
    reason: str
    not_before: datetime | None = None

    def __bool__(self) -> bool:
        return self.allowed


def may_pay_again(payout: Payout, /) -> MayPayAgain:
    """Decide whether a new payout is safe, judged by this payout alone."""
    if payout.surely_unpaid:
        return MayPayAgain(allowed=True, reason=_proof(payout))
    if payout.needs_review:
        return MayPayAgain(allowed=False, reason="it has a conflict: a person has to look at it, then resolve it")
    if payout.denied_once:
        return MayPayAgain(allowed=False, reason=_unconfirmed(payout), not_before=payout.next_check_at)
    reason = _NOT_YET.get(payout.status) or (
        f"result code {payout.result_code} does not prove that nothing was paid: look at the statement first"
    )
    return MayPayAgain(allowed=False, reason=reason)


def _unconfirmed(payout: Payout) -> str:
    if payout.next_check_at is None:
        return "it failed, and no query has confirmed that nothing was paid: look at the statement, then resolve it"
    return "it failed, and a query has to confirm that nothing was paid"


def _proof(payout: Payout) -> str:
    if payout.status is PayoutStatus.CANCELLED:
        return "it was never sent"
    if payout.denied_by_a_person:
        return "a person decided that it was not paid"
    if payout.decided_by is Source.ANSWER:
        return "Daraja refused the request, so nothing was paid"
    explanation = payout.explanation
    return "nothing was paid" if explanation is None else f"nothing was paid ({explanation.title})"
