"""An organisation that pays out, and a local Daraja. Everything here outlives a process."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from daraja import Bulk, Daraja, to
from daraja.api.addresses import Purpose, sign
from daraja.disbursements import Payout, PayoutStatus, Product
from daraja.disbursements.approve import approve
from daraja.disbursements.follow_up import receive
from daraja.disbursements.model import PayoutStore
from daraja.disbursements.pay import Pay, Refunded
from daraja.disbursements.policy import PayoutPolicy, make_payout_policy
from daraja.errors import DarajaError
from daraja.http.flow import Flow
from daraja.http.messages import HttpRequest
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.runtime import run
from daraja.runtime.base import RecordRuntime
from daraja.simulator import Account, Engine
from daraja.testing import ManualClock, MountedDaraja, sample_config, sample_initiator
from tests.support.crashes.conductor import End, conduct
from tests.support.crashes.interruptions import Interruption, undisturbed
from tests.support.paying import BULK, CAPS, money_requests
from tests.support.payments import START

__all__ = ["AMOUNT", "FLOWS", "PHONES", "Treasury"]

AMOUNT: Final = 500
_DAY: Final = 86_400.0
PHONES: Final[Mapping[str, str]] = {
    "paid": "254712345678",
    "refused by a safe code": "254700000001",
    "paid, answer lost": "254700008135",
    "paid, notice first": "254700008107",
    "paid, only a notice": "254700008108",
    "paid, a code without proof first": "254700008111",
    "paid, no result": "254700008101",
    "never done": "254700008109",
    "turned away": "254700008132",
    "no usable answer": "254700008133",
}
"""What becomes of a payout, by the phone that it goes to."""

CONFIG: Final = sample_config(
    initiator=sample_initiator(), results_url="https://shop.example/results/", bulk=Bulk(BULK)
)


@attrs.define
class Treasury:
    """The state that exists before a process starts and after it ends.

    Args:
        store: Where the payouts are stored.
        phone: Who is paid.
        approvals: See ``Payouts``.
    """

    store: PayoutStore
    phone: str
    approvals: int | None = None
    clock: ManualClock = attrs.field(factory=lambda: ManualClock(START), init=False)
    engine: Engine = attrs.field(factory=Engine, init=False)
    post: list[HttpRequest] = attrs.field(factory=list[HttpRequest], init=False)
    told: list[str] = attrs.field(factory=list[str], init=False)
    failed: list[str] = attrs.field(factory=list[str], init=False)
    refunded: Refunded | None = attrs.field(default=None, init=False)
    mounted: MountedDaraja = attrs.field(init=False)
    _keys: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.mounted = MountedDaraja(self.engine, self.clock, deliver=self.post.append)

    # ---------------------------------------------------------------------------------------------------- new processes

    @property
    def daraja(self) -> Daraja:
        return Daraja(CONFIG, transport=self.mounted, clock=self.clock)

    @property
    def policy(self) -> PayoutPolicy:
        """The policy of a process."""
        return make_payout_policy(
            self.daraja,
            self.store,
            self._hear,
            {"on_failed": self._hear_of_failure},
            caps=CAPS,
            approvals=self.approvals,
            confirm_failures=True,
            probe=False,
            low_float=None,
            payments=None,
            receipts=None,
            senders=None,
            client=Daraja,
            awaits=False,
        )

    def office(self) -> RecordRuntime:
        """Return the runtime of a new process. The keys of payouts are counted, so runs are repeatable."""
        hooks: dict[str, Callable[[Any], object]] = {"on_failed": self._hear_of_failure}  # Any: as RecordRuntime has it
        return RecordRuntime(
            runtime=self.daraja.runtime, store=self.store, on_success=self._hear, hooks=hooks, new_key=self._new_key
        )

    def _hear(self, payout: Payout) -> None:
        self.told.append(payout.key)

    def _hear_of_failure(self, payout: Payout) -> None:
        self.failed.append(payout.key)

    def _new_key(self) -> str:
        self._keys += 1
        return f"{self._keys:032x}"

    def carry_out(self, flow: Flow[Any], around: Interruption = undisturbed) -> End:  # Any: whatever flows give
        """Run *flow* in a new process until it is interrupted."""
        return conduct(flow, self.office(), around)

    # ----------------------------------------------------------------------------------------------- what is done there

    def paying(self) -> Flow[Payout]:
        """Return the flow that pays the debt, or pays a payment back."""
        asks = "Wanjiku" if self.approvals else ""
        if self.refunded is None:
            return Pay(
                to=to.Mobile(self.phone), amount=AMOUNT, idempotency_key="one debt", metadata=None, by=asks
            ).flow(self.policy)
        return Pay(
            product=Product.REVERSAL,
            to=to.Mobile(self.phone),
            amount=AMOUNT,
            idempotency_key="one debt",
            metadata=None,
            by=asks,
            refunded=self.refunded,
        ).flow(self.policy)

    def pay(self) -> Payout:
        """Pay in a new process; return a refused payout, too."""
        try:
            return run(self.paying(), self.office())
        except DarajaError as refusal:
            if not isinstance(refusal.payout, Payout):
                raise
            return refusal.payout

    def approving(self) -> Flow[Payout]:
        """Return the flow by which a second person approves the payout."""
        payout = self.payouts()[0]
        return approve(payout.key, self.policy, by="Otieno", fingerprint=payout.fingerprint)

    def approve(self) -> None:
        """Approve in a new process what is held."""
        if self.payouts()[0].status is not PayoutStatus.HELD:
            return
        try:
            run(self.approving(), self.office())
        except DarajaError as refusal:
            if not isinstance(refusal.payout, Payout):
                raise

    def receiving(self, callback: HttpRequest) -> Flow[Reply[Payout]]:
        """Return the flow that receives a callback."""
        return receive(callback.body, callback.url, "", self.policy)

    def notice(self) -> None:
        """Let a new process receive a notice that the request waits."""
        for payout in self.payouts():
            token = sign(CONFIG, Purpose.TIMEOUT, payout.key)
            assert run(receive(b"{}", token, "", self.policy), self.office()).status_code == 200

    def deliver(self) -> None:
        """Let new processes receive everything that is in the post."""
        for callback in list(self.post):
            assert run(self.receiving(callback), self.office()).status_code == 200

    def reconciling(self) -> Flow[Report]:
        """Return the flow that looks after everything that is open."""
        return reconcile(100, self.policy)

    def reconcile(self) -> Report:
        """Reconcile in a new process, which hears the answers to its questions."""
        report = run(self.reconciling(), self.office())
        before = len(self.post)
        self.wait(5)
        for callback in self.post[before:]:
            run(self.receiving(callback), self.office())
        return report

    def wait(self, seconds: float) -> None:
        """Let time pass; what Daraja posts meanwhile is in the post."""
        days, rest = divmod(seconds, _DAY)
        for part in [_DAY] * int(days) + [rest]:
            self.mounted.advance(seconds=part)

    # ---------------------------------------------------------------------------------------------------- what is there

    def payouts(self) -> Sequence[Payout]:
        """Return all payouts."""
        return [one for one in self.store.list(Filter(), 100) if isinstance(one, Payout)]

    @property
    def asked_to_pay(self) -> list[HttpRequest]:
        return [one for one in money_requests(self.mounted.requests) if "stkpush" not in one.url]

    @property
    def spent(self) -> int:
        """How much has left the account that pays."""
        if self.refunded is not None:
            return AMOUNT + 1_000_000 - int(self.engine.ledger.balances("174379")[Account.UTILITY])
        return 1_000_000 - int(self.engine.ledger.balances(BULK)[Account.UTILITY])

    def remains(self) -> object:
        """Return everything that outlives a process, to compare two states."""
        stored = [(one, self.store.history(one.key)) for one in self.payouts()]
        return stored, self.store.unprocessed(100), len(self.asked_to_pay), list(self.told), list(self.failed)


def _nothing(_: Treasury) -> None:
    """Start with an empty store."""


def _paid(treasury: Treasury) -> None:
    treasury.pay()
    treasury.wait(400)


def _held(treasury: Treasury) -> None:
    treasury.pay()


def _bought(treasury: Treasury) -> None:
    """Let a customer pay, so that there is something to pay back."""
    treasury.daraja.stk_push(phone=treasury.phone, amount=AMOUNT, reference="ORD-1")
    treasury.mounted.pay(treasury.phone)
    treasury.wait(5)
    treasury.post.clear()
    receipt = next(one.receipt for one in treasury.engine.ledger.transactions if one.amount == AMOUNT)
    treasury.refunded = Refunded(receipt=receipt, amount=AMOUNT)


def _long_ago(treasury: Treasury) -> None:
    treasury.pay()
    treasury.wait(25 * 3600)


@attrs.frozen
class Operation:
    """An operation of a process that is interrupted.

    Args:
        flow: Gives the flow of what it does.
        prepare: What was done before, in other processes.
        approvals: See ``Payouts``.
        needs_post: Whether there has to be a callback to receive.
    """

    flow: Callable[[Treasury], Flow[Any]]  # Any: whatever flows give
    prepare: Callable[[Treasury], None] = _nothing
    approvals: int | None = None
    needs_post: bool = False


FLOWS: Final[Mapping[str, Operation]] = {
    "pay": Operation(Treasury.paying),
    "approve": Operation(Treasury.approving, _held, approvals=1),
    "refund": Operation(Treasury.paying, _bought),
    "receive": Operation(lambda one: one.receiving(one.post[0]), _paid, needs_post=True),
    "reconcile": Operation(Treasury.reconciling, _paid),
    "reconcile at last": Operation(Treasury.reconciling, _long_ago),
}
