"""How a push turns out, chosen by phone number: each scenario a value that composes small behaviours."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import attrs

from daraja.simulator.pushes import Decision, Push
from daraja.simulator.replies import callback_body, query_answer
from daraja.simulator.results import CANCELLED, PAID, PROCESSING, UNANSWERED, WRONG_PIN, Result, result
from daraja.wire import HttpResponse

__all__ = ["RESULTS_OF", "Answer", "Callback", "Scenario", "scenario_for"]

_MAGIC: Final = re.compile(r"25470000([0-9]{4})")


class Answer(StrEnum):
    """What a person does with the prompt on the phone."""

    PAY = "pay"
    CANCEL = "cancel"
    WRONG_PIN = "wrong pin"
    IGNORE = "ignore"


RESULTS_OF: Final[Mapping[Answer, Result]] = {
    Answer.PAY: PAID,
    Answer.CANCEL: CANCELLED,
    Answer.WRONG_PIN: WRONG_PIN,
    Answer.IGNORE: UNANSWERED,
}
"""What each answer comes to in the end."""


@attrs.frozen(kw_only=True)
class Callback:
    """One callback of a scenario.

    Args:
        after: Seconds from the decision until it goes out.
        body: What it says of the push and its decision.
    """

    after: float = 0.0
    body: Callable[[Push, Decision], Mapping[str, object]] = callback_body


@attrs.frozen(kw_only=True)
class Scenario:
    """What becomes of one push.

    Args:
        result: What it comes to by itself; a person who answers the prompt earlier decides otherwise.
        after: Seconds from the push until then; None for the engine's own delay.
        callbacks: What goes out once it is decided.
        query: What a query hears; the decision is None until there is one.
    """

    result: Result
    after: float | None = None
    callbacks: Sequence[Callback] = (Callback(),)
    query: Callable[[Push, Decision | None], HttpResponse] = query_answer


def scenario_for(phone: str) -> Scenario | None:
    """Give the scenario that a magic number stands for: ``25470000CCCC`` comes to result code CCCC.

    Returns:
        None for every other number.
    """
    found = _MAGIC.fullmatch(phone)
    if found is None:
        return None
    code = int(found[1])
    if code == PROCESSING.code:
        return Scenario(result=PROCESSING, callbacks=())
    return Scenario(result=result(code))
