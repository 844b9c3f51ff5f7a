"""Plans as scenarios of the local Daraja. They count every fault when it happens."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from daraja.simulator import Confirmation, ConfirmationScenario
from daraja.simulator.errors import Json
from daraja.simulator.products.c2b_misbehaviours import (
    Address,
    Change,
    at_a_guess,
    at_confirmation,
    at_validation,
    unchanged,
    with_another_account,
    with_another_amount,
    with_another_receipt,
    with_hashed_phone,
    with_plain_phone,
)
from tests.chaos.receipts.plan import Confirmations, Plan

__all__ = ["ConfirmationScenarios"]

_LATE: Final = 3.0
"""Minimum delay of a late confirmation in seconds; the maximum is twice as long."""


class ConfirmationScenarios:
    """Makes the scenarios of plans and counts their faults."""

    def __init__(self) -> None:
        self.counts: Final = Counter[str]()
        """How often each fault happened; 0 for a planned fault that did not."""

    def scenario(self, plan: Plan) -> ConfirmationScenario:
        """Return the scenario of a plan."""
        return ConfirmationScenario(
            confirmations=self._confirmations(plan), early=plan.confirmations is Confirmations.EARLY
        )

    def _confirmations(self, plan: Plan) -> Sequence[Confirmation]:
        made: dict[Confirmations, Callable[[], Sequence[Confirmation]]] = {
            Confirmations.USUAL: lambda: [Confirmation(after=plan.pause)],
            Confirmations.LOST: tuple,
            Confirmations.THRICE: lambda: [self._one("thrice"), Confirmation(), Confirmation(after=plan.pause)],
            Confirmations.LATE: lambda: [self._one("late", after=_LATE * (1 + plan.pause))],
            Confirmations.EARLY: lambda: [self._one("early")],
            Confirmations.AT_VALIDATION: lambda: [self._one("at the validation address", address=at_validation)],
            Confirmations.UNSIGNED: lambda: [self._one("at an unsigned address", address=at_a_guess)],
            Confirmations.FORGED: lambda: [
                Confirmation(after=plan.pause),
                self._one("forged with another receipt", with_another_receipt, address=at_a_guess),
            ],
            Confirmations.ANOTHER_AMOUNT: lambda: [self._one("another amount", with_another_amount)],
            Confirmations.ANOTHER_ACCOUNT: lambda: [self._one("another account", with_another_account)],
            Confirmations.HASHED: lambda: [self._one("payer hashed", with_hashed_phone)],
            Confirmations.PLAIN: lambda: [self._one("payer plain", with_plain_phone)],
        }
        return made[plan.confirmations]()

    def _one(
        self, name: str, change: Change = unchanged, *, after: float = 0.0, address: Address = at_confirmation
    ) -> Confirmation:
        return Confirmation(after=after, change=self._counting(f"confirmation: {name}", change), address=address)

    def _counting(self, fault: str, change: Callable[[Json, str], Json]) -> Change:
        self.counts.setdefault(fault, 0)

        def counted(body: Json, phone: str) -> Json:
            self.counts[fault] += 1
            return change(body, phone)

        return counted
