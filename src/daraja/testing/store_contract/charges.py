"""The promises about caps: the charges of a record are counted in its write, once, and never above the limit."""

# ruff: noqa: ANN401 - changes are fields of a value, which may be of any type

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

import attrs
import pytest

from daraja.errors import CapReached, Conflict
from daraja.lifecycle.charges import Charge
from daraja.lifecycle.ports import RecordStore
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, R
from daraja.testing.store_contract.races import Race, turns

Result = TypeVar("Result")

_MANY: Final = 50
_FEW: Final = 8
_OFTEN: Final = 10
_LEFT: Final = 60
_MIDNIGHT: Final = NOON + timedelta(hours=12)
_TODAY: Final = Charge(cap="per_day", counter="day 2026-01-15", amount=100, limit=1_000, renews_at=_MIDNIGHT)


def _of(amount: int, **changes: Any) -> dict[str, tuple[Charge, ...]]:
    """Return the change that lets a record use up so much of the day."""
    return {"reserved": (attrs.evolve(_TODAY, amount=amount, **changes),)}


class ChargePromises(Race[R]):
    """The ``charges`` of records in ``insert``, ``swap`` and ``purge``. Its records have them in ``reserved``."""

    def left(self, store: RecordStore[R], **changes: Any) -> int:
        """Return the rest of the day's cap, by asking for more than there is."""
        with pytest.raises(CapReached) as caught:
            self.inserted(store, **_of(1_001, **changes))
        return caught.value.left

    def test_a_new_record_is_counted_up_to_the_limit(self, store: RecordStore[R]) -> None:
        self.inserted(store, **_of(999))
        assert self.left(store) == 1, "what was inserted is counted"
        last = self.inserted(store, **_of(1))
        assert store.load(last.key) == last, "what fits exactly is written"
        assert self.left(store) == 0, "and nothing is left then"

    def test_a_record_beyond_the_limit_is_not_written_and_the_error_says_what_is_left(
        self, store: RecordStore[R]
    ) -> None:
        self.inserted(store, **_of(700))
        record = self.make_record(idempotency_key="attempt 1", **_of(301))
        with pytest.raises(CapReached) as caught:
            store.insert(record)
        error = caught.value
        assert (error.cap, error.limit, error.left) == ("per_day", 1_000, 300), "the error names the cap and its rest"
        assert error.renews_at == _MIDNIGHT, "and when it renews"
        assert store.load(record.key) is None, "nothing was written"
        fits = self.make_record(idempotency_key="attempt 1", **_of(300))
        assert store.insert(fits) == fits, "the idempotency key is free"

    def test_where_one_of_two_counters_is_full_neither_counts(self, store: RecordStore[R]) -> None:
        other = attrs.evolve(_TODAY, cap="per_recipient_and_day", counter="day 2026-01-15 to A", limit=50)
        both = (attrs.evolve(_TODAY, amount=60), attrs.evolve(other, amount=60))
        for reserved in (both, both[::-1]):
            with pytest.raises(CapReached, match="per_recipient_and_day"):
                self.inserted(store, reserved=reserved)
        assert self.left(store) == 1_000, "the other cap is as it was"

    def test_a_swap_counts_and_gives_back_the_difference(self, store: RecordStore[R]) -> None:
        record = self.swapped(store, self.inserted(store), **_of(400))
        assert self.left(store) == 600, "what a swap adds is counted"
        record = self.swapped(store, record, checks=1)
        assert self.left(store) == 600, "what stays is not counted again"
        record = self.swapped(store, record, **_of(500))
        assert self.left(store) == 500, "a larger charge is counted for what it adds"
        self.swapped(store, record, reserved=())
        assert self.left(store) == 1_000, "what is taken away is given back"

    def test_a_swap_beyond_the_limit_writes_nothing(self, store: RecordStore[R]) -> None:
        self.inserted(store, **_of(700))
        old = self.inserted(store)
        callback = self.recorded(store, key=old.key)
        new = self.next_of(old, **self.named("AG_1"), **_of(301))
        with pytest.raises(CapReached):
            store.swap(old, new, self.entry_of(old, new, callback_id=callback.id))
        assert store.load(old.key) == old, "the record stays as it was"
        assert self.found(store, "AG_1") is None, "its id is not taken"
        assert list(store.history(old.key)) == [], "nothing was written into the history"
        assert list(store.unprocessed(9)) == [callback], "the callback stays unprocessed"
        assert self.left(store) == 300, "and nothing was counted"

    def test_a_swap_that_is_lost_counts_nothing_and_gives_nothing_back(self, store: RecordStore[R]) -> None:
        old = self.inserted(store, **_of(400))
        self.swapped(store, old, checks=1)
        for change in (_of(500), {"reserved": ()}):
            late = self.next_of(old, **change)
            assert not store.swap(old, late, self.entry_of(old, late)), "a swap of an older version is False"
        assert self.left(store) == 600, "the counter is as the winner left it"

    def test_what_is_given_back_twice_is_given_back_once(self, store: RecordStore[R]) -> None:
        self.inserted(store, **_of(100))
        old = self.inserted(store, **_of(400))
        new = self.next_of(old, reserved=())
        swaps = [store.swap(old, new, self.entry_of(old, new)) for _ in range(3)]
        assert swaps == [True, False, False], "one swap is written"
        assert self.left(store) == 900, "and gives back once"

    def test_money_that_has_moved_is_counted_also_beyond_the_limit(self, store: RecordStore[R]) -> None:
        old = self.inserted(store, **_of(900))
        self.swapped(store, old, **_of(1_100, limit=None))
        self.inserted(store, **_of(2_000, limit=None, counter="day 2026-01-16"))
        assert self.left(store) == 0, "a charge without a limit is counted"
        assert self.left(store, counter="day 2026-01-16") == 0, "also if it is the first"

    def test_each_account_and_counter_has_its_own_sum(self, store: RecordStore[R]) -> None:
        self.inserted(store, **_of(1_000))
        for changes in ({"shortcode": ANOTHER_ACCOUNT.shortcode}, {"environment": "sandbox"}, {"tenant": "a shop"}):
            self.inserted(store, **changes, **_of(1_000))
        self.inserted(store, **_of(1_000, counter="day 2026-01-16"))
        assert self.left(store) == 0, "and none of them reaches another one's"

    def test_an_insert_that_writes_nothing_counts_nothing(self, store: RecordStore[R]) -> None:
        first = self.inserted(store, idempotency_key="attempt 1", **self.named("AG_1"), **_of(100))
        assert store.insert(self.make_record(idempotency_key="attempt 1", **_of(100))) == first, "the earlier record"
        with pytest.raises(Conflict):
            store.insert(self.make_record(**self.named("AG_1"), **_of(100)))
        with pytest.raises(Conflict):
            store.insert(self.make_record(key=first.key, **_of(100)))
        assert self.left(store) == 900, "only the one that was written is counted"

    def test_counters_are_purged_once_they_have_renewed(self, store: RecordStore[R]) -> None:
        lasting = {"cap": "refunds", "counter": "refunds of UAF1AAAAAA", "renews_at": None}
        self.inserted(store, **_of(100))
        self.inserted(store, **_of(100, **lasting))
        store.purge(_MIDNIGHT, 9)
        assert self.left(store) == 900, "a counter of today stays"
        store.purge(_MIDNIGHT + timedelta(days=1), 9, ANOTHER_ACCOUNT)
        assert self.left(store) == 900, "and so does that of another account"
        store.purge(_MIDNIGHT + timedelta(seconds=1), 9)
        assert self.left(store) == 1_000, "a counter of yesterday is gone"
        assert self.left(store, **lasting) == 900, "one that never renews stays"

    def test_of_many_who_want_the_last_shilling_one_has_it(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        self.inserted(store, **_of(999))
        records = [self.make_record(**_of(1)) for _ in range(_MANY)]
        together = zip(turns(store, another_store), records, strict=False)
        got = self.run([partial(unless_full, partial(one.insert, record)) for one, record in together])
        winners = [record for record in got if record is not None]
        assert len(winners) == 1, "one caller has it, all others hear that the cap is reached"
        assert [store.load(record.key) for record in records if store.load(record.key)] == winners, "and it is there"
        self.swapped(store, winners[0], reserved=())
        assert self.left(store) == 1, "and may give it back"

    def test_callers_who_ask_again_and_again_get_what_there_is_and_no_more(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        self.inserted(store, **_of(1_000 - _LEFT))

        def ask(one: RecordStore[R]) -> int:
            got = [unless_full(partial(one.insert, self.make_record(**_of(1)))) for _ in range(_OFTEN)]
            return sum(record is not None for record in got)

        # Their connections are open once they come to the last shilling, which they reach at the same moment.
        together = zip(turns(store, another_store), range(_FEW), strict=False)
        assert sum(self.run([partial(ask, one) for one, _ in together])) == _LEFT, "each shilling is given once"
        assert self.left(store) == 0, "and all are counted"

    def test_of_many_swaps_as_many_win_as_the_caps_have_room_for(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        olds = [self.inserted(store) for _ in range(_MANY)]

        def send(one: RecordStore[R], old: R, number: int) -> bool | None:
            # Half of them name their counters in the other order: no two may wait for each other.
            whom = attrs.evolve(_TODAY, counter=f"day 2026-01-15 to {number % 2}", limit=400)
            new = self.next_of(old, reserved=(_TODAY, whom)[:: 1 if number % 4 < 2 else -1])
            return unless_full(partial(one.swap, old, new, self.entry_of(old, new)))

        together = zip(turns(store, another_store), olds, range(_MANY), strict=False)
        sent = self.run([partial(send, *turn) for turn in together])
        assert Counter(sent) == Counter({True: 8, None: _MANY - 8}), "each of two recipients has room for four"
        assert self.left(store) == 200, "and the day has counted all of them"


def unless_full(work: Callable[[], Result], /) -> Result | None:
    """Do *work*, and return None if a cap has no room for it."""
    try:
        return work()
    except CapReached:
        return None
