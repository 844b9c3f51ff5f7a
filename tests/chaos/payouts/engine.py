"""A local Daraja that counts the callbacks which are under way and those that arrived."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from daraja.http.messages import HttpRequest
from daraja.lifecycle.signed_url import TOKEN
from daraja.simulator import Engine, ResultScenario, Transaction
from tests.chaos.payouts.attempts import BULK

__all__ = ["PayoutEngine"]

_SOON: Final = 0.2
"""Seconds until the answer to a status query."""


class PayoutEngine(Engine):
    """Plays the scenarios and records the truth.

    Args:
        scenarios: The scenario of each phone number.
        float_: What the Utility account begins with.
        on_delivery: Called when a callback has arrived or is lost.
    """

    def __init__(self, scenarios: Mapping[str, ResultScenario], float_: int, on_delivery: Callable[[], None]) -> None:
        super().__init__(payouts=scenarios, delay=_SOON, balances={BULK: {"Utility Account": float_}})
        self._on_delivery: Final = on_delivery
        self._answered = 0
        self.arrived: Final = Counter[str]()
        """The number of callbacks that were answered with 200, by the key of their payout."""
        self.lost = 0
        """The number of other callbacks."""

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """See ``Engine``."""
        super().delivered(callback, reply, now)
        self._answered += 1
        token = TOKEN.fullmatch(callback.url.strip("/").rpartition("/")[2])
        if reply == "answered HTTP 200" and token is not None:
            self.arrived[token[2]] += 1
        else:
            self.lost += 1
        self._on_delivery()

    @property
    def is_under_way(self) -> bool:
        """Whether a callback is still to come. Read it under the lock of the local Daraja."""
        return self.next_due() is not None or len(self.callback_queue.sent) > self._answered

    def transactions_by_key(self) -> Mapping[str, list[Transaction]]:
        """Return everything that was accepted, by the OriginatorConversationID, which is the key of the payout."""
        found: dict[str, list[Transaction]] = {}
        for one in self.ledger.transactions:
            found.setdefault(one.originator_conversation_id, []).append(one)
        return found
