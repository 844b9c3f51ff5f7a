"""Payments and payouts in SQLite or PostgreSQL."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import URL, Connection, Engine

from daraja.disbursements.model import Payout
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.stores.sql.records import SqlRecords
from daraja.stores.sql.rows import Values, account_values
from daraja.stores.sql.schema import PAYMENTS, PAYOUTS
from daraja.values.secret import hide_locals

OnSuccess: TypeAlias = Callable[[Connection, Payment], object]
OnPaid: TypeAlias = Callable[[Connection, Payout], object]


class SqlStore(SqlRecords[Payment]):
    """A ``PaymentStore`` in SQLite or PostgreSQL, for as many threads and processes as you like.

    A new SQLite database gets its tables when it is first used, in a file that nobody else may read (mode 0600). For
    any other call ``create_schema`` once, or make migrations from ``daraja.stores.sql.metadata``. Nothing is opened
    before it is used.

    Args:
        url_or_engine: The address, such as ``sqlite:///payments.db`` or ``postgresql://user:password@host/database``;
            or a SQLAlchemy ``Engine`` of your own, whose time-outs are yours then; or another store of this module,
            whose connections are shared. In an address, write ``%40`` for an ``@`` in the password. A relative path is
            that of the folder in which the store is made.
        on_success: Called with the connection and the payment inside the transaction that makes a payment a success:
            what it writes through that connection is written together with the success, exactly once. If it raises,
            nothing is written, its exception reaches the caller, and the callback is kept to be tried again. It must
            not commit, must not use this store, and should be quick. Give it in every process that opens the database,
            the one that reconciles too: a success that one without it finds is never fulfilled.
        on_refund_due: Called in the same way inside the transaction that makes a payment one whose refund is due, as
            another payment had paid its order already.

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
        on_success: OnSuccess | None = None,
        on_refund_due: OnSuccess | None = None,
    ) -> None:
        super().__init__(url_or_engine, PAYMENTS, on_success=on_success, on_refund_due=on_refund_due)
        self._attempts: Final = self._statements.alike("order", by="attempt")

    def attempts(self, order: str, account: Account, /) -> Sequence[Payment]:
        """See ``PaymentStore.attempts``."""
        return self._all(self._attempts, Values(order=order, **account_values(account)))


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
