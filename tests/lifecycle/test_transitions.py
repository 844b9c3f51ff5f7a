"""How a payment moves in a store where others are at work too: read again, written once, told once."""

from datetime import datetime, timedelta

import attrs
import pytest

from daraja import Status
from daraja.errors import Conflict
from daraja.lifecycle.evidence import Evidence, Said, Source, given_up
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.transitions import apply_evidence, check_now, lease, notify, update
from daraja.payments.model import Payment
from daraja.runtime import run
from daraja.stores import MemoryStore
from tests.support.payments import START, a_payment, evidence_of, with_facts
from tests.support.shops import RECEIPT, RacingStore, Shop, a_shop

DENIED = Evidence(source=Source.CALLBACK, said=Said.CANCELLED, at=START, result_code="1032")


def paid(checkout_request_id: str | None = "ws_CO_1") -> Evidence:
    return evidence_of(
        source=Source.CALLBACK, said=Said.PAID, at=START, checkout_request_id=checkout_request_id, receipt=RECEIPT
    )


def shop_with(payment: Payment, store: MemoryStore | None = None) -> Shop:
    shop = a_shop(store=store)
    shop.store.insert(payment)
    return shop


def check(payment: Payment, _: object) -> Payment:
    return attrs.evolve(payment, checks=payment.checks + 1)


# Moving


def test_a_move_is_written_with_its_time_its_version_and_its_history() -> None:
    shop = shop_with(a_payment())
    shop.clock.advance(5)
    transition = run(
        update(a_payment(), check, shop.policy, event="looked", by="Wanjiku", note="to be sure"), shop.office
    )

    after = transition.after
    assert (after.checks, after.version, after.updated_at) == (1, 1, shop.clock.now())
    assert shop.now(after) == after
    assert shop.store.history(after.key) == (
        HistoryEntry(
            key=after.key,
            at=shop.clock.now(),
            event="looked",
            by="Wanjiku",
            note="to be sure",
            before=Status.PENDING,
            after=Status.PENDING,
        ),
    )


def test_what_changes_nothing_is_not_written() -> None:
    shop = shop_with(a_payment())
    transition = run(update(a_payment(), lambda payment, _: payment, shop.policy, event="looked"), shop.office)

    assert transition.before == transition.after == a_payment()
    assert shop.store.history(a_payment().key) == ()


def test_a_lost_race_is_read_again_and_nothing_of_either_is_lost() -> None:
    store = RacingStore()
    shop = shop_with(a_payment(), store)
    store.faster["callback paid"] = lambda: run(apply_evidence(a_payment(), DENIED, shop.policy), shop.office)
    transition = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert transition.before.status is Status.FAILED
    assert transition.became_success
    assert shop.now(a_payment()).version == 3  # cancelled, paid, delivered
    assert shop.events(a_payment()) == ["callback cancelled", "callback paid", "notified"]


def test_whoever_heard_the_same_later_changes_nothing() -> None:
    store = RacingStore()
    shop = shop_with(a_payment(), store)
    store.faster["callback paid"] = lambda: run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)
    transition = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert not transition.changed
    assert not transition.became_success
    assert transition.after.paid
    assert len(shop.told) == 1


def test_a_store_that_loses_every_race_is_given_up_and_blames_no_payment() -> None:
    class Losing(MemoryStore):
        attempts = 0

        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            self.attempts += 1
            return super().swap(attrs.evolve(old, version=-1), new, entry)

    store = Losing()
    shop = shop_with(a_payment(), store)
    with pytest.raises(Conflict, match="lost a race"):
        run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert store.attempts == 50
    assert shop.now(a_payment()) == a_payment()


def test_a_payment_that_is_gone_is_not_waited_for() -> None:
    shop = a_shop()
    with pytest.raises(Conflict, match=a_payment().key):
        run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)


# Ids of others


def test_an_id_that_is_another_payment_s_is_a_conflict_and_fulfils_nothing() -> None:
    owner, claimer = a_payment(), a_payment(key="1" * 32)
    shop = shop_with(owner)
    shop.store.insert(claimer)
    run(apply_evidence(owner, paid(), shop.policy), shop.office)
    transition = run(apply_evidence(claimer, paid(), shop.policy), shop.office)

    assert transition.after.conflicts == {"checkout_request_id=ws_CO_1", f"receipt={RECEIPT}"}
    assert (transition.after.status, transition.after.paid) == (Status.SUCCESS, False)
    assert transition.after.checkout_request_id is None
    assert [one.key for one in shop.told] == [owner.key]
    assert shop.now(owner).conflicts == frozenset()


