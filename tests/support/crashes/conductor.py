"""Runs a flow like a process until an interruption stops it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import attrs

from daraja.errors import DarajaError
from daraja.http.flow import Effect, Flow, SingleFlight, Within
from daraja.lifecycle.effects import Elsewhere
from daraja.runtime.base import RecordRuntime, Runtime, run
from tests.support.crashes.interruptions import CancelledError, FailedError, Interruption, KilledError

__all__ = ["End", "conduct"]


@attrs.frozen(kw_only=True)
class End:
    """The progress of a flow.

    Args:
        asked: The effects that it asked for; those of a flow within a flow come after the effect that holds it.
        done: The effects that were carried out.
        owed: The effects that it asked for after it was cancelled.
        answer: What it returned, if it came to its end.
        error: What it raised, if that was to be expected.
    """

    asked: Sequence[Effect[Any]]  # Any: effects of every type
    done: Sequence[Effect[Any]]  # Any: as above
    owed: Sequence[Effect[Any]]  # Any: as above
    answer: object = None
    error: BaseException | None = None


def conduct(flow: Flow[Any], runtime: Runtime, around: Interruption) -> End:  # Any: as above
    """Run *flow* until *around* stops it."""
    conductor = _Conductor(runtime, around)
    answer: object = None
    raised: BaseException | None = None
    try:
        answer = run(flow, conductor)
    except (KilledError, CancelledError, FailedError, DarajaError) as error:
        raised = error
    return End(asked=conductor.asked, done=conductor.done, owed=conductor.owed, answer=answer, error=raised)


@attrs.define
class _Conductor:
    runtime: Runtime
    around: Interruption
    asked: list[Effect[Any]] = attrs.field(factory=list[Effect[Any]], init=False)  # Any: as above
    done: list[Effect[Any]] = attrs.field(factory=list[Effect[Any]], init=False)  # Any: as above
    _until_cancelled: int | None = attrs.field(default=None, init=False)
    _is_dead: bool = attrs.field(default=False, init=False)

    @property
    def owed(self) -> Sequence[Effect[Any]]:  # Any: as above
        return [] if self._until_cancelled is None else self.asked[self._until_cancelled :]

    def answer(self, effect: Effect[Any], /) -> object:  # Any: as above
        assert not self._is_dead, f"a killed process asked for {effect}"
        number = len(self.asked)
        self.asked.append(effect)
        try:
            return self.around(number, effect, partial(self._carry_out, effect))
        except KilledError:
            self._is_dead = True
            raise
        except CancelledError:
            if self._until_cancelled is None:
                self._until_cancelled = len(self.asked)
            raise

    def _carry_out(self, effect: Effect[Any]) -> object:  # Any: as above
        # The effects of a nested flow are interrupted, too.
        match effect:
            case SingleFlight(_, flow) | Within(_, flow):
                answer: object = run(flow(), self)
            case Elsewhere(place, flow):
                here, self.runtime = self.runtime, _place(self.runtime, place)
                answer = run(flow(), self)
                self.runtime = here
            case _:
                answer = self.runtime.answer(effect)
        self.done.append(effect)
        return answer


def _place(runtime: Runtime, place: str) -> Runtime:
    assert isinstance(runtime, RecordRuntime)
    return runtime.places[place]
