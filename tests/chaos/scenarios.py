"""Plans as scenarios of the local Daraja. They count every fault when it happens."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, ParamSpec, TypeVar

import attrs

from daraja.http.messages import HttpResponse
from daraja.simulator import Callback, Push, Scenario
from daraja.simulator.gateway import (
    Refuse,
    always,
    in_turn,
    lost,
    never,
    spike_arrest,
    spike_arrest_response,
    token_refused,
)
from daraja.simulator.products.stk.behaviours import (
    altered,
    at_first,
    being_processed,
    not_existing,
    still_processing,
    too_early,
    without_metadata,
    without_result,
    without_words,
)
from daraja.simulator.products.stk.callback_payload import callback_body
from daraja.simulator.products.stk.scenario import Respond, accepted
from tests.chaos.plan import Answer, Callbacks, Plan, Queries, Refusals

__all__ = ["Scenarios"]

Given = ParamSpec("Given")
Made = TypeVar("Made")

_SOON: Final = 0.5
"""Seconds of the local Daraja, which uses the real clock."""
_LATE: Final = 3.0
"""Minimum delay of a late callback in seconds; the maximum is twice as long. First checks are due then."""

_UNDECIDED: Final[Sequence[Callable[[Push], HttpResponse]]] = (
    still_processing,
    being_processed,
    without_words(200),
    without_words(500),
    too_early,
    without_result,
    not_existing,
)


class Scenarios:
    """Makes the scenarios of plans and counts their faults."""

    def __init__(self) -> None:
        self.counts: Final = Counter[str]()
        """How often each fault happened; 0 for a planned fault that did not."""

    def scenario(self, plan: Plan) -> Scenario:
        """Return the scenario of a plan."""
        made = Scenario(
            result=plan.result,
            after=plan.seconds,
            refuse=self._refuse(plan.refusals),
            reply=self._reply(plan),
            early=plan.callbacks is Callbacks.EARLY,
            callbacks=self._callbacks(plan),
        )
        if plan.queries is Queries.HONEST:
            return made
        return attrs.evolve(made, query=at_first(plan.wrong_answers, self._query(plan)))

    def _refuse(self, refusals: Refusals) -> Refuse:
        token = self._counting("push: token refused", token_refused)
        spike = self._counting("push: spike arrested", spike_arrest)
        match refusals:
            case Refusals.OPEN:
                return never
            case Refusals.TOKEN_REFUSED:
                return in_turn(token)
            case Refusals.SPIKE_ARRESTED:
                return in_turn(spike)
            case Refusals.BOTH:
                return in_turn(token, spike)
            case Refusals.SPIKE_ARRESTED_FOR_GOOD:
                return always(self._counting("push: spike arrested again and again", spike_arrest))

    def _reply(self, plan: Plan) -> Respond:
        reply: Respond = accepted
        if plan.answer is Answer.LOST:
            reply = self._counting("push: answer lost", lost)
        if plan.callbacks is Callbacks.DROPPED:
            reply = self._counting("callback: dropped", reply)
        return self._counting("push: answer and callback lost", reply) if plan.loses_both else reply

    def _callbacks(self, plan: Plan) -> Sequence[Callback]:
        first, second = (_SOON * pause for pause in plan.pauses)
        played: Mapping[Callbacks, Callable[[], Sequence[Callback]]] = {
            Callbacks.USUAL: lambda: [Callback(after=first)],
            Callbacks.DROPPED: list[Callback],
            Callbacks.DOUBLED: lambda: [Callback(after=first), self._callback("doubled", second)],
            Callbacks.DELAYED: lambda: [self._callback("delayed", _LATE * (1 + plan.pauses[0]))],
            Callbacks.EARLY: lambda: [self._callback("before the answer")],
            Callbacks.RECEIPT_LAST: lambda: [
                self._callback("without receipt, then with", bare=True),
                Callback(after=second),
            ],
            Callbacks.RECEIPT_FIRST: lambda: [
                Callback(),
                self._callback("with receipt, then without", second, bare=True),
            ],
        }
        return played[plan.callbacks]()

    def _query(self, plan: Plan) -> Callable[[Push], HttpResponse]:
        if plan.queries is Queries.SPIKE_ARRESTED:
            return self._counting("query: spike arrested", lambda _push: spike_arrest_response(5))
        form = _UNDECIDED[int(plan.pauses[1] * len(_UNDECIDED))]
        return self._counting("query: nothing decided yet", form)

    def _callback(self, name: str, after: float = 0.0, *, bare: bool = False) -> Callback:
        body = altered(without_metadata) if bare else callback_body
        return Callback(after=after, body=self._counting(f"callback: {name}", body))

    def _counting(self, name: str, happen: Callable[Given, Made]) -> Callable[Given, Made]:
        self.counts.setdefault(name, 0)

        def counted(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            self.counts[name] += 1
            return happen(*args, **kwargs)

        return counted
