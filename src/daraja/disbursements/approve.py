"""A second person looks at a payout before it is sent, or somebody stops it."""

from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize

import attrs

from daraja.disbursements.kind import PAYOUT, PayoutStatus
from daraja.disbursements.model import Approval, Payout
from daraja.disbursements.pay import check_may_replace, refusal_of, release, send_payout
from daraja.disbursements.policy import PayoutPolicy
from daraja.disbursements.refund import check_undecided
from daraja.errors import CapReached, InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow
from daraja.lifecycle.check_status import load
from daraja.lifecycle.evidence import Reading, read_clock
from daraja.lifecycle.resolve import check_words
from daraja.lifecycle.transitions import update

_ENDS_AFTER: Final = timedelta(hours=24)


def approve(key: str, policy: PayoutPolicy, /, *, by: str, fingerprint: str) -> Flow[Payout]:
    """Approve a held payout and send it. Of several callers one sends it.

    Args:
        key: The payout's key.
        policy: The policy.
        by: Who approves.
        fingerprint: The fingerprint of what this person has seen.

    Raises:
        InvalidInput: If this person may not approve it, or it is not what was seen; nothing was sent.
        CapReached: If a cap has no room for it; it stays held.
        DarajaError: See ``send_payout``.
    """
    raise_faults({"by": value_or_fault(check_words, by)})
    payout = yield from load(key, policy)
    if payout.approval is not None and same_person(payout.approval.by, by):
        return payout  # the same click once more
    reading = yield from read_clock()
    raise_faults(
        {
            "key": value_or_fault(_check_held, payout, reading.at),
            "by": value_or_fault(_check_other, payout, by),
            "fingerprint": value_or_fault(_check_seen, payout, fingerprint),
        }
    )
    if payout.instead_of is not None:
        yield from check_may_replace(payout, payout.instead_of, policy)
    if payout.refunds is not None:
        yield from check_undecided(payout, policy)

    def approved(payout: Payout, now: datetime) -> Payout:
        if payout.status is not PayoutStatus.HELD:
            return payout  # somebody else was faster
        approval = Approval(fingerprint=fingerprint, by=by, at=now)
        return release(attrs.evolve(payout, approval=approval), Reading(reading.clock, now), policy)

    try:
        transition = yield from update(payout, approved, policy, event="approved", by=by)
    except CapReached as reached:
        raise refusal_of(reached) from None
    if transition.before.status is PayoutStatus.HELD and transition.after.status is PayoutStatus.PENDING:
        return (yield from send_payout(transition.after, policy))
    return transition.after


def cancel(key: str, policy: PayoutPolicy, /, *, by: str, note: str, event: str) -> Flow[Payout]:
    """Stop a payout that was not sent.

    Args:
        key: The payout's key.
        policy: The policy.
        by: Who stops it.
        note: Why.
        event: What the history calls it.

    Raises:
        InvalidInput: If it was sent already.
    """
    raise_faults({"by": value_or_fault(check_words, by), "note": value_or_fault(check_words, note)})
    payout = yield from load(key, policy)

    def cancelled(payout: Payout, _: datetime) -> Payout:
        if payout.status not in PAYOUT.unsent:
            return payout
        return attrs.evolve(payout, status=PayoutStatus.CANCELLED)

    after = (yield from update(payout, cancelled, policy, event=event, by=by, note=note)).after
    if after.status is not PayoutStatus.CANCELLED:
        raise InvalidInput({"key": "names a payout that was sent already, so nobody can stop it"})
    return after


def _check_held(payout: Payout, now: datetime) -> None:
    if payout.status is not PayoutStatus.HELD:
        raise ValueError(f"names a payout that is {payout.status}; only a held one is approved")
    if now >= payout.created_at + _ENDS_AFTER:
        raise ValueError("names a payout that waited for over 24 hours; cancel it, and ask for a new one")


def _check_other(payout: Payout, by: str) -> None:
    if same_person(payout.by, by):
        raise ValueError("asked for this payout; somebody else has to approve it")


def _check_seen(payout: Payout, fingerprint: str) -> None:
    if payout.fingerprint != fingerprint:
        raise ValueError("is of other content; show receiver, amount and purpose again, and approve what is shown")


def same_person(one: str, other: str, /) -> bool:
    """Tell whether two names are those of one person, however they are written."""
    return _spelling(one) == _spelling(other)


def _spelling(name: str) -> str:
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())
