"""A local Daraja that records which callbacks arrived, so every lost callback is known."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from daraja.api.addresses import TOKEN
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine, Prompt, Scenario

__all__ = ["RecordingEngine"]


class RecordingEngine(Engine):
    """Plays the scenarios and records the truth.

    Args:
        scenarios: The scenario of each phone number.
        on_delivery: Called when a callback has arrived or is lost.
    """

    def __init__(self, scenarios: Mapping[str, Scenario], on_delivery: Callable[[], None]) -> None:
        super().__init__(scenarios=scenarios)
        self._played: Final = scenarios
        self._on_delivery: Final = on_delivery
        self._latest = datetime.min.replace(tzinfo=UTC)
        self.arrived: Final = Counter[str]()
        """The number of callbacks that were answered with 200, by the key of their payment."""
        self.lost = 0
        """The number of other callbacks."""
        self.reordered = 0
        """The number of callbacks that arrived after the callback of a payment that was decided later."""

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """See ``Engine``."""
        super().delivered(callback, reply, now)
        if reply == "answered HTTP 200":
            self.arrived[_key_in(callback.url)] += 1
            self._compare(callback)
        else:
            self.lost += 1
        self._on_delivery()

    @property
    def under_way(self) -> int:
        """The number of callbacks that are still to come, with those of open prompts."""
        promised = sum(len(self._played[push.phone].callbacks) for push in self.stk.pushes)
        return promised - self.arrived.total() - self.lost

    def by_key(self) -> Mapping[str, list[Prompt]]:
        """Return every push with a result, by the key of its payment."""
        found: dict[str, list[Prompt]] = {}
        for prompt in self.stk.decided:
            found.setdefault(_key_in(prompt.push.callback_url), []).append(prompt)
        return found

    def _compare(self, callback: HttpRequest) -> None:
        prompt = self.stk.find(json.loads(callback.body)["Body"]["stkCallback"]["CheckoutRequestID"])
        assert prompt is not None
        assert prompt.decision is not None
        self.reordered += prompt.decision.at < self._latest
        self._latest = max(self._latest, prompt.decision.at)


def _key_in(url: str) -> str:
    """Return the key of the payment in its signed callback address."""
    token = TOKEN.search(url)
    assert token is not None
    return token[2]
