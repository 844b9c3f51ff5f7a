"""Run one operation of a client whose Daraja answers from a list."""

from typing import Any

from daraja import Daraja
from daraja.testing import ManualClock
from tests.support.operations import case_of, organisation
from tests.support.scripted import ScriptedAnswer, ScriptedTransport, answer, token

__all__ = ["asked", "client_for", "sent_for"]


def client_for(*replies: ScriptedAnswer, **settings: Any) -> tuple[Daraja, ScriptedTransport]:  # noqa: ANN401 - of many types
    """Return a client with a token, and the transport that answers it."""
    transport = ScriptedTransport([token(), *replies])
    return Daraja(organisation(**settings), transport=transport, clock=ManualClock()), transport


def asked(method: str, *replies: ScriptedAnswer, **settings: Any) -> Any:  # noqa: ANN401 - each operation has its own answer
    """Run an operation with the arguments of its case, and return its answer."""
    daraja, _ = client_for(*replies, **settings)
    return case_of(method).ask(daraja)


def sent_for(method: str, /, *by_place: object, settings: dict[str, Any] | None = None, **given: object) -> Any:  # noqa: ANN401 - a body of JSON
    """Run an operation with some other arguments than its case, and return the body that was sent."""
    case = case_of(method)
    daraja, transport = client_for(answer(200, case.answer), **(settings or {}))  # Any: as above
    getattr(daraja, method)(*(by_place or case.by_place), **{**case.given, **given})
    return transport.sent()
