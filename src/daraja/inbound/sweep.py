"""Look after receipts: confirmations that a crash left over, leads, payments that nobody announced, unmatched money."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import attrs

from daraja.api.addresses import Purpose
from daraja.api.incoming import read_incoming
from daraja.api.pull import PullTransactions
from daraja.errors import CallbackMalformed, DarajaError, RecordUnreadable
from daraja.http.flow import Flow, Log, Now, ask
from daraja.inbound.announcement import from_incoming, lead, receipt_key
from daraja.inbound.expectation import ReceiptStore
from daraja.inbound.match import rematch, take
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.inbound.policy import ReceiptPolicy
from daraja.inbound.receive import book, paid_to_us
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import check_limit
from daraja.lifecycle.ports import ReceivedCallback
from daraja.lifecycle.reconcile import Report, reconcile

T = TypeVar("T")

_PAGE: Final = 100
_MOST_LISTED: Final = 1000
_MOST_RECENT: Final = 10_000
_RECENT: Final = timedelta(hours=48)
_MOST_LEADS: Final = 10
"""Leads that one run begins to ask about. Anybody can send them, and each costs a question."""
_LEADS_WITHIN: Final = timedelta(hours=1)
_FURTHEST: Final = timedelta(hours=48)
_USUAL: Final = timedelta(hours=2)
"""How far back a run of ``reconcile`` pulls."""


@attrs.frozen(kw_only=True)
class Sweep:
    """The report of a sweep with Pull.

    Args:
        found: Payments that Pull has.
        received: Payments that nobody had announced before.
        failed: Payments that the store or a hook did not take. Sweep again.
        unreadable: Records that cannot be read, or are of money to another shortcode.
    """

    found: int = 0
    received: int = 0
    failed: int = 0
    unreadable: int = 0


@attrs.frozen(kw_only=True)
class ReceiptReport:
    """The report of one run of ``Receipts.reconcile``: what it did, and what a person must look at.

    Args:
        replayed: Confirmations that were left over and are booked now.
        pulled: Payments that only Pull knew.
        matched: Receipts that were matched in this run, after an expectation or a push came.
        delivered: Receipts for which ``on_received`` was called again.
        asked: Leads that Daraja was asked about.
        failed: Receipts and confirmations that failed. They are tried again later.
        stopped: Why the run ended before everything due was done; empty if all was done.
        unmatched: Keys of receipts whose purpose is not known. ``assign`` or ``dismiss`` them.
        conflicts: Keys of receipts with a contradiction. ``assign`` or ``dismiss`` them.
        refunds_due: Keys of receipts that came when all was paid already. Give the money back, then ``dismiss`` them.
        leads: Ids of stored confirmations that are not believed, or cannot be read. ``dismiss_callback`` closes one.
        unreadable: Keys of stored receipts and ids of stored confirmations that cannot be read. They stay as they are.
    """

    replayed: int = 0
    pulled: int = 0
    matched: int = 0
    delivered: int = 0
    asked: int = 0
    failed: int = 0
    stopped: str = ""
    unmatched: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    refunds_due: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at anything."""
        return bool(self.unmatched or self.conflicts or self.refunds_due or self.leads or self.unreadable)


def reconcile_receipts(limit: int, policy: ReceiptPolicy, /) -> Flow[ReceiptReport]:
    """Do what is due, and report. Runs may overlap, stop anywhere and start again."""
    check_limit(limit)  # before anything is booked
    report = yield from _replay(ReceiptReport(), policy)
    report = yield from _pull(report, policy)
    report = yield from _rematch(report, policy)
    return _with(report, (yield from reconcile(limit, policy)))


def sweep(since: datetime | None, until: datetime | None, policy: ReceiptPolicy, /) -> Flow[Sweep]:
    """Book every payment that Pull has for a time, page by page. A missing payment may still come."""
    now = yield from Now()
    until = now if until is None else until
    since = until - _FURTHEST + timedelta(minutes=1) if since is None else since
    found, seen = Sweep(), set[str]()
    offset: int | None = 0
    while offset is not None:
        page = yield from PullTransactions(since=since, until=until, offset=offset).flow(policy.config)
        new = [payment for payment in page.payments if payment.receipt not in seen]
        seen.update(payment.receipt for payment in new)
        ours = [payment for payment in new if paid_to_us(payment, policy)]
        odd = len(page.unreadable) + len(new) - len(ours)
        found = attrs.evolve(found, unreadable=found.unreadable + odd)
        for payment in ours:
            booking = partial(take, from_incoming(payment, now), policy, event="pull paid")
            booked = yield from _unless_it_fails(booking)
            is_new = booked is not None and booked.after.is_success and not booked.before.is_success
            found = attrs.evolve(
                found,
                found=found.found + 1,
                received=found.received + is_new,
                failed=found.failed + (booked is None),
            )
        offset = page.next_offset if new else None  # pages that repeat themselves would never end
    return found


