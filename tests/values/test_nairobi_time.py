"""Times are written and read in Nairobi time, and a time without a zone is refused."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.api.stk.push import stk_timestamp
from daraja.values.nairobi_time import EAT, from_eat_digits, read_time

zones = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(timezone)
instants = st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 31), timezones=zones)  # noqa: DTZ001 - the zone is drawn


class Undecided(tzinfo):
    """A zone that does not know how far it is from UTC."""

    def utcoffset(self, _when: datetime | None, /) -> timedelta | None:
        return None

    def tzname(self, _when: datetime | None, /) -> str | None:
        return None

    def dst(self, _when: datetime | None, /) -> timedelta | None:
        return None


@given(instants)
def test_an_instant_comes_back_to_the_second(instant: datetime) -> None:
    digits = stk_timestamp(instant)
    assert (len(digits), digits.isdecimal()) == (14, True)
    back = from_eat_digits(digits)
    assert back.utcoffset() == timedelta(hours=3)
    assert timedelta(0) <= instant - back < timedelta(seconds=1)
    assert stk_timestamp(back) == digits


@pytest.mark.parametrize(
    ("instant", "digits"),
    [
        (datetime(2026, 11, 23, 21, 5, 9, tzinfo=UTC), "20261124000509"),
        (datetime(2026, 11, 24, 0, 5, 9, 999_999, tzinfo=EAT), "20261124000509"),
        (datetime(2025, 12, 31, 20, 59, 59, tzinfo=UTC), "20251231235959"),
        (datetime(2025, 12, 31, 21, 0, 0, tzinfo=UTC), "20260101000000"),
        (datetime(2024, 2, 28, 23, 0, 0, tzinfo=timezone(timedelta(hours=-5))), "20240229070000"),
    ],
)
def test_nairobi_is_three_hours_ahead_all_year(instant: datetime, digits: str) -> None:
    assert stk_timestamp(instant) == digits
    assert from_eat_digits(digits) == instant.replace(microsecond=0)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 24, 10, 0),  # noqa: DTZ001 - that is what is refused
        datetime(2026, 11, 24, 10, 0, tzinfo=Undecided()),
        "20261124100000",
        1_795_000_000,
        None,
    ],
)
def test_a_time_without_a_zone_is_refused(instant: object) -> None:
    with pytest.raises(ValueError, match=r"no zone; use datetime\.now\(UTC\)"):
        stk_timestamp(cast("datetime", instant))


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "2026112410000",
        "202611241000000",
        "20261324100000",
        "20260230100000",
        "20261124250000",
        "20261124106000",
        "20261124100060",
        "00000000000000",
        "2026-11-241000",
        " 2026112410000",
        "2026112410000\n",
        "٢٠٢٦١١٢٤١٠٠٠٠٠",
        "2026112410000²",
        pytest.param("9" * 100_000, id="enormous"),
    ],
)
def test_a_value_that_is_not_a_time_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_eat_digits(digits)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (20261123101544, "2026-11-23T10:15:44+03:00"),
        ("20261123101544", "2026-11-23T10:15:44+03:00"),
        (" 20261123101544\n", "2026-11-23T10:15:44+03:00"),
        ("23.11.2026 10:15:44", "2026-11-23T10:15:44+03:00"),
        ("23-11-2026 10:15", "2026-11-23T10:15:00+03:00"),
        ("23/11/2026  10:15:44", "2026-11-23T10:15:44+03:00"),
        ("23.11.2026", "2026-11-23T00:00:00+03:00"),
        ("2026-11-23", "2026-11-23T00:00:00+03:00"),
        ("2026-11-23 10:15:44", "2026-11-23T10:15:44+03:00"),
        ("2026-11-23T10:15", "2026-11-23T10:15:00+03:00"),
        ("2026-11-23T10:15:44.5", "2026-11-23T10:15:44.500000+03:00"),
        ("2026-11-23T10:15:44Z", "2026-11-23T13:15:44+03:00"),
        ("2026-11-23T10:15:44+01:00", "2026-11-23T12:15:44+03:00"),
    ],
)
def test_every_way_of_writing_a_time_is_read(written: object, read: str) -> None:
    moment = read_time(written)
    assert moment is not None
    assert moment.isoformat() == read


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "yesterday", True, 5, 2026.0, [], "2026112310154", "20261323101544", "20261123256000", "²" * 14),
        *("32.11.2026 10:15:44", "11.23.2026", "2026-11-31", "0001-01-01T00:00:00+14:00", "10:15:44", "2026-11-23T"),
        *("9999-12-31T23:59:59-12:00", "٢٠٢٦١١٢٣١٠١٥٤٤", pytest.param(10**5_000, id="huge")),
    ],
)
def test_a_text_that_is_not_a_time_is_none(written: object) -> None:
    assert read_time(written) is None


@given(st.text() | st.integers() | st.none())
def test_any_value_gives_a_nairobi_time_or_none(written: object) -> None:
    moment = read_time(written)
    assert moment is None or moment.utcoffset() == timedelta(hours=3)
