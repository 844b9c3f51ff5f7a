"""Payments, payouts and receipts in a database: SQLite in a file, or PostgreSQL. It needs the extra ``sql``."""

try:
    import sqlalchemy as sqlalchemy
except ImportError as missing:
    raise ImportError('daraja.stores.sql needs SQLAlchemy; install it with: pip install "daraja-kit[sql]"') from missing

from daraja.stores.sql.errors import StoreFailed
from daraja.stores.sql.receipts import SqlReceiptStore
from daraja.stores.sql.schema import metadata
from daraja.stores.sql.store import SqlPayoutStore, SqlStore

__all__ = ["SqlPayoutStore", "SqlReceiptStore", "SqlStore", "StoreFailed", "metadata"]
