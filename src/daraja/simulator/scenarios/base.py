"""What a scenario is: everything that becomes of one push, in fields that vary one by one."""

from collections.abc import Callable, Mapping, Sequence

import attrs
from attrs.validators import optional

from daraja.http.messages import HttpResponse
from daraja.simulator.notices import callback_body
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.refusals import Refusal
from daraja.simulator.replies import accepted, query_answer
from daraja.simulator.results import Result
from daraja.simulator.seconds import seconds_of
from daraja.simulator.subscribers import Refuse, Subscriber

__all__ = ["Body", "Callback", "Query", "Reply", "Scenario", "never"]

Reply = Callable[[Push], HttpResponse]
"""Answers a push that was accepted; it may raise ``AnswerLost``."""

Query = Callable[[Push, Decision | None, int], HttpResponse]
"""Answers a query about a push: its decision, None until there is one, and how many queries came before this one."""

Body = Callable[[Push, Decision], Mapping[str, object]]
"""Says in a callback what became of a push."""


@attrs.frozen(kw_only=True)
class Callback:
    """One callback of a scenario.

    Args:
        after: Seconds from the decision until it goes out.
        body: What it says of the push and its decision.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    after: float = attrs.field(default=0.0, validator=seconds_of)
    body: Body = callback_body


def never(_push: Push, _subscriber: Subscriber) -> Refusal | None:
    """Refuse no push."""
    return None


@attrs.frozen(kw_only=True)
class Scenario:
    """What becomes of one push. Every field goes with every other.

    >>> paid_but_unheard_of = Scenario(result=Result(0, "Paid"), after=20, callbacks=())

    Args:
        result: What it comes to by itself; a person who answers the prompt earlier decides otherwise.
        after: Seconds from the push until then; None for the engine's own delay.
        refuse: Whether a push is refused instead; then no prompt is shown, and nothing below comes about.
        reply: What answers the push once the prompt is shown.
        early: Whether it is decided at once, whatever *after* says, and called back before the push is answered.
        callbacks: What goes out once it is decided.
        query: What a query hears.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    result: Result
    after: float | None = attrs.field(default=None, validator=optional(seconds_of))
    refuse: Refuse = never
    reply: Reply = accepted
    early: bool = False
    callbacks: Sequence[Callback] = (Callback(),)
    query: Query = query_answer
