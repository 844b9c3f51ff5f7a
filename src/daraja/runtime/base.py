"""The loop that carries a flow out, and the runtimes that answer its effects: network, clock, log and store."""

import random
import secrets
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from math import inf
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

import attrs

from daraja.errors import NotSent
from daraja.events import Event
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import (
    Effect,
    Flow,
    GetToken,
    Log,
    Monotonic,
    Now,
    PutToken,
    Random,
    Send,
    SingleFlight,
    Sleep,
    StoreCall,
    TimeLeft,
    TokenAge,
    Within,
)
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.effects import Announce, Elsewhere, NewKey, Notify, ShowProgress
from daraja.lifecycle.policy import check_hook, refuse_awaitable
from daraja.system.fork_local import ForkLocal
from daraja.system.machine import Clock, EventLog, reporter, timed
from daraja.system.single_flight import ThreadCalls
from daraja.tokens.base import TokenCache, lock_among_processes
from daraja.transports.base import Transport

T = TypeVar("T")


class Runtime(Protocol):
    """Answers the effects of a flow."""

    def answer(self, effect: Effect[Any], /) -> object:  # Any: effects of every type
        """Do what *effect* asks for, and return the result or an awaitable of it."""
        ...


async def arun(flow: Flow[T] | Effect[T], runtime: Runtime, /) -> T:
    """Carry *flow* out to its end and return its result.

    Args:
        flow: The conversation, as an operation's ``flow(config)`` starts it; or a single effect.
        runtime: Answers its effects, such as ``AsyncDaraja.runtime``.

    Raises:
        DarajaError: What the flow raises.
    """
    steps: Flow[T] = iter(flow) if isinstance(flow, Effect) else flow
    resume: Callable[[], Effect[Any]] = partial(next, steps)  # Any: as in Flow
    reporting = reporter.set(partial(_report, runtime))
    try:
        while True:
            try:
                effect = resume()
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                answer = runtime.answer(effect)
                if hasattr(answer, "__await__"):  # in a third of the time of isinstance(answer, Awaitable)
                    answer = await cast("Awaitable[object]", answer)
            except BaseException as error:  # noqa: BLE001 - the flow decides what an error means; a cancellation passes too
                resume = partial(steps.throw, error)
            else:
                resume = partial(steps.send, answer)
    finally:
        reporter.reset(reporting)


def _report(runtime: Runtime, event: Event) -> None:
    """Report an event of a part that knows no client, such as a store, through *runtime*."""
    runtime.answer(Log(event.name, event.fields, warning=event.level == "warning"))


def run(flow: Flow[T] | Effect[T], runtime: Runtime, /) -> T:
    """Carry *flow* out to its end and return its result, without an event loop.

    Args:
        flow: The conversation, as an operation's ``flow(config)`` starts it; or a single effect.
        runtime: Answers its effects, such as ``Daraja.runtime``. Nothing that it returns may have to be awaited.

    Raises:
        DarajaError: What the flow raises.
        TypeError: If something would have to be awaited; use the async client for it.
    """
    # A coroutine that never has to wait runs to its end at the first send, so the loop stands only once.
    conversation = arun(flow, runtime)
    try:
        conversation.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    conversation.close()
    message = "a transport, token cache, store or hook returned an awaitable; give it to AsyncDaraja or AsyncCheckout"
    raise TypeError(message)


def _event_log_of(runtime: "BaseRuntime") -> EventLog:
    return EventLog(runtime.clock, runtime.on_event)


