"""Times are written and read in Nairobi time, and a time without a zone is refused."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.values.nairobi_time import EAT, from_eat_digits, to_eat_digits

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
    digits = to_eat_digits(instant)
    assert (len(digits), digits.isdecimal()) == (14, True)
    back = from_eat_digits(digits)
    assert back.utcoffset() == timedelta(hours=3)
    assert timedelta(0) <= instant - back < timedelta(seconds=1)
    assert to_eat_digits(back) == digits


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
    assert to_eat_digits(instant) == digits
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
        to_eat_digits(cast("datetime", instant))


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
def test_a_value_that_is_no_time_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_eat_digits(digits)
