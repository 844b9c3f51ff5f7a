"""The invariants: what is stored is compared with the accounts of the local Daraja, to the shilling."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from daraja import Payment, Receipt
from daraja.inbound.announcement import plain_amount
from daraja.payments.order import Order
from daraja.simulator import Transaction
from tests.chaos.database import Stored
from tests.chaos.receipts.person import sale_of
from tests.chaos.receipts.plan import Plan
from tests.chaos.receipts.sales import Sale
from tests.chaos.recovery import Facts

__all__ = ["Truth", "fulfilled_twice", "violations"]


@attrs.frozen(kw_only=True)
class Truth:
    """The real events, known without the stores.

    Args:
        plans: The plan of each sale.
        money: All that customers paid, by receipt number.
        asked_for: The key of the payment that was paid at a prompt, by receipt number.
        confirmed: The number of confirmations that were answered with 200, by receipt number.
        shipped: How often each order was shipped.
        orders: Every order, as the library sees it.
        receipts: What is stored about receipts.
        reports: The last reports of ``reconcile``.
        decided: How many receipts a person has decided about.
    """

    plans: Sequence[Plan]
    money: Mapping[str, Transaction]
    asked_for: Mapping[str, str]
    confirmed: Mapping[str, int]
    shipped: Mapping[str, int]
    orders: Sequence[Order]
    receipts: Stored[Receipt]
    reports: Sequence[Facts]
    decided: int


def violations(truth: Truth, payments: Stored[Payment]) -> Mapping[str, Sequence[str]]:
    """Return every violated invariant with the receipts, payments or orders that it is about."""
    found: dict[str, list[str]] = defaultdict(list)
    for fault, about in (
        *_of_the_books(truth, payments.records),
        *_of_the_orders(truth),
        *_of_money_by_hand(truth),
        *(pair for receipt in truth.receipts.records for pair in _of_a_receipt(receipt, truth)),
        *(pair for payment in payments.records for pair in _of_a_payment(payment, payments)),
        *_of_lost_messages(truth),
    ):
        found[fault].append(about)
    return found


def _of_the_books(truth: Truth, payments: Sequence[Payment]) -> Iterator[tuple[str, str]]:
    """Every shilling that came in is explained once, and nothing else is."""
    own = [payment for payment in payments if payment.counts or payment.refund_due]
    of_payments = [payment.receipt or f"none of {payment.key}" for payment in own]
    by_hand = [receipt.number for receipt in truth.receipts.records if receipt.counts or receipt.refund_due]
    explained = Counter([*of_payments, *by_hand])
    for number in truth.money.keys() | explained.keys():
        if explained[number] != (number in truth.money):
            yield f"its money is explained {explained[number]} times", number
    for payment in payments:
        if payment.is_success and truth.asked_for.get(payment.receipt or "") != payment.key:
            yield "a payment has the money of another one", payment.key


def _of_the_orders(truth: Truth) -> Iterator[tuple[str, str]]:
    paid: dict[str, list[Decimal]] = defaultdict(list)
    for one in truth.money.values():
        paid[sale_of(one).order].append(one.amount)
    for number, order in enumerate(truth.orders):
        sale = Sale(number)
        is_enough = sum(paid[sale.order]) >= sale.amount
        if truth.shipped.get(sale.order, 0) != is_enough:
            yield f"its order was shipped {truth.shipped.get(sale.order, 0)} times", sale.order
        if order.paid is not is_enough:
            yield f"its order is called {'paid' if order.paid else 'unpaid'}", sale.order
        back = [Decimal(one.amount) for one in order.refunds_due] + [
            one.amount or Decimal(0) for one in order.excess_receipts
        ]
        kept = sum(paid[sale.order]) - sum(back)
        if kept < min(sale.amount, sum(paid[sale.order])):
            yield "more is to be sent back than its order has too much", sale.order
        rest = list((Counter(paid[sale.order]) - Counter(back)).elements())
        if len(rest) > 1 and kept - min(rest) >= sale.amount:
            yield "second money of its order is not due back", sale.order


def _of_money_by_hand(truth: Truth) -> Iterator[tuple[str, str]]:
    """Money by hand that comes when all is paid by hand counts for nothing, also if it comes at the same moment."""
    for number in range(len(truth.plans)):
        sale = Sale(number)
        if _is_too_much(sale, [one for one in truth.receipts.records if one.order == sale.order]):
            yield "its order was fulfilled by hand twice", sale.order


def fulfilled_twice(truth: Truth, payments: Sequence[Payment]) -> int:
    """Count the orders for which both hooks were called.

    Payments and receipts have stores of their own, and a prompt and money by hand that come at the very same moment do
    not see each other. The shop ships such an order once all the same, because its books add up what comes in.
    """
    moneys: dict[str | None, list[Payment | Receipt]] = defaultdict(list)
    for payment in payments:
        moneys[payment.order].append(payment)
    for receipt in truth.receipts.records:
        moneys[receipt.order].append(receipt)
    return sum(_is_too_much(Sale(number), moneys[Sale(number).order]) for number in range(len(truth.plans)))


def _is_too_much(sale: Sale, moneys: Iterable[Payment | Receipt]) -> bool:
    """Tell whether the shop was told of money after other money had paid all."""
    told = [one for one in moneys if one.succeeded_at is not None and not one.is_second]
    in_time = sorted(told, key=lambda one: one.succeeded_at or one.created_at)
    return sum(Decimal(one.amount or 0) for one in in_time[:-1]) >= sale.amount


def _of_a_receipt(receipt: Receipt, truth: Truth) -> Iterator[tuple[str, str]]:
    number, key = receipt.number, receipt.key
    money = truth.money.get(number)
    if money is None:
        if receipt.is_success:
            yield "it was received, and nobody has paid it", number
        return
    waits = receipt.needs_attention and not receipt.refund_due
    if not receipt.is_success or waits or receipt.next_check_at is not None:
        yield f"it was paid, and is {receipt.status}, still open, or waits for a person", number
    sale = sale_of(money)
    plan = truth.plans[sale.number]
    if receipt.conflicts and not plan.contradicts:
        yield f"its conflicts are {sorted(receipt.conflicts)}", number
    if receipt.amount != money.amount and f"amount={plain_amount(money.amount)}" not in receipt.conflicts:
        yield "its amount is another one, and nobody knows", number
    whose = truth.asked_for.get(number)
    if receipt.payment != whose or (whose is None and receipt.order != sale.order):
        yield "it belongs to another payment or order", number
    stored = truth.receipts
    written, booked, told = stored.successes[key], stored.fulfilled[key], stored.notified[key] > 0
    once = receipt.succeeded_at is not None
    # Where a prompt pays all at the same moment, it is booked, and then the shop hears that it is due back instead.
    may_be_untold = not once or receipt.is_second
    if (written, booked) != (once, once) or (told and not once) or not (told or may_be_untold):
        yield f"its match was written {written} times, booked {booked} times, told: {told}", number


def _of_a_payment(payment: Payment, stored: Stored[Payment]) -> Iterator[tuple[str, str]]:
    key = payment.key
    told = stored.successes[key], stored.fulfilled[key], bool(stored.notified[key])
    if told != ((1, 1, True) if payment.counts else (0, 0, False)):
        yield f"a payment succeeded {told[0]} times, was booked {told[1]} times, told: {told[2]}", key
    # A person has decided about a payment that came while money by hand for its order was under review.
    unexplained = payment.conflicts - {"paid_by_hand=under review"}
    if payment.next_check_at is not None or payment.needs_review or unexplained:
        yield "a payment is still open, or has a conflict", key


def _of_lost_messages(truth: Truth) -> Iterator[tuple[str, str]]:
    keys = {receipt.number: receipt.key for receipt in truth.receipts.records}
    for number, times in truth.confirmed.items():
        if len(truth.receipts.callbacks.get(keys.get(number, ""), ())) < times:
            yield "a confirmation was answered and is not stored", number
    for key, callbacks in truth.receipts.callbacks.items():
        if key and any(callback.note is None for callback in callbacks):
            yield "a confirmation is stored and was never booked", key
    for report in truth.reports:
        for part in ("payments", "receipts"):
            if report[part]["failed"]:
                yield f"reconcile failed at {report[part]['failed']} {part}", ""
