"""A callback arrives: it is stored first, from any sender; then it is verified, read and applied to its record.

Safaricom signs nothing, and anybody can call an address. So a callback counts only as far as its address proves it:

- With a token that we signed for this record, it is believed. With ``confirm``, a success is believed only once a
  query says so too. With ``senders``, Daraja is asked about a callback from any other address.
- Without a token, it proves nothing. It makes a check due, and Daraja is asked instead.
- With a token that we did not sign, it proves as little, and the reply is 404. It is processed all the same: after a
  change of the callback secrets it may be Safaricom's own.

Anybody can send a callback that proves nothing, so there are limits: how many are stored, how often they make a check
due, how many lines they write to the log. And no reply tells whether a payment exists.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, Generic, TypeVar

import attrs

from daraja.api.addresses import Purpose, last_segment, read_token
from daraja.errors import CallbackMalformed, Conflict
from daraja.http.flow import Flow, Log, Now, ask
from daraja.http.json_body import without_secrets
from daraja.lifecycle.check_status import check_now, check_soon
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.ports import ReceivedCallback, Records
from daraja.lifecycle.record import Record
from daraja.lifecycle.source_ip import read_address
from daraja.lifecycle.state_machine import advance
from daraja.lifecycle.transitions import Transition, apply_evidence, update
from daraja.values.secret import MaskedText

R = TypeVar("R", bound=Record)

_MOST_SIGNED: Final = 100
_MOST_UNSIGNED: Final = 2_000
_LARGEST_SIGNED: Final = 64 * 1024
_LARGEST_UNSIGNED: Final = 4 * 1024
"""Bytes that are stored of an unsigned body. Safaricom's own callbacks have less than one KiB."""
_LONGEST_ADDRESS: Final = 45
BETWEEN_LINES: Final = 60.0
"""Seconds between two lines of the log about callbacks that anybody may have sent."""
_SHAPE: Final = 40
"""Bytes of an unreadable body whose shape is logged."""
_NOT_OURS: Final = "we did not sign its address; did the callback secrets, the shortcode or the environment change?"
_ANOTHER: Final = "its address is signed for a {}, which another route takes; results have MPESA_RESULTS_URL for theirs"

ACCEPTED: Final = '{"ResultCode": 0, "ResultDesc": "Accepted"}'
_NOT_FOUND: Final = '{"ResultCode": 1, "ResultDesc": "Not found"}'
NOT_STORED: Final = '{"ResultCode": 1, "ResultDesc": "Try again later"}'


@attrs.frozen
class Reply(Generic[R]):
    """The reply to Safaricom, and the change that the callback made.

    Args:
        status_code: The HTTP status.
        body: The body, JSON text.
        transition: What it changed; None if it was not believed or says nothing new yet.
        content_type: The body's media type.
    """

    status_code: int
    body: str
    transition: Transition[R] | None = None
    content_type: str = "application/json"


class CallbackOutcome(Enum):
    """The outcome of a callback."""

    APPLIED = auto()
    """Its record knows what it said."""
    ASKED_INSTEAD = auto()
    """Anybody may have sent it, so Daraja is asked instead."""
    WAITING = auto()
    """It waits until a query confirms it."""
    UNMATCHED = auto()
    """It belongs to no known record, or cannot be read: a person looks at it."""
    DROPPED = auto()
    """Anybody may have sent it, and it cannot be read."""


@attrs.frozen
class Processed(Generic[R]):
    """The outcome of a callback.

    Args:
        outcome: What became of it.
        transition: What it changed, if it was applied.
        evidence: What it says; None if it cannot be read or belongs to no record.
    """

    outcome: CallbackOutcome
    transition: Transition[R] | None = None
    evidence: Evidence | None = None


