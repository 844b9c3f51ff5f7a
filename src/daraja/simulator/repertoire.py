"""Which scenario a push plays, and when it ends by itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from daraja.simulator.answers import RESULTS_OF, Answer
from daraja.simulator.pushes import Push
from daraja.simulator.scenarios import Scenario, busy, scenario_for
from daraja.values.phone import normalise_phone

__all__ = ["Repertoire"]


class Repertoire:
    """The scenarios of one local Daraja.

    Args:
        answer: What a number without a scenario does by itself.
        waiting: Seconds until then.
        busy_seconds: For how long after a push such a number takes no other.
        delay: Seconds until the result of a scenario that names no time.
        scenarios: Numbers of the user's own, in any form that people write.

    Raises:
        ValueError: If one of those is not a Kenyan mobile number.
    """

    def __init__(
        self, answer: Answer, waiting: float, busy_seconds: float, delay: float, scenarios: Mapping[str, Scenario]
    ) -> None:
        self._unlisted = Scenario(result=RESULTS_OF[answer], after=waiting, refuse=busy(busy_seconds))
        self._own = {normalise_phone(number): scenario for number, scenario in scenarios.items()}
        self._delay = delay

    def cast(self, push: Push) -> tuple[Scenario, datetime]:
        """Give the scenario of a push, and the time when it ends by itself."""
        scenario = self._own.get(push.phone) or scenario_for(push.phone) or self._unlisted
        seconds = self._delay if scenario.after is None else scenario.after
        return scenario, push.asked_at + timedelta(seconds=seconds)
