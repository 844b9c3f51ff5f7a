"""What became of the day, as a table."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.chaos.chaos import Aftermath
from tests.chaos.verdict import lost

__all__ = ["tally"]


def tally(after: Aftermath) -> str:
    """Count the payments by what became of them, what ``start`` said, and every trouble."""
    ends = Counter(payment.status.value for payment in after.books.payments)
    only_queried = sum(payment.paid and payment.receipt is None for payment in after.books.payments)
    said = Counter(word for words in after.truth.told.values() for word in words)
    heading = f"seed {after.seed}: {len(after.books.payments):,} payments in {after.seconds:.0f} s"
    tables: Mapping[str, Mapping[str, int]] = {
        "What became of them": {
            **ends,
            "success without receipt, as no callback arrived": only_queried,
            "unconfirmed, as neither answer nor callback arrived": len(lost(after.truth, after.books)),
        },
        "What start said": said,
        "What went wrong, and how often": after.troubles,
        "What failed in a worker of itself": after.stumbles,
    }
    return "\n".join([heading, *(line for title, table in tables.items() for line in _lines(title, table))])


def _lines(title: str, table: Mapping[str, int]) -> Iterator[str]:
    yield f"\n{title}"
    for name, times in sorted(table.items()):
        yield f"  {times:>7,}  {name}"
