"""The back office answers what flows of a checkout ask for, and hands on everything else."""

import logging
import re
from datetime import timedelta

import attrs
import pytest

from daraja import Status
from daraja.back_office import BackOffice
from daraja.http.flow import Now, Sleep
from daraja.payments.effects import (
    Due,
    Find,
    Insert,
    Load,
    NeedAttention,
    NewKey,
    Notify,
    PaymentEffect,
    Processed,
    Progress,
    Purge,
    Record,
    Swap,
    Tell,
    Unprocessed,
)
from daraja.payments.model import Account, Payment
from daraja.payments.records import HistoryEntry, ReceivedCallback, Report
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.payments import START, a_payment
from tests.support.shops import Shop, a_shop

ACCOUNT = Account("simulator", "600111")


def office_of(shop: Shop) -> BackOffice:
    return BackOffice(world=shop.daraja.world, store=shop.store)


def test_what_the_store_is_asked_it_answers() -> None:
    office = office_of(a_shop())
    doubtful = attrs.evolve(a_payment(), conflicts=frozenset({"amount=499"}))
    payment = attrs.evolve(doubtful, checkout_request_id="ws_CO_1", next_check_at=START)
    later = attrs.evolve(payment, version=1, next_check_at=None)
    entry = HistoryEntry(key=payment.key, at=START, event="check", before=Status.PENDING, after=Status.PENDING)

    assert office.answer(Load(payment.key)) is None
    assert office.answer(Insert(payment)) == payment
    assert office.answer(Load(payment.key)) == payment
    assert office.answer(Find("ws_CO_1")) == payment
    assert office.answer(Due(START, 9, ACCOUNT)) == [payment]
    assert office.answer(Due(START, 9, Account("sandbox", "600111"))) == []
    assert office.answer(NeedAttention(9, ACCOUNT)) == [payment]
    assert office.answer(Swap(payment, later, entry)) is True
    assert office.answer(Swap(payment, later, entry)) is False
    assert office.answer(Load(payment.key)) == later
    assert office.store.history(payment.key) == (entry,)


def test_callbacks_are_kept_marked_and_purged() -> None:
    office = office_of(a_shop())
    callback = ReceivedCallback(account=ACCOUNT, key=None, body=b"{", received_at=START, limit=2)
    kept = [office.answer(Record(callback)) for _ in range(2)]

    assert kept == ["1", "2"]
    assert office.answer(Unprocessed(9, ACCOUNT)) == [attrs.evolve(callback, id=each) for each in ("1", "2")]
    assert office.answer(Unprocessed(9, ACCOUNT, "1")) == [attrs.evolve(callback, id="2")]
    assert office.answer(Processed("1", "malformed")) is None
    assert office.answer(Unprocessed(9, ACCOUNT)) == [attrs.evolve(callback, id="2")]
    assert office.answer(Purge(START + timedelta(1), 9, ACCOUNT)) == 1


def test_keys_are_drawn_from_128_random_bits() -> None:
    office = office_of(a_shop())
    keys = {office.answer(NewKey()) for _ in range(100)}

    assert len(keys) == 100
    assert all(isinstance(key, str) and re.fullmatch("[0-9a-f]{32}", key) for key in keys)


def test_the_shop_and_whoever_watches_are_told() -> None:
    told: list[Payment] = []
    seen: list[Report] = []
    shop = a_shop()
    office = BackOffice(world=shop.daraja.world, store=shop.store, on_success=told.append, progress=seen.append)

    assert office.answer(Notify(a_payment())) is None
    assert office.answer(Progress(Report(asked=1))) is None
    assert (told, seen) == ([a_payment()], [Report(asked=1)])


@pytest.mark.parametrize("effect", [Notify(a_payment()), Progress(Report())])
def test_whoever_would_have_to_be_awaited_is_refused(effect: PaymentEffect[None]) -> None:
    async def later(_: object) -> None:
        """Hear nothing before it is awaited."""

    shop = a_shop()
    office = BackOffice(world=shop.daraja.world, store=shop.store, on_success=later, progress=later)

    with pytest.raises(TypeError, match="gave something to be awaited"):
        office.answer(effect)


def test_where_nobody_listens_telling_is_quiet() -> None:
    office = office_of(a_shop())

    assert office.answer(Notify(a_payment())) is None
    assert office.answer(Progress(Report())) is None


@pytest.mark.parametrize(("grave", "level"), [(False, "INFO"), (True, "WARNING")])
def test_a_line_in_the_log_begins_with_its_name(grave: object, level: str, caplog: pytest.LogCaptureFixture) -> None:
    office = office_of(a_shop())
    told = Tell("payment.moved", {"key": "0" * 32, "before": Status.PENDING}, grave=bool(grave))
    with caplog.at_level(logging.DEBUG):
        office.answer(told)

    assert [(line.name, line.levelname, line.getMessage()) for line in caplog.records] == [
        ("daraja", level, f"payment.moved key={'0' * 32} before=pending")
    ]


def test_what_nobody_reads_is_not_even_put_into_words(caplog: pytest.LogCaptureFixture) -> None:
    class Dear:
        def __str__(self) -> str:
            raise AssertionError

    with caplog.at_level(logging.ERROR, "daraja"):
        office_of(a_shop()).answer(Tell("payment.moved", {"key": Dear()}))

    assert caplog.records == []


def test_everything_else_is_the_world_s() -> None:
    clock = ManualClock()
    office = office_of(a_shop(clock=clock))

    assert office.answer(Now()) == clock.now()
    assert office.answer(Sleep(3)) is None
    assert clock.slept == [3]


def test_what_nobody_can_answer_is_said() -> None:
    class Unheard(PaymentEffect[None]):
        pass

    with pytest.raises(TypeError, match="Unheard"):
        office_of(a_shop()).answer(Unheard())


def test_what_the_store_raises_is_let_through() -> None:
    class Broken(MemoryStore):
        def load(self, key: str, /) -> Payment | None:
            raise LookupError(key)

    with pytest.raises(LookupError):
        office_of(a_shop(store=Broken())).answer(Load("0" * 32))
