"""A local Daraja that pays out, and knows everything that it accepted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import ResultScenario, Transaction
from tests.chaos.counting_engine import CountingEngine
from tests.chaos.payouts.attempts import BULK

__all__ = ["PayoutEngine"]

_SOON: Final = 0.2
"""Seconds until the answer to a status query."""


class PayoutEngine(CountingEngine):
    """Plays the scenarios and records the truth.

    Args:
        scenarios: The scenario of each phone number.
        float_: What the Utility account begins with.
        on_delivery: Called when a callback has arrived or is lost.
    """

    def __init__(self, scenarios: Mapping[str, ResultScenario], float_: int, on_delivery: Callable[[], None]) -> None:
        super().__init__(on_delivery, payouts=scenarios, delay=_SOON, balances={BULK: {"Utility Account": float_}})

        self.duplicates = 0
        """The number of requests with an id that was accepted before."""

    def handle(self, request: HttpRequest, now: datetime) -> HttpResponse:
        """See ``Engine``."""
        response = super().handle(request, now)
        self.duplicates += b"Duplicate OriginatorConversationID" in response.body
        return response

    def transactions_by_key(self) -> Mapping[str, list[Transaction]]:
        """Return everything that was accepted, by the OriginatorConversationID, which is the key of the payout."""
        found: dict[str, list[Transaction]] = {}
        for one in self.ledger.transactions:
            found.setdefault(one.originator_conversation_id, []).append(one)
        return found