@pytest.mark.parametrize("checkout_request_id", [None, "ws_CO_1"])
@pytest.mark.parametrize("own", [None, "ws_CO_1"])
def test_another_conflict_of_a_store_s_is_no_conflict_of_ids(checkout_request_id: str | None, own: str | None) -> None:
    def refuse() -> None:
        message = "the shop's own function does not take it"
        raise Conflict(message)

    store = RacingStore()
    payment = with_facts(a_payment(), checkout_request_id=own)
    shop = shop_with(payment, store)
    store.faster["callback paid"] = refuse
    with pytest.raises(Conflict, match="own function"):
        run(apply_evidence(payment, paid(checkout_request_id), shop.policy), shop.office)

    assert shop.now(payment) == payment


# Taking


def test_of_two_who_take_a_payment_one_has_it() -> None:
    payment = with_facts(a_payment(), checkout_request_id="ws_CO_1", next_check_at=START)
    shop = shop_with(payment)
    first = run(lease(payment, shop.policy), shop.office)
    second = run(lease(payment, shop.policy), shop.office)

    assert first is not None
    assert first == shop.now(payment)
    assert first.checks == 1
    assert first.next_check_at is not None
    assert first.next_check_at > shop.clock.now()
    assert second is None
    assert shop.events(payment) == ["check"]


def test_what_is_settled_and_a_day_old_is_taken_once_and_not_looked_at_again() -> None:
    settled = attrs.evolve(a_payment(), status=Status.FAILED, decided_by=Source.CALLBACK, next_check_at=START)
    began = START - Payment.kind.timing.window
    payment = attrs.evolve(settled, created_at=began, readings={"a clock": (began, START)})
    shop = shop_with(payment)
    taken = run(lease(payment, shop.policy), shop.office)

    assert taken is not None
    assert taken.next_check_at is None


# Looking soon


@pytest.mark.parametrize("next_check_at", [None, START + timedelta(hours=1)])
def test_a_payment_that_can_be_asked_about_is_due_at_once(next_check_at: datetime | None) -> None:
    payment = with_facts(a_payment(), checkout_request_id="ws_CO_1", next_check_at=next_check_at)
    shop = shop_with(payment)
    transition = run(check_now(payment, "callback not believed", shop.policy), shop.office)

    assert transition.after.next_check_at == shop.clock.now()
    assert not transition.changed
    assert shop.store.due(shop.clock.now(), 9) == [transition.after]


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(),
        with_facts(a_payment(), checkout_request_id="ws_CO_1", next_check_at=START - timedelta(minutes=1)),
        with_facts(a_payment(), checkout_request_id="ws_CO_1", status=Status.SUCCESS),
    ],
)
def test_one_without_an_id_one_that_is_due_and_one_that_is_paid_are_left_as_they_are(payment: Payment) -> None:
    shop = shop_with(payment)

    assert run(check_now(payment, "callback not believed", shop.policy), shop.office).after == payment
    assert shop.events(payment) == []


# Delivering


def test_a_success_is_told_and_marked() -> None:
    shop = shop_with(a_payment())
    after = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office).after

    assert (after.succeeded_at, after.notified_at, after.next_check_at) == (START, START, None)
    assert shop.told == [attrs.evolve(after, notified_at=None, version=1, next_check_at=shop.told[0].next_check_at)]
    assert shop.told[0].next_check_at is not None  # until it is marked it is due again


def test_told_twice_it_is_marked_once() -> None:
    shop = shop_with(a_payment())
    after = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office).after
    shop.clock.advance(60)

    assert run(notify(after, shop.policy), shop.office) == after
    assert len(shop.told) == 2


def test_where_nobody_listens_nobody_is_told_then_or_later() -> None:
    shop = shop_with(a_payment())
    after = run(apply_evidence(a_payment(), paid(), attrs.evolve(shop.policy, has_listener=False)), shop.office).after

    assert after.paid
    assert (after.notified_at, after.next_check_at) == (None, None)
    assert shop.told == []


def test_a_mark_that_cannot_be_written_is_written_later() -> None:
    class Forgetful(MemoryStore):
        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            if entry.event == "notified":
                raise RuntimeError
            return super().swap(old, new, entry)

    shop = shop_with(a_payment(), Forgetful())
    transition = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert transition.became_success
    assert shop.now(a_payment()).paid
    assert shop.now(a_payment()).next_check_at is not None


def test_giving_up_rides_on_the_evidence_that_it_comes_with() -> None:
    undecided = Evidence(source=Source.QUERY, said=Said.PROCESSING, at=START)
    shop = shop_with(a_payment())
    transition = run(apply_evidence(a_payment(), undecided, shop.policy, then=given_up(START)), shop.office)

    assert transition.after.status is Status.UNCONFIRMED
    assert shop.events(a_payment()) == ["query processing"]
