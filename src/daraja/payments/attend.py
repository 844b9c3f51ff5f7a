"""What a person does with payments: decide about one, wait for one, clear away what is done with."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from daraja.errors import DarajaError, InvalidInput
from daraja.http.flow import Flow, Now, Sleep, perform
from daraja.payments import ladder
from daraja.payments.effects import Processed, Purge, Tell, Unprocessed
from daraja.payments.model import Payment, Resolution, Status
from daraja.payments.move import Change, move, take
from daraja.payments.records import Transition
from daraja.payments.refresh import check, known
from daraja.payments.schedule import WINDOW, is_settled
from daraja.payments.terms import Terms
from daraja.validation import Faults
from daraja.values.phone import hide, type_name

__all__ = ["dismiss", "purge", "resolve", "wait"]

_PAGE: Final = 1000
_LONGEST_WORDS: Final = 1000
_POLL: Final = timedelta(seconds=1)
_LONG_AGO: Final = timedelta(days=36525)
"""Before which there was no M-Pesa; a longer time would leave the calendar."""
_BREAKS: Final = "\n\r\t"


def resolve(key: str, terms: Terms, /, *, paid: bool, note: str, by: str) -> Flow[Transition]:
    """Write down what a person decided about a payment, beside what was heard of it."""
    note, by = hide(note), hide(by)
    faults = Faults()
    faults.check("note", _check_words, note)
    faults.check("by", _check_words, by)
    if not isinstance(paid, bool):
        faults.add("paid", "is neither True nor False")
    faults.settle(InvalidInput)
    payment = yield from known(key, terms)
    seen = partial(Resolution, paid=paid, note=note, by=by, status=payment.status, conflicts=payment.conflicts)

    def decided(payment: Payment, now: datetime) -> Payment:
        return ladder.resolve(payment, seen(at=now))

    event = "person paid" if paid else "person not paid"
    return (yield from move(payment, Change(event=event, make=decided, by=by, note=note), terms))


def wait(key: str, seconds: float, terms: Terms, /) -> Flow[Payment]:
    """Look at a payment until it is decided or the time is over, and ask Daraja whenever a check is due."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise InvalidInput({"timeout": "is not a number of seconds from 0, such as 120"})
    began = yield from perform(Now())
    end = began + timedelta(seconds=min(seconds, WINDOW / timedelta(seconds=1)))
    while True:
        payment = yield from known(key, terms)
        now = yield from perform(Now())
        if payment.status is Status.UNCONFIRMED or is_settled(payment, now):
            return payment
        if payment.next_check_at is not None and payment.next_check_at <= now:
            yield from _check_in_turn(payment, terms)
            payment = yield from known(key, terms)
        now = yield from perform(Now())
        if now >= end or is_settled(payment, now):
            return payment
        yield from perform(Sleep(min(_POLL, end - now) / timedelta(seconds=1)))


def dismiss(callback_id: str, note: str, terms: Terms, /) -> Flow[None]:
    """Note what a person made of a callback that belongs to no payment."""
    note = hide(note)
    faults = Faults()
    faults.check("note", _check_words, note)
    faults.settle(InvalidInput)
    if not (yield from _is_left_over(callback_id, terms)):
        raise InvalidInput({"callback_id": "names no callback that is left over; take one of report.unmatched"})
    yield from perform(Processed(callback_id, f"dismissed: {note}"))


def purge(older_than: timedelta, terms: Terms, /) -> Flow[int]:
    """Delete the bodies of callbacks that are done with, page by page, and count them."""
    if not isinstance(older_than, timedelta) or older_than < timedelta(0):
        raise InvalidInput({"older_than": "is not a length of time, such as timedelta(days=90)"})
    now = yield from perform(Now())
    before = now - min(older_than, _LONG_AGO)
    deleted = 0
    while page := (yield from perform(Purge(before, _PAGE, terms.account))):
        deleted += page
    return deleted


def _is_left_over(callback_id: str, terms: Terms) -> Flow[bool]:
    """Look for a callback among those that nothing was made of yet, so that nobody marks another account's."""
    last: str | None = None
    while page := (yield from perform(Unprocessed(_PAGE, terms.account, last))):
        last = page[-1].id
        if any(callback.id == callback_id for callback in page):
            return True
    return False


def _check_in_turn(payment: Payment, terms: Terms) -> Flow[None]:
    taken = yield from take(payment, terms)
    if taken is None:
        return
    try:
        yield from check(taken, terms)
    except DarajaError as error:
        name = type(error).__name__
    else:
        return
    yield from perform(Tell("payment.check_failed", {"key": payment.key, "error": name}))


def _check_words(words: str) -> str:
    if not isinstance(words, str) or not words.strip():
        message = f"is text that says something, not {type_name(words)}" if not isinstance(words, str) else "is blank"
        raise ValueError(message)
    if not all(character.isprintable() or character in _BREAKS for character in words):
        message = "has characters that cannot be printed, which not every database takes"
        raise ValueError(message)
    if len(words) > _LONGEST_WORDS:
        message = f"has {len(words):,} characters; {_LONGEST_WORDS:,} are kept at the most"
        raise ValueError(message)
    return words
