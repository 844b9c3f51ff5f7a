"""Lists of the records in a store, as rows, with sums by status."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import wraps
from typing import Any, Final, TypeVar, cast

import attrs
import click

from daraja.cli.output import Output
from daraja.disbursements.model import Payout
from daraja.inbound.model import Receipt
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import RecordStore, Unreadable
from daraja.lifecycle.record import Record
from daraja.payments.model import Payment
from daraja.values.nairobi_time import EAT

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_PAGE: Final = 500
_NAMES: Final = ("time", "order", "phone", "amount", "receipt", "to", "product", "reference", "matched")


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Return a day as its midnight in Nairobi."""
    try:
        return None if value is None else datetime.combine(date.fromisoformat(value), time(), EAT)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day; write it like 2026-11-30", ctx, param) from None


@attrs.frozen
class Listing:
    """The records of a store that a person wants to see.

    Args:
        which: Which records.
        limit: The most records to list.
        sums: Whether only the sums are shown.
        unmatched: Whether only money is shown that belongs to nothing.
    """

    which: Filter
    limit: int
    sums: bool
    unmatched: bool = False

    def show(self, output: Output, store: RecordStore[Any], columns: Sequence[str]) -> int:  # Any: any kind
        """Print the records and their sums, and return the exit status."""
        found = list(all_records(store, self.which))
        if self.unmatched:
            found = [one for one in found if isinstance(one, Receipt) and one.is_unmatched]
        if not found:
            output.say("Nothing is stored for this day or choice. Earlier days: --since 2026-11-01")
            return 0
        if not self.sums:
            output.rows((as_row(one) for one in found[: self.limit]), columns)
            if len(found) > self.limit:
                output.say(f"... and {len(found) - self.limit:,} more; see --limit")
            output.blank()
        if self.sums or not output.as_json:
            output.rows(_sums(found), ["status", "count>", "amount>"])
        return 0


def with_listing(statuses: type[StrEnum], /) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Give a command the options that choose records, and the argument ``listing``."""

    def chosen(command: Callable[..., T]) -> Callable[..., T]:
        @click.option("--status", type=click.Choice([str(one) for one in statuses]), help="One status.")
        @click.option("--order", help="The shop's own id of the order.")
        @click.option("--phone", help="The number, in any usual form.")
        @click.option("--receipt", help="The M-Pesa receipt number.")
        @click.option("--since", callback=_day, metavar="DAY", help="The first day in Nairobi, such as 2026-11-30.")
        @click.option("--until", callback=_day, metavar="DAY", help="The last day.")
        @click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="The most rows.")
        @click.option("--sums", is_flag=True, help="Show only the sums.")
        @wraps(command)
        def listing(*, limit: int, sums: bool, **given: Any) -> T:  # noqa: ANN401 - the command's own options
            return command(listing=Listing(_filter_in(given), limit, sums), **given)

        return listing

    return chosen


def _filter_in(given: dict[str, Any]) -> Filter:  # Any: as above
    """Take the options that choose records out of the others."""
    status, order, phone, receipt = (given.pop(name) for name in ("status", "order", "phone", "receipt"))
    since, until = given.pop("since"), given.pop("until")
    if since is None and not (order or phone or receipt or given.get("unmatched")):
        since = datetime.now(EAT).replace(hour=0, minute=0, second=0, microsecond=0)
    return Filter(
        status=status,
        order=order,
        phone=phone,
        receipt=receipt,
        since=since,
        until=until and until + timedelta(days=1),
    )


def all_records(store: RecordStore[R], which: Filter) -> Iterator[R | Unreadable]:
    """Return all records of a list, page by page."""
    last = None
    while page := store.list(which, _PAGE, last):
        yield from page
        last = page[-1].key


def as_row(one: Record | Unreadable) -> dict[str, object]:
    """Return a record of any kind as a row of a table, and of JSON."""
    if isinstance(one, Unreadable):
        return {**dict.fromkeys(_NAMES), "key": one.key, "status": "unreadable", "problem": one.reason}
    return {
        "key": one.key,
        "time": one.created_at,
        **_own(one),
        "status": one.status.value,
        "needs_attention": one.needs_attention,
        "account": one.account.words,
    }


def _own(one: Record) -> dict[str, object]:
    """Return the columns that only one kind has."""
    if isinstance(one, Payment):
        own = {"order": one.order or one.reference, "attempt": one.attempt, "phone": one.phone, "paid": one.paid}
        return {**own, "amount": one.amount, "receipt": one.receipt}
    if isinstance(one, Payout):
        own = {"to": one.receiver, "product": one.product.value, "purpose": one.purpose, "by": one.by}
        return {**own, "amount": one.amount, "receipt": one.receipt or one.transaction_id}
    receipt = cast("Receipt", one)  # there is no other kind
    matched = receipt.order or receipt.expectation or receipt.payment
    own = {"reference": receipt.reference, "phone": receipt.payer, "matched": matched}
    return {**own, "amount": receipt.amount, "receipt": receipt.number}


def _sums(found: Iterable[Record | Unreadable]) -> list[dict[str, object]]:
    count, amount = Counter[str](), defaultdict[str, int | Decimal](int)
    for row in map(as_row, found):
        status, shillings = str(row["status"]), row["amount"]
        count[status] += 1
        amount[status] += shillings if isinstance(shillings, int | Decimal) else 0
    return [{"status": status, "count": count[status], "amount": amount[status]} for status in count]
