"""Events: each one in the code is described on the page, and ``on_event`` gets it and harms nothing."""

import ast
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import daraja
from daraja import AsyncDaraja, Checkout, Daraja, Event, Payment
from daraja.errors import ConfigurationError
from daraja.events import EVENTS, event_info
from daraja.http.flow import Log
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.stores import MemoryStore
from daraja.system.machine import report
from daraja.testing import ManualClock
from daraja.tokens import CacheTokens
from tests.support.scripted import ScriptedTransport, accepted, settings, token

SOURCE = Path(daraja.__file__).parent
APART = {"cli", "django", "simulator", "testing"}
"""Packages that report no event."""
NAME = re.compile(
    r"(payment|payout|receipts?|statement|callback|confirmation|validation|personal_data"
    r"|request|tokens?|store|reconcile|event)"
    r"\.[a-z_]+(?=\Z| \w+=)"
)


@attrs.frozen
class Found:
    name: str
    where: str
    warning: bool
    fields: frozenset[str]


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for file in SOURCE.rglob("*.py"):
        if file.relative_to(SOURCE).parts[0] not in APART and file.name != "events.py":
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def name_of(node: ast.expr) -> str | None:
    """Return the name of an event that a text in the code is; ``*`` stands for the kind of a record."""
    match node:
        case ast.Constant(str(text)):
            found = NAME.match(text)
            return found[0] if found else None
        case ast.JoinedStr([ast.FormattedValue(value=ast.Attribute(attr="name")), ast.Constant(str(rest))]):
            return f"*{rest}" if rest.startswith(".") else None
        case _:
            return None


def names_in_the_code() -> dict[str, str]:
    return {
        name: file.name
        for file, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.expr) and (name := name_of(node)) is not None
    }


def logged() -> Iterator[Found]:
    """Return the events whose name, level and fields stand in one call."""
    for file, module in modules():
        for node in ast.walk(module):
            match node:
                case ast.Call(func=ast.Name("Event"), args=[name, ast.Constant(str(level)), ast.Dict(keys=named)]) if (
                    event := name_of(name)
                ) is not None:
                    fields = frozenset(str(key.value) for key in named if isinstance(key, ast.Constant))
                    yield Found(event, file.name, level == "warning", fields)
                case ast.Call(func=ast.Name("Log"), args=[name, *rest]) if (event := name_of(name)) is not None:
                    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
                    keys = rest[0].keys if rest and isinstance(rest[0], ast.Dict) else None
                    fields = frozenset(str(key.value) for key in keys or () if isinstance(key, ast.Constant))
                    warning = keywords.get("warning", ast.Constant(value=False))
                    is_warning = warning.value if isinstance(warning, ast.Constant) else None
                    yield Found(event, file.name, bool(is_warning), fields)
                case _:
                    pass


def test_the_page_describes_every_event_in_the_code() -> None:
    found = names_in_the_code()
    missing = {name: where for name, where in found.items() if event_info(name.replace("*", "payment")) is None}
    assert missing == {}
    described = {name for name in EVENTS if name not in found and f"*.{name.partition('.')[2]}" not in found}
    assert described == {"request.answered", "request.failed"} - set(found)


def test_every_event_has_a_name_that_this_test_finds() -> None:
    hidden = [
        f"{file.name}:{node.lineno}"
        for file, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Log"
        if not isinstance(node.args[0], ast.Name | ast.Attribute) and name_of(node.args[0]) is None
    ]
    assert hidden == []


def test_the_page_names_level_and_fields_as_the_code_has_them() -> None:
    calls = list(logged())
    assert len(calls) > 10
    for call in calls:
        info = event_info(call.name.replace("*", "payment"))
        assert info is not None
        assert call.fields <= set(info.fields), call
    # *.check_failed is a warning in `reconcile`, and news for a person who asks
    levels = {call.name: call.warning for call in calls if call.name != "*.check_failed"}
    assert {name: warning for name, warning in levels.items() if (EVENTS[name].level == "warning") is not warning} == {}


def client(*replies: HttpResponse, on_event: Any) -> Daraja:  # noqa: ANN401 - also what is no function
    return Daraja(settings(), transport=ScriptedTransport([token(), *replies]), on_event=on_event)


def push(daraja: Daraja) -> None:
    daraja.stk_push(phone="0712345678", amount=1, reference="A")


def test_on_event_gets_what_happens() -> None:
    seen: list[Event] = []
    push(client(accepted(), on_event=seen.append))
    assert [event.name for event in seen] == ["request.answered", "token.fetched", "request.answered"]
    assert seen[0].level == "info"
    assert seen[0].fields["status"] == 200
    assert isinstance(seen[0].fields["milliseconds"], int)


