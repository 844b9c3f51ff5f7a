"""The promises about pages of payments, by what they are looked for."""

from datetime import timedelta

import pytest

from daraja.lifecycle.filter import Filter
from daraja.payments.model import Status
from daraja.stores import PaymentStore
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, PaymentCase

__all__ = ["ListingPromises"]

_SECOND = timedelta(seconds=1)


class ListingPromises(PaymentCase):
    """``list`` and ``count_due``."""

    def test_a_list_shows_the_newest_first(self, store: PaymentStore) -> None:
        times = [NOON + number * _SECOND for number in (3, 11, 2, 5)]
        payments = {at: self.inserted(store, created_at=at) for at in times}
        newest_first = [payments[at] for at in sorted(times, reverse=True)]
        assert list(store.list(Filter(), 9)) == newest_first, "the newest come first"
        assert list(store.list(Filter(), 2)) == newest_first[:2], "a limit leaves the others out"

    def test_pages_follow_each_other_without_a_gap_and_without_repetition(self, store: PaymentStore) -> None:
        payments = [self.inserted(store, created_at=NOON + number // 3 * _SECOND) for number in range(8)]
        in_order = sorted(payments, key=lambda payment: (payment.created_at, payment.key), reverse=True)
        listed = list(store.list(Filter(), 3))
        while page := store.list(Filter(), 3, listed[-1].key):
            listed += page
            self.inserted(store, created_at=NOON + timedelta(days=1))  # a new one on the first page moves no other page
        assert list(store.list(Filter(), 3, "0" * 32)) == [], "after an unknown key there is nothing"
        assert listed == in_order, "of payments of the same time, the one with the highest key comes first"

    @pytest.mark.parametrize(
        ("which", "shown"),
        [
            (Filter(status="success"), {"paid"}),
            (Filter(status="failed"), set[str]()),
            (Filter(since=NOON + _SECOND), {"paid", "elsewhere"}),
            (Filter(until=NOON + _SECOND), {"open"}),
            (Filter(since=NOON, until=NOON + 2 * _SECOND), {"open", "paid"}),
            (Filter(phone="0722 000 000"), {"paid"}),
            (Filter(receipt=" uaf1aaaaaa "), {"paid"}),
            (Filter(account=ANOTHER_ACCOUNT), {"elsewhere"}),
            (Filter(account=ANOTHER_ACCOUNT, status="success"), set[str]()),
            (Filter(status="pending", phone="0712345678"), {"open", "elsewhere"}),
        ],
        ids=[
            "status",
            "a status that none has",
            "since",
            "until",
            "since and until",
            "phone",
            "receipt",
            "account",
            "account and status",
            "status and phone",
        ],
    )
    def test_a_filter_limits_the_list(self, store: PaymentStore, which: Filter, shown: set[str]) -> None:
        later, latest = NOON + _SECOND, NOON + 2 * _SECOND
        paid = {"status": Status.SUCCESS, "phone": "254722000000", "receipt": "UAF1AAAAAA", "created_at": later}
        there = {
            self.inserted(store).key: "open",
            self.inserted(store, **paid).key: "paid",
            self.inserted(store, created_at=latest, shortcode=ANOTHER_ACCOUNT.shortcode).key: "elsewhere",
        }
        assert {there[one.key] for one in store.list(which, 9)} == shown, "a list shows what the filter names"
        assert [one.key for one in store.list(which, 9, next(iter(there)))] == [], "the oldest is the last"

    def test_a_list_shows_a_payment_as_it_is_now(self, store: PaymentStore) -> None:
        payment = self.inserted(store)
        after = self.swapped(store, payment, status=Status.SUCCESS, receipt="UAF1AAAAAA")
        assert list(store.list(Filter(status="pending"), 9)) == [], "its status has changed"
        assert list(store.list(Filter(status="success", receipt="UAF1AAAAAA"), 9)) == [after], "and so has its receipt"

    def test_the_payments_that_are_due_are_counted(self, store: PaymentStore) -> None:
        for number in range(3):
            self.inserted(store, next_check_at=NOON + number * _SECOND)
        mine = self.inserted(store, next_check_at=NOON, shortcode=ANOTHER_ACCOUNT.shortcode)
        self.inserted(store, next_check_at=None)
        assert store.count_due(NOON - _SECOND) == 0, "none is due yet"
        assert store.count_due(NOON + _SECOND) == 3, "without an account everybody's are counted"
        assert store.count_due(NOON + _SECOND, mine.account) == 1, "an account counts its own only"