def receive_callback(body: bytes, token: str | None, remote_ip: str, policy: Policy[R], /) -> Flow[Reply[R]]:
    """Store the body, then apply it to its record. Never raises, and never talks to Daraja."""
    kind = policy.records.kind
    purpose, key = read_token(policy.config, last_segment(token)) or (kind.purpose, None)
    hint = _NOT_OURS if purpose in kind.purposes else _ANOTHER.format(purpose)
    if purpose not in kind.purposes:
        purpose, key = kind.purpose, None  # it was signed for another product, and proves nothing for this one
    refused = token is not None and key is None
    callback = yield from _received(body, purpose, key, remote_ip, policy)
    error = "too many are stored"
    try:
        callback = attrs.evolve(callback, id=(yield from ask(Records.record, callback)))
    except Conflict:
        yield from log_callback(callback, "callback.not_stored", {"error": error})
    except Exception as failure:  # noqa: BLE001 - a view has to answer, whatever a store raises
        yield from log_callback(callback, "callback.not_stored", {"error": type(failure).__name__})
        return Reply(404, _NOT_FOUND) if refused else Reply(503, NOT_STORED)
    if refused:
        yield from log_callback(callback, "callback.refused", {"hint": hint})
    processed: Processed[R] | None = None
    try:
        processed = yield from process_callback(callback, policy, fresh=True)
    except Exception as failure:  # noqa: BLE001 - what is stored waits for `reconcile`, which processes it later
        yield from log_callback(callback, "callback.postponed", {"error": type(failure).__name__})
    return Reply(404, _NOT_FOUND) if refused else _reply(callback, processed, policy)


def _reply(callback: ReceivedCallback, processed: Processed[R] | None, policy: Policy[R]) -> Reply[R]:
    """Say 200 if nothing is lost. Of an unsigned callback, the reply must not depend on whether its payment exists."""
    said = None if processed is None else processed.outcome
    unheard = callback.key is None or said in {None, CallbackOutcome.UNMATCHED, CallbackOutcome.WAITING}
    if unheard and not callback.id:
        return Reply(503, NOT_STORED)
    reply = policy.records.kind.reply
    evidence, transition = (None, None) if processed is None else (processed.evidence, processed.transition)
    return Reply(200, ACCEPTED if reply is None else reply(evidence), transition)


def process_callback(callback: ReceivedCallback, policy: Policy[R], /, *, fresh: bool) -> Flow[Processed[R]]:
    """Apply a stored callback to its record, as far as it can be believed.

    Args:
        callback: The callback. It is marked as processed once nothing more can be made of it.
        policy: The policy.
        fresh: True if the callback just arrived: a record that it cannot decide is then queried at once.
    """
    signed = None if callback.key is None else (yield from ask(Records.load, callback.key))
    record = _ours(signed, policy)
    evidence = _read(callback, record, policy)
    if isinstance(evidence, str) and fresh:
        yield from log_callback(
            callback, "callback.unreadable", {"reason": evidence, "shape": _shape_of(callback.body)}
        )
    if isinstance(evidence, str) and callback.key is None:
        yield from _mark_processed(callback, evidence)
        return Processed(CallbackOutcome.DROPPED)
    if callback.key is None and isinstance(evidence, Evidence):
        record = yield from _record_named_in(evidence, policy)
    if record is None:
        if fresh:
            yield from log_callback(callback, "callback.unmatched", {})
        return Processed(CallbackOutcome.UNMATCHED)
    if isinstance(evidence, str):
        if fresh:
            yield from check_now(record, "callback unreadable", policy)
        return Processed(CallbackOutcome.UNMATCHED)
    if callback.key is None:
        return (yield from _ask_instead(record, callback, policy))
    processed = yield from _apply_signed(record, evidence, callback, policy, fresh=fresh)
    return attrs.evolve(processed, evidence=evidence)


def _received(
    body: bytes, purpose: Purpose, key: str | None, remote_ip: str, policy: Policy[R]
) -> Flow[ReceivedCallback]:
    now = yield from Now()
    return ReceivedCallback(
        account=policy.account,
        purpose=purpose,
        key=key,
        body=without_secrets(body[:_LARGEST_SIGNED])[: _LARGEST_SIGNED if key else _LARGEST_UNSIGNED],
        remote_ip=storable_address(remote_ip),
        received_at=now,
        limit=_MOST_SIGNED if key else _MOST_UNSIGNED,
    )


def storable_address(text: str, /) -> str:
    """Return a caller's address as it is stored: of limited length, and empty if a character cannot be shown."""
    return text[:_LONGEST_ADDRESS] if text.isprintable() else ""


def log_callback(callback: ReceivedCallback, event: str, fields: Mapping[str, object], /) -> Flow[None]:
    """Write a line about a callback. About those that anybody may have sent, there is one line a minute."""
    known = {name: value for name, value in (("callback", callback.id), ("key", callback.key)) if value}
    yield from Log(event, {**known, **fields}, warning=True, every=0 if callback.key else BETWEEN_LINES)


