"""The page and the control under ``/simulator/``: a request in, something done to the local Daraja, JSON out."""

import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.answers import Answer
from daraja.simulator.control import Control
from daraja.simulator.desk import Desk
from daraja.simulator.doorman import objection, objection_to_push
from daraja.simulator.explanations import Json
from daraja.simulator.files import GUARDS, PAGE, page_file
from daraja.simulator.incoming import address
from daraja.simulator.views import callbacks, news, payments, scenarios
from daraja.simulator.wishes import Wish, read_wish
from daraja.values.phone import normalise_phone

__all__ = ["Panel"]

_CONTROL: Final = "/simulator/"
_METHODS: Final = {"GET": ("GET", "HEAD"), "POST": ("POST",)}
_LONGEST_WAIT: Final = 30.0
_ANSWERS: Final = tuple(str(answer) for answer in Answer)


class Panel:
    """The buttons of a local Daraja, for its page and for programs in any language.

    Args:
        control: What the buttons do.
        desk: Where the news is waited for.
        handle: Answers a request as Daraja does, for one that is made again.
    """

    def __init__(self, control: Control, desk: Desk, handle: Callable[[HttpRequest], HttpResponse | None]) -> None:
        self._control = control
        self._desk = desk
        self._handle = handle
        self._table: Final[Mapping[str, tuple[str, Callable[[Wish], Json]]]] = {
            "answer": ("POST", self._answer),
            "advance": ("POST", self._advance),
            "hold": ("POST", self._hold),
            "deliver": ("POST", self._deliver),
            "again": ("POST", self._again),
            "forge": ("POST", self._forge),
            "revoke": ("POST", self._revoke),
            "payments": ("GET", self._payments),
            "callbacks": ("GET", self._callbacks),
            "state": ("GET", self._state),
            "scenarios": ("GET", lambda _: scenarios()),
        }

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request for the page or its control; None for any other, which is Daraja's to answer."""
        path = address(request).path
        if path in PAGE and request.method in _METHODS["GET"]:
            why = objection(request, page=True)
            return _json(403, {"error": why}) if why else page_file(path)
        if f"{path}/".startswith(_CONTROL):
            return self._done(path.removeprefix(_CONTROL), request)
        why = objection_to_push(request)
        return _json(403, {"error": why}) if why else None

    def _done(self, name: str, request: HttpRequest) -> HttpResponse:
        if name not in self._table:
            there = ", ".join(f"{method} {_CONTROL}{known}" for known, (method, _) in self._table.items())
            return _json(404, {"error": f"nothing is there; use one of: {there}"})
        method, act = self._table[name]
        if request.method not in _METHODS[method]:
            return _json(405, {"error": f"send it with {method}"}, Allow=", ".join(_METHODS[method]))
        if why := objection(request):
            return _json(403, {"error": why})
        try:
            return _json(200, act(_wish(request)))
        except LookupError as error:
            return _json(404, {"error": str(error.args[0])})
        except ValueError as error:
            return _json(400, {"error": str(error)})

    def _state(self, wish: Wish) -> Json:
        since, wait = wish.whole("since", 0), min(wish.number("wait", 0.0), _LONGEST_WAIT)
        phone = wish.text("phone", "")
        if since > self._control.engine.last_event:
            since = 0  # of a simulator that is no more
        elif wait:
            self._desk.wait_for_news(since, wait)
        with self._desk.turn() as now:
            self._control.engine.settle(now)
            seen = news(self._control.engine, since, normalise_phone(phone) if phone else "", now)
        return {"started": self._desk.started, "held": self._desk.held, **seen}

    def _payments(self, _: Wish) -> Json:
        with self._desk.turn() as now:
            self._control.engine.settle(now)
            return payments(self._control.engine)

    def _callbacks(self, _: Wish) -> Json:
        with self._desk.turn():
            return callbacks(self._control.engine)

    def _answer(self, wish: Wish) -> Json:
        answer = wish.text("answer").replace("_", " ")
        if answer not in _ANSWERS:
            message = f"answer is none that a person can give; give one of: {', '.join(_ANSWERS)}"
            raise ValueError(message)
        self._control.answer(wish.text("phone"), Answer(answer))
        return {}

    def _advance(self, wish: Wish) -> Json:
        self._control.advance(seconds=wish.number("seconds"))
        return {}

    def _hold(self, wish: Wish) -> Json:
        self._desk.hold(held=wish.flag("held"))
        return {"held": self._desk.held}

    def _deliver(self, wish: Wish) -> Json:
        times, shuffled = wish.whole("times", 1), wish.flag("shuffled", default=False)
        return {"deliveries": self._control.deliver(times=times, shuffled=shuffled)}

    def _again(self, wish: Wish) -> Json:
        number = wish.whole("event", 0)
        exchange = self._control.engine.exchange(number)
        if exchange is None and number:
            message = f"event {number} tells of nothing that went over the wire, or is too old; choose another"
            raise LookupError(message)
        if exchange is None or exchange.callback:
            self._control.send_again(exchange.request if exchange else None)
            return {}
        response = self._handle(exchange.request)
        return {"status": response and response.status}

    def _forge(self, wish: Wish) -> Json:
        self._control.forge(wish.text("phone"))
        return {}

    def _revoke(self, _: Wish) -> Json:
        self._control.revoke_tokens()
        return {}


def _wish(request: HttpRequest) -> Wish:
    if request.method == "POST":
        return read_wish(request.body)
    return Wish({name: values[-1] for name, values in parse_qs(address(request).query).items()})


def _json(status: int, body: Json, **headers: str) -> HttpResponse:
    return HttpResponse(status, {"Content-Type": "application/json", **GUARDS, **headers}, json.dumps(body).encode())
