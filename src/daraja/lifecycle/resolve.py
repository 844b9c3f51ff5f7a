"""The decisions of a person: about a record, about a callback that matches none, and which old callbacks to delete."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeVar

import attrs

from daraja.errors import Conflict, InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow, Now, ask
from daraja.lifecycle import state_machine
from daraja.lifecycle.check_status import load
from daraja.lifecycle.policy import Scope
from daraja.lifecycle.ports import Records, Unreadable
from daraja.lifecycle.record import Record, Resolution
from daraja.lifecycle.transitions import Transition, update

R = TypeVar("R", bound=Record)

_PAGE: Final = 1000
_LONGEST_WORDS: Final = 1000
_LONG_AGO: Final = timedelta(days=36525)
"""A hundred years. M-Pesa is younger, and a longer time would leave the calendar."""
_RECEIPT: Final = re.compile(r"[A-Z0-9]{8,12}")
_BREAKS: Final = "\n\r\t"


def resolve(
    key: str,
    scope: Scope[R],
    /,
    *,
    paid: bool,
    note: str,
    by: str,
    receipt: str | None = None,
    refund_asked_at: datetime | None = None,
) -> Flow[Transition[R]]:
    """Store a person's decision about a record, beside all its facts.

    *refund_asked_at* is when somebody asked for the refund of the money of *receipt*.
    """
    raise_faults(
        {
            "note": value_or_fault(check_words, note),
            "by": value_or_fault(check_words, by),
            "paid": value_or_fault(_check_paid, paid),
            "receipt": value_or_fault(_check_receipt, receipt, paid=paid),
        }
    )
    record = yield from load(key, scope)
    if record.status in record.kind.unsent:
        raise InvalidInput({"key": f"names a {record.kind.name} that was never sent; cancel it instead"})
    facts = {} if receipt is None else {"receipt": _receipt_of(receipt)}
    yield from _check_new(facts, record)
    # The decision is about what is known now. If more is learned before it is written, the record needs another look.
    seen = record

    def resolved(record: R, now: datetime) -> R:
        if paid:
            check_still_here(record, "key")
        made = decided(record, now, paid=paid, note=note, by=by, seen=seen, facts=facts)
        if paid and not record.counts:
            # The one that counted may be denied by now. If it is not, the store refuses this one, and it stays second.
            made = attrs.evolve(made, is_second=False)
        if refund_asked_at is not None:
            made = attrs.evolve(made, refund_asked_at=refund_asked_at, counts_despite_refund=True)
        return made

    event = "person paid" if paid else "person not paid"
    try:
        return (yield from update(record, resolved, scope, event=event, by=by, note=note))
    except Conflict:
        yield from _check_new(facts, record)  # somebody else entered the same receipt just now
        raise


def decided(
    record: R,
    now: datetime,
    /,
    *,
    paid: bool,
    note: str,
    by: str,
    seen: Record | None = None,
    facts: Mapping[str, str] = MappingProxyType({}),
) -> R:
    """Return a record after a person's decision, by default about all that is known of it.

    *seen* is what the person saw, if it was read earlier; *facts* are what the person found out.
    """
    known = record if seen is None else seen
    decision = Resolution(
        paid=paid,
        note=note,
        by=by,
        at=now,
        status=known.status.value,
        conflicts=known.conflicts,
        claimed=known.claimed_at is not None,
    )
    return state_machine.resolve(record, decision, facts)


def check_still_here(record: Record, field: str, /) -> None:
    """Check that no refund has paid a record back, so that its money can pay something. *field* is what names it.

    A refund may come back to us. Then a person says so first, and denies the record once more. A record that counted
    before its refund was asked for goes on to count, since its order was paid.

    Raises:
        InvalidInput: If one has, and nobody has decided about the record since.
    """
    if record.has_gone_back and (record.counts_despite_refund or not record.counts):
        words = "names money that a refund paid back; if it came back to you, deny it again with that reason first"
        raise InvalidInput({field: words})


def _check_new(facts: Mapping[str, str], record: Record) -> Flow[None]:
    """Check that facts from a person contradict nothing. One receipt is one movement of money, so it pays once."""
    for name, value in facts.items():
        if record.facts.get(name, value) != value:
            raise InvalidInput({name: f"is not the one that M-Pesa gave for this {record.kind.name}; look again"})
        for unique in record.kind.unique:  # a statement lists payouts to businesses under the id of the transaction
            owner = yield from ask(Records.find, unique, value, record.environment)
            if owner is not None and owner.key != record.key:
                raise InvalidInput({name: f"belongs to {owner.kind.name} {owner.key} already, and a receipt pays once"})


def dismiss(callback_id: str, note: str, scope: Scope[R], /) -> Flow[None]:
    """Store a person's note about a callback that belongs to no record."""
    raise_faults({"note": value_or_fault(check_words, note)})
    if not (yield from _is_left_over(callback_id, scope)):
        raise InvalidInput({"callback_id": "names no callback that is left over; reconcile lists them as unmatched"})
    yield from ask(Records.processed, callback_id, f"dismissed: {note}")