def _shape_of(body: bytes) -> str:
    """Show the shape of a body without its content: letters as ``a``, digits as ``9``."""
    shape = re.sub(r"[^\W\d_]", "a", body[:_SHAPE].decode("ascii", "replace"))
    return ascii(re.sub(r"\d", "9", shape))


def _mark_processed(callback: ReceivedCallback, note: str) -> Flow[None]:
    if callback.id:
        yield from ask(Records.processed, callback.id, note)


def _read(callback: ReceivedCallback, record: R | None, policy: Policy[R]) -> Evidence | str:
    try:
        return policy.records.kind.parse(callback.body, callback.received_at, callback.purpose, record)
    except CallbackMalformed as malformed:
        return f"malformed: {malformed.path} {malformed.args[1]}"


def _ours(found: Record | None, policy: Policy[R]) -> R | None:
    return found if isinstance(found, policy.records) and found.account == policy.account else None


def _record_named_in(evidence: Evidence, policy: Policy[R]) -> Flow[R | None]:
    """Find the record of an unsigned callback by the id that it names."""
    name = policy.records.kind.asked_by
    if name not in evidence.facts:
        return None
    return _ours((yield from ask(Records.find, name, evidence.facts[name], policy.account.environment)), policy)


def _apply_signed(
    record: R, evidence: Evidence, callback: ReceivedCallback, policy: Policy[R], *, fresh: bool
) -> Flow[Processed[R]]:
    if evidence.source is Source.CALLBACK and evidence.said is Said.NOTHING:
        # A notice that the request waits, which decides nothing: the question is due, once.
        event = "callback nothing"
        hurried = check_soon(record, policy, event=event, once=True, callback_id=callback.id or None)
        return Processed(CallbackOutcome.APPLIED, (yield from hurried))
    believed = is_believed(callback.remote_ip, policy)
    claims = evidence.said is Said.PAID
    if claims and not record.is_success and (policy.confirm or not believed):
        return (yield from _wait_for_a_query(record, evidence, callback, policy, fresh=fresh))
    if not (claims or believed):
        return (yield from _ask_instead(record, callback, policy))
    try:
        if policy.sorting is not None:
            evidence = yield from policy.sorting(record, evidence)
        transition = yield from apply_evidence(record, evidence, policy, callback_id=callback.id or None)
        return Processed(CallbackOutcome.APPLIED, transition)
    except Exception:
        # A hook or the store did not take it. A customer who may have paid must not be asked again meanwhile.
        if claims:
            yield from apply_evidence(record, _claim_of(evidence), policy, event="callback postponed")
        raise


def is_believed(remote_ip: str, policy: Policy[R], /) -> bool:
    """Tell whether callbacks from an address are believed, as far as the address decides it."""
    return policy.senders is None or read_address(remote_ip) in policy.senders


def _ask_instead(record: R, callback: ReceivedCallback, policy: Policy[R]) -> Flow[Processed[R]]:
    if not record.may_be_asked:
        return Processed(CallbackOutcome.UNMATCHED)  # Daraja cannot be asked about it yet
    yield from check_soon(record, policy, callback_id=callback.id or None)
    return Processed(CallbackOutcome.ASKED_INSTEAD)


def _wait_for_a_query(
    record: R, evidence: Evidence, callback: ReceivedCallback, policy: Policy[R], *, fresh: bool
) -> Flow[Processed[R]]:
    """Let the next check confirm what a callback claims. If Daraja has denied it for good, a person decides."""
    event = "callback to confirm"
    record = (yield from apply_evidence(record, _claim_of(evidence), policy, event=event)).after
    may_ask = record.may_be_asked and not record.denied_at
    if record.next_check_at is not None or (fresh and may_ask):
        if fresh:
            yield from check_now(record, event, policy)
        return Processed(CallbackOutcome.WAITING)

    def contradicted(record: R, _: object) -> R:
        if record.is_success:
            return advance(record, evidence)  # a query was faster
        return attrs.evolve(record, conflicts=record.conflicts | {MaskedText("callback=paid")})

    contradiction = update(record, contradicted, policy, event="callback contradicted", callback_id=callback.id or None)
    return Processed(CallbackOutcome.APPLIED, (yield from contradiction))


def _claim_of(evidence: Evidence) -> Evidence:
    """Return the evidence of a claim before it is believed: the id to ask by and the amount, but no receipt."""
    facts = {name: value for name, value in evidence.facts.items() if name != "receipt"}
    return Evidence(source=evidence.source, said=Said.CLAIMED, at=evidence.at, facts=facts)
