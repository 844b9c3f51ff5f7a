"""An organisation that pays out before a local Daraja in the same process, and hears what Daraja posts."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from daraja import Bulk, Caps, Checkout, Config, Daraja, Payment, Payouts
from daraja.api.addresses import Purpose, sign
from daraja.disbursements import Payout, PayoutStatus
from daraja.disbursements.model import PayoutStore
from daraja.http.messages import HttpRequest
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.ports import HistoryEntry
from daraja.lifecycle.reconcile import Report
from daraja.simulator import Account, Engine
from daraja.stores import MemoryPayoutStore, MemoryStore
from daraja.testing import ManualClock, MountedDaraja, sample_config, sample_initiator
from tests.support.payments import START

__all__ = ["BULK", "CAPS", "PHONE", "InterruptedPayoutStore", "Paymaster", "bought", "money_requests", "paymaster"]

BULK: Final = "600992"
PHONE: Final = "254712345678"
RESULTS: Final = "https://shop.example/results/"
CAPS: Final = Caps(per_payout=100_000, per_day=500_000, per_recipient_day=100_000)
_QUESTIONS: Final = ("/oauth/", "/transactionstatus/", "/accountbalance/")


def money_requests(requests: Sequence[HttpRequest]) -> list[HttpRequest]:
    """Return the requests that ask Daraja to move money."""
    return [request for request in requests if not any(part in request.url for part in _QUESTIONS)]


class InterruptedPayoutStore(MemoryPayoutStore):
    """A store in which somebody else comes between a caller's look and its write."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], object]] = []

    def swap(self, old: Payout, new: Payout, entry: HistoryEntry, /) -> bool:
        while self.before:
            self.before.pop()()
        return super().swap(old, new, entry)


@attrs.define
class Paymaster:
    """Everything that it has.

    Args:
        daraja: The client.
        payouts: What it pays with.
        store: Where the payouts are stored.
        mounted: The local Daraja.
        clock: The time of both.
        heard: Every callback that came, oldest first.
        floats: What ``on_low_float`` heard of.
        deaf: Whether no callback is received.
        paid: The keys of what ``on_paid`` heard of.
        failed: Those of ``on_failed``.
        attention: Those of ``on_attention``.
    """

    daraja: Daraja
    payouts: Payouts
    store: PayoutStore
    mounted: MountedDaraja
    clock: ManualClock
    heard: list[HttpRequest]
    floats: list[object]
    deaf: bool = False
    paid: list[str] = attrs.field(factory=list[str])
    failed: list[str] = attrs.field(factory=list[str])
    attention: list[str] = attrs.field(factory=list[str])

    @property
    def engine(self) -> Engine:
        return self.mounted.engine

    @property
    def asked_to_pay(self) -> int:
        """How many requests that move money were sent."""
        return len(money_requests(self.mounted.requests))

    def receive(self, callback: HttpRequest) -> Reply[Payout]:
        return self.payouts.receive(callback.body, token=callback.url)

    def token(self, purpose: Purpose, payout: Payout) -> str:
        """Return the token in an address of a payout."""
        return sign(self.daraja.config, purpose, payout.key)

    def wait(self, seconds: float = 5) -> None:
        """Let time pass, and receive the callbacks that come meanwhile."""
        self.mounted.advance(seconds=seconds)

    def reconcile_for(self, hours: float = 26, every: float = 60) -> Report:
        """Reconcile every minute for so long, and return the last report."""
        report = self.payouts.reconcile()
        for _ in range(int(hours * 3600 / every)):
            self.wait(every)
            report = self.payouts.reconcile()
        return report

    def now(self, payout: Payout) -> Payout:
        return self.payouts.payout(payout.key)

    def status(self, payout: Payout) -> PayoutStatus:
        return self.now(payout).status

    def spent(self, account: Account = Account.UTILITY, shortcode: str = BULK) -> int:
        """Return how much has left an account of ours."""
        return 1_000_000 - int(self.engine.ledger.balances(shortcode)[account])


def paymaster(
    store: PayoutStore | None = None,
    engine: Engine | None = None,
    *,
    caps: Caps = CAPS,
    settings: dict[str, Any] | None = None,  # Any: as Config has them
    **options: Any,  # noqa: ANN401 - as Payouts has them
) -> Paymaster:
    """Make one.

    Args:
        store: Where the payouts are stored; in memory if left out.
        engine: The local Daraja; an ``Engine()`` if left out.
        caps: The caps.
        settings: Settings of ``Config`` besides those that it needs.
        options: Options of ``Payouts``.
    """
    clock, heard, floats = ManualClock(START), list[HttpRequest](), list[object]()
    own = MemoryPayoutStore() if store is None else store

    def deliver(callback: HttpRequest) -> object:
        heard.append(callback)
        return None if one.deaf else one.receive(callback)

    mounted = MountedDaraja(Engine() if engine is None else engine, clock, deliver=deliver)
    usual: dict[str, Any] = {
        "initiator": sample_initiator(),
        "results_url": RESULTS,
        "bulk": Bulk(BULK),
    }  # Any: as above
    config: Config = sample_config(**{**usual, **(settings or {})})
    hooks: dict[str, Callable[[Any], object]] = {  # Any: what each of them hears of
        "on_paid": lambda payout: one.paid.append(payout.key),
        "on_failed": lambda payout: one.failed.append(payout.key),
        "on_attention": lambda payout: one.attention.append(payout.key),
        "on_low_float": floats.append,
    }
    daraja = Daraja(config, transport=mounted, clock=clock)
    chosen: dict[str, Any] = {**hooks, **options}  # Any: as above
    payouts = Payouts(daraja, own, caps=caps, **chosen)
    one = Paymaster(daraja, payouts, own, mounted, clock, heard, floats)
    return one


def bought(one: Paymaster, phone: str = PHONE, amount: int = 500) -> Payment:
    """Let a customer pay.

    Args:
        one: Who is paid.
        phone: Who pays.
        amount: Whole KES.
    """
    checkout = Checkout(one.daraja, MemoryStore())
    payment = checkout.start(phone=phone, amount=amount, reference="ORD-1")
    one.deaf = True
    one.mounted.pay(phone)
    one.wait()
    one.deaf = False
    checkout.receive(one.heard[-1].body, token=one.heard[-1].url)
    return checkout.payment(payment.key)
