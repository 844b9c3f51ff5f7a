"""Payouts in SQLite or PostgreSQL."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import URL, Connection, Engine

from daraja.disbursements.model import Payout
from daraja.lifecycle.record import Account
from daraja.stores.sql.records import SqlRecords
from daraja.stores.sql.rows import Values, account_values
from daraja.stores.sql.schema import PAYOUTS
from daraja.values.secret import hide_locals

__all__ = ["SqlPayoutStore"]

OnPaid: TypeAlias = Callable[[Connection, Payout], object]


class SqlPayoutStore(SqlRecords[Payout]):
    """A ``PayoutStore`` in SQLite or PostgreSQL, in tables of its own. ``SqlStore`` describes what both have.

    The caps hold for all threads and processes: a payout is written as pending in one transaction with its part of
    them.

    Args:
        url_or_engine: The address, an ``Engine`` of your own, or the ``SqlStore`` of your payments, whose connections
            are shared then.
        on_paid: Called with the connection and the payout inside the transaction that makes a payout paid, as
            ``on_success`` is for a payment.

    Raises:
        ConfigurationError: If that is no database we can use, or no function; or, from any method, if its tables are
            missing or of another version.
        StoreFailed: From any method, if the database did not do what it was asked to.
        ImportError: If psycopg is missing for PostgreSQL.
    """

    @hide_locals  # the address has a password
    def __init__(
        self,
        url_or_engine: str | URL | Engine | SqlRecords[Any],  # Any: records of another kind
        /,
        *,
        on_paid: OnPaid | None = None,
    ) -> None:
        super().__init__(url_or_engine, PAYOUTS, on_success=on_paid, hook="on_paid")
        self._refunds: Final = self._statements.alike("refunds", by="created_at")

    def refunds(self, receipt: str, account: Account, /) -> Sequence[Payout]:
        """See ``PayoutStore.refunds``."""
        return self._all(self._refunds, Values(refunds=receipt, **account_values(account)))
