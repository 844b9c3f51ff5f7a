"""The state of a local Daraja as JSON, for its page and for other programs."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final, cast

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.result_codes import explain
from daraja.simulator.callback_queue import receiver_of
from daraja.simulator.engine import Engine
from daraja.simulator.errors import Json
from daraja.simulator.event_log import Event, Exchange
from daraja.simulator.ledger import transaction_json
from daraja.simulator.validation import split_url
from daraja.values.nairobi_time import EAT

_EVENTS_AT_ONCE: Final = 500
_NOT_SHOWN: Final = "(not shown)"
_SECRETS: Final = ("Password", "SecurityCredential", "access_token")
_ADDRESSES: Final = ("CallBackURL", "ResultURL", "QueueTimeOutURL", "ConfirmationURL", "ValidationURL", "callbackUrl")
_TAKEN: Final = "Accepted is not done: wait for the result, or ask by a status query."
_ACCEPTED: Final = "The prompt is on the phone. Accepted is not paid: wait for the callback, or ask by a query."


def state_json(engine: Engine, since: int, phone: str, now: datetime) -> Json:
    """Return the phones as they are, and the events after number *since*."""
    return {
        "now": now.astimezone(EAT).isoformat(timespec="seconds"),
        "last": engine.log.last,
        "open": len(engine.phones.open),
        "prompts": [prompt.view(now) for prompt in engine.phones.on_the_page(phone)],
        "events": [event_json(engine, event) for event in engine.log.newest(_EVENTS_AT_ONCE, after=since)],
    }


def callbacks_json(engine: Engine) -> Json:
    """Return every callback that was sent, newest first, with the replies to it."""
    return {
        "callbacks": [
            {"url": sent.callback.url, "body": _body_json(sent.callback.body), "replies": sent.replies}
            for sent in reversed(engine.callback_queue.sent)
        ]
    }


def transactions_json(engine: Engine) -> Json:
    """Return every transaction, newest first."""
    return {"transactions": [transaction_json(transaction) for transaction in reversed(engine.ledger.transactions)]}


def scenarios_json(engine: Engine) -> Json:
    """Return the numbers that stand for a scenario."""
    rows = (row for product in engine.products for row in product.magic_numbers)
    return {"scenarios": [{"number": row.number, "name": row.name, "about": row.about} for row in rows]}


def event_json(engine: Engine, event: Event) -> Json:
    """Return one event, with its request and response."""
    view: dict[str, object] = {
        "number": event.number,
        "time": f"{event.at.astimezone(EAT):%H:%M:%S}",
        "kind": event.kind,
        "text": event.text,
    }
    exchange = engine.log.exchange(event.number)
    if exchange is not None:
        view["again"] = "callback" if exchange.callback else "request"
        view["request"] = _request_json(exchange.request, callback=exchange.callback)
        view["response"] = exchange.response and _response_json(exchange.response)
        view["explanation"] = _explanation(exchange)
    return view


def _explanation(exchange: Exchange) -> Json | None:
    """Explain the result that a callback or an answer names; None if it names none."""
    message = exchange.request if exchange.callback else exchange.response
    body = _object(message.body if message else b"")
    for fields in _objects(body):
        code = fields.get("ResultCode", fields.get("resultCode"))
        if exchange.product and isinstance(code, int | str) and not isinstance(code, bool):
            found = explain(exchange.product, code, str(fields.get("ResultDesc", fields.get("resultDesc", ""))))
            return {"code": found.code, "outcome": found.outcome, "title": found.title, "hint": found.developer_hint}
    if "CustomerMessage" in body:
        return {"code": "", "outcome": "processing", "title": "Accepted", "hint": _ACCEPTED}
    if body.get("ResponseCode") == "0" and "ConversationID" in body:
        return {"code": "", "outcome": "processing", "title": "Accepted", "hint": _TAKEN}
    return None


def _request_json(request: HttpRequest, *, callback: bool) -> Json:
    where = _without_path(request) if callback else split_url(request).path
    return {"line": f"{request.method} {where}", "body": _body_json(request.body)}


def _response_json(response: HttpResponse) -> Json:
    return {"line": f"HTTP {response.status}", "body": _body_json(response.body)}


def _body_json(body: bytes) -> object:
    """Return a JSON object without its secrets, and any other body as text."""
    fields = _object(body)
    if not fields:
        return body.decode(errors="replace")
    shown = {name: _NOT_SHOWN if name in _SECRETS else value for name, value in fields.items()}
    for name in _ADDRESSES:
        if isinstance(url := fields.get(name), str):
            shown[name] = _without_path(HttpRequest("POST", url))
    return shown


def _without_path(callback: HttpRequest) -> str:
    return f"{receiver_of(callback)}/..."  # the path may be signed


def _object(body: bytes) -> Json:
    try:
        found: object = json.loads(body)
        json.dumps(found, allow_nan=False)  # Python reads and writes NaN and Infinity, which no browser does
    except (ValueError, RecursionError):
        return {}
    return cast("Json", found) if isinstance(found, dict) else {}


def _objects(fields: Json) -> Iterator[Json]:
    """Return an object, and the objects in it: a result may stand below ``Body`` and ``stkCallback``."""
    yield fields
    for value in fields.values():
        if isinstance(value, dict):
            yield from _objects(cast("Json", value))
