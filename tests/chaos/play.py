"""Recipes as scenarios of the local Daraja, which count every trouble at the moment it happens."""

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
from tests.chaos.plan import Answer, Callbacks, Gate, Queries, Recipe

__all__ = ["Stage"]

Given = ParamSpec("Given")
Made = TypeVar("Made")

_SOON: Final = 0.5
"""Seconds, like all times of the local Daraja, whose clock is the real one."""
_LATE: Final = 3.0
"""Seconds that a late callback takes at least, and twice as many at the most; then first checks are due."""

_UNDECIDED: Final[Sequence[Callable[[Push], HttpResponse]]] = (
    still_processing,
    being_processed,
    without_words(200),
    without_words(500),
    too_early,
    without_result,
    not_existing,
)


class Stage:
    """Where recipes are played."""

    def __init__(self) -> None:
        self.hits: Final = Counter[str]()
        """How often each trouble happened; 0 for one that was planned and did not."""

    def scenario(self, recipe: Recipe) -> Scenario:
        """Give the scenario of a recipe."""
        made = Scenario(
            result=recipe.result,
            after=recipe.seconds,
            refuse=self._refuse(recipe.gate),
            reply=self._reply(recipe),
            early=recipe.callbacks is Callbacks.EARLY,
            callbacks=self._callbacks(recipe),
        )
        if recipe.queries is Queries.HONEST:
            return made
        return attrs.evolve(made, query=at_first(recipe.put_off, self._query(recipe)))

    def _refuse(self, gate: Gate) -> Refuse:
        token = self._counting("push: token refused", token_refused)
        spike = self._counting("push: spike arrested", spike_arrest)
        match gate:
            case Gate.OPEN:
                return never
            case Gate.TOKEN_REFUSED:
                return in_turn(token)
            case Gate.SPIKE_ARRESTED:
                return in_turn(spike)
            case Gate.BOTH:
                return in_turn(token, spike)
            case Gate.SPIKE_ARRESTED_FOR_GOOD:
                return always(self._counting("push: spike arrested again and again", spike_arrest))

    def _reply(self, recipe: Recipe) -> Respond:
        reply: Respond = accepted
        if recipe.answer is Answer.LOST:
            reply = self._counting("push: answer lost", lost)
        if recipe.callbacks is Callbacks.DROPPED:
            reply = self._counting("callback: dropped", reply)
        return self._counting("push: answer and callback lost", reply) if recipe.loses_both else reply

    def _callbacks(self, recipe: Recipe) -> Sequence[Callback]:
        first, second = (_SOON * pause for pause in recipe.pauses)
        played: Mapping[Callbacks, Callable[[], Sequence[Callback]]] = {
            Callbacks.USUAL: lambda: [Callback(after=first)],
            Callbacks.DROPPED: list[Callback],
            Callbacks.DOUBLED: lambda: [Callback(after=first), self._callback("doubled", second)],
            Callbacks.DELAYED: lambda: [self._callback("delayed", _LATE * (1 + recipe.pauses[0]))],
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
        return played[recipe.callbacks]()

    def _query(self, recipe: Recipe) -> Callable[[Push], HttpResponse]:
        if recipe.queries is Queries.SPIKE_ARRESTED:
            return self._counting("query: spike arrested", lambda _push: spike_arrest_response(5))
        form = _UNDECIDED[int(recipe.pauses[1] * len(_UNDECIDED))]
        return self._counting("query: nothing decided yet", form)

    def _callback(self, name: str, after: float = 0.0, *, bare: bool = False) -> Callback:
        body = altered(without_metadata) if bare else callback_body
        return Callback(after=after, body=self._counting(f"callback: {name}", body))

    def _counting(self, name: str, happen: Callable[Given, Made]) -> Callable[Given, Made]:
        self.hits.setdefault(name, 0)

        def counted(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            self.hits[name] += 1
            return happen(*args, **kwargs)

        return counted
