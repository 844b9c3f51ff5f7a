"""The loop that carries a flow out, and the world that answers its effects."""

import logging
import random
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import attrs

from daraja.clock import Clock
from daraja.errors import DarajaError
from daraja.flights import Flights
from daraja.flow import Alone, Chance, Effect, Flow, KeepToken, KeptToken, Now, Send, Sleep
from daraja.process import PerProcess
from daraja.tokens.base import TokenCache
from daraja.transports.base import Transport
from daraja.wire import HttpRequest, HttpResponse

__all__ = ["World", "run"]

Answer = TypeVar("Answer")

_log: Final = logging.getLogger("daraja")


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

    def answer(self, effect: Effect[Any], /) -> object:  # noqa: PLR0911 - one for each effect; Any: see `perform`
        """Do what *effect* asks for."""
        match effect:
            case Send(request):
                return self._send(request)
            case KeptToken(key):
                return self.tokens.get(key)
            case KeepToken(key, token, seconds):
                _log.info("token.fetched seconds=%.0f", seconds)
                self.tokens.put(key, token, seconds)
                return None
            case Alone(key, flow):
                return self._flights.get().share(key, lambda: run(flow(), self))
            case Now():
                return self.clock.now()
            case Sleep(seconds):
                _log.info("request.waiting seconds=%.1f", seconds)
                self.clock.sleep(seconds)
                return None
            case Chance():
                return self.chance()
            case _:
                message = f"this world cannot answer {type(effect).__name__}"
                raise TypeError(message)

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


def run(flow: Flow[Answer], world: World, /) -> Answer:
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
