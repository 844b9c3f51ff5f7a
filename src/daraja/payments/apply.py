"""What is made of a callback that is kept: doubted first, then heard by its payment."""

from enum import Enum, auto

import attrs

from daraja.api.stk.callback import StkCallback, parse_stk_callback
from daraja.errors import CallbackMalformed
from daraja.http.flow import Flow, perform
from daraja.payments.effects import Find, Load, Processed
from daraja.payments.evidence import Evidence, Said, reported
from daraja.payments.ladder import advance
from daraja.payments.model import Payment, Status
from daraja.payments.move import Change, hear, look_soon, move
from daraja.payments.records import ReceivedCallback, Transition
from daraja.payments.senders import read_address
from daraja.payments.terms import Terms
from daraja.result_codes import Outcome
from daraja.values.phone import Personal

__all__ = ["Applied", "Fate", "apply"]


class Fate(Enum):
    """What became of a callback."""

    HEARD = auto()
    """Its payment knows what it said."""
    DOUBTED = auto()
    """Anybody may have sent it, so Daraja is asked instead."""
    WAITING = auto()
    """It waits until a query confirms it."""
    UNMATCHED = auto()
    """It belongs to no payment that is known, or to one that cannot make anything of it: a person looks."""
    DROPPED = auto()
    """Anybody may have sent it, and it says nothing."""


@attrs.frozen
class Applied:
    """What became of a callback, and of its payment.

    Args:
        fate: What became of the callback.
        transition: What it made of its payment, if that has heard it.
    """

    fate: Fate
    transition: Transition | None = None


def apply(callback: ReceivedCallback, terms: Terms, /, *, fresh: bool) -> Flow[Applied]:
    """Let the payment of a kept callback hear it, as far as it can be believed.

    Args:
        callback: The callback; marked as processed once nothing more can be made of it.
        terms: The terms of the checkout.
        fresh: Whether it has just come in, so that what cannot be decided by it is looked at soon.
    """
    report = _read(callback.body)
    if isinstance(report, str) and callback.key is None:
        yield from _dismiss(callback, report)
        return Applied(Fate.DROPPED)
    payment = yield from _whose(callback, report, terms)
    if payment is None:
        return Applied(Fate.UNMATCHED)
    if isinstance(report, str):
        if fresh:
            yield from look_soon(payment, "callback unreadable", terms)
        return Applied(Fate.UNMATCHED)
    if callback.key is None:
        return (yield from _ask_instead(payment, callback, terms))
    return (yield from _hear_signed(payment, report, callback, terms, fresh=fresh))


def _hear_signed(
    payment: Payment, report: StkCallback, callback: ReceivedCallback, terms: Terms, *, fresh: bool
) -> Flow[Applied]:
    evidence = reported(report, callback.received_at)
    believed = _is_believed(callback.remote_ip, terms)
    claims = report.outcome is Outcome.PAID
    if claims and payment.status is not Status.SUCCESS and (terms.confirm or not believed):
        return (yield from _wait_for_a_query(payment, evidence, callback, terms, fresh=fresh))
    if not (claims or believed):
        return (yield from _ask_instead(payment, callback, terms))
    try:
        return Applied(Fate.HEARD, (yield from hear(payment, evidence, terms, callback_id=callback.id or None)))
    except Exception:
        if claims:  # a hook or the store did not take it, but a customer who may have paid is not asked again
            yield from hear(payment, _without_claim(evidence), terms, event="callback put off")
        raise


def _read(body: bytes) -> StkCallback | str:
    try:
        return parse_stk_callback(body)
    except CallbackMalformed as malformed:
        return f"malformed: {malformed.path}"


def _whose(callback: ReceivedCallback, report: StkCallback | str, terms: Terms) -> Flow[Payment | None]:
    if callback.key is not None:
        payment = yield from perform(Load(callback.key))
    elif isinstance(report, StkCallback) and report.checkout_request_id is not None:
        payment = yield from perform(Find(report.checkout_request_id))
    else:
        payment = None
    return payment if payment is not None and payment.account == terms.account else None


def _is_believed(remote_ip: str, terms: Terms) -> bool:
    return terms.senders is None or read_address(remote_ip) in terms.senders


def _ask_instead(payment: Payment, callback: ReceivedCallback, terms: Terms) -> Flow[Applied]:
    if payment.checkout_request_id is None:
        return Applied(Fate.UNMATCHED)  # there is nothing to ask Daraja after, yet
    yield from look_soon(payment, "callback doubted", terms, callback_id=callback.id or None)
    return Applied(Fate.DOUBTED)


def _wait_for_a_query(
    payment: Payment, evidence: Evidence, callback: ReceivedCallback, terms: Terms, *, fresh: bool
) -> Flow[Applied]:
    """Let the next check confirm what a callback claims; where Daraja has denied it for good, a person decides."""
    event = "callback to confirm"
    payment = (yield from hear(payment, _without_claim(evidence), terms, event=event)).after
    may_ask = payment.checkout_request_id is not None and payment.last_denied_at is None
    if payment.next_check_at is not None or (fresh and may_ask):
        if fresh:
            yield from look_soon(payment, event, terms)
        return Applied(Fate.WAITING)

    def contradicted(payment: Payment, _: object) -> Payment:
        if payment.status is Status.SUCCESS:
            return advance(payment, evidence)  # a query was faster
        return attrs.evolve(payment, conflicts=payment.conflicts | {Personal("callback=paid")})

    change = Change(event="callback contradicted", make=contradicted, callback_id=callback.id or None)
    return Applied(Fate.HEARD, (yield from move(payment, change, terms)))


def _without_claim(evidence: Evidence) -> Evidence:
    """Leave of a claim what a query needs and cannot tell: the id to ask after, and an amount that may not fit."""
    return Evidence(
        source=evidence.source,
        said=Said.CLAIMED,
        at=evidence.at,
        merchant_request_id=evidence.merchant_request_id,
        checkout_request_id=evidence.checkout_request_id,
        amount=evidence.amount,
    )


def _dismiss(callback: ReceivedCallback, note: str) -> Flow[None]:
    if callback.id:
        yield from perform(Processed(callback.id, note))
