"""The promises about orders: attempts are numbered, and one at most is open and one at most has paid."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from daraja.errors import Conflict
from daraja.payments.model import Payment, Status
from daraja.stores import PaymentStore
from daraja.testing.store_contract.base import NOON, PaymentCase
from daraja.testing.store_contract.races import Race, turns

_MANY = 50
_FEW = 8


class OrderPromises(PaymentCase, Race[Payment]):
    """``attempts``, and the values that ``insert`` and ``swap`` keep unique among the attempts of an order."""

    def test_the_attempts_of_an_order_are_listed_by_number(self, store: PaymentStore) -> None:
        second = self.inserted(store, order="ORD-1", attempt=2, status=Status.FAILED)
        first = self.inserted(store, order="ORD-1", attempt=1, status=Status.FAILED)
        self.inserted(store, order="ORD-2", attempt=1)
        self.inserted(store)
        assert list(store.attempts("ORD-1", first.account)) == [first, second], "the first attempt comes first"
        assert list(store.attempts("ord-1", first.account)) == [], "another order differs by one letter"
        assert list(store.attempts("", first.account)) == [], "a payment without an order is no attempt of any"

    @pytest.mark.parametrize(
        "changes", [{"shortcode": "600222"}, {"environment": "sandbox"}, {"tenant": "another shop"}]
    )
    def test_each_account_has_its_own_orders(self, store: PaymentStore, changes: dict[str, str]) -> None:
        ours = self._paid(store, self.inserted(store, order="ORD-1", attempt=1))
        theirs = self._paid(store, self.inserted(store, order="ORD-1", attempt=1, **changes))
        assert list(store.attempts("ORD-1", ours.account)) == [ours], "an account sees its own attempts only"
        assert list(store.attempts("ORD-1", theirs.account)) == [theirs], "an account sees its own attempts only"

    def test_a_second_open_attempt_is_not_written(self, store: PaymentStore) -> None:
        first = self.inserted(store, order="ORD-1", attempt=1)
        second = self.make_payment(order="ORD-1", attempt=2)
        assert store.insert(second) == first, "insert gives the attempt that is open"
        assert store.load(second.key) is None, "and writes nothing"

    @pytest.mark.parametrize("status", [Status.INITIATED, Status.UNCONFIRMED])
    def test_an_attempt_stays_open_until_safaricom_has_decided(self, store: PaymentStore, status: Status) -> None:
        first = self.swapped(store, self.inserted(store, order="ORD-1", attempt=1), status=status)
        assert store.insert(self.make_payment(order="ORD-1", attempt=2)) == first, "insert gives the attempt as it is"

    @pytest.mark.parametrize("status", [Status.TIMEOUT, Status.FAILED])
    def test_a_closed_attempt_makes_room_for_the_next(self, store: PaymentStore, status: Status) -> None:
        first = self.swapped(store, self.inserted(store, order="ORD-1", attempt=1), status=status)
        second = self.inserted(store, order="ORD-1", attempt=2)
        assert list(store.attempts("ORD-1", first.account)) == [first, second], "both are written"
        late = self.swapped(store, first, status=Status.SUCCESS)
        assert store.load(first.key) == late, "a success that comes late is written beside an open attempt"

    def test_a_number_is_given_once(self, store: PaymentStore) -> None:
        first = self.swapped(store, self.inserted(store, order="ORD-1", attempt=1), status=Status.FAILED)
        second = self.make_payment(order="ORD-1", attempt=1)
        assert store.insert(second) == first, "insert gives the attempt with that number"
        assert store.load(second.key) is None, "and writes nothing"

    def test_payments_without_an_order_stand_beside_each_other(self, store: PaymentStore) -> None:
        payments = [self._paid(store, self.inserted(store)) for _ in range(2)]
        assert [store.load(one.key) for one in payments] == payments, "both are written"

    def test_a_second_success_cannot_count(self, store: PaymentStore) -> None:
        first = self._paid(store, self._failed(store, 1))
        second = self._failed(store, 2)
        callback = self.recorded(store, key=second.key)
        paid = self.next_of(second, **_PAID)
        with pytest.raises(Conflict, match=first.key):
            store.swap(second, paid, self.entry_of(second, paid, callback_id=callback.id))
        assert store.load(second.key) == second, "nothing was written"
        assert list(store.history(second.key)) == [], "nothing was written into the history"
        assert list(store.unprocessed(9)) == [callback], "the callback stays unprocessed"
        refund = self.next_of(paid, is_second=True, version=second.version + 1)
        assert store.swap(second, refund, self.entry_of(second, refund)), "a success that does not count is written"
        assert list(store.need_attention(9)) == [refund], "and a person has to look at it"

    def test_a_success_that_counts_no_more_makes_room_for_another(self, store: PaymentStore) -> None:
        first = self._paid(store, self._failed(store, 1))
        self.swapped(store, first, is_second=True)
        second = self._paid(store, self._failed(store, 2))
        assert store.load(second.key) == second, "the other success counts now"

    def test_a_success_that_counts_may_change(self, store: PaymentStore) -> None:
        first = self._paid(store, self._failed(store, 1))
        again = self.swapped(store, first, notified_at=NOON)
        assert store.load(first.key) == again, "it does not collide with itself"

    def test_of_many_inserts_of_one_attempt_one_is_written(
        self, store: PaymentStore, another_store: PaymentStore
    ) -> None:
        payments = [self.make_payment(order="ORD-1", attempt=1) for _ in range(_MANY)]
        given = self.run(
            [partial(one.insert, payment) for one, payment in zip(turns(store, another_store), payments, strict=False)]
        )
        assert len({payment.key for payment in given}) == 1, "all callers get the same attempt"
        assert list(store.attempts("ORD-1", given[0].account)) == given[:1], "and that is the only one"

    def test_of_many_open_attempts_with_other_numbers_one_is_written(
        self, store: PaymentStore, another_store: PaymentStore
    ) -> None:
        payments = [self.make_payment(order="ORD-1", attempt=number + 1) for number in range(_MANY)]
        given = self.run(
            [partial(one.insert, payment) for one, payment in zip(turns(store, another_store), payments, strict=False)]
        )
        assert len({payment.key for payment in given}) == 1, "all callers get the same attempt"
        assert list(store.attempts("ORD-1", given[0].account)) == given[:1], "and that is the only one"

    def test_of_many_successes_of_one_order_one_counts(self, store: PaymentStore, another_store: PaymentStore) -> None:
        payments = [self._failed(store, number + 1) for number in range(_FEW)]

        def pay(one: PaymentStore, old: Payment) -> bool:
            paid = self.next_of(old, **_PAID)
            try:
                return one.swap(old, paid, self.entry_of(old, paid, became_success=True))
            except Conflict:
                return False

        together = zip(turns(store, another_store), payments, strict=False)
        counted = self.run([partial(pay, one, payment) for one, payment in together])
        assert sum(counted) == 1, "one is written, for all others it is a conflict"
        found = [payment.counts for payment in store.attempts("ORD-1", payments[0].account)]
        assert found == counted, "and that one counts"

    def _failed(self, store: PaymentStore, number: int) -> Payment:
        return self.inserted(store, order="ORD-1", attempt=number, status=Status.FAILED)

    def _paid(self, store: PaymentStore, payment: Payment) -> Payment:
        return self.swapped(store, payment, **_PAID)


_PAID: Mapping[str, Any] = {"status": Status.SUCCESS, "succeeded_at": NOON}  # Any: fields of any type
