"""Caps hold for several processes, and for a connection that breaks behind the commit."""

from collections import Counter
from collections.abc import Generator
from contextlib import closing
from typing import Any, Final

import attrs
import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from daraja.disbursements.caps import Caps
from daraja.disbursements.model import Payout
from daraja.errors import CapReached
from daraja.lifecycle.charges import Charge
from daraja.stores.sql import SqlPayoutStore, SqlStore, StoreFailed
from daraja.testing.store_contract.base import NOON
from daraja.testing.store_contract.payouts import PayoutCase
from tests.stores.sql.together import work_together

CAPS: Final = Caps(per_payout=500, per_day=20_000, per_recipient_day=20_000)
PROCESSES: Final = 4
"""They want to pay 4 times 20 payouts of 500, of which the day has room for 40."""
PROCESS: Final = """
import sys
from contextlib import closing
from daraja.errors import CapReached
from daraja.stores.sql import SqlPayoutStore
from tests.stores.sql.test_caps import charged

with closing(SqlPayoutStore(sys.argv[1])) as store:
    store.load("")
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(20):
        try:
            print(store.insert(charged()).key)
        except CapReached as error:
            print(error.left)
"""


def charged(amount: int = 500, **changes: Any) -> Payout:  # noqa: ANN401 - fields of any type
    """Make a payout that uses up a part of its day."""
    payout = PayoutCase().make_payout(amount=amount, **changes)
    return attrs.evolve(payout, reserved=CAPS.charges(amount, "254712345678", NOON))


def left(store: SqlPayoutStore) -> int:
    """Return what is left of the day."""
    whole = attrs.evolve(charged().reserved[0], amount=CAPS.per_day + 1)
    with pytest.raises(CapReached) as caught:
        store.insert(PayoutCase().make_payout(reserved=(whole,)))
    return caught.value.left


@pytest.fixture
def payouts(url: str) -> Generator[SqlPayoutStore]:
    with closing(SqlStore(url)) as payments:
        payments.create_schema()
        yield SqlPayoutStore(payments)


@pytest.mark.slow
def test_processes_together_pay_what_the_day_has_room_for(payouts: SqlPayoutStore, url: str) -> None:
    told = work_together(PROCESSES, PROCESS, url)

    paid = [key for key in told if len(key) == 32]
    assert Counter(line for line in told if line not in paid) == {"0": 40}
    assert len(paid) == len({key for key in paid if payouts.load(key)}) == 40
    assert left(payouts) == 0


def test_a_failure_on_the_way_gives_back_what_was_charged(payouts: SqlPayoutStore) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("out of paper")

    store = SqlPayoutStore(payouts, on_paid=fails)
    payout = store.insert(PayoutCase().make_payout())
    paid = PayoutCase().next_of(payout, status=Payout.kind.success, succeeded_at=NOON, reserved=charged().reserved)
    entry = PayoutCase().entry_of(payout, paid, became_success=True)
    with pytest.raises(RuntimeError):
        store.swap(payout, paid, entry)

    assert (store.load(payout.key), store.history(payout.key), left(store)) == (payout, [], CAPS.per_day)


def lose_the_answer_to_a_commit(engine: Engine) -> list[None]:
    lost: list[None] = []

    @event.listens_for(engine, "commit")
    def _(connection: Connection) -> None:
        if not lost:
            lost.append(None)
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    return lost


def test_a_payout_is_charged_once_where_the_answer_to_its_commit_is_lost(postgres: str) -> None:
    engine = create_engine(postgres)
    with closing(SqlPayoutStore(engine)) as store:
        store.create_schema()
        assert left(store) == CAPS.per_day
        lost = lose_the_answer_to_a_commit(engine)
        payout = charged()
        assert store.insert(payout) == payout
        assert (len(lost), left(store)) == (1, CAPS.per_day - 500)

        failed = PayoutCase().next_of(payout, reserved=())
        lost = lose_the_answer_to_a_commit(engine)
        assert not store.swap(payout, failed, PayoutCase().entry_of(payout, failed))  # the caller reads it again
        assert store.load(payout.key) == failed
        assert (len(lost), left(store)) == (1, CAPS.per_day)
    engine.dispose()


def test_no_error_of_a_full_cap_names_a_receiver(payouts: SqlPayoutStore) -> None:
    with pytest.raises(CapReached) as caught:
        payouts.insert(PayoutCase().make_payout(reserved=(Charge(cap="per_day", counter="a", amount=2, limit=1),)))

    assert "712345678" not in repr(caught.value) + str(caught.value)
    assert not isinstance(caught.value, StoreFailed)
