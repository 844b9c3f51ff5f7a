"""The page and the control API under ``/simulator/``: the controls for a developer, by HTTP."""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import parse_qs

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.control import Control
from daraja.simulator.errors import Json
from daraja.simulator.ledger import Account
from daraja.simulator.operators import certificate
from daraja.simulator.origin_check import check_control, check_page, check_request
from daraja.simulator.phones import Answer
from daraja.simulator.products.c2b_payload import payment_json
from daraja.simulator.serializers import callbacks_json, scenarios_json, state_json, transactions_json
from daraja.simulator.validation import split_url
from daraja.values.prompt import normalise_phone

_PREFIX: Final = "/simulator/"
_PAGE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "/": ("index.html", "text/html; charset=utf-8"),
        "/simulator/page.css": ("page.css", "text/css; charset=utf-8"),
        "/simulator/page.js": ("page.js", "text/javascript; charset=utf-8"),
        "/simulator/log.js": ("log.js", "text/javascript; charset=utf-8"),
        "/simulator/menu.js": ("menu.js", "text/javascript; charset=utf-8"),
        "/simulator/phones.js": ("phones.js", "text/javascript; charset=utf-8"),
        "/simulator/icon.svg": ("icon.svg", "image/svg+xml"),
    }
)
"""The file and its type at each address of the page."""

_SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)
"""Headers of every answer: the page loads nothing from elsewhere, and sends nothing there."""

_METHODS: Final = {"GET": ("GET", "HEAD"), "POST": ("POST",)}
_LONGEST_WAIT: Final = 30.0
_LARGEST_NUMBER: Final = 1_000_000_000
_ANSWERS: Final = tuple(str(answer) for answer in Answer)


@attrs.frozen
class Params:
    """The parameters of a request: the fields of a JSON object, or of a query, where all of them are text.

    Every method returns the parameter *name*, or *default* where it is missing. It raises ``ValueError`` if the
    parameter has another type, or is missing without a default.
    """

    fields: Mapping[str, object] = attrs.field(repr=False)
    of_query: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "Params":
        """Read the parameters of a request; an empty body has none.

        Raises:
            ValueError: If the body is not a JSON object.
        """
        if request.method != "POST":
            query = parse_qs(split_url(request).query)
            return cls({name: values[-1] for name, values in query.items()}, of_query=True)
        try:
            found: object = json.loads(request.body or b"{}")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ValueError('the body is not a JSON object; send for example {"phone": "07XXXXXXXX", "answer": "pay"}')
        return cls(cast("Json", found))

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text."""
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise ValueError(self._wrong(name, "text"))
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number from 0."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool) and isinstance(value, int | float | str):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                number = -1.0
            if number >= 0:
                return number
        raise ValueError(self._wrong(name, "a number from 0"))

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number from 0 to a billion."""
        number = self.number(name, default)
        if number != number // 1 or number > _LARGEST_NUMBER:
            raise ValueError(self._wrong(name, "a whole number from 0"))
        return int(number)

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise ValueError(self._wrong(name, "true or false"))
        return value

    def _wrong(self, name: str, wanted: str) -> str:
        where = f"the address, as in ?{name}=..." if self.of_query else f'the body, as in {{"{name}": ...}}'
        return f"{name} is missing or not right; give {wanted} in {where}"


