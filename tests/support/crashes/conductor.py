"""Carries flows out as ``daraja.runtime.run`` does, as far as an interruption lets them come."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import attrs

from daraja.errors import DarajaError
from daraja.http.flow import Alone, Effect, Flow
from daraja.runtime import Answers
from tests.support.crashes.interruptions import CancelledError, FailedError, Interruption, KilledError

__all__ = ["End", "conduct"]

Answer = TypeVar("Answer")


@attrs.frozen(kw_only=True)
class End:
    """How far a flow came.

    Args:
        asked: What it asked for; what is asked for to carry out ``Alone`` comes after that.
        done: What was carried out.
        owed: What it asked for after it was cancelled.
        answer: What it gave, if it came to its end.
        error: What it raised, if that was to be expected.
    """

    asked: Sequence[Effect[Any]]  # Any: see `perform`
    done: Sequence[Effect[Any]]  # Any: as above
    owed: Sequence[Effect[Any]]  # Any: as above
    answer: object = None
    error: BaseException | None = None


def conduct(flow: Flow[Any], office: Answers, around: Interruption) -> End:  # Any: as above
    """Carry *flow* out, as far as *around* lets it come."""
    conductor = _Conductor(office, around)
    answer: object = None
    raised: BaseException | None = None
    try:
        answer = conductor.run(flow)
    except (KilledError, CancelledError, FailedError, DarajaError) as error:
        raised = error
    return End(asked=conductor.asked, done=conductor.done, owed=conductor.owed, answer=answer, error=raised)


@attrs.define
class _Conductor:
    office: Answers
    around: Interruption
    asked: list[Effect[Any]] = attrs.field(factory=list[Effect[Any]], init=False)  # Any: as above
    done: list[Effect[Any]] = attrs.field(factory=list[Effect[Any]], init=False)  # Any: as above
    _until_cancelled: int | None = attrs.field(default=None, init=False)

    @property
    def owed(self) -> Sequence[Effect[Any]]:  # Any: as above
        return [] if self._until_cancelled is None else self.asked[self._until_cancelled :]

    def run(self, flow: Flow[Answer]) -> Answer:
        resume: Callable[[], Effect[Any]] = partial(next, flow)  # Any: as above
        while True:
            try:
                effect = resume()
            except StopIteration as end:
                result: Answer = end.value
                return result
            number = len(self.asked)
            self.asked.append(effect)
            try:
                answer = self.around(number, effect, partial(self._carry_out, effect))
            except KilledError:
                flow.close()  # which fails if the flow asks for anything on the way out
                raise
            except BaseException as error:  # noqa: BLE001 - the flow decides what an error means, and lets it pass
                if isinstance(error, CancelledError) and self._until_cancelled is None:
                    self._until_cancelled = len(self.asked)
                resume = partial(flow.throw, error)
            else:
                resume = partial(flow.send, answer)

    def _carry_out(self, effect: Effect[Any]) -> object:  # Any: as above
        if isinstance(effect, Alone):
            alone: Alone[Any] = effect  # Any: as above
            answer: object = self.run(alone.flow())
        else:
            answer = self.office.answer(effect)
        self.done.append(effect)
        return answer
