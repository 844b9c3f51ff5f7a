"""Each kind of database: a new one for a test, or one that is made once for many tests and emptied for each."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
import pytest
from sqlalchemy import Engine, create_engine, delete

from daraja.stores.sql import SqlStore, metadata
from daraja.stores.sql.schema import schema
from tests.support.real.plugin import lent
from tests.support.real.server import Server, Unavailable


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Give the address of a database in a file that is not there yet."""
    return f"sqlite:///{tmp_path}/payments.db"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database, of each kind in turn."""
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def store(url: str) -> Generator[SqlStore]:
    """Give a store with its tables made."""
    with closing(SqlStore(url)) as store:
        store.create_schema()
        yield store


@attrs.frozen
class Shared:
    """A database that many tests share, because it takes long to make its tables.

    Args:
        url: Its address.
        engine: An engine, as an application has one.
        payments: A store that stays open.
        others: Another one, as another process has it.
    """

    url: str
    engine: Engine
    payments: SqlStore
    others: SqlStore


@contextmanager
def _opened(url: str) -> Generator[Shared]:
    with closing(SqlStore(url)) as payments, closing(SqlStore(url)) as others:
        payments.create_schema()
        engine = create_engine(url)
        yield Shared(url, engine, payments, others)
        engine.dispose()


@pytest.fixture(scope="session")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shared]:
    with _opened(f"sqlite:///{tmp_path_factory.mktemp('shared')}/payments.db") as shared:
        yield shared


@pytest.fixture(scope="session")
def shared_postgres(request: pytest.FixtureRequest, postgres_server: Server | Unavailable) -> Generator[Shared]:
    for url in lent(request, "postgres", postgres_server):
        with _opened(url) as shared:
            yield shared


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request: pytest.FixtureRequest) -> Shared:
    """Give the shared database of each kind in turn, emptied."""
    shared: Shared = request.getfixturevalue(f"shared_{request.param}")
    with shared.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table is not schema:
                connection.execute(delete(table))
    return shared