def test_on_event_gets_what_the_log_leaves_out(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def note(event: Event) -> None:
        seen.append(event.name)

    daraja = client(on_event=note)
    caplog.set_level("ERROR", "daraja")
    for _ in range(3):
        daraja.runtime.answer(Log("callback.refused", {}, warning=True, every=60))
        daraja.runtime.answer(Log("reconcile.nothing_open", {}, once=True))
    assert seen == ["callback.refused", "reconcile.nothing_open"] * 3
    assert caplog.messages == []


def test_the_log_has_repeated_events_once_or_counts_them(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    daraja = Daraja(settings(), transport=ScriptedTransport([]), clock=clock)
    caplog.set_level("INFO", "daraja")
    for seconds in (0, 1, 60):
        clock.advance(seconds)
        daraja.runtime.answer(Log("callback.refused", {"hint": "a guess"}, warning=True, every=60))
        daraja.runtime.answer(Log("reconcile.nothing_open", {}, once=True))
    assert caplog.messages == [
        "callback.refused hint=a guess",
        "reconcile.nothing_open",
        "callback.refused hint=a guess skipped=1",
    ]


def test_on_event_of_a_checkout_gets_the_changes_of_payments() -> None:
    seen: list[Event] = []
    transport = ScriptedTransport([token(), accepted()])
    checkout = Checkout(Daraja(settings(), transport=transport, on_event=seen.append), MemoryStore())
    payment = checkout.start(phone="0712345678", amount=500, reference="ORD-1")
    (moved,) = [event for event in seen if event.name == "payment.moved"]
    assert moved.fields == {"key": payment.key, "event": "answer_accepted", "before": "pending", "after": "initiated"}
    assert "712345678" not in str(seen)


class Cache:
    """A cache that fails while it is away."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.is_away = True

    def get(self, key: str, /) -> object:
        if self.is_away:
            raise ConnectionError
        return self.entries.get(key)

    def set(self, key: str, value: str, seconds: int, /) -> object:
        del seconds
        self.entries[key] = value
        return True

    def add(self, key: str, value: str, seconds: int, /) -> object:
        return self.set(key, value, seconds)

    def delete(self, key: str, /) -> object:
        return self.entries.pop(key, None)


def names_of_the_cache(seen: list[Event]) -> list[tuple[str, str]]:
    return [(event.name, event.level) for event in seen if event.name.startswith("tokens.")]


AWAY_AND_BACK = [("tokens.shared_cache_away", "warning"), ("tokens.shared_cache_back", "info")]


def test_on_event_gets_that_the_shared_token_cache_is_away_and_back() -> None:
    seen: list[Event] = []
    cache, clock = Cache(), ManualClock()
    transport = ScriptedTransport([token(), accepted(), token(), accepted()])
    daraja = Daraja(
        settings(), transport=transport, tokens=CacheTokens(cache, clock=clock), clock=clock, on_event=seen.append
    )
    push(daraja)
    assert names_of_the_cache(seen) == AWAY_AND_BACK[:1]
    cache.is_away = False
    clock.advance(6)
    push(daraja)
    assert names_of_the_cache(seen) == AWAY_AND_BACK


def test_on_event_of_the_async_client_gets_that_the_shared_token_cache_is_away() -> None:
    seen: list[Event] = []

    class Transport:
        replies = (reply for reply in (token(), accepted()))

        async def asend(self, request: HttpRequest, /) -> HttpResponse:
            del request
            return next(self.replies)

    async def ask() -> None:
        daraja = AsyncDaraja(settings(), transport=Transport(), tokens=CacheTokens(Cache()), on_event=seen.append)
        await daraja.stk_push(phone="0712345678", amount=1, reference="A")

    asyncio.run(ask())
    assert names_of_the_cache(seen) == AWAY_AND_BACK[:1]


def test_on_event_gets_what_a_store_reports_and_nothing_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Event] = []
    slow = Event("payment.slow_hook", "warning", {"hook": "shop.fulfil", "seconds": 2.5})

    class Store(MemoryStore):
        def insert(self, record: Payment, /) -> Payment:
            report(slow)
            return super().insert(record)

    transport = ScriptedTransport([token(), accepted()])
    checkout = Checkout(Daraja(settings(), transport=transport, on_event=seen.append), Store())
    payment = checkout.start(phone="0712345678", amount=500, reference="ORD-1")
    assert seen.count(slow) == 1
    Store().insert(payment)
    assert seen.count(slow) == 1, "no client is at work here"
    assert caplog.messages.count("payment.slow_hook hook=shop.fulfil seconds=2.5") == 2


def test_an_error_of_on_event_harms_no_payment(caplog: pytest.LogCaptureFixture) -> None:
    def failing(event: Event) -> None:
        raise RuntimeError(event.name)

    daraja = client(accepted(), accepted(), on_event=failing)
    push(daraja)
    push(daraja)
    assert [message for message in caplog.messages if "hook_failed" in message] == [
        "event.hook_failed event=request.answered error=RuntimeError",
        "event.hook_failed event=token.fetched error=RuntimeError",
    ]


async def later(event: Event) -> None:
    raise AssertionError(event)


def test_a_coroutine_function_is_no_on_event(caplog: pytest.LogCaptureFixture) -> None:
    for wrong in (later, "print"):
        with pytest.raises(ConfigurationError, match="on_event: must be a plain function"):
            client(on_event=wrong)

    def hidden(event: Event) -> object:
        return later(event)

    push(client(accepted(), on_event=hidden))
    assert "event.hook_failed event=token.fetched error=TypeError" in caplog.messages


def test_on_event_of_the_async_client_is_called_in_the_event_loop() -> None:
    seen: list[str] = []

    class Transport:
        def __init__(self) -> None:
            self.replies = [token(), accepted()]

        async def asend(self, request: HttpRequest, /) -> HttpResponse:
            del request
            return self.replies.pop(0)

    async def ask() -> None:
        daraja = AsyncDaraja(settings(), transport=Transport(), on_event=lambda event: seen.append(event.name))
        await daraja.stk_push(phone="0712345678", amount=1, reference="A")

    asyncio.run(ask())
    assert seen == ["request.answered", "token.fetched", "request.answered"]
