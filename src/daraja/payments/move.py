"""How a payment moves in the store: read, changed, swapped, and read again where another caller was faster."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import attrs

from daraja.errors import Conflict
from daraja.http.flow import Flow, Now, perform
from daraja.payments.effects import Find, Load, Notify, Processed, Swap, Tell
from daraja.payments.evidence import Evidence
from daraja.payments.ladder import advance, contradict
from daraja.payments.model import Payment, Status
from daraja.payments.records import HistoryEntry, Transition
from daraja.payments.schedule import next_check, next_delivery, next_try
from daraja.payments.terms import Terms

__all__ = ["Change", "deliver", "hear", "look_soon", "move", "take"]

_RACES: Final = 50
"""Lost races in a row after which something is wrong with the store: each means that another caller has won one."""


_FOR_ANOTHER: Final = timedelta(seconds=1)
"""Until a success is due again that this process has nobody to tell of: for one that has."""


@attrs.frozen(kw_only=True)
class Change:
    """Something to do to a payment, whatever other callers made of it meanwhile.

    Args:
        event: What the history calls it.
        make: Gives the payment as it shall be; the same one where nothing is to be done.
        by: The person who decided, if one did.
        note: That person's words.
        callback_id: The recorded callback that is processed by it.
    """

    event: str
    make: Callable[[Payment, datetime], Payment]
    by: str = ""
    note: str = ""
    callback_id: str | None = None


def move(payment: Payment, change: Change, terms: Terms, /) -> Flow[Transition]:
    """Make *change*, and tell the shop if that was what paid the payment.

    Raises:
        Conflict: If the store does not take it.
    """
    for _ in range(_RACES):
        now = yield from perform(Now())
        made = change.make(payment, now)
        if made == payment:
            if change.callback_id is not None:
                yield from perform(Processed(change.callback_id, "nothing new"))
            return Transition(payment, payment)
        after = _written(payment, made, now, terms)
        entry = _entry(payment, after, now, change)
        if (yield from perform(Swap(payment, after, entry))):
            yield from _tell(payment, after, change)
            if entry.became_success:
                return Transition(payment, (yield from deliver(after, terms)))
            return Transition(payment, after)
        payment = (yield from perform(Load(payment.key))) or payment
    message = f"payment {payment.key} could not be written in {_RACES} attempts, each of which lost a race"
    raise Conflict(message)


def hear(  # noqa: PLR0913 - a keyword for each thing that may come with it
    payment: Payment,
    evidence: Evidence,
    terms: Terms,
    /,
    *,
    then: Evidence | None = None,
    event: str = "",
    callback_id: str | None = None,
) -> Flow[Transition]:
    """Let a payment hear *evidence*; a CheckoutRequestID that belongs to another payment becomes a conflict."""
    event = event or f"{evidence.source.value} {evidence.said.value}"

    def heard(payment: Payment, _: datetime) -> Payment:
        payment = advance(payment, evidence)
        return payment if then is None else advance(payment, then)

    def contradicted(payment: Payment, _: datetime) -> Payment:
        return contradict(payment, evidence)

    try:
        return (yield from move(payment, Change(event=event, make=heard, callback_id=callback_id), terms))
    except Conflict:
        if not (yield from _is_of_another(payment, evidence.checkout_request_id)):
            raise
    return (yield from move(payment, Change(event=event, make=contradicted, callback_id=callback_id), terms))


def take(payment: Payment, terms: Terms, /) -> Flow[Payment | None]:
    """Take a payment for one check: whoever moves its next check forward first has it. None if another was faster."""
    now = yield from perform(Now())
    if payment.succeeded_at is None:
        counted = attrs.evolve(payment, checks=payment.checks + 1)
        counted = attrs.evolve(counted, next_check_at=next_try(counted, now))
    elif terms.listens:
        counted = attrs.evolve(payment, checks=payment.checks + 1)
    else:
        yield from perform(Tell("payment.nobody_to_tell", {"key": payment.key}, grave=True))
        counted = attrs.evolve(payment, next_check_at=now + _FOR_ANOTHER)
    after = _written(payment, counted, now, terms)
    entry = _entry(payment, after, now, Change(event="check", make=lambda payment, _: payment))
    return after if (yield from perform(Swap(payment, after, entry))) else None


def look_soon(payment: Payment, event: str, terms: Terms, /, *, callback_id: str | None = None) -> Flow[Transition]:
    """Let a check be due at once, where Daraja can be asked and has not said yet that it was paid."""

    def sooner(payment: Payment, now: datetime) -> Payment:
        open_to_news = payment.checkout_request_id is not None and payment.status is not Status.SUCCESS
        later = payment.next_check_at is None or payment.next_check_at > now
        return attrs.evolve(payment, next_check_at=now) if open_to_news and later else payment

    return (yield from move(payment, Change(event=event, make=sooner, callback_id=callback_id), terms))


def deliver(payment: Payment, terms: Terms, /) -> Flow[Payment]:
    """Tell the shop of a success, and note that it was told; what fails is tried again by ``reconcile``.

    Where something came up meanwhile that does not fit, the shop is told once a person has said that it counts.
    """
    if not (terms.listens and payment.paid):
        return payment
    try:
        yield from perform(Notify(payment))
    except Exception as error:  # noqa: BLE001 - whatever a shop's own function raises, the payment stays paid
        facts = {"key": payment.key, "error": type(error).__name__}
        yield from perform(Tell("payment.delivery_failed", facts, grave=True))
        return payment

    def notified(payment: Payment, now: datetime) -> Payment:
        return attrs.evolve(payment, notified_at=payment.notified_at or now)

    try:
        return (yield from move(payment, Change(event="delivered", make=notified), terms)).after
    except Exception as error:  # noqa: BLE001 - it is told again, which is less harm than to hide that it was paid
        facts = {"key": payment.key, "error": type(error).__name__}
    yield from perform(Tell("payment.delivery_not_noted", facts, grave=True))
    return payment


def _is_of_another(payment: Payment, checkout_request_id: str | None) -> Flow[bool]:
    if checkout_request_id is None:
        return False
    owner = yield from perform(Find(checkout_request_id))
    return owner is not None and owner.key != payment.key


def _written(before: Payment, made: Payment, now: datetime, terms: Terms) -> Payment:
    succeeded_at = made.succeeded_at or (now if made.paid else None)
    if made.next_check_at is not None and made.next_check_at != before.next_check_at:
        due: datetime | None = made.next_check_at
    elif succeeded_at is not None:
        # Who was promised to be told of a success is told, also where this process has nobody to tell.
        promised = (
            made.announce or terms.listens or (before.succeeded_at is not None and before.next_check_at is not None)
        )
        due = next_delivery(made, now) if promised and made.paid else None
    else:
        due = next_check(made, now)
    return attrs.evolve(made, succeeded_at=succeeded_at, updated_at=now, next_check_at=due, version=before.version + 1)


def _entry(before: Payment, after: Payment, now: datetime, change: Change) -> HistoryEntry:
    return HistoryEntry(
        key=before.key,
        at=now,
        event=change.event,
        by=change.by,
        note=change.note,
        before=before.status,
        after=after.status,
        became_success=before.succeeded_at is None and after.succeeded_at is not None,
        callback_id=change.callback_id,
    )


def _tell(before: Payment, after: Payment, change: Change) -> Flow[None]:
    facts = {"key": after.key, "event": change.event.replace(" ", "_"), "before": before.status, "after": after.status}
    if after.needs_review and not before.needs_review:
        yield from perform(Tell("payment.needs_review", facts, grave=True))
    elif after.status is not before.status:
        yield from perform(Tell("payment.moved", facts))
