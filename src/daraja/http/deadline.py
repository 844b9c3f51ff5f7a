"""A limit to the time that a whole conversation may take, its waits and its token included."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import attrs

from daraja.http.flow import Alone, Effect, Flow, Now, TimeLeft, perform

__all__ = ["within"]

Answer = TypeVar("Answer")


def within(end: datetime, flow: Flow[Answer], /) -> Flow[Answer]:
    """Carry *flow* out knowing that its time is over at *end*.

    The flow itself asks how much is left (``TimeLeft``) and ends in good order before; whatever it has others do for it
    is bound by the same limit.
    """
    answer: Any = None  # Any: as in Flow
    resume = partial(flow.send, None)
    while True:
        try:
            effect = resume()
        except StopIteration as stop:
            result: Answer = stop.value
            return result
        try:
            answer = yield from _bounded(effect, end)
        except BaseException as error:  # noqa: BLE001 - the flow decides what an error means, and lets it pass
            resume = partial(flow.throw, error)
        else:
            resume = partial(flow.send, answer)


def _bounded(effect: Effect[Any], end: datetime) -> Flow[object]:  # Any: whatever the inner flow asks for
    if isinstance(effect, TimeLeft):
        return (yield from _left(end))
    if isinstance(effect, Alone):
        alone: Alone[Any] = effect  # Any: as above
        effect = attrs.evolve(alone, flow=lambda: within(end, alone.flow()), patience=(yield from _left(end)))
    return (yield from perform(effect))


def _left(end: datetime) -> Flow[float]:
    now = yield from perform(Now())
    return max(0.0, (end - now) / timedelta(seconds=1))
