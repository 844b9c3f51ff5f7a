"""Decide open payments by the account statement, which is the last proof.

A business has several accounts. A file that does not say of which shortcode it is decides something only if it has a
payment that is known here. A row settles one entry, and only if nothing else fits. A payment that is missing was not
made only if the statement covers the whole time in which it could have been made, and has no row of that amount that
nobody can explain.
"""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import attrs

from daraja.config import Config
from daraja.errors import InvalidInput, RecordUnreadable
from daraja.http.flow import Flow, Now, ask
from daraja.inbound.announcement import from_row, receipt_key
from daraja.inbound.expectation import ReceiptStore
from daraja.inbound.match import take
from daraja.inbound.model import Receipt
from daraja.inbound.policy import ReceiptPolicy
from daraja.inbound.statement import Statement, StatementRow
from daraja.lifecycle.check_status import load
from daraja.lifecycle.effects import Elsewhere
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import Policy, Scope
from daraja.lifecycle.record import Account
from daraja.lifecycle.resolve import check_still_here, resolve
from daraja.lifecycle.transitions import Transition, update
from daraja.payments.model import Payment, PaymentStore
from daraja.values.account_number import normalise_reference
from daraja.values.prompt import masks_differ
from daraja.values.secret import MaskedText

_BEFORE: Final = timedelta(minutes=1)
_AFTER: Final = timedelta(minutes=10)
_PAGE: Final = 200
_CUSTOMER: Final = re.compile(r"\b254[17][0-9*xX ]{6,14}")
"""A phone number, perhaps masked: only customers have one."""


@attrs.frozen(kw_only=True)
class Settlement:
    """The payments that a statement has settled.

    Args:
        paid: Keys of the payments or receipts that it proves to be paid, and that were not known to be paid.
        unpaid: Keys of the payments that it proves to be unpaid.
        reversed: Keys of the receipts whose money was sent back; a person has to look at them.
        left: Keys of the payments that it cannot decide.
        unexplained: Rows that brought money in and belong to nothing that is known.
        unreadable: Keys of stored records that cannot be read, so that their rows were left out.
    """

    paid: tuple[str, ...] = ()
    unpaid: tuple[str, ...] = ()
    reversed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    unexplained: tuple[StatementRow, ...] = ()
    unreadable: tuple[str, ...] = ()


# ---------------------------------------------------------------------------------------------- payments of a checkout


def settle_payments(statement: Statement, by: str, policy: Policy[Payment], /) -> Flow[Settlement]:
    """Decide ``unconfirmed`` payments, as a person does who looks at the statement row by row.

    A business has several accounts, with a statement each, and a file does not always name its account. So absence
    proves something only in a file that has a payment of this checkout or of its receipts.
    """
    yield from _check_account(statement, policy.config, partial(_has_payment, policy=policy))
    open_payments = yield from _unconfirmed(policy)
    rows = yield from _unexplained(statement, policy)
    alone = yield from _free(rows, statement, policy)
    fits = {payment.key: [row for row in alone if _fits(row, payment)] for payment in open_payments}
    settled = Settlement(unexplained=tuple(rows))
    is_proof = len(rows) < len(statement.received) or any(fits.values())
    for payment in open_payments:
        found = fits[payment.key]
        wanted_by = [key for key, others in fits.items() if found and found[0] in others]
        if len(found) == 1 and len(wanted_by) == 1:
            note = f"row {found[0].number} of the statement"
            yield from resolve(payment.key, policy, paid=True, note=note, by=by, receipt=found[0].receipt)
            left = tuple(row for row in settled.unexplained if row is not found[0])
            settled = attrs.evolve(settled, paid=(*settled.paid, payment.key), unexplained=left)
        elif is_proof and _is_absent(payment, rows, statement):
            note = "not on the statement, which covers the time"
            yield from resolve(payment.key, policy, paid=False, note=note, by=by)
            settled = attrs.evolve(settled, unpaid=(*settled.unpaid, payment.key))
        else:
            settled = attrs.evolve(settled, left=(*settled.left, payment.key))
    return settled


