"""A callback arrives: it is kept first, whoever sent it."""

import json
from typing import Final

import attrs

from daraja.api.stk.callback import MAX_CALLBACK_BYTES
from daraja.errors import Conflict
from daraja.http.flow import Flow, Now, perform
from daraja.payments.address import key_in
from daraja.payments.apply import Fate, apply
from daraja.payments.effects import Processed, Record, Tell
from daraja.payments.records import ReceivedCallback, Transition
from daraja.payments.terms import Terms

__all__ = ["Reply", "receive"]

_MOST_SIGNED: Final = 100
_MOST_UNSIGNED: Final = 10_000
_LARGEST_UNSIGNED: Final = 4 * 1024
"""Bytes that are kept of a body which anybody may have sent; Safaricom's own have less than one KiB."""
_LONGEST_ADDRESS: Final = 45
_HINT: Final = "its address was not signed by us; did the callback secrets, the shortcode or the environment change?"


@attrs.frozen
class Reply:
    """What to answer Safaricom, and what the callback changed.

    Args:
        status_code: The HTTP status.
        body: The body, JSON text.
        transition: What it made of its payment; None where it was not believed, or nothing could be made of it yet.
        content_type: The body's media type.
    """

    status_code: int
    body: str
    transition: Transition | None = None
    content_type: str = "application/json"


_ACCEPTED: Final = json.dumps({"ResultCode": 0, "ResultDesc": "Accepted"})
_NOT_FOUND: Final = Reply(404, json.dumps({"ResultCode": 1, "ResultDesc": "Not found"}))
_NOT_KEPT: Final = Reply(503, json.dumps({"ResultCode": 1, "ResultDesc": "Try again later"}))


def receive(body: bytes, token: str | None, remote_ip: str, terms: Terms, /) -> Flow[Reply]:
    """Keep the body, then let its payment hear it; never raises, and never talks to Daraja."""
    segment = None if token is None else token.strip("/").rpartition("/")[2]
    key = key_in(terms.config, segment or "")
    forged = segment is not None and key is None
    callback = yield from _received(body, key, remote_ip, terms)
    try:
        callback = attrs.evolve(callback, id=(yield from perform(Record(callback))))
    except Conflict:
        yield from perform(Tell("callback.not_kept", {"key": key, "error": "too many are kept"}, grave=True))
    except Exception as error:  # noqa: BLE001 - a view has to answer, whatever a store raises
        yield from perform(Tell("callback.not_kept", {"key": key, "error": type(error).__name__}, grave=True))
        return _NOT_FOUND if forged else _NOT_KEPT
    try:
        if forged:
            yield from _refuse(callback)
            return _NOT_FOUND
        applied = yield from apply(callback, terms, fresh=True)
    except Exception as error:  # noqa: BLE001 - what is kept waits for `reconcile`, which makes of it what it can
        facts = {"callback": callback.id, "key": key, "error": type(error).__name__}
        yield from perform(Tell("callback.put_off", facts, grave=True))
        if forged:
            return _NOT_FOUND
        return Reply(200, _ACCEPTED) if callback.id else _NOT_KEPT
    if not callback.id and applied.fate in {Fate.UNMATCHED, Fate.WAITING}:
        return _NOT_KEPT
    return Reply(200, _ACCEPTED, applied.transition)


def _received(body: bytes, key: str | None, remote_ip: str, terms: Terms) -> Flow[ReceivedCallback]:
    now = yield from perform(Now())
    return ReceivedCallback(
        account=terms.account,
        key=key,
        body=body[: MAX_CALLBACK_BYTES if key else _LARGEST_UNSIGNED],
        remote_ip=remote_ip[:_LONGEST_ADDRESS] if remote_ip.isprintable() else "",
        received_at=now,
        limit=_MOST_SIGNED if key else _MOST_UNSIGNED,
    )


def _refuse(callback: ReceivedCallback) -> Flow[None]:
    yield from perform(Tell("callback.refused", {"callback": callback.id, "hint": _HINT}, grave=True))
    if callback.id:
        yield from perform(Processed(callback.id, "refused: we did not sign the address"))
