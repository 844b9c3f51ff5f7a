"""What answers the effects of a record's flows: the store, and the functions that the shop hands over."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import attrs

from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Effect, Flow, StoreCall
from daraja.lifecycle.policy import check_hook, refuse_awaitable
from daraja.lifecycle.ports import Announce, Elsewhere, NewKey, Notify, ShowProgress
from daraja.runtime.base import Runtime, run
from daraja.system.machine import timed

__all__ = ["RecordRuntime"]


def _ignore(_: object) -> None:
    """Do nothing."""


def _new_key() -> str:
    return secrets.token_hex(16)


@attrs.frozen(kw_only=True)
class RecordRuntime:
    """Answers the effects of a checkout, in the thread that asks.

    Args:
        runtime: Answers every other effect: the network, the clock, the tokens.
        store: Where the records are stored. Its methods are those of ``RecordStore``.
        on_success: Called with each record that becomes a success.
        progress: Called with the report of a run so far.
        hooks: Other functions of the shop's, by name.
        places: What answers the flows over other stores of the same shop, by their place.
        new_key: Draws the key of a new record.
        monotonic: Returns seconds that never jump back, by which those functions are timed.
    """

    awaits: ClassVar[bool] = False
    """Whether the functions of the shop's may return awaitables."""

    runtime: Runtime
    store: object
    on_success: Callable[[Any], object] = _ignore  # Any: a record of the kind that it hears of
    progress: Callable[[Any], object] = _ignore  # Any: the report
    hooks: Mapping[str, Callable[[Any], object]] = attrs.field(
        factory=dict[str, Callable[[Any], object]]
    )  # Any: as above
    places: "Mapping[str, RecordRuntime]" = attrs.field(factory=dict[str, "RecordRuntime"])
    new_key: Callable[[], str] = _new_key
    monotonic: Callable[[], float] = time.monotonic

    def showing(self, progress: Callable[[Any], object] | None, /) -> Self:  # Any: as above
        """Return the runtime that calls *progress* with the report of a run so far.

        Raises:
            InvalidInput: If *progress* is no function that can be called here.
        """
        raise_faults({"progress": value_or_fault(check_hook, progress, awaits=self.awaits)})
        return self if progress is None else attrs.evolve(self, progress=progress)

    def answer(self, effect: Effect[Any], /) -> object:  # Any: effects of every type
        """Do what *effect* asks for."""
        match effect:
            case StoreCall(method, arguments):
                return self._call(getattr(self.store, method), *arguments)
            case NewKey():
                return self.new_key()
            case Notify(record):
                return self._tell(self.on_success, record)
            case Announce(hook, news):
                return self._tell(self.hooks[hook], news)
            case Elsewhere(place, flow):
                return self._run(flow(), self.places[place])
            case ShowProgress(report):
                return self._tell(self.progress, report)
            case _:
                return self.runtime.answer(effect)

    def _run(self, flow: Flow[Any] | Effect[Any], runtime: "RecordRuntime") -> object:  # Any: as above
        """Carry out a flow with another runtime."""
        return run(flow, runtime)

    def _call(self, method: Callable[..., object], *arguments: object) -> object:
        """Call a method of the store, which may take its time."""
        return method(*arguments)

    def _tell(self, hook: Callable[[Any], object], news: object) -> object:  # Any: as above
        """Call a function of the shop's."""
        with timed(hook, self.monotonic):
            refuse_awaitable(hook(news))
        return None
