"""A shop and a local Daraja. Everything here outlives a process: the ledger, the clock, phones and messages."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from daraja import Checkout, Config, Daraja, PayBill, StkPush
from daraja.api.addresses import Purpose, verify
from daraja.errors import DarajaError, OutcomeUnknown
from daraja.http.flow import Flow, StoreCall
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.callbacks import Reply, receive_callback
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.payments.charge import Start, make_charge
from daraja.payments.model import Payment
from daraja.runtime import run
from daraja.runtime.base import RecordRuntime, ThreadRuntime
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, AnswerLost, Engine, Prompt, Scenario
from daraja.stores import PaymentStore
from daraja.testing import ManualClock
from daraja.tokens import MemoryTokens
from tests.support.crashes.conductor import End, conduct
from tests.support.crashes.interruptions import Interruption, undisturbed

__all__ = ["Ledger", "Purchase", "Shop", "key_of"]

CONFIG: Final = Config(
    consumer_key="any-key",
    consumer_secret="any-secret",
    business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
    environment="simulator",
    callback_url="https://shop.example/payments/callback/",
)


@attrs.frozen
class Ledger:
    """A store, and the shop's own data beside it.

    Args:
        store: The store.
        fulfilments: Tells how often a payment was fulfilled inside the store's transactions; None where it has no hook.
        hitches: What the hook raises the next times, last to first, once it has written its row.
    """

    store: PaymentStore
    fulfilments: Callable[[str], int] | None = None
    hitches: list[BaseException] = attrs.field(factory=list[BaseException])


@attrs.frozen
class Purchase:
    """One purchase of one customer in one attempt.

    Args:
        name: The idempotency key of the attempt.
        phone: Whose phone is asked.
        scenario: What becomes of it.
    """

    name: str
    phone: str
    scenario: Scenario


def _local_daraja(shop: "Shop") -> Engine:
    return Engine(scenarios={purchase.phone: purchase.scenario for purchase in shop.purchases})


@attrs.frozen(kw_only=True)
class Shop:
    """The state that exists before a process starts and after it ends.

    Args:
        purchases: What is bought here.
        ledger: Where payments are kept.
        confirm: Whether a callback that says paid waits for a query.
        charges: Whether each purchase is an order that is charged, instead of a payment that is started.
        listens: Whether ``on_success`` is told.
    """

    purchases: Sequence[Purchase]
    ledger: Ledger
    confirm: bool = False
    charges: bool = False
    listens: bool = True
    told: list[str] = attrs.field(factory=list[str], init=False)
    """The keys that ``on_success`` was told of."""
    heard: set[str] = attrs.field(factory=set[str], init=False)
    """The keys of which a signed callback was kept."""
    post: list[HttpRequest] = attrs.field(factory=list[HttpRequest], init=False)
    """The callbacks that Daraja has sent."""
    ends: list[End] = attrs.field(factory=list[End], init=False)
    """How those processes ended that could be interrupted."""
    clock: ManualClock = attrs.field(factory=ManualClock, init=False)
    engine: Engine = attrs.field(default=attrs.Factory(_local_daraja, takes_self=True), init=False)
    _keys: list[str] = attrs.field(factory=list[str], init=False)

    # ---------------------------------------------------------------------------------------------------- new processes

    @property
    def policy(self) -> Policy[Payment]:
        """The policy of a process."""
        return Policy(
            records=Payment, config=CONFIG, account=Account.of(CONFIG), confirm=self.confirm, has_listener=self.listens
        )

    def office(self) -> RecordRuntime:
        """Return the runtime of a new process. The keys of payments are counted, so runs are repeatable."""
        world = ThreadRuntime(transport=self, clock=self.clock, tokens=MemoryTokens(self.clock), random=lambda: 0.5)
        return RecordRuntime(runtime=world, store=self.ledger.store, on_success=self._hear, new_key=self._new_key)

    def checkout(self) -> Checkout:
        """Return the checkout of a new process."""
        daraja = Daraja(CONFIG, transport=self, clock=self.clock)
        on_success = self._hear if self.listens else None
        return Checkout(daraja, self.ledger.store, confirm=self.confirm, on_success=on_success)

    def _hear(self, payment: Payment) -> None:
        self.told.append(payment.key)

    def _new_key(self) -> str:
        self._keys.append(f"{len(self._keys):032x}")
        return self._keys[-1]

    def carry_out(self, flow: Flow[Any], around: Interruption = undisturbed) -> End:  # Any: whatever flows give
        """Run *flow* in a new process until it is interrupted."""
        end = conduct(flow, self.office(), around)
        self.ends.append(end)
        for effect in end.done:
            match effect:
                case StoreCall("record", (ReceivedCallback(key=str(key)),)):
                    self.heard.add(key)
                case _:
                    pass
        return end

    def starting(self, purchase: Purchase) -> Flow[Payment]:
        """Return the flow that starts the payment of a purchase, or charges its order."""
        if self.charges:
            charge = make_charge(
                order=purchase.name,
                phone=purchase.phone,
                amount=500,
                reference=None,
                description="Laundry",
                metadata=None,
            )
            return charge.flow(self.policy)
        push = StkPush(phone=purchase.phone, amount=500, reference="ORD-2026-001", description="Laundry")
        return Start(push=push, idempotency_key=purchase.name, metadata=None).flow(self.policy)

    def start(self, purchase: Purchase) -> Payment:
        """Start the payment of a purchase in a new process; return a refused payment, too."""
        try:
            return run(self.starting(purchase), self.office())
        except DarajaError as refusal:
            if not isinstance(refusal.payment, Payment):
                raise
            return refusal.payment

    def receiving(self, callback: HttpRequest, *, signed: bool = True) -> Flow[Reply[Payment]]:
        """Return the flow that receives a callback, at its signed address or without a token."""
        return receive_callback(callback.body, _token(callback.url) if signed else None, "196.201.214.200", self.policy)

    def deliver(self, callback: HttpRequest) -> None:
        """Let a new process receive a callback."""
        reply = self.checkout().receive(callback.body, token=_token(callback.url))
        assert reply.status_code == 200
        self.heard.add(key_of(callback.url))

    # ---------------------------------------------------------------------------------------------------------- Daraja

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send a request to Daraja; another process receives callbacks before the answer."""
        now = self.clock.now()
        try:
            answer = self.engine.handle(request, now)
        except AnswerLost:
            answer = None
        for callback in self.engine.early(now):
            self.deliver(callback)
        if answer is None:
            reason = "the connection was dropped"
            raise OutcomeUnknown(reason)
        return answer

    def wait(self, seconds: float) -> None:
        """Let time pass and let Daraja send its callbacks."""
        self.clock.advance(seconds)
        self.post.extend(self.engine.due(self.clock.now()))

    def remains(self) -> object:
        """Return the whole state, so two shops can be compared: the future depends on nothing else."""
        store, fulfilments = self.ledger.store, self.ledger.fulfilments
        payments = [(store.load(key), store.history(key), fulfilments and fulfilments(key)) for key in self._keys]
        kept = store.unprocessed(1000), tuple(self.told), frozenset(self.heard)
        return payments, kept, tuple(self.post), self.engine.events, self.clock.now()

    def prompts(self, purchase: Purchase) -> Sequence[Prompt]:
        """Return every prompt of a purchase."""
        found = [self.engine.stk.find(push.checkout_request_id) for push in self.engine.stk.pushes]
        return [prompt for prompt in found if prompt is not None and prompt.push.phone == purchase.phone]


def key_of(address: str) -> str:
    """Return the key of the payment in a signed callback address."""
    key = verify(CONFIG, Purpose.PAYMENT, _token(address))
    assert key is not None
    return key


def _token(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]
