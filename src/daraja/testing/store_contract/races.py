"""The promises about races: of many threads that want the same at the same time, one wins and all others know."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from threading import Barrier
from typing import Final, TypeVar

import attrs

from daraja.errors import Conflict
from daraja.lifecycle.ports import RecordStore
from daraja.testing.store_contract.base import R, RecordCase

Result = TypeVar("Result")
Store = TypeVar("Store")

_MANY: Final = 50
_FEW: Final = 8
_PATIENCE: Final = 60


class Race(RecordCase[R]):
    """Many threads that begin together."""

    def run(self, works: Sequence[Callable[[], Result]]) -> list[Result]:
        """Do all *works* at the same time, and return their results."""
        together = Barrier(len(works))

        def begin(work: Callable[[], Result]) -> Result:
            together.wait(_PATIENCE)
            return self.in_thread(work)

        with ThreadPoolExecutor(len(works)) as pool:
            return [running.result(_PATIENCE) for running in [pool.submit(begin, work) for work in works]]


class RacePromises(Race[R]):
    """Any method, at the same time; half of the threads use ``another_store``."""

    def test_of_many_inserts_with_one_idempotency_key_one_is_written(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        records = [self.make_record(idempotency_key="attempt 1") for _ in range(_MANY)]
        given = self.run(
            [partial(one.insert, record) for one, record in zip(turns(store, another_store), records, strict=False)]
        )
        assert len({record.key for record in given}) == 1, "all callers get the same record"
        there = [record for record in records if store.load(record.key)]
        assert there == given[:1], "and that is the only one that was written"

    def test_of_many_inserts_with_one_key_one_is_written(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        first = self.make_record()
        records = [attrs.evolve(first, checks=number + 1) for number in range(_MANY)]
        self._one_wins(store, another_store, records)

    def test_of_many_inserts_with_one_id_one_is_written(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        records = [self.make_record(**self.named("ws_CO_1")) for _ in range(_MANY)]
        winner = self._one_wins(store, another_store, records)
        assert self.found(store, "ws_CO_1") == winner, "and is found by it"

    def test_of_many_swaps_of_one_version_one_is_written(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        old = self.inserted(store)
        news = [self.next_of(old, checks=number + 1) for number in range(_MANY)]
        entries = [self.entry_of(old, new, event=f"event {new.checks}") for new in news]
        together = zip(turns(store, another_store), news, entries, strict=False)
        won = self.run([partial(one.swap, old, new, entry) for one, new, entry in together])
        assert Counter(won) == Counter({True: 1, False: _MANY - 1}), "one caller hears True, all others False"
        place = won.index(True)
        assert store.load(old.key) == news[place], "the record is that of the winner"
        assert list(store.history(old.key)) == [entries[place]], "and so is the history"

    def test_no_change_is_lost_where_everybody_reads_again(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        record = self.inserted(store)

        def count_one_more(one: RecordStore[R]) -> bool:
            old = one.load(record.key) or record
            new = self.next_of(old, checks=old.checks + 1)
            return one.swap(old, new, self.entry_of(old, new))

        def until_it_is_written(one: RecordStore[R]) -> bool:
            # Each time it is lost another one has won, and each of them wins once.
            return any(count_one_more(one) for _ in range(_FEW))

        together = zip(turns(store, another_store), range(_FEW), strict=False)
        written = self.run([partial(until_it_is_written, one) for one, _ in together])
        assert all(written), "a caller who lost a race and reads again wins once all others have won"
        found = self.loaded(store, record)
        assert found.checks == _FEW, "each of the callers has counted once"
        assert len(store.history(record.key)) == _FEW, "and the history has all of them"

    def test_of_two_records_that_take_one_id_one_has_it(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        records = [self.inserted(store) for _ in range(_FEW)]

        def take(one: RecordStore[R], old: R) -> bool | None:
            new = self.next_of(old, **self.named("ws_CO_1"))
            return _unless_refused(partial(one.swap, old, new, self.entry_of(old, new)))

        together = zip(turns(store, another_store), records, strict=False)
        taken = self.run([partial(take, one, record) for one, record in together])
        assert Counter(taken) == Counter({True: 1, None: _FEW - 1}), "one has it, for all others it is a conflict"
        winner = self.loaded(store, records[taken.index(True)])
        assert self.found(store, "ws_CO_1") == winner, "and is found by it"
        assert sum(len(store.history(one.key)) for one in records) == 1, "of the others nothing was written"

    def test_callbacks_that_come_together_are_all_kept(
        self, store: RecordStore[R], another_store: RecordStore[R]
    ) -> None:
        callbacks = [self.make_callback(body=b"%d" % number, key=None) for number in range(_MANY)]
        together = zip(turns(store, another_store), callbacks, strict=False)
        ids = self.run([partial(one.record, callback) for one, callback in together])
        kept = {attrs.evolve(callback, id=its) for callback, its in zip(callbacks, ids, strict=True)}
        assert set(store.unprocessed(2 * _MANY)) == kept, "each is there, with the id that was given for it"

    def _one_wins(self, store: RecordStore[R], another_store: RecordStore[R], records: Sequence[R]) -> R | None:
        together = zip(turns(store, another_store), records, strict=False)
        inserts = [partial(one.insert, record) for one, record in together]
        given = self.run([partial(_unless_refused, insert) for insert in inserts])
        written = [record for record in given if record]
        assert len(written) == 1, "one caller writes, for all others it is a conflict"
        there = [record for record in records if store.load(record.key) == record]
        assert there == written, "and that one is there"
        return written[0]


def turns(store: Store, another_store: Store) -> Iterator[Store]:
    """Give two stores in turn, without an end."""
    return cycle((store, another_store))


def _unless_refused(work: Callable[[], Result]) -> Result | None:
    try:
        return work()
    except Conflict:
        return None
