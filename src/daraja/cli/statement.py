"""The command ``statement``: an account statement, compared with the store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from daraja.cli.listing import as_row
from daraja.cli.output import Output, with_output
from daraja.cli.shop import Shop, with_shop
from daraja.inbound.statement import StatementRow
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import RecordStore
from daraja.statement import read_statement


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_shop
@with_output
def statement(*, output: Output, shop: Shop, file: Path) -> int:
    """Read an account statement of the portal (csv, xls, xlsx).

    It checks that no row is missing. With a store, it names the order, payout or
    receipt of each row; the exit status is 1 if a row belongs to nothing.
    """
    stores: dict[str, RecordStore[Any]] = {}  # Any: records of three kinds
    if shop.is_named:
        stores = {kind: shop.store(kind) for kind in shop.kinds}
    found = read_statement(file)
    rows = [_row(row, stores) for row in found.completed]
    output.rows(rows, ["time", "receipt", "paid_in>", "withdrawn>", "belongs_to"])
    output.blank()
    output.say(f"{len(rows)} rows. Their balances follow from each other, so none is missing between them.")
    if not found.has_totals:
        output.say("The file has no totals, so rows may be missing at its ends.")
    strays = sum(row["belongs_to"] is None for row in rows) if stores else 0
    if strays:
        output.say(f"Rows that belong to nothing in the store: {strays}.")
    return int(strays > 0)


def _row(row: StatementRow, stores: Mapping[str, RecordStore[Any]]) -> dict[str, object]:  # Any: as above
    owners = [
        f"{kind.removesuffix('s')} {own.get('order') or own.get('matched') or own['key']}"
        for kind, store in stores.items()
        for own in map(as_row, store.list(Filter(receipt=row.receipt), 1))
    ]
    return {
        "time": row.completed_at,
        "receipt": row.receipt,
        "paid_in": row.paid_in or None,
        "withdrawn": row.withdrawn or None,
        "belongs_to": owners[0] if owners else None,
        "details": row.details,
        "balance": row.balance,
    }
