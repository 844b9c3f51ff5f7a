"""A shop that takes money by prompt and by hand, in front of a mounted Daraja, with receipts joined to its checkout."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import attrs

from daraja import Checkout, Config, Daraja
from daraja.api.addresses import Purpose, sign
from daraja.api.incoming import IncomingPayment
from daraja.checkout import parts_of
from daraja.config import Business
from daraja.http.messages import HttpRequest
from daraja.inbound.expectation import ReceiptStore
from daraja.inbound.model import Receipt
from daraja.inbound.paid_twice import place_receipt, placed_receipt
from daraja.inbound.policy import ReceiptPolicy
from daraja.inbound.register import registered_key
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.receipts import Receipts
from daraja.runtime.receipts import ReceiptRuntime
from daraja.simulator import Engine
from daraja.simulator.callback_queue import CallbackReply
from daraja.simulator.oauth import TokenIssuer
from daraja.stores import MemoryReceiptStore, MemoryStore
from daraja.testing import ManualClock, MountedDaraja, sample_initiator
from daraja.testing.delivery import token_of
from tests.support.scripted import PASSKEY, PAY_BILL, PHONE, settings

__all__ = ["REGISTERED_SECRET", "SHORTCODE", "Counter", "a_counter", "receiving_settings"]

REGISTERED_SECRET: Final = "a-registered-secret-nobody-may-see"
SHORTCODE: Final = "600111"


def receiving_settings(business: Business = PAY_BILL, **others: Any) -> Config:  # noqa: ANN401 - as Config has them
    """Return settings with all that receipts can use."""
    usual: dict[str, Any] = {  # Any: as Config has them
        "registered_secret": REGISTERED_SECRET,
        "initiator": sample_initiator(),
        "pull_number": "0722000000",
    }
    return settings(business, **{**usual, **others})


@attrs.frozen
class Counter:
    """The shop with its parts. Callbacks are delivered when they are due."""

    daraja: Daraja
    receipts: Receipts
    checkout: Checkout
    store: ReceiptStore
    simulator: MountedDaraja
    clock: ManualClock
    received: list[Receipt]
    """What ``on_received`` was called with."""
    refunds_due: list[Receipt]
    """What ``on_refund_due`` of the receipts was called with."""
    paid: list[Payment]
    """What ``on_success`` of the checkout was called with."""
    replies: list[Reply[Receipt]]
    on_received: Callable[[Receipt], object] | None

    @property
    def policy(self) -> ReceiptPolicy:
        """The policy of the receipts, for tests that step their flows."""
        theirs, _ = parts_of(self.checkout)
        config = self.daraja.config
        account = Account.of(config)
        return ReceiptPolicy(
            records=Receipt,
            config=config,
            account=account,
            checkout=theirs,
            pull=True,
            has_listener=True,
            placing=partial(place_receipt, joined=theirs is not None),
            placed=placed_receipt if theirs is not None else None,
        )

    @property
    def runtime(self) -> ReceiptRuntime:
        """The runtime for such flows."""
        _, places = parts_of(self.checkout)
        told = self.received.append if self.on_received is None else self.on_received
        return ReceiptRuntime(runtime=self.daraja.runtime, store=self.store, places=places, on_success=told)

    def pay(self, account: str, amount: int = 500, phone: str = PHONE) -> str:
        """Pay by hand, and return the receipt number."""
        return self.simulator.pay_bill(phone, shortcode=SHORTCODE, account=account, amount=amount).receipt

    def token(self, purpose: Purpose = Purpose.CONFIRMATION) -> str:
        """Return the token of a registered address."""
        return sign(self.daraja.config, purpose, registered_key(Account.of(self.daraja.config)))


def a_counter(
    *,
    store: ReceiptStore | None = None,
    payments: MemoryStore | None = None,
    clock: ManualClock | None = None,
    config: Config | None = None,
    joined: bool = True,
    validation: bool = False,
    accept: Callable[[IncomingPayment], object] | None = None,
    match: Callable[[Receipt], object] | None = None,
    on_received: Callable[[Receipt], object] | None = None,
    pull: bool = False,
    senders: list[str] | None = None,
    registered: bool = True,
    courier: Callable[[HttpRequest, Callable[[HttpRequest], object]], object] | None = None,
) -> Counter:
    """Open the shop, and register its addresses."""
    clock = ManualClock() if clock is None else clock
    config = receiving_settings() if config is None else config
    store = MemoryReceiptStore() if store is None else store
    engine = Engine(shortcodes={SHORTCODE: PASSKEY}, tokens=TokenIssuer(), c2b_validation=validation)
    received: list[Receipt] = []
    refunds_due: list[Receipt] = []
    paid: list[Payment] = []
    replies: list[Reply[Receipt]] = []

    def deliver(callback: HttpRequest) -> object:
        return take_in(callback) if courier is None else courier(callback, take_in)

    def take_in(callback: HttpRequest) -> CallbackReply | None:
        if "/receipts/" not in callback.url:
            checkout.receive(callback.body, token=token_of(callback))
            return None
        reply = receipts.receive(callback.body, token=token_of(callback))
        replies.append(reply)
        return CallbackReply(f"answered HTTP {reply.status_code}", reply.body.encode())

    simulator = MountedDaraja(engine, clock, base_url=config.environment.base_url, deliver=deliver)
    daraja = Daraja(config, transport=simulator, clock=clock)
    checkout = Checkout(daraja, MemoryStore() if payments is None else payments, on_success=paid.append, receipts=store)
    receipts = Receipts(
        daraja,
        store,
        checkout=checkout if joined else None,
        accept=accept,
        match=match,
        on_received=received.append if on_received is None else on_received,
        on_refund_due=refunds_due.append,
        pull=pull,
        senders=senders,
    )
    if registered:
        receipts.register()
    return Counter(
        daraja, receipts, checkout, store, simulator, clock, received, refunds_due, paid, replies, on_received
    )
