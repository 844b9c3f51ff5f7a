"""The operations of a process that is interrupted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import pytest

from daraja.http.flow import Flow
from daraja.http.messages import HttpRequest
from daraja.lifecycle.check_status import refresh
from daraja.lifecycle.reconcile import reconcile
from daraja.simulator.gateway import lost
from tests.support.crashes.conductor import End
from tests.support.crashes.interruptions import Interruption, killed_before_first, undisturbed
from tests.support.crashes.outcomes import DECIDED, OUTCOMES, Outcome
from tests.support.crashes.shop import Ledger, Purchase, Shop, key_of

__all__ = ["CASES", "EVERY_CASE", "HOUR", "OPERATIONS", "Operation"]

HOUR: Final = 3600.0


def _nothing(_: Shop) -> None:
    """Start with an empty shop."""


@attrs.frozen(kw_only=True)
class Operation:
    """An operation of a process that is interrupted.

    Args:
        flow: Gives the flow of what it does.
        outcomes: The names of the outcomes that it is tried with.
        prepare: What was done before, in other processes.
        purchases: What is bought; the answer to the push for ``lost`` gets lost, whatever the outcome.
        confirm: See ``Shop``.
        charges: See ``Shop``.
        listens: See ``Shop``.
    """

    flow: Callable[[Shop], Flow[Any]]  # Any: as above
    outcomes: Sequence[str]
    prepare: Callable[[Shop], None] = _nothing
    purchases: Sequence[str] = ("only",)
    confirm: bool = False
    charges: bool = False
    listens: bool = True

    def shop(self, outcome: Outcome, ledger: Ledger) -> Shop:
        """Open a prepared shop."""
        unanswered = attrs.evolve(outcome.scenario, reply=lost)
        purchases = [
            Purchase(name, f"25471100000{number}", unanswered if name == "lost" else outcome.scenario)
            for number, name in enumerate(self.purchases)
        ]
        shop = Shop(
            purchases=purchases, ledger=ledger, confirm=self.confirm, charges=self.charges, listens=self.listens
        )
        self.prepare(shop)
        return shop

    def attempt(self, outcome: Outcome, ledger: Ledger, around: Interruption = undisturbed) -> tuple[Shop, End]:
        """Run the operation in a new shop until it is interrupted."""
        shop = self.shop(outcome, ledger)
        return shop, shop.carry_out(self.flow(shop), around)

    def then_reconcile(self, around: Interruption) -> "Operation":
        """Return the reconcile operation some minutes after this one was interrupted."""

        def prepare(shop: Shop) -> None:
            self.prepare(shop)
            shop.carry_out(self.flow(shop), around)
            shop.wait(150)

        return attrs.evolve(self, flow=_reconciling, prepare=prepare)


def _starting(shop: Shop) -> Flow[object]:
    return shop.starting(shop.purchases[0])


def _receiving(shop: Shop) -> Flow[object]:
    return shop.receiving(shop.post[0])


def _receiving_unsigned(shop: Shop) -> Flow[object]:
    return shop.receiving(shop.post[0], signed=False)


def _refreshing(shop: Shop) -> Flow[object]:
    return refresh(key_of(shop.engine.stk.pushes[0].callback_url), shop.policy)


def _reconciling(shop: Shop) -> Flow[object]:
    return reconcile(100, shop.policy)


def _asked(shop: Shop) -> None:
    shop.start(shop.purchases[0])
    shop.wait(DECIDED)


def _heard(shop: Shop) -> None:
    _asked(shop)
    shop.deliver(shop.post[0])


def _asked_long_ago(shop: Shop) -> None:
    _asked(shop)
    shop.wait(25 * HOUR)


def _left_open(shop: Shop) -> None:
    """Leave open work: queries for all, the callback of one, the delivery of another success."""
    for purchase in shop.purchases:
        shop.start(purchase)
    shop.wait(DECIDED)
    died_before = {"left over": "load", "untold": "Notify"}
    for purchase in shop.purchases:
        if purchase.name in died_before:
            for callback in _posted(shop, purchase):
                shop.carry_out(shop.receiving(callback), killed_before_first(died_before[purchase.name]))
    shop.wait(80)


def _left_open_long_ago(shop: Shop) -> None:
    _left_open(shop)
    shop.wait(25 * HOUR)


def _posted(shop: Shop, purchase: Purchase) -> Sequence[HttpRequest]:
    addresses = {prompt.push.callback_url for prompt in shop.prompts(purchase)}
    return [callback for callback in shop.post if callback.url in addresses]


_DISPUTED: Final = ("paid", "paid, queries deny")
_HEARD: Final = (*_DISPUTED, "paid, answer lost", "cancelled")

OPERATIONS: Final[Mapping[str, Operation]] = {
    "start": Operation(flow=_starting, outcomes=tuple(OUTCOMES)),
    "start by charge": Operation(flow=_starting, outcomes=tuple(OUTCOMES), charges=True),
    "receive": Operation(flow=_receiving, outcomes=(*_HEARD, "unanswered"), prepare=_asked),
    "receive, nobody listens": Operation(flow=_receiving, outcomes=_HEARD, prepare=_asked, listens=False),
    "receive to confirm": Operation(flow=_receiving, outcomes=_HEARD, prepare=_asked, confirm=True),
    "receive unsigned": Operation(flow=_receiving_unsigned, outcomes=_HEARD, prepare=_asked),
    "receive again": Operation(flow=_receiving, outcomes=("paid", "cancelled"), prepare=_heard),
    "refresh": Operation(flow=_refreshing, outcomes=(*_HEARD, "unanswered", "undecided"), prepare=_asked),
    "refresh at last": Operation(flow=_refreshing, outcomes=(*_HEARD, "undecided"), prepare=_asked_long_ago),
    "reconcile": Operation(
        flow=_reconciling,
        outcomes=(*_DISPUTED, "cancelled", "undecided"),
        prepare=_left_open,
        purchases=("asked", "left over", "untold"),
    ),
    "reconcile to confirm": Operation(
        flow=_reconciling, outcomes=_DISPUTED, prepare=_left_open, purchases=("left over", "lost"), confirm=True
    ),
    "reconcile at last": Operation(
        flow=_reconciling,
        outcomes=(*_DISPUTED, "unanswered", "undecided"),
        prepare=_left_open_long_ago,
        purchases=("asked", "lost"),
    ),
}

CASES: Final[Mapping[str, tuple[Operation, Outcome]]] = {
    f"{what}: {name}": (operation, OUTCOMES[name])
    for what, operation in OPERATIONS.items()
    for name in operation.outcomes
}
"""Each operation with each outcome that it is tried with."""

_QUICK: Final = (": paid", "start: turned away", "start: cancelled", "refresh: undecided", "receive: unanswered")

EVERY_CASE: Final = [
    pytest.param(*case, id=name, marks=[] if name.endswith(_QUICK) else pytest.mark.slow)
    for name, case in CASES.items()
]
"""The cases for ``pytest.mark.parametrize``. The quick tests take each operation and each kind of end once."""