def _replay(report: ReceiptReport, policy: ReceiptPolicy) -> Flow[ReceiptReport]:
    """Book the confirmations that a crash left over, and begin to ask about a few leads."""
    now, leads, last = (yield from Now()), 0, None
    while page := (yield from ask(ReceiptStore.unprocessed, _PAGE, policy.account, last)):
        for callback in page:
            last = callback.id if isinstance(callback, ReceivedCallback) else callback.key
            if not isinstance(callback, ReceivedCallback) or callback.purpose is not Purpose.CONFIRMATION:
                continue
            if callback.key is not None:
                booked = yield from _unless_it_fails(partial(_booked, callback, policy))
                report = attrs.evolve(
                    report, replayed=report.replayed + bool(booked), failed=report.failed + (booked is None)
                )
            else:
                may_ask = now - callback.received_at < _LEADS_WITHIN and leads < _MOST_LEADS
                leads += bool((yield from _unless_it_fails(partial(_follow, callback, policy, may_ask=may_ask))))
    return report


def _booked(callback: ReceivedCallback, policy: ReceiptPolicy) -> Flow[bool]:
    return (yield from book(callback, policy)) is not None


def _follow(callback: ReceivedCallback, policy: ReceiptPolicy, *, may_ask: bool) -> Flow[bool]:
    """Close a lead that is known by now, or write it down so that Daraja is asked about it when it is due."""
    yield from book(callback, policy)
    try:
        number = read_incoming(callback.body).receipt
    except CallbackMalformed:
        return False
    known = yield from ask(ReceiptStore.load, receipt_key(policy.account, number))
    if known is not None or policy.config.initiator is None or not may_ask:
        return False
    yield from take(lead(number, callback.received_at), policy, event="lead")
    return True


def _pull(report: ReceiptReport, policy: ReceiptPolicy) -> Flow[ReceiptReport]:
    if not policy.pull:
        return report
    now = yield from Now()
    try:
        found = yield from sweep(now - _USUAL, now, policy)
    except DarajaError as error:
        yield from Log("receipts.not_pulled", {"error": type(error).__name__}, warning=True)
        return attrs.evolve(report, failed=report.failed + 1)
    return attrs.evolve(report, pulled=found.received, failed=report.failed + found.failed)


def _rematch(report: ReceiptReport, policy: ReceiptPolicy) -> Flow[ReceiptReport]:
    """Look once more for the purpose of unmatched money."""
    for receipt in (yield from _unmatched(policy)):
        done = yield from _unless_it_fails(partial(rematch, receipt, policy))
        matched = done is not None and done.after.is_matched
        report = attrs.evolve(report, matched=report.matched + matched, failed=report.failed + (done is None))
    return report


def _unmatched(policy: ReceiptPolicy) -> Flow[Sequence[Receipt]]:
    """Return the oldest unmatched receipts and all those of the last days, for which most expectations come.

    The oldest ones alone may be money that nobody ever asks for, and would hide all that comes after them.
    """
    found = {one.key: one for one in (yield from ask(ReceiptStore.need_attention, _MOST_LISTED, policy.account))}
    now, last = (yield from Now()), None
    recent = Filter(status=ReceiptStatus.RECEIVED, since=now - _RECENT, account=policy.account)
    seen = 0
    while seen < _MOST_RECENT and (page := (yield from ask(ReceiptStore.list, recent, _PAGE, last))):
        found |= {one.key: one for one in page}
        seen, last = seen + len(page), page[-1].key
    return [one for one in found.values() if isinstance(one, Receipt) and one.is_unmatched and one.may_be_matched]


def _unless_it_fails(work: Callable[[], Flow[T]]) -> Flow[T | None]:
    """Do one thing. If a store or a hook does not take it, the others still have their turn."""
    try:
        return (yield from work())
    except Exception as failure:  # noqa: BLE001 - as above
        key = {"key": failure.key} if isinstance(failure, RecordUnreadable) else {}
        fields = {**key, "error": type(failure).__name__}
    yield from Log("receipts.postponed", fields, warning=True)
    return None


def _with(report: ReceiptReport, rest: Report) -> ReceiptReport:
    return attrs.evolve(
        report,
        delivered=rest.delivered,
        asked=rest.asked,
        failed=report.failed + rest.failed,
        stopped=rest.stopped,
        unmatched=rest.unconfirmed,
        conflicts=rest.conflicts,
        refunds_due=rest.refunds_due,
        leads=rest.unmatched,
        unreadable=rest.unreadable,
    )
