"""Caps count by Nairobi's days, and name nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from daraja.disbursements.caps import Caps, refund_charges
from daraja.errors import CapReached, InvalidInput

CAPS = Caps(per_payout=20_000, per_day=300_000, per_recipient_day=40_000)
NOON = datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_a_payout_is_counted_for_its_day_and_for_its_recipient_on_that_day() -> None:
    day, recipient = CAPS.charges(500, "254712345678", NOON)

    assert (day.cap, day.counter, day.amount, day.limit) == ("per_day", "day 2026-11-30", 500, 300_000)
    assert (recipient.cap, recipient.amount, recipient.limit) == ("per_recipient_day", 500, 40_000)
    assert recipient.counter.startswith("day 2026-11-30 to ")
    assert "712345678" not in repr((day, recipient))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 30, 20, 59, 59, tzinfo=UTC), "day 2026-11-30"),
        (datetime(2026, 11, 30, 21, tzinfo=UTC), "day 2026-12-01"),
    ],
)
def test_a_day_begins_at_midnight_in_nairobi(at: datetime, day: str) -> None:
    (first, _) = CAPS.charges(500, "254712345678", at)

    assert first.counter == day
    assert first.renews_at is not None
    assert timedelta(0) < first.renews_at - at <= timedelta(days=1)


def test_two_recipients_have_two_counters_and_one_has_one_a_day() -> None:
    counters = {
        CAPS.charges(500, whom, at)[1].counter
        for whom in ("254712345678", "254712345679")
        for at in (NOON, NOON + timedelta(hours=1), NOON + timedelta(days=1))
    }

    assert len(counters) == 4


def test_a_payout_above_its_own_cap_is_refused_at_once() -> None:
    with pytest.raises(CapReached) as caught:
        CAPS.charges(20_001, "254712345678", NOON)

    assert (caught.value.cap, caught.value.left, caught.value.renews_at) == ("per_payout", 20_000, None)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "500", True, None, 10**12])
def test_a_cap_is_a_whole_amount(wrong: object) -> None:
    with pytest.raises(InvalidInput, match="per_day"):
        Caps(per_payout=1, per_day=wrong, per_recipient_day=1)  # type: ignore[arg-type]  # that is the test


def test_a_refund_is_counted_against_what_was_paid_and_takes_the_one_open_place() -> None:
    money, place = refund_charges("UAF1AAAAAA", 200, 500)

    assert (money.counter, money.amount, money.limit) == ("refunds of UAF1AAAAAA", 200, 500)
    assert (place.counter, place.amount, place.limit) == ("open refund of UAF1AAAAAA", 1, 1)
