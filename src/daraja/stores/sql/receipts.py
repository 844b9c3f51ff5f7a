"""Receipts and expectations in SQLite or PostgreSQL."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from sqlalchemy import URL, Connection, Engine, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from daraja.inbound.expectation import Expectation, columns_of, expectation_of, expectation_or_unreadable
from daraja.inbound.model import Receipt
from daraja.lifecycle.ports import Unreadable
from daraja.lifecycle.record import Account
from daraja.stores.sql.errors import StoreFailed
from daraja.stores.sql.queries import is_of_account, listing, run
from daraja.stores.sql.records import SqlRecords
from daraja.stores.sql.rows import Values, account_values, record_of
from daraja.stores.sql.schema import EXPECTATIONS, RECEIPTS
from daraja.values.secret import hide_locals

OnReceived: TypeAlias = Callable[[Connection, Receipt], object]

_INSERT: Final = {
    "postgresql": postgresql.insert(EXPECTATIONS).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(EXPECTATIONS).on_conflict_do_nothing(),
}
_OF_ACCOUNT: Final = select(EXPECTATIONS).where(is_of_account(EXPECTATIONS))
_BY_REFERENCE: Final = _OF_ACCOUNT.where(EXPECTATIONS.c.compared == bindparam("compared"))
_BY_ORDER: Final = _OF_ACCOUNT.where(EXPECTATIONS.c.order == bindparam("order"))
_NEWEST: Final = _OF_ACCOUNT.order_by(EXPECTATIONS.c.created_at.desc(), EXPECTATIONS.c.compared.desc()).limit(
    bindparam("limit")
)
_BY_KEY: Final = listing(
    select(EXPECTATIONS).where(EXPECTATIONS.c.key > bindparam("after")).order_by(EXPECTATIONS.c.key), EXPECTATIONS
)
_ERASE: Final = update(EXPECTATIONS).where(EXPECTATIONS.c.key == bindparam("erased")).values(metadata="{}")
_RECEIPTS: Final = RECEIPTS.records
_COUNTED: Final = (
    select(_RECEIPTS.c.key, _RECEIPTS.c.facts)
    .where(_RECEIPTS.c.expectation == bindparam("compared"), is_of_account(_RECEIPTS))
    .order_by(_RECEIPTS.c.created_at, _RECEIPTS.c.key)
)


class SqlReceiptStore(SqlRecords[Receipt]):
    """A ``ReceiptStore`` in SQLite or PostgreSQL, for as many threads and processes as you like.

    Args:
        url_or_engine: As for ``SqlStore``. Give the ``SqlStore`` of your payments to share its connections.
        on_received: Called with the connection and the receipt inside the transaction that matches a receipt to its
            expectation or order: what it writes through that connection is written together with the match, exactly
            once for each receipt. It follows the rules of ``on_success`` of ``SqlStore``.

    Raises:
        ConfigurationError: If that is no database we can use, or no function; or, from any method, if its tables are
            missing or of another version.
        StoreFailed: From any method, if the database did not do what it was asked to.
    """

    @hide_locals  # the address has a password
    def __init__(
        self,
        url_or_engine: str | URL | Engine | SqlRecords[Any],  # Any: records of another kind
        /,
        *,
        on_received: OnReceived | None = None,
    ) -> None:
        super().__init__(url_or_engine, RECEIPTS, on_success=on_received)

    def expect(self, expectation: Expectation, /) -> Expectation:
        """See ``ReceiptStore.expect``."""
        account, values = expectation.account, Values(columns_of(expectation))
        self._database.write(lambda connection: run(connection, _INSERT[self._database.dialect], values))
        found = self.expected(expectation.compared, account)
        if found is None and expectation.order is not None:
            found = self.expected_for_order(expectation.order, account)
        if found is None:
            raise StoreFailed("an expectation was refused for another one that cannot be found")
        return found

    def expected(self, compared: str, account: Account, /) -> Expectation | None:
        """See ``ReceiptStore.expected``."""
        values = Values(compared=str(compared), **account_values(account))
        return next(iter(self._read(_BY_REFERENCE, values, _expectation_of)), None)

    def expected_for_order(self, order: str, account: Account, /) -> Expectation | None:
        """See ``ReceiptStore.expected_for_order``."""
        values = Values(order=str(order), **account_values(account))
        return next(iter(self._read(_BY_ORDER, values, _expectation_of)), None)

    def expectations(self, limit: int, account: Account, /) -> Sequence[Expectation | Unreadable]:
        """See ``ReceiptStore.expectations``."""
        return self._read(_NEWEST, Values(limit=limit, **account_values(account)), _expectation_or_unreadable)

    def every_expectation(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[Expectation | Unreadable]:
        """See ``ReceiptStore.every_expectation``."""
        values = Values(limit=limit, after=after or "", **({} if account is None else account_values(account)))
        return self._read(_BY_KEY[account is not None], values, _expectation_or_unreadable)

    def erase_metadata(self, key: str, /) -> None:
        """See ``ReceiptStore.erase_metadata``."""
        self._database.write(lambda connection: run(connection, _ERASE, Values(erased=str(key))))

    def counted(self, compared: str, account: Account, /) -> Sequence[Receipt]:
        """See ``ReceiptStore.counted``."""
        values = Values(compared=str(compared), **account_values(account))
        return self._read(_COUNTED, values, partial(record_of, Receipt))


def _expectation_of(row: Any) -> Expectation:  # noqa: ANN401 - SQLAlchemy does not know a table's columns
    return expectation_of(row, row.created_at)


def _expectation_or_unreadable(row: Any) -> Expectation | Unreadable:  # noqa: ANN401 - as above
    return expectation_or_unreadable(row, row.created_at)
