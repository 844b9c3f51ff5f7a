"""Times are written and read as UTC, also where the database keeps no zones."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import sqlite as dialect

from daraja.lifecycle.ports import ReceivedCallback
from daraja.stores.sql import SqlStore, StoreFailed
from daraja.stores.sql.tables import UtcTime
from tests.stores.sql.samples import a_callback, new_payment

NAIROBI = timezone(timedelta(hours=3))
zones = st.timezones() | st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001 - Hypothesis wants them naive


@given(moments)
def test_a_time_is_read_as_the_same_instant_in_utc(moment: datetime) -> None:
    column, instant = UtcTime(), moment.astimezone(UTC)
    kept = column.process_bind_param(moment, dialect.dialect())
    assert kept is not None
    assert (kept, kept.utcoffset()) == (instant, timedelta(0))
    for read in (kept, kept.replace(tzinfo=None), kept.astimezone(NAIROBI)):
        found = column.process_result_value(read, dialect.dialect())
        assert found is not None
        assert (found, found.utcoffset()) == (instant, timedelta(0))


def test_none_stays_none() -> None:
    assert UtcTime().process_bind_param(None, dialect.dialect()) is None
    assert UtcTime().process_result_value(None, dialect.dialect()) is None


def test_a_time_without_a_zone_is_refused(store: SqlStore) -> None:
    nobody_knows_where = datetime(2026, 1, 15, 12)  # noqa: DTZ001 - wrong on purpose
    with pytest.raises(StoreFailed, match="has no zone"):
        store.due(nobody_knows_where, 1)


def test_sqlite_keeps_times_as_text_that_sorts(sqlite: str) -> None:
    noon = datetime(2026, 1, 15, 12, tzinfo=NAIROBI)
    with closing(SqlStore(sqlite)) as store:
        store.insert(new_payment(created_at=noon))
        store.insert(new_payment(created_at=noon + timedelta(microseconds=1)))
    with closing(sqlite3.connect(sqlite.removeprefix("sqlite:///"))) as connection:
        found = connection.execute("SELECT created_at FROM daraja_payments ORDER BY created_at").fetchall()
    assert found == [("2026-01-15 09:00:00.000000",), ("2026-01-15 09:00:00.000001",)]


def test_postgresql_keeps_times_with_their_zone(postgres: str) -> None:
    noon = datetime(2026, 1, 15, 12, tzinfo=NAIROBI)
    engine = create_engine(postgres)
    store = SqlStore(engine)  # whose sessions are not in UTC
    store.create_schema()
    payment = store.insert(new_payment(created_at=noon))
    store.record(a_callback(payment, received_at=noon))
    with engine.connect() as connection:
        told = connection.scalar(text("SELECT to_char(created_at AT TIME ZONE 'UTC', 'HH24:MI') FROM daraja_payments"))
        assert (told, connection.scalar(text("SHOW timezone"))) == ("09:00", "Africa/Nairobi")
    (found,) = store.unprocessed(1)
    assert isinstance(found, ReceivedCallback)
    assert (found.received_at, found.received_at.utcoffset()) == (noon, timedelta(0))
    engine.dispose()
