"""What the page and other programs see of a local Daraja, as JSON."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from daraja.result_codes import explain
from daraja.simulator.engine import Engine
from daraja.simulator.events import Event
from daraja.simulator.explanations import Json, explained, shown_body, shown_request, shown_response
from daraja.simulator.prompts import Prompt
from daraja.simulator.scenarios import TABLE
from daraja.values.nairobi_time import EAT

__all__ = ["callbacks", "event_view", "news", "payments", "scenarios"]

_EVENTS_AT_ONCE: Final = 500
_PROMPTS_AT_ONCE: Final = 60


def news(engine: Engine, since: int, phone: str, now: datetime) -> Json:
    """Show the phones as they are, and the events after number *since*."""
    new = tuple(event for event in islice(reversed(engine.events), _EVENTS_AT_ONCE) if event.number > since)
    return {
        "now": now.astimezone(EAT).isoformat(timespec="seconds"),
        "last": engine.last_event,
        "open": len(engine.prompts),
        "prompts": [_prompt(prompt, now) for prompt in _shown(engine, phone)],
        "events": [event_view(engine, event) for event in reversed(new)],
    }


def payments(engine: Engine) -> Json:
    """Show every push that was accepted, newest first, with what became of it."""
    return {"payments": [_payment(prompt) for prompt in engine.newest()]}


def callbacks(engine: Engine) -> Json:
    """Show every callback that went out, newest first, with what came of each time that it was delivered."""
    return {
        "callbacks": [
            {"url": sent.callback.url, "body": shown_body(sent.callback.body), "replies": sent.replies}
            for sent in reversed(engine.deliveries)
        ]
    }


def scenarios() -> Json:
    """Show the table of the numbers that misbehave."""
    return {"scenarios": [{"number": row.number, "name": row.name, "about": row.about} for row in TABLE]}


def event_view(engine: Engine, event: Event) -> Json:
    """Show one event, with what went over the wire."""
    view: dict[str, object] = {
        "number": event.number,
        "time": f"{event.at.astimezone(EAT):%H:%M:%S}",
        "kind": event.kind,
        "text": event.text,
    }
    exchange = engine.exchange(event.number)
    if exchange is not None:
        view["again"] = "callback" if exchange.callback else "request"
        view["request"] = shown_request(exchange.request, callback=exchange.callback)
        view["response"] = exchange.response and shown_response(exchange.response)
        view["explanation"] = explained(exchange)
    return view


def _shown(engine: Engine, phone: str) -> Iterable[Prompt]:
    """Give the newest prompts, one of *phone* whatever its age, and what a press on any of their phones answers."""
    newest = engine.newest(_PROMPTS_AT_ONCE)
    if phone and all(prompt.push.phone != phone for prompt in newest):
        newest = (*newest, *engine.newest(1, phone=phone))
    answered_first = {prompt.push.phone: prompt for prompt in reversed(engine.prompts)}
    pressed = (answered_first.get(prompt.push.phone, prompt) for prompt in newest)
    return {prompt.push.checkout_request_id: prompt for prompt in (*newest, *pressed)}.values()


def _prompt(prompt: Prompt, now: datetime) -> Json:
    left = (prompt.ends_at - now).total_seconds() if prompt.decision is None else 0.0
    life = (prompt.ends_at - prompt.push.asked_at).total_seconds()
    return {**_payment(prompt), "seconds_left": max(0.0, left), "seconds": life}


def _payment(prompt: Prompt) -> Json:
    push, decision = prompt.push, prompt.decision
    return {
        "checkout_request_id": str(push.checkout_request_id),
        "merchant_request_id": push.merchant_request_id,
        "asked_at": push.asked_at.astimezone(EAT).isoformat(timespec="seconds"),
        "shortcode": push.shortcode,
        "receiver": push.receiver,
        "phone": str(push.phone),
        "amount": push.amount,
        "reference": str(push.reference),
        "description": str(push.description),
        "paid": prompt.paid,
        "result": decision
        and {
            "code": decision.result.code,
            "title": explain("stk", decision.result.code, decision.result.description).title,
            "at": decision.at.astimezone(EAT).isoformat(timespec="seconds"),
            "receipt": decision.receipt if decision.result.paid else "",
        },
    }