class ControlApi:
    """The buttons of a local Daraja, for its page and for programs in any language.

    Args:
        control: What the buttons do.
        replay: Answers a request as Daraja does, for a request that is made again.
    """

    def __init__(self, control: Control, replay: Callable[[HttpRequest], HttpResponse | None]) -> None:
        self._control = control
        self._replay = replay
        views = {name: view for product in control.engine.products for name, view in product.views.items()}
        self._table: Final[Mapping[str, tuple[str, Callable[[Params], Json | HttpResponse | None]]]] = {
            "answer": ("POST", self._answer),
            "advance": ("POST", lambda params: control.advance(seconds=params.number("seconds"))),
            "hold": ("POST", self._hold),
            "deliver": ("POST", self._deliver),
            "again": ("POST", self._again),
            "forge": ("POST", lambda params: control.forge(params.text("phone"))),
            "pay_bill": ("POST", self._pay_bill),
            "buy_goods": ("POST", self._buy_goods),
            "revoke": ("POST", lambda _: control.revoke_tokens()),
            "unlock": ("POST", lambda params: control.unlock(params.text("operator"))),
            **{name: ("GET", self._settled(view)) for name, view in views.items()},
            "callbacks": ("GET", self._settled(lambda: callbacks_json(control.engine))),
            "transactions": ("GET", self._settled(lambda: transactions_json(control.engine))),
            "balances": ("GET", self._balances),
            "statement": ("GET", self._statement),
            "certificate": ("GET", lambda _: _file(certificate(), "application/x-pem-file")),
            "state": ("GET", self._state),
            "scenarios": ("GET", lambda _: scenarios_json(control.engine)),
        }
        with control.locked() as now:
            self._started: Final = now.isoformat()

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request for the page or the API; None for any other, which Daraja answers."""
        path = split_url(request).path
        if path in _PAGE and request.method in _METHODS["GET"]:
            why = check_page(request)
            return _json(403, {"error": why}) if why else _page_file(path)
        if f"{path}/".startswith(_PREFIX):
            return self._call(path.removeprefix(_PREFIX), request)
        why = check_request(request)
        return _json(403, {"error": why}) if why else None

    def _call(self, name: str, request: HttpRequest) -> HttpResponse:
        if name not in self._table:
            there = ", ".join(f"{method} {_PREFIX}{known}" for known, (method, _) in self._table.items())
            return _json(404, {"error": f"nothing is there; use one of: {there}"})
        method, act = self._table[name]
        if request.method not in _METHODS[method]:
            return _json(405, {"error": f"send it with {method}"}, Allow=", ".join(_METHODS[method]))
        if why := check_control(request):
            return _json(403, {"error": why})
        try:
            answer = act(Params.of(request))
        except LookupError as error:
            return _json(404, {"error": str(error.args[0])})
        except ValueError as error:
            return _json(400, {"error": str(error)})
        return answer if isinstance(answer, HttpResponse) else _json(200, answer or {})

    # Pages that show

    def _balances(self, params: Params) -> Json:
        balances = self._control.balances(params.text("shortcode"))
        return {"balances": {str(account): float(held) for account, held in balances.items()}}

    def _statement(self, params: Params) -> HttpResponse:
        shortcode = params.text("shortcode")
        written = self._control.statement(shortcode, params.text("account", str(Account.UTILITY)))
        return _file(written.encode(), "text/csv; charset=utf-8", f"statement-{shortcode}.csv")

    def _state(self, params: Params) -> Json:
        since, wait = params.whole("since", 0), min(params.number("wait", 0.0), _LONGEST_WAIT)
        phone = params.text("phone", "")
        if since > self._control.engine.log.last:
            since = 0  # it is a number of a simulator that ran before this one
        elif wait:
            self._control.wait_for_event(since, wait)
        with self._control.locked() as now:
            self._control.engine.settle(now)
            state = state_json(self._control.engine, since, normalise_phone(phone) if phone else "", now)
        return {"started": self._started, "held": self._control.held, **state}

    def _settled(self, view: Callable[[], Json]) -> Callable[[Params], Json]:
        """Make a view that shows the state of now, and nothing happens while it is made."""

        def see(_: Params) -> Json:
            with self._control.locked() as now:
                self._control.engine.settle(now)
                return view()

        return see

    # Pages that change

    def _answer(self, params: Params) -> None:
        answer = params.text("answer").replace("_", " ")
        if answer not in _ANSWERS:
            raise ValueError(f"answer is not what a person can do; give one of: {', '.join(_ANSWERS)}")
        self._control.answer(params.text("phone"), Answer(answer))

    def _pay_bill(self, params: Params) -> Json:
        phone, shortcode, account = (params.text(name) for name in ("phone", "shortcode", "account"))
        paid = self._control.pay_bill(phone, shortcode=shortcode, account=account, amount=params.whole("amount"))
        return payment_json(paid)

    def _buy_goods(self, params: Params) -> Json:
        phone, till, amount = params.text("phone"), params.text("till"), params.whole("amount")
        return payment_json(self._control.buy_goods(phone, till=till, amount=amount))

    def _hold(self, params: Params) -> Json:
        self._control.set_held(held=params.flag("held"))
        return {"held": self._control.held}

    def _deliver(self, params: Params) -> Json:
        times, shuffled = params.whole("times", 1), params.flag("shuffled", default=False)
        return {"deliveries": self._control.deliver(times=times, shuffled=shuffled)}

    def _again(self, params: Params) -> Json | None:
        number = params.whole("event", 0)
        exchange = self._control.engine.log.exchange(number)
        if exchange is None and number:
            raise LookupError(f"event {number} is not about a request or callback, or it is too old; choose another")
        if exchange is None or exchange.callback:
            self._control.send_again(exchange.request if exchange else None)
            return None
        response = self._replay(exchange.request)
        return {"status": response and response.status}


def _page_file(path: str) -> HttpResponse:
    name, content_type = _PAGE[path]
    content = (files("daraja.simulator") / "page" / name).read_bytes()
    return _file(content, content_type)


def _file(content: bytes, content_type: str, download_as: str = "") -> HttpResponse:
    headers = {"Content-Type": content_type, **_SECURITY_HEADERS}
    if download_as:
        headers["Content-Disposition"] = f'attachment; filename="{download_as}"'
    return HttpResponse(200, headers, content)


def _json(status: int, body: Json, **headers: str) -> HttpResponse:
    headers = {"Content-Type": "application/json", **_SECURITY_HEADERS, **headers}
    return HttpResponse(status, headers, json.dumps(body).encode())
