"""What went over the wire, in words for a developer."""

import json
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlsplit

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.result_codes import explain
from daraja.simulator.journal import Exchange
from daraja.simulator.outbox import receiver_of

__all__ = ["Json", "explained", "shown_body", "shown_request", "shown_response"]

Json = Mapping[str, object]

_NOTHING: Final[Json] = {}
_HIDDEN: Final = "(not shown)"
_SECRET: Final = ("Password", "access_token")
_ACCEPTED: Final = "The prompt is on the phone. Accepted is not paid: wait for the callback, or ask by a query."


def explained(exchange: Exchange) -> Json | None:
    """Explain the result that a callback or an answer names; None where there is nothing to explain."""
    if exchange.callback:
        said = _inner(_inner(_object(exchange.request.body), "Body"), "stkCallback")
    else:
        said = _object(exchange.response.body) if exchange.response else _NOTHING
    code = said.get("ResultCode")
    if isinstance(code, int | str) and not isinstance(code, bool):
        found = explain("stk", code, str(said.get("ResultDesc", "")))
        return {"code": found.code, "outcome": found.outcome, "title": found.title, "hint": found.developer_hint}
    if "CustomerMessage" in said:
        return {"code": "", "outcome": "processing", "title": "Accepted", "hint": _ACCEPTED}
    return None


def shown_request(request: HttpRequest, *, callback: bool) -> Json:
    """Show a request without what is secret in it."""
    parts = urlsplit(request.url)
    where = f"{receiver_of(request)}/..." if callback else parts.path  # a callback's path may be signed
    return {"line": f"{request.method} {where}", "body": shown_body(request.body)}


def shown_response(response: HttpResponse) -> Json:
    """Show an answer without what is secret in it."""
    return {"line": f"HTTP {response.status}", "body": shown_body(response.body)}


def shown_body(body: bytes) -> object:
    """Show a JSON object without what is secret in it, and any other body as text."""
    said = _object(body)
    if not said:
        return body.decode(errors="replace")
    shown = {name: _HIDDEN if name in _SECRET else value for name, value in said.items()}
    if isinstance(url := said.get("CallBackURL"), str):
        shown["CallBackURL"] = f"{receiver_of(HttpRequest('POST', url))}/..."
    return shown


def _object(body: bytes) -> Json:
    try:
        found: object = json.loads(body)
        json.dumps(found, allow_nan=False)  # Python reads and writes NaN and Infinity, which no browser does
    except (ValueError, RecursionError):
        return _NOTHING
    return cast("Json", found) if isinstance(found, dict) else _NOTHING


def _inner(said: Json, name: str) -> Json:
    found = said.get(name)
    return cast("Json", found) if isinstance(found, dict) else _NOTHING
