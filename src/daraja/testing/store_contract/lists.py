"""The promises about the lists: of payments that are due, and of those that need a person."""

# ruff: noqa: ANN401 - changes are fields of any type

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from daraja.payments.model import Payment, Resolution, Status
from daraja.stores import PaymentStore
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, StoreCase

__all__ = ["ListPromises"]

_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


class ListPromises(StoreCase):
    """``due`` and ``need_attention``."""

    def test_a_payment_is_due_at_its_moment_and_after_and_not_before(self, store: PaymentStore) -> None:
        payment = self.inserted(store, next_check_at=NOON)
        assert list(store.due(NOON - _INSTANT, 9)) == [], "nothing is due a microsecond before its moment"
        assert list(store.due(NOON, 9)) == [payment], "a payment is due at its moment"
        assert list(store.due(NOON + _SECOND, 9)) == [payment], "a payment stays due after its moment"
        east = (NOON - _INSTANT).astimezone(timezone(timedelta(hours=3)))
        assert list(store.due(east, 9)) == [], "the zone in which it is asked makes no difference"

    def test_a_payment_without_a_next_check_is_never_due(self, store: PaymentStore) -> None:
        self.inserted(store, next_check_at=None)
        assert list(store.due(NOON.replace(year=9998).astimezone(UTC), 9)) == [], "no moment is never due"

    def test_a_payment_is_due_no_more_once_it_was_moved(self, store: PaymentStore) -> None:
        leased, settled = self.inserted(store, next_check_at=NOON), self.inserted(store, next_check_at=NOON)
        self.swapped(store, leased, next_check_at=NOON + _SECOND)
        self.swapped(store, settled, next_check_at=None)
        assert list(store.due(NOON, 9)) == [], "what was put off or settled is not due"

    def test_the_longest_due_come_first_and_not_more_than_asked_for(self, store: PaymentStore) -> None:
        times = [NOON - number * _SECOND for number in (3, 11, 2, 5)]
        payments = {at: self.inserted(store, next_check_at=at) for at in times}
        in_order = [payments[at] for at in sorted(times)]
        assert list(store.due(NOON, 9)) == in_order, "the longest due come first"
        assert list(store.due(NOON, 2)) == in_order[:2], "a limit leaves the others out"

    def test_each_account_has_its_own_due_payments(self, store: PaymentStore) -> None:
        mine, theirs, elsewhere = self._of_three_accounts(store, next_check_at=NOON)
        assert list(store.due(NOON, 9, mine.account)) == [mine], "an account sees its own payments only"
        assert list(store.due(NOON, 9, theirs.account)) == [theirs], "an account sees its own payments only"
        assert list(store.due(NOON, 9, elsewhere.account)) == [elsewhere], "so does another environment of it"
        keys = {payment.key for payment in store.due(NOON, 9)}
        assert keys == {mine.key, theirs.key, elsewhere.key}, "without an account everybody's are given"
        assert len(store.due(NOON, 2, mine.account)) == 1, "the payments of others fill no place"

    @pytest.mark.parametrize(
        "changes", [{"conflicts": frozenset({"amount=499"})}, {"status": Status.UNCONFIRMED}], ids=str
    )
    def test_what_a_person_has_to_look_at_is_listed_until_they_have(
        self,
        store: PaymentStore,
        changes: dict[str, Any],  # Any: the fields of a payment
    ) -> None:
        payment = self.inserted(store)
        assert list(store.need_attention(9)) == [], "a payment in good order is not listed"
        payment = self.swapped(store, payment, **changes)
        assert list(store.need_attention(9)) == [payment], "a payment that needs attention is listed"
        decision = Resolution(paid=False, note="", by="Otieno", at=NOON, conflicts=payment.conflicts)
        self.swapped(store, payment, resolution=decision)
        assert list(store.need_attention(9)) == [], "a payment that was looked at is not listed"

    def test_the_oldest_that_need_attention_come_first(self, store: PaymentStore) -> None:
        times = [NOON - number * _SECOND for number in (3, 11, 2, 5)]
        payments = {at: self.inserted(store, created_at=at, status=Status.UNCONFIRMED) for at in times}
        in_order = [payments[at] for at in sorted(times)]
        assert list(store.need_attention(9)) == in_order, "the oldest come first"
        assert list(store.need_attention(2)) == in_order[:2], "a limit leaves the others out"

    def test_each_account_has_its_own_that_need_attention(self, store: PaymentStore) -> None:
        mine, theirs, elsewhere = self._of_three_accounts(store, status=Status.UNCONFIRMED)
        assert list(store.need_attention(9, mine.account)) == [mine], "an account sees its own payments only"
        assert list(store.need_attention(9, theirs.account)) == [theirs], "an account sees its own payments only"
        assert list(store.need_attention(9, elsewhere.account)) == [elsewhere], "so does another environment of it"
        keys = {payment.key for payment in store.need_attention(9)}
        assert keys == {mine.key, theirs.key, elsewhere.key}, "without an account everybody's are given"

    def _of_three_accounts(self, store: PaymentStore, **changes: Any) -> list[Payment]:
        shortcode = ANOTHER_ACCOUNT.shortcode
        others = [{}, {"shortcode": shortcode}, {"environment": "sandbox"}]
        return [self.inserted(store, **changes, **other) for other in others]
