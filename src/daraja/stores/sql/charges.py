"""Counters of caps: charged in the transaction that writes the record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Connection, Insert, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from daraja.lifecycle.charges import Charge
from daraja.lifecycle.record import Account
from daraja.stores.sql.queries import is_of_account, run
from daraja.stores.sql.rows import Values, account_values


class Charges:
    """The counters of one kind of record.

    Args:
        table: Their table.
        dialect: The name of the database's dialect.
    """

    def __init__(self, table: Table, dialect: str) -> None:
        self._add: Final = _add(table, dialect)
        self._read: Final = select(table.c.amount).where(table.c.counter == bindparam("counter"), is_of_account(table))
        purge = delete(table).where(table.c.renews_at < bindparam("before"))
        self._purge: Final = {False: purge, True: purge.where(is_of_account(table))}

    def add(self, connection: Connection, account: Account, charges: Iterable[Charge], /) -> None:
        """Add *charges* to their counters, whose rows stay locked until the transaction ends.

        Raises:
            CapReached: If one does not fit under its limit. The transaction has to be rolled back then.
        """
        for charge in charges:
            place = Values(counter=charge.counter, **account_values(account))
            values = Values(place, amount=charge.amount, charge_limit=charge.limit, renews_at=charge.renews_at)
            if not charge.exceeds(0) and run(connection, self._add, values).rowcount == 1:
                continue
            raise charge.refusal(run(connection, self._read, place).scalar() or 0)

    def purge(self, connection: Connection, before: datetime, account: Account | None) -> None:
        """Delete the counters in whose place a new one began before *before*."""
        run(connection, self._purge[account is not None], Values(before=before, **account_values(account)))


def _add(table: Table, dialect: str) -> Insert:
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    limit = bindparam("charge_limit", type_=BigInteger)
    amount = table.c.amount + statement.excluded.amount
    # One statement that reads and writes: of two transactions the second waits here for the first.
    added = statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={"amount": amount}, where=limit.is_(None) | (amount <= limit)
    )
    return added.execution_options(preserve_rowcount=True)
