"""Updates in a store with concurrent writers: read again, written once, delivered once."""

from datetime import datetime, timedelta

import attrs
import pytest

from daraja import Status
from daraja.errors import Conflict
from daraja.lifecycle.check_status import check_now, lease
from daraja.lifecycle.evidence import Evidence, Said, Source, given_up
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.transitions import apply_evidence, notify, update
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


def test_an_update_is_written_with_its_time_its_version_and_its_history() -> None:
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


def test_an_update_without_a_change_is_not_written() -> None:
    shop = shop_with(a_payment())
    transition = run(update(a_payment(), lambda payment, _: payment, shop.policy, event="looked"), shop.office)

    assert transition.before == transition.after == a_payment()
    assert shop.store.history(a_payment().key) == ()


def test_after_a_lost_race_the_record_is_read_again_and_no_change_is_lost() -> None:
    store = RacingStore()
    shop = shop_with(a_payment(), store)
    store.faster["callback paid"] = lambda: run(apply_evidence(a_payment(), DENIED, shop.policy), shop.office)
    transition = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert transition.before.status is Status.FAILED
    assert transition.became_success
    assert shop.now(a_payment()).version == 3  # cancelled, paid, delivered
    assert shop.events(a_payment()) == ["callback cancelled", "callback paid", "notified"]


def test_the_same_evidence_again_changes_nothing() -> None:
    store = RacingStore()
    shop = shop_with(a_payment(), store)
    store.faster["callback paid"] = lambda: run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)
    transition = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert not transition.changed
    assert not transition.became_success
    assert transition.after.paid
    assert len(shop.told) == 1


def test_a_store_that_loses_every_race_raises_an_error_without_a_payment() -> None:
    class Losing(MemoryStore):
        swaps = 0

        def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
            self.swaps += 1
            return super().swap(attrs.evolve(old, version=-1), new, entry)

    store = Losing()
    shop = shop_with(a_payment(), store)
    with pytest.raises(Conflict, match="lost a race"):
        run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)

    assert store.swaps == 50
    assert shop.now(a_payment()) == a_payment()


def test_a_payment_that_no_longer_exists_is_not_retried() -> None:
    shop = a_shop()
    with pytest.raises(Conflict, match=a_payment().key):
        run(apply_evidence(a_payment(), paid(), shop.policy), shop.office)


# Ids of others


def test_the_id_of_another_payment_is_a_conflict_and_fulfils_nothing() -> None:
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
def test_another_error_of_the_store_is_not_a_conflict_of_ids(checkout_request_id: str | None, own: str | None) -> None:
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


def test_of_two_callers_one_gets_the_lease() -> None:
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


def test_a_settled_payment_after_a_day_is_leased_once_and_not_checked_again() -> None:
    settled = attrs.evolve(a_payment(), status=Status.FAILED, decided_by=Source.CALLBACK, next_check_at=START)
    began = START - Payment.kind.timing.window
    payment = attrs.evolve(settled, created_at=began, readings={"a clock": (began, START)})
    shop = shop_with(payment)
    taken = run(lease(payment, shop.policy), shop.office)

    assert taken is not None
    assert taken.next_check_at is None


# Looking soon


@pytest.mark.parametrize("next_check_at", [None, START + timedelta(hours=1)])
def test_a_payment_that_can_be_queried_becomes_due_at_once(next_check_at: datetime | None) -> None:
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
def test_payments_without_an_id_due_or_paid_stay_as_they_are(payment: Payment) -> None:
    shop = shop_with(payment)

    assert run(check_now(payment, "callback not believed", shop.policy), shop.office).after == payment
    assert shop.events(payment) == []


# Delivering


def test_a_success_is_delivered_and_marked() -> None:
    shop = shop_with(a_payment())
    after = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office).after

    assert (after.succeeded_at, after.notified_at, after.next_check_at) == (START, START, None)
    assert shop.told == [attrs.evolve(after, notified_at=None, version=1, next_check_at=shop.told[0].next_check_at)]
    assert shop.told[0].next_check_at is not None  # until it is marked it is due again


def test_a_success_that_is_delivered_twice_is_marked_once() -> None:
    shop = shop_with(a_payment())
    after = run(apply_evidence(a_payment(), paid(), shop.policy), shop.office).after
    shop.clock.advance(60)

    assert run(notify(after, shop.policy), shop.office) == after
    assert len(shop.told) == 2


def test_without_on_success_no_success_is_delivered() -> None:
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


def test_giving_up_is_written_together_with_its_evidence() -> None:
    undecided = Evidence(source=Source.QUERY, said=Said.PROCESSING, at=START)
    shop = shop_with(a_payment())
    transition = run(apply_evidence(a_payment(), undecided, shop.policy, then=given_up(START)), shop.office)

    assert transition.after.status is Status.UNCONFIRMED
    assert shop.events(a_payment()) == ["query processing"]
