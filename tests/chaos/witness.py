"""A local Daraja that remembers which callbacks arrived, so that what was lost on the way is known exactly."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from daraja.http.messages import HttpRequest
from daraja.simulator import Engine, Prompt, Scenario
from tests.chaos.attempts import number_of

__all__ = ["Witness"]

_KEY: Final = 32
"""Characters of a payment's key, with which the last segment of its callback address begins."""


class Witness(Engine):
    """Plays the scenarios, and knows the truth.

    Args:
        scenarios: What becomes of each number.
        on_delivery: Called whenever a callback has arrived, or was lost.
    """

    def __init__(self, scenarios: Mapping[str, Scenario], on_delivery: Callable[[], None]) -> None:
        super().__init__(scenarios=scenarios)
        self._played: Final = scenarios
        self._on_delivery: Final = on_delivery
        self._latest = datetime.min.replace(tzinfo=UTC)
        self.arrived: Final = Counter[str]()
        """How many callbacks were answered with 200, by the key of their payment."""
        self.lost = 0
        """How many were not."""
        self.overtaken = 0
        """How many arrived later than the callback of a payment that was decided after theirs."""

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """See ``Engine``."""
        super().delivered(callback, reply, now)
        if reply == "answered HTTP 200":
            self.arrived[callback.url.strip("/").rpartition("/")[2][:_KEY]] += 1
            self._compare(callback)
        else:
            self.lost += 1
        self._on_delivery()

    @property
    def under_way(self) -> int:
        """How many callbacks are still to come, those of open prompts included."""
        promised = sum(len(self._played[push.phone].callbacks) for push in self.stk.pushes)
        return promised - self.arrived.total() - self.lost

    def by_number(self) -> Mapping[int, list[Prompt]]:
        """Give every push that came to its result, by the number of its attempt."""
        found: dict[int, list[Prompt]] = {}
        for prompt in self.stk.decided:
            found.setdefault(number_of(prompt.push.phone), []).append(prompt)
        return found

    def _compare(self, callback: HttpRequest) -> None:
        prompt = self.stk.find(json.loads(callback.body)["Body"]["stkCallback"]["CheckoutRequestID"])
        assert prompt is not None
        assert prompt.decision is not None
        self.overtaken += prompt.decision.at < self._latest
        self._latest = max(self._latest, prompt.decision.at)
