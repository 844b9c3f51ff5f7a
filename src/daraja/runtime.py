"""The loop that carries a flow out, and the world that answers its effects."""

import logging
import random
from abc import abstractmethod
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from math import inf
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

import attrs

from daraja.errors import DarajaError, NotSent
from daraja.http.flow import (
    Alone,
    Chance,
    Effect,
    Flow,
    KeepToken,
    KeptToken,
    Now,
    Send,
    Sleep,
    TimeLeft,
    TokenAge,
    Warn,
)
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.clock import Clock
from daraja.system.fork_local import ForkLocal
from daraja.system.single_flight import ThreadCalls
from daraja.tokens.base import SharedTokenCache, TokenCache
from daraja.transports.base import Transport

__all__ = ["Answers", "Surroundings", "World", "run"]

Answer = TypeVar("Answer")

_log: Final = logging.getLogger("daraja")

_LONGEST_FETCH: Final = 35.0
"""Seconds that fetching a token may take, as long as a request: other processes wait no longer for one that died."""


def _own_flights() -> ForkLocal[ThreadCalls]:
    return ForkLocal(ThreadCalls)


@attrs.frozen(kw_only=True)
class Surroundings:
    """What is outside a flow, whether it is waited for in a thread or in a task.

    Args:
        clock: Tells the time.
        tokens: Keeps access tokens.
        chance: Draws a number from 0 up to 1.
    """

    clock: Clock
    tokens: TokenCache
    chance: Callable[[], float] = random.random
    _fetched: dict[str, float] = attrs.field(factory=dict[str, float], init=False, repr=False)
    _warned: set[str] = attrs.field(factory=set[str], init=False, repr=False)

    def answer(self, effect: Effect[Any], /) -> object:  # noqa: C901, PLR0911 - one for each effect; Any: see `perform`
        """Do what *effect* asks for."""
        match effect:
            case Send(request):
                return self._send(request)
            case KeptToken(key):
                return self._ask(self.tokens.get, key)
            case KeepToken(key, token, seconds):
                _log.info("token.fetched seconds=%.0f", seconds)
                self._fetched[key] = self.clock.monotonic()
                return self._ask(self.tokens.put, key, token, seconds)
            case TokenAge(key):
                return self.clock.monotonic() - self._fetched.get(key, -inf)
            case Alone(key, flow, patience):
                return self._share(key, flow, patience)
            case Warn(words):
                self._warn_once(words)
                return None
            case Now():
                return self.clock.now()
            case Sleep(seconds):
                _log.info("request.waiting seconds=%.1f", seconds)
                return self._sleep(seconds)
            case Chance():
                return self.chance()
            case TimeLeft():
                return inf
            case _:
                message = f"this world cannot answer {type(effect).__name__}"
                raise TypeError(message)

    @abstractmethod
    def _send(self, request: HttpRequest) -> object:
        """Have *request* carried to Daraja."""
        ...

    @abstractmethod
    def _sleep(self, seconds: float) -> object:
        """Wait."""
        ...

    @abstractmethod
    def _ask(self, question: Callable[..., object], *about: object) -> object:
        """Put a question to the token cache, which may take its time."""
        ...

    @abstractmethod
    def _share(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        """Carry *flow* out once for all who ask for *key* at the same time."""
        ...

    def _among_processes(self, key: str, patience: float | None) -> AbstractContextManager[None]:
        """Give the block that keeps other processes out; half of *patience* is kept for what is done in it."""
        if not isinstance(self.tokens, SharedTokenCache):
            return nullcontext()
        return self.tokens.alone(key, _LONGEST_FETCH if patience is None else min(patience / 2, _LONGEST_FETCH))

    def _warn_once(self, words: str) -> None:
        if words not in self._warned:
            self._warned.add(words)
            _log.warning("%s", words)

    @contextmanager
    def _noting(self, request: HttpRequest) -> Generator[Callable[[HttpResponse], HttpResponse]]:
        """Write into the log what becomes of *request*; the answer is to be handed to what this gives."""
        path = urlsplit(request.url).path
        started = self.clock.monotonic()

        def note(response: HttpResponse) -> HttpResponse:
            milliseconds = (self.clock.monotonic() - started) * 1000
            _log.info("request.answered path=%s status=%d milliseconds=%.0f", path, response.status, milliseconds)
            return response

        try:
            yield note
        except DarajaError as error:
            _log.warning("request.failed path=%s reason=%s", path, error)
            raise


def still_fetching() -> NotSent:
    """Make the error of whoever could not wait for another's access token."""
    return NotSent("another request was still getting the access token when the time that was allowed was over")


@attrs.frozen(kw_only=True)
class World(Surroundings):
    """Everything outside a flow: the network, the time, the tokens and chance.

    Args:
        transport: Carries requests to Daraja.
        clock: Tells the time, and waits.
        tokens: Keeps access tokens.
        chance: Draws a number from 0 up to 1.
    """

    transport: Transport
    _flights: ForkLocal[ThreadCalls] = attrs.field(factory=_own_flights, init=False)

    def _send(self, request: HttpRequest) -> HttpResponse:
        with self._noting(request) as note:
            return note(self.transport.send(request))

    def _sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def _ask(self, question: Callable[..., object], *about: object) -> object:
        return question(*about)

    def _share(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        try:
            return self._flights.get().share(key, lambda: self._alone(key, flow, patience), patience)
        except TimeoutError:
            late = still_fetching()
        raise late

    def _alone(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        with self._among_processes(key, patience):
            return run(flow(), self)


class Answers(Protocol):
    """Whatever answers the effects of a flow."""

    def answer(self, effect: Effect[Any], /) -> object:  # Any: see `perform`
        """Do what *effect* asks for."""
        ...


def run(flow: Flow[Answer], world: Answers, /) -> Answer:
    """Carry *flow* out to its end and give its result.

    Args:
        flow: The conversation, as an operation's ``flow(config)`` starts it.
        world: What answers its effects, such as ``Daraja.world``.

    Raises:
        DarajaError: What the flow raises.
    """
    resume: Callable[[], Effect[Any]] = partial(next, flow)  # Any: as in Flow
    while True:
        try:
            effect = resume()
        except StopIteration as end:
            result: Answer = end.value
            return result
        try:
            answer = world.answer(effect)
        except BaseException as error:  # noqa: BLE001 - the flow decides what an error means, and lets it pass
            resume = partial(flow.throw, error)
        else:
            resume = partial(flow.send, answer)
