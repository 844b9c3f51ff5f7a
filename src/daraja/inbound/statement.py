"""The account statement of the organisation portal: its rows, and the proof that none is missing or changed.

Each row shows the balance after it, so the balances form a chain: a balance is the one before it, plus what was paid
in, less what was withdrawn. A row that was changed or left out breaks the chain. Two things the chain cannot prove, and
only the totals at the end of the file can: the amount of the oldest row, and that no row is missing at the two ends.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import attrs

from daraja.errors import StatementBroken
from daraja.values.nairobi_time import EAT
from daraja.values.party import Party
from daraja.values.secret import mask_numbers

_COMPLETED: Final = "completed"
_OUT_OF_ORDER: Final = timedelta(minutes=1)
"""How much older a row may be than the one before it, since M-Pesa completes several payments in one second."""
_DAY: Final = timedelta(days=1)


def _masked(text: str | None) -> str:
    return repr(text and mask_numbers(text))


@attrs.frozen(kw_only=True)
class StatementRow:
    """A row of a statement.

    Args:
        number: Its place in the file; the first row of the file is 1.
        receipt: M-Pesa's receipt number. A payment and its charge share one, so it does not name a row.
        completed_at: When it was completed, in Nairobi's time.
        details: M-Pesa's words, often with a phone number; masked in reprs.
        status: M-Pesa's word for what became of it, such as ``Completed``.
        paid_in: KES that came in, exactly.
        withdrawn: KES that went out, exactly; never below zero.
        balance: KES on the account after it; None on some rows that moved nothing.
        reason: M-Pesa's words for its kind, such as ``Pay Bill Online``; None if the file has no such column.
        other_party: Who paid or was paid; None if the file has no such column.
        linked: The receipt of another payment that it belongs to, such as the one that it reverses; None for none.
        account: What the payer typed as account; None for none.
    """

    number: int
    receipt: str
    completed_at: datetime
    details: str = attrs.field(repr=_masked)
    status: str
    paid_in: Decimal
    withdrawn: Decimal
    balance: Decimal | None
    reason: str | None = None
    other_party: Party | None = None
    linked: str | None = None
    account: str | None = attrs.field(default=None, repr=_masked)

    @property
    def is_completed(self) -> bool:
        """Whether the money moved."""
        return self.status.casefold() == _COMPLETED

    @property
    def moved(self) -> Decimal:
        """Its amount in KES; below zero for money that went out."""
        return self.paid_in - self.withdrawn


@attrs.frozen(kw_only=True)
class Statement:
    """A statement whose chain of balances is whole. ``read_statement`` reads one.

    Args:
        rows: All rows, the oldest first.
        organisation: Whose account, in M-Pesa's words; None if the file does not say.
        shortcode: The shortcode of the account; None if the file does not say.
        since: The beginning of the period that the file names; None for none.
        until: The end of that period.
        has_totals: Whether the totals at the end of the file were there and right. They prove that no row is missing
            at either end.
    """

    rows: Sequence[StatementRow] = attrs.field(converter=tuple[StatementRow, ...])
    organisation: str | None = None
    shortcode: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    has_totals: bool = False

    @property
    def completed(self) -> Sequence[StatementRow]:
        """The rows that moved money, the oldest first."""
        return [row for row in self.rows if row.is_completed]

    @property
    def received(self) -> Sequence[StatementRow]:
        """The rows that brought money in and whose amounts are proved, the oldest first.

        The amount of the oldest row of a file is proved only by totals.
        """
        completed = self.completed
        return [row for row in (completed if self.has_totals else completed[1:]) if row.paid_in > 0]

    @property
    def receipts(self) -> frozenset[str]:
        """The receipt numbers under which exactly one row of ``received`` stands, since one row settles one entry."""
        counted = Counter(row.receipt for row in self.received)
        return frozenset(receipt for receipt, count in counted.items() if count == 1)

    def covers(self, since: datetime, until: datetime, /) -> bool:
        """Tell whether all that happened between two times is in the statement.

        The rows prove what lies between the first and the last of them. The period that the file names counts only
        with totals, because a person may have deleted rows at an end.

        Args:
            since: The beginning, a time with a zone.
            until: The end, a time with a zone.
        """
        if self.has_totals and self.since is not None and self.until is not None:
            return self.since <= since and until <= self.until
        completed = self.completed
        return bool(completed) and completed[0].completed_at < since and until < completed[-1].completed_at

    def covers_day(self, day: date, /) -> bool:
        """Tell whether all of *day* in Nairobi is in the statement."""
        midnight = datetime.combine(day, time(), EAT)
        return self.covers(midnight, midnight + _DAY - timedelta(seconds=1))


def chained(rows: Sequence[StatementRow], /) -> Sequence[StatementRow]:
    """Return the rows in the order of their balances, which form a chain, the oldest first.

    The portal writes the newest row first. A person may have sorted the file by time, which leaves open the order of
    rows of the same second.

    Args:
        rows: The rows as they stand in the file.

    Raises:
        StatementBroken: If there is no such order. The row is the one where the best order breaks.
    """
    newest_first = rows[::-1]
    by_time = [sorted(order, key=lambda row: row.completed_at) for order in (newest_first, rows)]
    furthest: tuple[int, StatementBroken] | None = None
    for order in (newest_first, rows, *by_time):
        broken = _first_break(order)
        if broken is None:
            return order
        if furthest is None or broken[0] > furthest[0]:
            furthest = broken
    assert furthest is not None  # noqa: S101 - there are four orders
    raise furthest[1]


def _first_break(order: Iterable[StatementRow]) -> tuple[int, StatementBroken] | None:
    """Return how many rows are right, and what is wrong with the next one; None if all are right."""
    before: StatementRow | None = None
    completed = (row for row in order if row.is_completed)
    for count, row in enumerate(completed):
        if row.balance is None:
            return count, StatementBroken(row.number, "it is completed and shows no balance")
        if before is not None and before.balance is not None:
            if before.balance + row.moved != row.balance:
                words = f"its balance does not follow from that of row {before.number}; a row is missing or was changed"
                return count, StatementBroken(row.number, words)
            if row.completed_at < before.completed_at - _OUT_OF_ORDER:
                words = f"its time is before that of row {before.number}; day and month may have been swapped"
                return count, StatementBroken(row.number, words)
        before = row
    return None