@attrs.frozen(kw_only=True)
class BaseRuntime:
    """Answers the effects of a conversation, in a thread or in a task.

    Args:
        clock: Tells the time.
        tokens: Caches access tokens.
        random: Draws a number from 0 up to 1.
        on_event: Called with every event; None for nobody.
    """

    clock: Clock
    tokens: TokenCache
    random: Callable[[], float] = random.random
    on_event: Callable[[Event], object] | None = None
    _fetched: dict[str, float] = attrs.field(factory=dict[str, float], init=False, repr=False)
    _events: EventLog = attrs.field(default=attrs.Factory(_event_log_of, takes_self=True), init=False, repr=False)

    def answer(self, effect: Effect[Any], /, deadline: float = inf) -> object:  # noqa: C901, PLR0912 - one case for each effect; Any: effects of every type
        """Do what *effect* asks for.

        Args:
            effect: What a flow yielded.
            deadline: When the time of that flow is over, by the monotonic clock.
        """
        match effect:
            case Send(request):
                return self._send(request)
            case Now():
                return self.clock.now()
            case Monotonic():
                return self.clock.monotonic()
            case Log(name, fields, warning, once, every):
                self._events.write(Event(name, "warning" if warning else "info", fields), once=once, every=every)
                return None
            case GetToken(key):
                return self._cached(self.tokens.get, key)
            case PutToken(key, token, seconds):
                self._fetched[key] = self.clock.monotonic()
                return self._cached(self.tokens.put, key, token, seconds)
            case TokenAge(key):
                return self.clock.monotonic() - self._fetched.get(key, -inf)
            case SingleFlight(key, flow):
                return self._share(key, flow, deadline)
            case Sleep(seconds):
                return self._sleep(seconds)
            case Random():
                return self.random()
            case TimeLeft():
                return max(0.0, deadline - self.clock.monotonic())
            case Within(seconds, flow):
                return self._run(flow, min(deadline, self.clock.monotonic() + seconds))
            case _:
                raise TypeError(f"nothing here answers the effect {type(effect).__name__}")

    @abstractmethod
    def _send(self, request: HttpRequest) -> object:
        """Carry *request* to Daraja."""

    @abstractmethod
    def _sleep(self, seconds: float) -> object:
        """Wait."""

    @abstractmethod
    def _cached(self, method: Callable[..., object], *arguments: object) -> object:
        """Call a method of the token cache, which may take its time."""

    @abstractmethod
    def _run(self, flow: Callable[[], Flow[Any]], deadline: float) -> object:  # Any: flows of every type
        """Carry *flow* out, with that deadline."""

    @abstractmethod
    def _share(self, key: str, flow: Callable[[], Flow[Any]], deadline: float) -> object:  # Any: as above
        """Carry *flow* out once for all callers that ask for *key* at the same time."""

    def _time_left(self, deadline: float) -> float | None:
        """Return the seconds until *deadline*; None if there is no deadline."""
        return None if deadline == inf else max(0.0, deadline - self.clock.monotonic())


@attrs.frozen
class WithDeadline:
    """A runtime for a flow that has a deadline.

    Args:
        runtime: Answers the effects.
        deadline: When the time is over, by the monotonic clock.
    """

    runtime: BaseRuntime
    deadline: float

    def answer(self, effect: Effect[Any], /) -> object:  # Any: effects of every type
        """Do what *effect* asks for, before the deadline."""
        return self.runtime.answer(effect, self.deadline)


def still_fetching() -> NotSent:
    """Return the error for a caller that could not wait any longer for another caller's access token."""
    return NotSent("another request was still fetching the access token when the time limit was reached")


@attrs.frozen(kw_only=True)
class ThreadRuntime(BaseRuntime):
    """Answers effects in the thread that asks.

    Args:
        transport: Carries requests to Daraja.
        clock: Tells the time, and waits.
        tokens: Caches access tokens.
        random: Draws a number from 0 up to 1.
    """

    transport: Transport
    _calls: ForkLocal[ThreadCalls] = attrs.field(factory=lambda: ForkLocal(ThreadCalls), init=False, repr=False)

    def _send(self, request: HttpRequest) -> HttpResponse:
        with self._events.watch(request) as answered:
            return answered(self.transport.send(request))

    def _sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def _cached(self, method: Callable[..., object], *arguments: object) -> object:
        return method(*arguments)

    def _run(self, flow: Callable[[], Flow[T]], deadline: float) -> T:
        return run(flow(), WithDeadline(self, deadline))

    def _share(self, key: str, flow: Callable[[], Flow[T]], deadline: float) -> T:
        try:
            return self._calls.get().share(key, lambda: self._alone(key, flow, deadline), self._time_left(deadline))
        except TimeoutError:
            late = still_fetching()
        raise late

    def _alone(self, key: str, flow: Callable[[], Flow[T]], deadline: float) -> T:
        with lock_among_processes(self.tokens, key, self._time_left(deadline)):
            return self._run(flow, deadline)


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
        monotonic: Returns seconds that never jump back. They time those functions.
    """

    awaits: ClassVar[bool] = False
    """Whether the functions of the shop may return awaitables."""

    runtime: Runtime
    store: object
    on_success: Callable[[Any], object] | None = None  # Any: a record of the kind
    progress: Callable[[Any], object] | None = None  # Any: the report
    hooks: Mapping[str, Callable[[Any], object] | None] = MappingProxyType({})  # Any: as above
    places: "Mapping[str, RecordRuntime]" = attrs.field(factory=dict[str, "RecordRuntime"])
    new_key: Callable[[], str] = attrs.field(default=partial(secrets.token_hex, 16))
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

    def _tell(self, hook: Callable[[Any], object] | None, news: object) -> object:  # Any: as above
        """Call a function of the shop's, if it has one."""
        if hook is None:
            return None
        with timed(hook, self.monotonic):
            refuse_awaitable(hook(news))
        return None
