"""The statement has the portal's columns, and its balances chain."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from daraja.simulator import Account, Band, Transaction
from daraja.simulator.ledger import Ledger, customer, organisation
from daraja.simulator.statement import statement

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COLUMNS = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No."
)
US = organisation("600111", Account.UTILITY)
PAYER = customer("254712345678")


def ledger() -> Ledger:
    made = Ledger({"600111": {Account.UTILITY: 1_000}}, {"stk": [Band(5_000, 5)]})
    for receipt, product, debit, credit, linked in (
        ("UKN1", "stk", PAYER, US, ""),
        ("UKN2", "b2c", US, PAYER, ""),
        ("UKN3", "reversal", US, PAYER, "UKN1"),
    ):
        paid = Transaction(
            receipt=receipt,
            product=product,
            reason="Pay Bill Online",
            amount=1_500,
            debit=debit,
            credit=credit,
            initiated_at=NOW,
            reference="INV 7",
            linked=linked,
        )
        made.complete(paid, NOW + timedelta(seconds=5))
    return made


def rows_of(account: Account) -> list[dict[str, str]]:
    lines = statement(ledger(), "600111", account, NOW).splitlines()
    assert lines[:2] == ["Organization Name:,Business 600111", "Short Code:,600111"]
    assert lines[4] == COLUMNS
    return list(csv.DictReader(lines[4:-1]))


def test_the_newest_row_is_first_and_each_balance_follows_from_the_one_before() -> None:
    rows = rows_of(Account.UTILITY)
    assert [row["Receipt No."] for row in rows] == ["UKN3", "UKN2", "UKN1"]
    balance = Decimal(1_000)
    for row in reversed(rows):
        paid_in, withdrawn, shown = (
            Decimal(row[name].replace(",", "") or "0") for name in ("Paid In", "Withdrawn", "Balance")
        )
        balance += paid_in + withdrawn
        assert shown == balance
    assert rows[0] == {
        "Receipt No.": "UKN3",
        "Completion Time": "2026-11-23 15:00:05",
        "Initiation Time": "2026-11-23 15:00:00",
        "Details": "Pay Bill Online",
        "Transaction Status": "Completed",
        "Paid In": "",
        "Withdrawn": "-1,500.00",
        "Balance": "-500.00",
        "Balance Confirmed": "true",
        "Reason Type": "Pay Bill Online",
        "Other Party Info": str(PAYER),
        "Linked Transaction ID": "UKN1",
        "A/C No.": "INV 7",
    }


def test_a_charge_has_the_receipt_of_what_it_was_charged_for() -> None:
    (row,) = rows_of(Account.CHARGES)
    assert (row["Receipt No."], row["Details"], row["Withdrawn"]) == ("UKN1", "Pay Bill Online Charge", "-5.00")


def test_the_totals_are_at_the_end() -> None:
    last = next(csv.reader([statement(ledger(), "600111", Account.UTILITY, NOW).splitlines()[-1]]))
    assert last == ["Total", "", "", "", "", "1,500.00", "-3,000.00"]


def test_an_account_without_rows_has_an_empty_statement() -> None:
    assert rows_of(Account.MERCHANT) == []
