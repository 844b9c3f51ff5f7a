"""Password and Timestamp are as in Daraja's documentation, and always of the same second."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import stk_password, stk_timestamp
from daraja.values.nairobi_time import EAT
from daraja.values.secret import Secret
from tests.support.leaks import everything_shown

PASSKEY: Final = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
"""The sandbox's, which is public."""
HIDDEN: Final = "a-passkey-nobody-may-see"

zones = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(timezone)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001 - the zone is drawn


def test_the_password_is_the_one_in_daraja_s_documentation() -> None:
    printed = (
        "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkx"
        "OTIwMTYwMjE2MTY1NjI3"
    )
    instant = datetime(2016, 2, 16, 16, 56, 27, tzinfo=EAT)
    assert b64decode(printed).decode() == f"174379{PASSKEY}20160216165627"
    assert stk_password("174379", PASSKEY, instant) == printed
    assert stk_password("174379", Secret(PASSKEY), instant) == printed
    assert stk_timestamp(instant) == "20160216165627"


@given(instants, st.from_regex(r"[0-9]{5,7}", fullmatch=True), st.from_regex(r"[!#-&(-_a-~]{1,100}", fullmatch=True))
def test_password_and_timestamp_of_an_instant_always_agree(instant: datetime, shortcode: str, passkey: str) -> None:
    password = stk_password(shortcode, passkey, instant)
    assert b64decode(password, validate=True).decode() == f"{shortcode}{passkey}{stk_timestamp(instant)}"


@pytest.mark.parametrize(
    ("instant", "timestamp"),
    [
        (datetime(2026, 11, 23, 20, 59, 59, 999_999, tzinfo=UTC), "20261123235959"),
        (datetime(2026, 11, 23, 21, 0, 0, tzinfo=UTC), "20261124000000"),
        (datetime(2026, 12, 31, 21, 0, 0, 1, tzinfo=UTC), "20270101000000"),
    ],
)
def test_at_the_edge_of_a_second_both_are_on_the_same_side(instant: datetime, timestamp: str) -> None:
    assert stk_timestamp(instant) == timestamp
    assert stk_password("174379", "abc", instant) == b64encode(f"174379abc{timestamp}".encode()).decode()


def test_a_time_without_a_zone_is_refused_and_the_passkey_not_shown() -> None:
    naive = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001 - that is what is refused
    with pytest.raises(ValueError, match="no zone"):
        stk_timestamp(naive)
    with pytest.raises(ValueError, match="no zone") as caught:
        stk_password("174379", HIDDEN, naive)
    assert HIDDEN not in everything_shown(caught.value)


@pytest.mark.parametrize(
    "passkey",
    [
        f"{HIDDEN}\n",
        f" {HIDDEN}",
        f"{HIDDEN}\x00",
        f"{HIDDEN}\u200b",
        f"{HIDDEN}é",
        f"{HIDDEN}\udc80",
        Secret(f"{HIDDEN}\n"),
        HIDDEN.encode(),
        [HIDDEN],
        "",
        None,
    ],
)
def test_a_passkey_that_cannot_be_right_is_refused_and_not_shown(passkey: object) -> None:
    with pytest.raises(ValueError, match=r"passkey: ") as caught:
        stk_password("174379", cast("str", passkey), datetime.now(UTC))
    assert HIDDEN not in everything_shown(caught.value)
