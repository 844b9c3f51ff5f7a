"""The result of a chaos run as a table."""

from collections import Counter
from collections.abc import Iterator, Mapping

from daraja import Payment
from tests.chaos.invariants import Truth, attempts_by_order, lost
from tests.chaos.outcome import Outcome

__all__ = ["lines", "summary"]


def summary(after: Outcome[Truth, Payment]) -> str:
    """Count payments by status, attempts of an order, results of ``charge``, and faults."""
    ends = Counter(payment.status.value for payment in after.stored.records)
    only_queried = sum(payment.paid and payment.receipt is None for payment in after.stored.records)
    orders = attempts_by_order(after.stored).values()
    attempts = Counter(f"{len(payments)} attempts" for payments in orders)
    said = Counter(word for words in after.truth.notified.values() for word in words)
    heading = f"seed {after.seed}: {len(after.stored.records):,} payments in {after.seconds:.0f} s"
    tables: Mapping[str, Mapping[str, int]] = {
        "Status of the payments": {
            **ends,
            "success without receipt, because no callback arrived": only_queried,
            "unconfirmed, because neither answer nor callback arrived": len(lost(after.truth, after.stored)),
        },
        "Orders, by the number of their attempts": attempts,
        "Results of charge": said,
        "Faults, and how often they happened": after.faults_played,
        "Errors in workers without a kill": after.errors,
    }
    return "\n".join([heading, *(line for title, table in tables.items() for line in lines(title, table))])


def lines(title: str, table: Mapping[str, int]) -> Iterator[str]:
    """Write a table."""
    yield f"\n{title}"
    for name, times in sorted(table.items()):
        yield f"  {times:>7,}  {name}"
