"""A statement settles what is open, only where it proves it, and the same file again changes nothing."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import attrs
import pytest

from daraja import Checkout
from daraja.errors import InvalidInput, RecordUnreadable
from daraja.inbound.expectation import ExpectationStatus
from daraja.inbound.model import Receipt, ReceiptStatus
from daraja.inbound.settle import Settlement
from daraja.inbound.statement import Statement
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.record import Account
from daraja.payments import Payment, Status
from daraja.statement import read_statement
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import ManualClock
from daraja.values.nairobi_time import EAT
from tests.support.receiving import SHORTCODE, Counter, a_counter
from tests.support.scripted import PHONE
from tests.support.statements import Layout, Line

OTHERS_PHONE: Final = "254722000001"
NOON: Final = ManualClock().now().astimezone(EAT)


def export(*lines: Line, totals: bool = True, columns: int = 13, shortcode: str | None = SHORTCODE) -> Statement:
    """Make a statement of a whole day out of rows without balances, and say whose it is."""
    balance, chained = Decimal(1_000), list[Line]()
    first = Line("UAF0000000", NOON - timedelta(hours=1), Decimal(1), Decimal(0), other_party="600111 - DUKA")
    last = attrs.evolve(first, receipt="UAF9999999", at=NOON + timedelta(hours=12))
    for line in (first, *lines, last):
        balance += line.moved
        chained.append(attrs.evolve(line, balance=balance))
    cells = Layout(columns=columns, totals=totals, head=False)
    return read_statement(cells.csv(chained), shortcode=shortcode)


def row(number: str = "UAF1AAAAAA", **changes: Any) -> Line:  # noqa: ANN401 - as Line has them
    usual = Line(
        number,
        NOON + timedelta(seconds=20),
        Decimal(500),
        Decimal(0),
        account="ORD-1",
        other_party=f"{PHONE} - JOHN DOE",
    )
    return attrs.evolve(usual, **changes)


def unconfirmed(counter: Counter, **changes: Any) -> str:  # noqa: ANN401 - of charge
    """Ask a phone for money, and hear nothing until only the statement can tell."""
    usual: dict[str, Any] = {"order": "ORD-1", "phone": PHONE, "amount": 500}
    key = counter.checkout.charge(**{**usual, **changes}).key
    payment = counter.checkout.payment(key)
    stopped = attrs.evolve(payment, status=Status.UNCONFIRMED, version=payment.version + 1, next_check_at=None)
    entry = HistoryEntry(key=key, at=payment.updated_at, event="giving up", before="initiated", after="unconfirmed")
    assert counter.checkout.store.swap(payment, stopped, entry)
    return key


def paid(counter: Counter, number: str) -> None:
    """Make another payment, which the statement has under this receipt."""
    other = unconfirmed(counter, order="ORD-2", phone=OTHERS_PHONE, amount=700)
    counter.checkout.resolve(other, paid=True, note="seen", by="Wanjiku", receipt=number)


def settled(counter: Counter, statement: Statement) -> Settlement:
    return counter.checkout.settle(statement, by="Wanjiku")


def test_a_row_that_fits_pays_the_payment_and_the_same_file_again_changes_nothing() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    statement = export(row())
    first = settled(counter, statement)
    assert (first.paid, first.unpaid, first.left) == ((key,), (), ())
    payment = counter.checkout.payment(key)
    assert (payment.status, payment.receipt) == (Status.SUCCESS, "UAF1AAAAAA")
    assert [one.key for one in counter.paid] == [key]
    again = settled(counter, statement)
    assert (again.paid, again.unpaid, again.left) == ((), (), ())
    assert counter.checkout.payment(key) == payment


def test_a_payment_that_is_missing_was_not_made_if_the_statement_covers_the_time() -> None:
    counter = a_counter()
    paid(counter, "UAF1AAAAAA")
    key = unconfirmed(counter)
    statement = export(row(moved=Decimal(700)))
    assert settled(counter, statement).unpaid == (key,)
    counter.clock.advance(300)
    assert counter.checkout.may_retry(key)
    assert settled(counter, statement).unpaid == ()


@pytest.mark.parametrize(
    "other",
    [
        {"account": "ORD-2"},
        {"account": ""},
        {"other_party": f"{OTHERS_PHONE} - JANE DOE"},
        {"at": NOON + timedelta(minutes=11)},
    ],
)
def test_a_row_of_the_same_amount_that_nobody_can_explain_leaves_it_open(other: dict[str, Any]) -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    found = settled(counter, export(row(**other)))
    assert (found.paid, found.unpaid, found.left) == ((), (), (key,))
    assert "UAF1AAAAAA" in {one.receipt for one in found.unexplained}
    assert counter.checkout.payment(key).status is Status.UNCONFIRMED


def test_a_statement_that_does_not_cover_the_time_proves_nothing_by_absence() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    balance = Decimal(1_000)
    lines = [Line(f"UAF000000{n}", NOON + timedelta(minutes=n), Decimal(1), balance + n) for n in range(5)]
    statement = read_statement(Layout(head=False, totals=False).csv(lines), shortcode=SHORTCODE)
    assert settled(counter, statement).left == (key,)


def test_a_statement_of_another_account_of_the_business_proves_nothing_by_absence() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    statement = export(row(moved=Decimal(700)))
    assert statement.covers(counter.clock.now(), counter.clock.now() + timedelta(minutes=10))
    assert settled(counter, statement).left == (key,)


def test_two_rows_or_two_payments_that_fit_are_left_to_a_person() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    assert settled(counter, export(row(), row("UAF1AAAAAB", at=NOON + timedelta(seconds=30)))).left == (key,)

    counter = a_counter()
    phones = {"ORD-1": PHONE, "ORD-2": OTHERS_PHONE}
    keys = {unconfirmed(counter, order=order, phone=phone, reference="ORD-1") for order, phone in phones.items()}
    assert set(settled(counter, export(row(other_party=""))).left) == keys


def test_a_row_under_a_receipt_that_stands_twice_settles_nothing() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    twice = row(at=NOON + timedelta(seconds=30), moved=Decimal(9))
    assert settled(counter, export(row(), twice)).left == (key,)


def test_the_account_is_read_from_the_words_where_there_is_no_column_for_it() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    assert settled(counter, export(row(), columns=9)).paid == (key,)


def test_a_row_that_pays_another_payment_explains_nothing_more() -> None:
    counter = a_counter()
    paid, key = unconfirmed(counter, order="ORD-2", phone=OTHERS_PHONE), unconfirmed(counter)
    counter.checkout.resolve(paid, paid=True, note="seen", by="Wanjiku", receipt="UAF1AAAAAA")
    assert settled(counter, export(row())).unpaid == (key,)


def test_a_row_that_counts_by_hand_explains_nothing_more() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-2", amount=500, reference="174")
    counter.receipts.settle(export(row(account="174")))
    key = unconfirmed(counter)
    assert settled(counter, export(row(account="174"))).unpaid == (key,)


@pytest.mark.parametrize("away", [True, False])
def test_money_that_was_put_away_or_goes_back_settles_no_payment(away: bool) -> None:  # noqa: FBT001 - a column
    counter = a_counter()
    number = counter.pay("ORD-1", phone=OTHERS_PHONE)
    counter.simulator.advance(seconds=1)
    receipt = counter.receipts.receipt(number)
    if away:
        counter.receipts.dismiss(number, by="Wanjiku", note="sent back on the portal")
    else:
        asked = attrs.evolve(receipt, refund_asked_at=receipt.updated_at, version=receipt.version + 1)
        entry = HistoryEntry(key=receipt.key, at=receipt.updated_at, event="refund asked", before="", after="")
        assert counter.store.swap(receipt, asked, entry)
    key = unconfirmed(counter)
    found = settled(counter, export(row(number, other_party="")))

    assert (found.paid, found.unpaid, found.left) == ((), (), (key,))
    assert not counter.checkout.payment(key).paid


def test_a_statement_of_another_shortcode_is_refused() -> None:
    counter = a_counter()
    other = attrs.evolve(export(row()), shortcode="600999")
    with pytest.raises(InvalidInput, match="is of shortcode 600999, not of 600111"):
        settled(counter, other)
    with pytest.raises(InvalidInput, match="is of shortcode 600999, not of 600111"):
        counter.receipts.settle(other)


def test_a_file_that_does_not_say_whose_it_is_decides_nothing_without_a_payment_that_is_known() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    counter.receipts.expect(order="ORD-2", amount=500, reference="ORD-1")
    strange = export(row(), shortcode=None)
    for settle in (partial(settled, counter), counter.receipts.settle):
        with pytest.raises(InvalidInput, match="does not say of which shortcode it is"):
            settle(strange)
    assert counter.checkout.payment(key).status is Status.UNCONFIRMED
    assert counter.received == []


def test_a_payment_that_is_known_proves_whose_file_it_is() -> None:
    counter = a_counter()
    paid(counter, "UAF1AAAAAA")
    key = unconfirmed(counter)
    statement = export(row(moved=Decimal(700)), row("UAF1AAAAAB", at=NOON + timedelta(seconds=30)), shortcode=None)
    assert settled(counter, statement).paid == (key,)
    assert len(counter.receipts.settle(statement).unexplained) == 2


def test_a_payment_of_another_amount_or_account_proves_nothing() -> None:
    counter = a_counter()
    paid(counter, "UAF1AAAAAA")
    (other,) = (one for one in counter.checkout.store.list(Filter(), 9) if isinstance(one, Payment))
    elsewhere = MemoryStore()
    elsewhere.insert(attrs.evolve(other, account=Account("simulator", "600999")))
    checkout = Checkout(counter.daraja, elsewhere)
    with pytest.raises(InvalidInput, match="does not say"):
        checkout.settle(export(row(moved=Decimal(700)), shortcode=None), by="Wanjiku")
    with pytest.raises(InvalidInput, match="does not say"):
        settled(counter, export(row(moved=Decimal(701)), shortcode=None))


def test_money_that_was_announced_proves_whose_file_it_is_and_another_statement_does_not() -> None:
    counter = a_counter()
    counter.receipts.settle(export(row("UAF1AAAAAB")))
    with pytest.raises(InvalidInput, match="does not say"):
        counter.receipts.settle(export(row("UAF1AAAAAB"), shortcode=None))
    number = counter.pay("174")
    statement = export(row(number, account="174"), shortcode=None)
    assert len(counter.receipts.settle(statement).unexplained) == 2
    assert settled(counter, statement).paid == ()


def test_receipts_without_a_checkout_know_a_file_by_what_was_announced() -> None:
    counter = a_counter(joined=False)
    with pytest.raises(InvalidInput, match="does not say"):
        counter.receipts.settle(export(row(), shortcode=None))


def test_by_whom_has_to_be_said() -> None:
    counter = a_counter()
    unconfirmed(counter)
    with pytest.raises(InvalidInput, match="by"):
        counter.checkout.settle(export(row()), by=" ")


# Receipts


def test_what_customers_paid_is_booked_from_a_statement_once() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    statement = export(row(account="ord 1"))
    found = counter.receipts.settle(statement)
    assert len(found.paid) == 1
    assert [one.order for one in counter.received] == ["ORD-1"]
    assert {one.receipt for one in found.unexplained} == {"UAF0000000", "UAF9999999"}
    again = counter.receipts.settle(statement)
    assert again.paid == ()
    assert len(counter.received) == 1


def test_what_was_announced_before_is_filled_in_and_counts_once() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174")
    counter.receipts.settle(export(row(number, account="174")))
    assert counter.receipts.receipt(number).announced_by == ("confirmation", "statement")
    assert len(counter.received) == 1


def test_an_announcement_that_was_altered_is_found_by_the_statement() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174")
    counter.receipts.settle(export(row(number, account="174", moved=Decimal(50))))
    assert counter.receipts.reconcile().conflicts == (counter.receipts.receipt(number).key,)


def test_money_that_went_back_is_reopened_and_stays_counted_until_a_person_decides() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174")
    back = row("UAF2AAAAAA", moved=Decimal(-500), linked=number, at=NOON + timedelta(minutes=5), reason="Reversal")
    statement = export(row(number, account="174"), back)
    receipt = counter.receipts.receipt(number)
    assert counter.receipts.settle(statement).reversed == (receipt.key,)
    assert counter.receipts.settle(statement).reversed == ()
    now = counter.receipts.expectation("174")
    assert now is not None
    assert (now.status, now.needs_review) == (ExpectationStatus.PAID, True)
    counter.receipts.dismiss(number, by="Wanjiku", note="reversed by the customer")
    now = counter.receipts.expectation("174")
    assert now is not None
    assert (now.status, now.needs_review) == (ExpectationStatus.OPEN, False)
    assert counter.receipts.receipt(number).status is ReceiptStatus.RECEIVED


def test_a_row_that_agrees_that_dismissed_money_went_back_reopens_nothing() -> None:
    counter = a_counter()
    number = counter.pay("174")
    counter.receipts.dismiss(number, by="Wanjiku", note="paid back by a reversal")
    back = row("UAF2AAAAAA", moved=Decimal(-500), linked=number, at=NOON + timedelta(minutes=5), reason="Reversal")
    assert counter.receipts.settle(export(row(number, account="174"), back)).reversed == ()
    assert not counter.receipts.receipt(number).needs_attention
    assert counter.receipts.receipt(number).conflicts == {"reversed=UAF2AAAAAA"}


class PartlyUnreadable(MemoryReceiptStore):
    """A store with a receipt that another release wrote."""

    def load(self, key: str, /) -> Receipt | None:
        found = super().load(key)
        if found is not None and found.number == "UAF1AAAAAA":
            raise RecordUnreadable(key, "another release wrote it")
        return found


def test_a_receipt_that_cannot_be_read_stops_no_other_row() -> None:
    counter = a_counter(store=PartlyUnreadable())
    counter.receipts.settle(export(row("UAF1AAAAAA")))
    back = row("UAF4DDDDDD", moved=Decimal(-500), linked="UAF1AAAAAA")
    statement = export(row("UAF1AAAAAA"), row("UAF2BBBBBB"), row("UAF3CCCCCC"), back)
    found = counter.receipts.settle(statement)
    assert len(found.paid) == 2
    assert len({*found.unreadable}) == 1
    assert len(found.unreadable) == 2
    assert counter.receipts.settle(statement) == attrs.evolve(found, paid=())


def test_a_charge_is_no_reversal_of_its_payment() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174")
    charge = row(number, moved=Decimal(-5), linked=number, reason="Pay Bill Charge", other_party="")
    assert counter.receipts.settle(export(row(number, account="174"), charge)).reversed == ()
    assert not counter.receipts.receipt(number).needs_review


def test_a_reversal_of_what_is_not_known_changes_nothing() -> None:
    back = row("UAF2AAAAAA", moved=Decimal(-500), linked="UAF3AAAAAA")
    assert a_counter().receipts.settle(export(back)).reversed == ()


def test_a_checkout_without_receipts_settles_by_its_own_payments() -> None:
    counter = a_counter()
    key = unconfirmed(counter)
    checkout = Checkout(counter.daraja, counter.checkout.store)
    assert checkout.settle(export(row()), by="Wanjiku").paid == (key,)


def test_a_customer_is_known_by_the_words_where_there_is_no_column_for_them() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="ORD-1")
    found = counter.receipts.settle(export(row(), columns=8))
    assert len(found.paid) == 1
    assert [one.order for one in counter.received] == ["ORD-1"]
