"""The loop that carries a flow out, and the world that answers its effects."""

import logging
import random
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

import attrs

from daraja.clock import Clock
from daraja.errors import DarajaError, NotSent
from daraja.flights import Flights
from daraja.flow import Alone, Chance, Effect, Flow, KeepToken, KeptToken, Now, Send, Sleep, TimeLeft, TokenAge, Warn
from daraja.process import PerProcess
from daraja.tokens.base import SharedTokenCache, TokenCache
from daraja.transports.base import Transport
from daraja.wire import HttpRequest, HttpResponse

__all__ = ["Answers", "World", "run"]

Answer = TypeVar("Answer")

_log: Final = logging.getLogger("daraja")

_LONGEST_FETCH: Final = 35.0
"""Seconds that fetching a token may take, as long as a request: other processes wait no longer for one that died."""


def _own_flights() -> PerProcess[Flights]:
    return PerProcess(Flights)


@attrs.frozen(kw_only=True)
class World:
    """Everything outside a flow: the network, the time, the tokens and chance.

    Args:
        transport: Carries requests to Daraja.
        clock: Tells the time, and waits.
        tokens: Keeps access tokens.
        chance: Draws a number from 0 up to 1.
    """

    transport: Transport
    clock: Clock
    tokens: TokenCache
    chance: Callable[[], float] = random.random
    _flights: PerProcess[Flights] = attrs.field(factory=_own_flights, init=False)
    _fetched: dict[str, float] = attrs.field(factory=dict[str, float], init=False, repr=False)
    _warned: set[str] = attrs.field(factory=set[str], init=False, repr=False)

    def answer(self, effect: Effect[Any], /) -> object:  # noqa: C901, PLR0911 - one for each effect; Any: see `perform`
        """Do what *effect* asks for."""
        match effect:
            case Send(request):
                return self._send(request)
            case KeptToken(key):
                return self.tokens.get(key)
            case KeepToken(key, token, seconds):
                _log.info("token.fetched seconds=%.0f", seconds)
                self.tokens.put(key, token, seconds)
                self._fetched[key] = self.clock.monotonic()
                return None
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
                self.clock.sleep(seconds)
                return None
            case Chance():
                return self.chance()
            case TimeLeft():
                return inf
            case _:
                message = f"this world cannot answer {type(effect).__name__}"
                raise TypeError(message)

    def _share(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        try:
            return self._flights.get().share(key, lambda: self._alone(key, flow, patience), patience)
        except TimeoutError:
            reason = "another request was still getting the access token when the time that was allowed was over"
        raise NotSent(reason)

    def _alone(self, key: str, flow: Callable[[], Flow[object]], patience: float | None) -> object:
        """Carry *flow* out while no other process does; half of *patience* is kept for doing it."""
        tokens = self.tokens
        if not isinstance(tokens, SharedTokenCache):
            return run(flow(), self)
        with tokens.alone(key, _LONGEST_FETCH if patience is None else min(patience / 2, _LONGEST_FETCH)):
            return run(flow(), self)

    def _warn_once(self, words: str) -> None:
        if words not in self._warned:
            self._warned.add(words)
            _log.warning("%s", words)

    def _send(self, request: HttpRequest) -> HttpResponse:
        path = urlsplit(request.url).path
        started = self.clock.monotonic()
        try:
            response = self.transport.send(request)
        except DarajaError as error:
            _log.warning("request.failed path=%s reason=%s", path, error)
            raise
        milliseconds = (self.clock.monotonic() - started) * 1000
        _log.info("request.answered path=%s status=%d milliseconds=%.0f", path, response.status, milliseconds)
        return response


class Answers(Protocol):
    """Whatever answers the effects of a flow."""

    def answer(self, effect: Effect[Any], /) -> object:  # Any: see `perform`
        """Do what *effect* asks for."""
        ...


def run(flow: Flow[Answer], world: Answers, /) -> Answer:
    """Carry *flow* out to its end and give its result.

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