def _unconfirmed(policy: Policy[Payment]) -> Flow[list[Payment]]:
    which = Filter(status=Payment.kind.stopped.value, account=policy.account)
    found: list[Payment] = []
    after: str | None = None
    while page := (yield from ask(PaymentStore.list, which, _PAGE, after)):
        found += [one for one in page if isinstance(one, Payment) and one.resolution is None]
        after = page[-1].key
    return found


def _unexplained(statement: Statement, policy: Policy[Payment]) -> Flow[list[StatementRow]]:
    """Return the rows that brought money in and belong to no payment and to no receipt that counts for something."""
    rows: list[StatementRow] = []
    for row in statement.received:
        known = yield from ask(PaymentStore.find, "receipt", row.receipt, policy.account.environment)
        by_hand = yield from _by_hand(row.receipt, policy)
        if known is None and not (by_hand is not None and by_hand.is_matched):
            rows.append(row)
    return rows


def _free(rows: Iterable[StatementRow], statement: Statement, policy: Policy[Payment]) -> Flow[list[StatementRow]]:
    """Return the rows that may settle a payment: nobody has put their money away or asked for its refund."""
    free: list[StatementRow] = []
    for row in [one for one in rows if one.receipt in statement.receipts]:
        by_hand = yield from _by_hand(row.receipt, policy)
        if by_hand is None or by_hand.may_be_matched:
            free.append(row)
    return free


def _by_hand(number: str, policy: Policy[Payment]) -> Flow[Receipt | None]:
    return None if policy.by_hand is None else (yield from _receipt_of(number, policy.account))


def _receipt_of(number: str, account: Account) -> Flow[Receipt | None]:
    key = receipt_key(account, number)
    return (yield from Elsewhere("receipts", lambda: ask(ReceiptStore.load, key)))


def _fits(row: StatementRow, payment: Payment) -> bool:
    """Tell whether a row can be the money of a payment."""
    if row.paid_in != payment.amount or not -_BEFORE <= row.completed_at - payment.created_at <= _AFTER:
        return False
    payer = None if row.other_party is None else row.other_party.id
    if payer is not None and masks_differ(payer, payment.phone):
        return False
    return row.account is not None and normalise_reference(row.account) == normalise_reference(payment.reference)


def _is_absent(payment: Payment, unexplained: Iterable[StatementRow], statement: Statement) -> bool:
    since, until = payment.created_at - _BEFORE, payment.created_at + _AFTER
    covered = statement.covers(since, until)
    return covered and not any(row.paid_in == payment.amount and row.completed_at >= since for row in unexplained)


def resolve_payment(
    key: str, scope: Scope[Payment], /, *, paid: bool, note: str, by: str, receipt: str | None
) -> Flow[Transition[Payment]]:
    """Store a person's decision about a payment. One receipt pays once, by a prompt or by hand."""
    asked_at = None
    if isinstance(receipt, str) and scope.placing is not None:
        payment = yield from load(key, scope)
        by_hand = yield from _receipt_of(receipt, payment.account)
        if by_hand is not None:
            check_still_here(by_hand, "receipt")
            if by_hand.counts:
                raise InvalidInput({"receipt": "counts as paid by hand already, and a receipt pays once"})
            if by_hand.number != payment.receipt:
                asked_at = by_hand.refund_asked_at
    return (yield from resolve(key, scope, paid=paid, note=note, by=by, receipt=receipt, refund_asked_at=asked_at))


# ------------------------------------------------------------------------------------------------------------ receipts


def settle_receipts(statement: Statement, policy: ReceiptPolicy, /) -> Flow[Settlement]:
    """Book the payments of customers, also those that nobody has announced, and mark the ones that were sent back."""
    yield from _check_account(statement, policy.config, partial(_has_receipt, policy=policy))
    now = yield from Now()
    settled = Settlement()
    # A charge has the receipt of its payment.
    back = [row for row in statement.completed if row.linked not in {None, row.receipt} and row.withdrawn > 0]
    steps = [partial(_book, row, now, statement.receipts, policy) for row in statement.received]
    for step in (*steps, *(partial(_mark_reversed, row, policy) for row in back)):
        try:
            settled = yield from step(settled)
        except RecordUnreadable as error:  # the other rows still have their turn
            settled = attrs.evolve(settled, unreadable=(*settled.unreadable, error.key))
    return settled


