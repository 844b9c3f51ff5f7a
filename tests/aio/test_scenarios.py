"""A whole payment with every scenario of the local Daraja has the same course in sync and in async code."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import attrs
import pytest

from daraja import (
    AsyncCheckout,
    AsyncDaraja,
    Checkout,
    Daraja,
    Environment,
    Outcome,
    Status,
    StkPushResponse,
    StkQueryResponse,
)
from daraja.errors import DarajaError, RateLimited
from daraja.http.messages import HttpRequest
from daraja.lifecycle.serialization import to_dict
from daraja.payments.model import Payment
from daraja.simulator import Engine, LocalDaraja
from daraja.simulator.products.stk.scenarios import MAGIC_NUMBERS, StkMagicNumber
from daraja.stores import MemoryStore
from daraja.system.machine import SystemClock
from daraja.testing import ManualClock, MountedDaraja
from tests.aio.awaiting import waiting_for
from tests.simulator.kiosk import CONFIG

HOUR: Final = 3600.0
MOMENTS: Final = (0.0, 10.0, 30.0, 60.0, 200.0, 400.0, 1 * HOUR, 26 * HOUR, 30 * HOUR)
"""Seconds after the push at which callbacks come and ``reconcile`` runs."""

ENDS: Final[Mapping[str, Status]] = {
    "UNKNOWN_TILL": Status.FAILED,
    "NEVER_RESOLVED": Status.UNCONFIRMED,
    "SPIKE_ARREST": Status.FAILED,
    "HTML_503": Status.UNCONFIRMED,
    "SOAP_FAULT": Status.UNCONFIRMED,
}
"""What a payment comes to in the end, where that is not success."""

REFUSED: Final = ("SPIKE_ARREST", "HTML_503", "SOAP_FAULT", "ANSWER_LOST")
"""Whose push is not answered as others are."""


@attrs.frozen
class Life:
    """The shop's whole view of one payment.

    Args:
        raised: What starting it raised.
        replies: What its callbacks were answered.
        reports: What each run reported.
        events: Its history.
        told: How often the shop was told of a success.
        facts: The payment in the end.
        retry: Whether it may be asked for again.
        asked: What Daraja was asked for.
        waits: How often somebody waited.
    """

    raised: type[DarajaError] | None
    replies: Sequence[int]
    reports: Sequence[object]
    events: Sequence[str]
    told: int
    facts: Mapping[str, object]
    retry: bool
    asked: Sequence[str]
    waits: int


Open = Callable[[MountedDaraja, ManualClock, MemoryStore, Callable[[Payment], object]], AbstractContextManager[Any]]
"""Opens a checkout, of which all methods are waited for."""


@contextmanager
def in_sync(
    mounted: MountedDaraja, clock: ManualClock, store: MemoryStore, told: Callable[[Payment], object]
) -> Generator[Checkout]:
    yield Checkout(Daraja(CONFIG, transport=mounted, clock=clock), store, on_success=told)


@contextmanager
def in_async(
    mounted: MountedDaraja, clock: ManualClock, store: MemoryStore, told: Callable[[Payment], object]
) -> Generator[Any]:
    daraja = AsyncDaraja(CONFIG, transport=mounted, clock=clock)
    with waiting_for(AsyncCheckout(daraja, store, on_success=told)) as [checkout]:
        yield checkout


def live(number: str, kind: Open) -> Life:
    clock, store, told, early = ManualClock(), MemoryStore(), list[Payment](), list[HttpRequest]()
    mounted = MountedDaraja(Engine(), clock, deliver=early.append)
    raised: type[DarajaError] | None = None
    replies: list[int] = []
    reports: list[object] = []
    with kind(mounted, clock, store, told.append) as checkout:
        try:
            payment = checkout.start(phone=number, amount=500, reference="ORD-1", idempotency_key="one")
        except DarajaError as error:
            raised, payment = type(error), error.payment
        assert payment is not None
        passed = 0.0
        for moment in MOMENTS:
            clock.advance(moment - passed)
            passed = moment
            for callback in [*early, *mounted.due()]:
                token = callback.url.rstrip("/").rpartition("/")[2]
                replies.append(checkout.receive(callback.body, token=token).status_code)
            early.clear()
            reports.append(without(checkout.reconcile(), payment.key))
        end = checkout.payment(payment.key)
        retry = checkout.may_retry(payment.key)
        again = (
            checkout.start(phone=number, amount=500, reference="ORD-1", idempotency_key="one") if not raised else end
        )
        assert again == end
    return Life(
        raised,
        replies,
        reports,
        [entry.event for entry in store.history(payment.key)],
        len(told),
        {name: value for name, value in to_dict(end).items() if not is_drawn(name)},
        bool(retry),
        [request.url.rpartition("/")[2] for request in mounted.requests],
        len(clock.slept),
    )


LISTS: Final = ("unconfirmed", "conflicts", "unmatched")
"""What of a report are keys."""


def is_drawn(name: str) -> bool:
    """Tell whether a fact is drawn by chance, or a time that such waits have moved."""
    return name in {"key", "facts"} or name.endswith("_at")


def without(report: Any, key: str) -> Mapping[str, object]:  # noqa: ANN401 - any report
    """Return a report in which the random *key* is replaced by a fixed word."""
    facts: dict[str, Any] = attrs.asdict(report)  # Any: as in the report
    return facts | {name: ["it" if each == key else each for each in facts[name]] for name in LISTS}


@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_a_shop_behaves_the_same_in_sync_and_in_async(row: StkMagicNumber) -> None:
    sync, awaited = live(row.number, in_sync), live(row.number, in_async)

    assert awaited == sync
    assert sync.facts["status"] == ENDS.get(row.name, Status.SUCCESS)
    assert sync.told == (sync.facts["status"] == Status.SUCCESS and not sync.facts["conflicts"])
    assert sync.raised is (RateLimited if row.name == "SPIKE_ARREST" else None)


class Hasty(SystemClock):
    """The machine's clock without waits."""

    def sleep(self, _: float, /) -> None:
        """Return at once."""


@pytest.fixture(scope="module")
def local() -> Generator[LocalDaraja]:
    with LocalDaraja(engine=Engine(delay=0)) as local:
        yield local


def told_of(face: Any, number: str) -> tuple[type, object]:  # noqa: ANN401 - sync, or waited for
    """Push and query; return both results."""
    try:
        push: StkPushResponse = face.stk_push(phone=number, amount=500, reference="ORD-1")
    except DarajaError as error:
        return type(error), None
    try:
        answer: StkQueryResponse = face.stk_query(push.checkout_request_id)
    except DarajaError as error:
        return type(push), type(error)
    return type(push), answer.outcome


@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_both_transports_report_the_same_on_real_sockets(row: StkMagicNumber, local: LocalDaraja) -> None:
    config = attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url="http://127.0.0.1:9/")
    with Daraja(config, clock=Hasty()) as sync, waiting_for(AsyncDaraja(config, clock=Hasty())) as [waiting]:
        outcomes = told_of(sync, row.number), told_of(waiting, row.number)
        waiting.close()

    assert outcomes[0] == outcomes[1]
    assert isinstance(outcomes[0][1], Outcome) is (row.name not in REFUSED)
