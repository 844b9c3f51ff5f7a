"""A local Daraja that knows all the money that came in, and which confirmations arrived."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from daraja.api.addresses import TOKEN
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_SHORTCODE, ConfirmationScenario, Scenario, Transaction
from tests.chaos.counting_engine import CountingEngine

__all__ = ["ReceiptEngine"]

_SOON: Final = 0.2
"""Seconds until the answer to a status query."""
_CONFIRMATION: Final = "f"
"""The letter for the purpose in the address of confirmations."""


class ReceiptEngine(CountingEngine):
    """Plays the scenarios and records the truth.

    Args:
        pushes: The scenario of a push to each phone number.
        payers: The scenario of the confirmations of what each phone number pays.
        on_delivery: Called when a callback has arrived or is lost.
    """

    def __init__(
        self,
        pushes: Mapping[str, Scenario],
        payers: Mapping[str, ConfirmationScenario],
        on_delivery: Callable[[], None],
    ) -> None:
        super().__init__(on_delivery, scenarios=pushes, payers=payers, delay=_SOON)
        self.confirmed: Final = Counter[str]()
        """The number of confirmations that were answered with 200, by the receipt number in them."""

    def has_arrived(self, callback: HttpRequest) -> None:
        """See ``CountingEngine``."""
        token = TOKEN.search(callback.url)
        if token is not None and token[1] == _CONFIRMATION:
            self.confirmed[json.loads(callback.body)["TransID"]] += 1

    @property
    def money(self) -> Mapping[str, Transaction]:
        """All that customers paid, by receipt number."""
        return {one.receipt: one for one in self.ledger.paid_to(SANDBOX_SHORTCODE)}

    @property
    def asked_for(self) -> Mapping[str, str]:
        """The key of the payment that was paid at a prompt, by receipt number."""
        found: dict[str, str] = {}
        for prompt in self.stk.decided:
            token = TOKEN.search(prompt.push.callback_url)
            assert token is not None
            assert prompt.decision is not None
            if prompt.paid:
                found[prompt.decision.receipt] = token[2]
        return found