def dismiss_all(older_than: timedelta, note: str, scope: Scope[R], /) -> Flow[int]:
    """Put away all callbacks of that age that anybody may have sent and that belong to no record."""
    raise_faults({"note": value_or_fault(check_words, note), "older_than": value_or_fault(_check_age, older_than)})
    now = yield from Now()
    dismissed, last = 0, None
    while page := (yield from ask(Records.unprocessed, _PAGE, scope.account, last)):
        for one in page:
            if isinstance(one, Unreadable) or one.purpose not in scope.purposes:
                continue  # another release or another product wrote it
            if one.key is None and one.received_at <= now - older_than:
                yield from ask(Records.processed, one.id, f"dismissed: {note}")
                dismissed += 1
        last = page[-1].id
    return dismissed


def purge(older_than: timedelta, scope: Scope[R], /) -> Flow[int]:
    """Delete the bodies of callbacks that are done with, page by page, and return how many were deleted."""
    raise_faults({"older_than": value_or_fault(_check_age, older_than)})
    now = yield from Now()
    before = now - min(older_than, _LONG_AGO)
    deleted = 0
    while page := (yield from ask(Records.purge, before, _PAGE, scope.account)):
        deleted += page
    return deleted


def _is_left_over(callback_id: str, scope: Scope[R]) -> Flow[bool]:
    """Look for a callback among this account's unprocessed ones, so that nobody dismisses another account's."""
    last: str | None = None
    while page := (yield from ask(Records.unprocessed, _PAGE, scope.account, last)):
        for one in page:
            if one.id == callback_id:
                return not isinstance(one, Unreadable) and one.purpose in scope.purposes
        last = page[-1].id
    return False


def _check_paid(paid: bool) -> None:  # noqa: FBT001 - it is what is checked
    if not isinstance(paid, bool):
        raise ValueError("is neither True nor False")


def _check_age(older_than: timedelta) -> None:
    if not isinstance(older_than, timedelta) or older_than < timedelta(0):
        raise ValueError("is not a length of time, such as timedelta(days=90)")


def _check_receipt(receipt: str | None, *, paid: bool) -> None:
    if receipt is None:
        return
    if not isinstance(receipt, str) or not _RECEIPT.fullmatch(_receipt_of(receipt)):
        raise ValueError("is not a receipt number, such as UAF1AAAAAA")
    if paid is False:
        raise ValueError("is given although it was not paid; leave it out, or say paid=True")


def _receipt_of(text: str) -> str:
    return text.strip().upper()


def check_words(words: str, /) -> None:
    """Check that a person's words say something, and that every database takes them.

    Raises:
        ValueError: If not.
    """
    if not isinstance(words, str):
        raise ValueError(f"is {type(words).__name__}; give text that says something")
    if not words.strip():
        raise ValueError("is blank")
    if not all(character.isprintable() or character in _BREAKS for character in words):
        raise ValueError("has characters that cannot be printed, which not every database takes")
    if len(words) > _LONGEST_WORDS:
        raise ValueError(f"has {len(words):,} characters; {_LONGEST_WORDS:,} are stored at the most")
