"""Each kind of database, empty."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from daraja.stores.sql import SqlStore


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