def _book(
    row: StatementRow, now: datetime, alone: Collection[str], policy: ReceiptPolicy, settled: Settlement
) -> Flow[Settlement]:
    """Book the money of a row, if a customer paid it and no other row has its receipt."""
    if row.receipt not in alone or not _is_from_a_customer(row):
        return attrs.evolve(settled, unexplained=(*settled.unexplained, row))
    transition = yield from take(from_row(row, now), policy, event="statement paid")
    if transition.after.is_success and not transition.before.is_success:
        return attrs.evolve(settled, paid=(*settled.paid, transition.after.key))
    return settled


def _mark_reversed(row: StatementRow, policy: ReceiptPolicy, settled: Settlement) -> Flow[Settlement]:
    """Reopen a receipt whose money went back. Its order stays fulfilled: a person decides."""
    receipt = yield from ask(ReceiptStore.load, receipt_key(policy.account, row.linked or ""))
    if receipt is None:
        return settled
    conflict = frozenset({MaskedText(f"reversed={row.receipt}")})

    def went_back(known: Receipt, _: datetime) -> Receipt:
        decision = known.resolution
        if decision is not None and not decision.paid:  # a person has put the money away, and the row agrees
            decision = attrs.evolve(decision, conflicts=decision.conflicts | conflict)
        return attrs.evolve(known, conflicts=known.conflicts | conflict, resolution=decision)

    transition = yield from update(receipt, went_back, policy, event="statement reversed")
    is_news = transition.changed and transition.after.needs_review
    return attrs.evolve(settled, reversed=(*settled.reversed, receipt.key)) if is_news else settled


def _is_from_a_customer(row: StatementRow) -> bool:
    if row.other_party is not None:
        return row.other_party.id is not None and _CUSTOMER.match(row.other_party.id) is not None
    return _CUSTOMER.search(row.details) is not None


def _check_account(statement: Statement, config: Config, is_known: Callable[[StatementRow], Flow[bool]]) -> Flow[None]:
    """Check that a statement is of our own shortcode: it says so, or has a payment that is known here.

    Raises:
        InvalidInput: If it is of another shortcode, or nothing tells.
    """
    ours = config.business.shortcode
    if statement.shortcode in config.business.numbers:
        return
    if statement.shortcode is not None:
        raise InvalidInput({"statement": f"is of shortcode {statement.shortcode}, not of {ours}"})
    for row in statement.received:
        if (yield from is_known(row)):
            return
    raise InvalidInput(
        {
            "statement": "does not say of which shortcode it is, and has no payment that is known here; export it "
            f"again with the lines above the headings, or give read_statement(file, shortcode={ours!r})"
        }
    )


def _has_payment(row: StatementRow, policy: Policy[Payment]) -> Flow[bool]:
    """Tell whether a row is a payment of this checkout, or was announced as paid to it by hand."""
    payment = yield from ask(PaymentStore.find, "receipt", row.receipt, policy.account.environment)
    if payment is not None and payment.account == policy.account:
        return payment.amount == row.paid_in
    return _is_announced((yield from _by_hand(row.receipt, policy)), row)


def _has_receipt(row: StatementRow, policy: ReceiptPolicy) -> Flow[bool]:
    """Tell whether a row was announced before, or is a payment of the checkout."""
    if _is_announced((yield from ask(ReceiptStore.load, receipt_key(policy.account, row.receipt))), row):
        return True
    checkout = policy.checkout
    return checkout is not None and (yield from Elsewhere("checkout", lambda: _has_payment(row, checkout)))


def _is_announced(receipt: Receipt | None, row: StatementRow) -> bool:
    """Tell whether Safaricom has announced the money of a row to us, and not only another statement."""
    return receipt is not None and receipt.amount == row.paid_in and receipt.announced_by != ("statement",)
