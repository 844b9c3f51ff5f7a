"""A shop in front of a mounted Daraja, with the parts of the test kit, and stores that fail or lose races."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import attrs

from daraja import Checkout, Config, Daraja, PayBill
from daraja.api.addresses import Purpose, signed_url
from daraja.http.flow import Effect, Flow
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.runtime.base import RecordRuntime, Runtime
from daraja.simulator import Engine
from daraja.stores import MemoryStore
from daraja.testing import ManualClock, MountedDaraja, stk_callback
from daraja.testing.defaults import engine_for
from daraja.testing.delivery import token_of
from tests.support.scripted import PASSKEY, PHONE, answer, settings

__all__ = [
    "RECEIPT",
    "FailingStore",
    "RacingStore",
    "Shop",
    "a_shop",
    "by_turns",
    "callback_body",
    "paid",
    "receipt_of",
    "result_of_query",
    "token_for",
]

Answer = TypeVar("Answer")

RECEIPT: Final = "UAF1AAAAAA"


class FailingStore(MemoryStore):
    """A store whose methods named in ``failing`` raise before they do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: Final[dict[str, Exception]] = {}

    def load(self, key: str, /) -> Payment | None:
        self._fail("load")
        return super().load(key)

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        self._fail("swap")
        return super().swap(old, new, entry)

    def record(self, callback: ReceivedCallback, /) -> str:
        self._fail("record")
        return super().record(callback)

    def processed(self, callback_id: str, note: str, /) -> None:
        self._fail("processed")
        super().processed(callback_id, note)

    def _fail(self, name: str) -> None:
        if name in self.failing:
            raise self.failing[name]


class RacingStore(MemoryStore):
    """A store that loses races: the function in ``faster`` for an event runs once, right before its swap."""

    def __init__(self) -> None:
        super().__init__()
        self.faster: Final[dict[str, Callable[[], object]]] = {}

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        if entry.event in self.faster:
            self.faster.pop(entry.event)()
        return super().swap(old, new, entry)


@attrs.frozen
class Shop:
    """A checkout with all its parts. Callbacks wait for ``deliver``, except those before the answer to their push."""

    checkout: Checkout
    daraja: Daraja
    store: MemoryStore
    simulator: MountedDaraja
    clock: ManualClock
    told: list[Payment]
    """What ``on_success`` was called with."""

    @property
    def engine(self) -> Engine:
        return self.simulator.engine

    @property
    def pushes(self) -> int:
        """The number of pushes that were sent, accepted or not."""
        return sum(request.url.endswith("/processrequest") for request in self.simulator.requests)

    @property
    def queries(self) -> int:
        """The number of queries that were sent."""
        return sum(request.url.endswith("/query") for request in self.simulator.requests)

    @property
    def config(self) -> Config:
        return self.daraja.config

    @property
    def policy(self) -> Policy[Payment]:
        """The policy of the checkout, for tests that step its flows."""
        return Policy(records=Payment, config=self.config, account=Account.of(self.config), has_listener=True)

    @property
    def office(self) -> RecordRuntime:
        """The runtime for such flows."""
        return RecordRuntime(runtime=self.daraja.runtime, store=self.store, on_success=self.told.append)

    def start(self, phone: str = PHONE, amount: int = 500, reference: str = "ORD-1") -> Payment:
        return self.checkout.start(phone=phone, amount=amount, reference=reference)

    def now(self, payment: Payment) -> Payment:
        """Return a payment as it is stored."""
        found = self.store.load(payment.key)
        assert found is not None
        return found

    def deliver(self) -> list[Reply[Payment]]:
        """Deliver the callbacks that are due."""
        return [self.take_in(callback) for callback in self.simulator.due()]

    def take_in(self, callback: HttpRequest) -> Reply[Payment]:
        return self.checkout.receive(callback.body, token=token_of(callback))

    def claim(self, payment: Payment, body: bytes | None = None, **changes: object) -> Reply[Payment]:
        """Send a callback to the payment's own address, true or forged."""
        content = paid(payment, **changes) if body is None else body
        return self.checkout.receive(content, token=token_for(self.config, payment.key))

    def keep(self, payment: Payment, body: bytes | None = None) -> str:
        """Record a callback of a payment, like a process that is killed right after it."""
        content = paid(payment) if body is None else body
        return self.store.record(
            ReceivedCallback(
                account=payment.account, key=payment.key, body=content, received_at=self.clock.now(), limit=100
            )
        )

    def wait(self, seconds: float) -> list[Reply[Payment]]:
        """Let time pass, and deliver the callbacks of that time."""
        self.clock.advance(seconds)
        return self.deliver()

    def events(self, payment: Payment) -> list[str]:
        return [entry.event for entry in self.store.history(payment.key)]

    def left_over(self) -> list[ReceivedCallback]:
        """Return the unprocessed callbacks."""
        return list(self.store.unprocessed(10_000, Account.of(self.config)))


