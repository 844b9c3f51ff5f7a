"""Each kind of database: a new one for a test, or one that is made once for a module and emptied for each test."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, delete

from daraja.stores.sql import SqlStore, metadata
from daraja.stores.sql.schema import schema
from tests.support.real.plugin import lent


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


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Give the address of a database, of each kind in turn, whose tables are made once for the tests of a module."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('shared')}/payments.db"
    else:
        yield from lent(request, "postgres", request.getfixturevalue("postgres_server"))


@pytest.fixture(scope="module")
def shared_engine(shared_url: str) -> Generator[Engine]:
    """Make the tables of the shared database."""
    with closing(SqlStore(shared_url)) as store:
        store.create_schema()
    engine = create_engine(shared_url)
    yield engine
    engine.dispose()


@pytest.fixture
def emptied(shared_url: str, shared_engine: Engine) -> str:
    """Empty the shared database for a test, and give its address."""
    with shared_engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table is not schema:
                connection.execute(delete(table))
    return shared_url
