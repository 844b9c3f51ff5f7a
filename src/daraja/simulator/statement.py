"""The account statement of the organisation portal, in its 13 columns."""

import csv
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Final

from daraja.simulator.ledger import Account, Entry, Ledger
from daraja.values.nairobi_time import EAT

_COLUMNS: Final = (
    "Receipt No.",
    "Completion Time",
    "Initiation Time",
    "Details",
    "Transaction Status",
    "Paid In",
    "Withdrawn",
    "Balance",
    "Balance Confirmed",
    "Reason Type",
    "Other Party Info",
    "Linked Transaction ID",
    "A/C No.",
)


def statement(ledger: Ledger, shortcode: str, account: Account, now: datetime) -> str:
    """Export one account as the portal does: four lines above the header, the newest row first, totals at the end.

    Args:
        ledger: The accounts.
        shortcode: Whose account.
        account: Which account.
        now: When the export is made.
    """
    entries = ledger.entries(shortcode, account)
    first = entries[0].transaction.initiated_at if entries else now
    written = StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(["Organization Name:", f"Business {shortcode}"])
    rows.writerow(["Short Code:", shortcode])
    rows.writerow(["Time Period:", f"From {_time(first)} To {_time(now)}"])
    rows.writerow([])
    rows.writerow(_COLUMNS)
    rows.writerows(_row(entry, shortcode) for entry in reversed(entries))
    paid_in = sum((entry.amount for entry in entries if entry.amount > 0), Decimal(0))
    withdrawn = sum((entry.amount for entry in entries if entry.amount < 0), Decimal(0))
    rows.writerow(["Total", "", "", "", "", _money(paid_in), _money(withdrawn)])
    return written.getvalue()


def _row(entry: Entry, shortcode: str) -> list[str]:
    transaction = entry.transaction
    other = transaction.debit if transaction.credit.number == shortcode else transaction.credit
    return [
        transaction.receipt,
        _time(transaction.finalised_at or transaction.initiated_at),
        _time(transaction.initiated_at),
        entry.details,
        transaction.status,
        _money(entry.amount) if entry.amount > 0 else "",
        _money(entry.amount) if entry.amount < 0 else "",
        _money(entry.balance),
        "true",
        entry.details,
        str(other),
        transaction.linked,
        transaction.reference,
    ]


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(EAT):%Y-%m-%d %H:%M:%S}"