def a_shop(
    *,
    engine: Engine | None = None,
    store: MemoryStore | None = None,
    clock: ManualClock | None = None,
    config: Config | None = None,
    listens: bool = True,
    on_success: Callable[[Payment], object] | None = None,
    on_refund_due: Callable[[Payment], object] | None = None,
    confirm: bool = False,
    senders: Iterable[str] | None = None,
) -> Shop:
    """Open a shop; without *on_success* it records the delivered payments and never fails."""
    clock = ManualClock() if clock is None else clock
    config = settings() if config is None else config
    engine = engine_for(config.business) if engine is None else engine
    store = MemoryStore() if store is None else store
    told: list[Payment] = []

    def take_in(callback: HttpRequest) -> None:
        shop.take_in(callback)

    simulator = MountedDaraja(engine, clock, base_url=config.environment.base_url, deliver=take_in)
    daraja = Daraja(config, transport=simulator, clock=clock)
    hook = (on_success or told.append) if listens else None
    checkout = Checkout(daraja, store, on_success=hook, on_refund_due=on_refund_due, confirm=confirm, senders=senders)
    shop = Shop(checkout, daraja, store, simulator, clock, told)
    return shop


def token_for(config: Config, key: str) -> str:
    """Return the last segment of a payment's callback address."""
    return signed_url(config, Purpose.PAYMENT, key).reveal().partition("?")[0].rstrip("/").rpartition("/")[2]


def callback_body(fields: Mapping[str, object], items: Mapping[str, object] | None = None) -> bytes:
    """Return a callback with these *fields* and with *items* as its metadata."""
    metadata: dict[str, object] = {}
    if items is not None:
        metadata = {"CallbackMetadata": {"Item": [{"Name": name, "Value": value} for name, value in items.items()]}}
    return json.dumps({"Body": {"stkCallback": {**fields, **metadata}}}).encode()


def receipt_of(payment: Payment) -> str:
    """Return the receipt in the callbacks of a payment, which is its own."""
    return f"U{payment.key[:9].upper()}"


def paid(payment: Payment, **changes: Any) -> bytes:  # noqa: ANN401 - as stk_callback has them
    """Return the body of ``stk_callback``: it says that a payment was paid, true or not."""
    config = settings(PayBill(payment.shortcode, passkey=PASSKEY), environment=payment.environment)
    changes.setdefault("receipt", receipt_of(payment))
    return stk_callback(payment, config=config, **changes).body


def result_of_query(code: str) -> HttpResponse:
    """Return Daraja's answer with the result of a payment."""
    return answer(200, {"ResponseCode": "0", "ResultCode": code, "ResultDesc": "As it is."})


def by_turns(office: Runtime, flows: Sequence[Flow[Answer]], turns: Iterable[int]) -> list[Answer]:
    """Run flows effect by effect: *turns* chooses the flow of each next effect; then one after the other."""
    results: dict[int, Answer] = {}
    resumes: list[Callable[[], Effect[Any]]] = [partial(next, flow) for flow in flows]  # Any: as in Flow

    def step(number: int) -> None:
        try:
            effect = resumes[number]()
        except StopIteration as end:
            results[number] = end.value
            return
        try:
            resumes[number] = partial(flows[number].send, office.answer(effect))
        except Exception as error:  # noqa: BLE001 - as `run` has it
            resumes[number] = partial(flows[number].throw, error)

    for turn in turns:
        if turn % len(flows) not in results:
            step(turn % len(flows))
    for number in range(len(flows)):
        while number not in results:
            step(number)
    return [results[number] for number in range(len(flows))]
