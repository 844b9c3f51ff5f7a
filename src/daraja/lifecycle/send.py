"""Checks the key and the metadata of a new record, and sends its request once the record is stored."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import attrs

from daraja.errors import ApiError, NotSent, OutcomeUnknown, UnexpectedResponse
from daraja.fields import value_or_fault
from daraja.http.flow import Flow, Log, Now, Sleep, Within
from daraja.lifecycle.evidence import Evidence, Said, SureRefusal, refused, unanswered
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.record import Record
from daraja.lifecycle.transitions import apply_evidence
from daraja.values.secret import MaskedText, mask_numbers

R = TypeVar("R", bound=Record)
Answer = TypeVar("Answer")

_LONGEST_KEY: Final = 200
_MOST_METADATA: Final = 16 * 1024
_DEEPEST: Final = 9
"""Names of entries within entries that an error shows."""
_STRICT: Final = json.JSONEncoder(allow_nan=False)

_TIME_LIMIT: Final = 16.0
"""Seconds after which nothing more is begun. With the few seconds that a store may take, it ends within 20."""
_PAUSES: Final = (0.1, 0.5)
"""Seconds before the answer is stored again after a failure."""


def send(
    record: R,
    request: Callable[[], Flow[Answer]],
    accepted: Callable[[Answer, datetime], Evidence],
    policy: Policy[R],
    /,
    *,
    began: datetime | None = None,
) -> Flow[tuple[R, SureRefusal | None]]:
    """Send the request of a stored record, and store its outcome.

    Args:
        record: The record. It is committed, since nobody else can tell what a killed process has sent.
        request: Starts the request.
        accepted: Makes the evidence out of Daraja's answer.
        policy: The policy.
        began: When the caller began; by default when the record was made.

    Returns:
        The record as it is now, and the error if Daraja surely did not act. In doubt there is no error, and the record
        stays open, which is the truth.
    """
    started = began or record.created_at
    refusal: SureRefusal | None = None
    try:
        answer = yield from Within((yield from _time_left(started)), request)
    except (ApiError, NotSent, UnexpectedResponse) as error:
        refusal, learn = error, partial(refused, error)
    except Exception as doubt:  # noqa: BLE001 - whatever else is raised, Daraja may act on the request
        reason = doubt.args[0] if isinstance(doubt, OutcomeUnknown) else f"{type(doubt).__name__} was raised"
        learn = partial(unanswered, reason)
    else:
        learn = partial(accepted, answer)
    return (yield from _store_answer(record, learn((yield from Now())), started, policy)), refusal


def _time_left(started: datetime) -> Flow[float]:
    """Return the rest of the time limit, of which the store may have used some. A clock that jumps never adds to it."""
    now = yield from Now()
    used = (now - started) / timedelta(seconds=1)
    return _TIME_LIMIT - max(0.0, used)


def _store_answer(record: R, evidence: Evidence, started: datetime, policy: Policy[R]) -> Flow[R]:
    """Apply Daraja's answer. If the store fails, ``pending`` stays, which is still true.

    The ids from the answer are on the record that is returned, stored or not, so that Daraja can be asked about it.
    """
    pauses = iter(_PAUSES)
    while True:
        try:
            record = (yield from apply_evidence(record, evidence, policy)).after
            break
        except Exception as error:  # noqa: BLE001 - Daraja may act on the request, whatever a store raises
            ids = {name: mask_numbers(value) for name, value in evidence.facts.items()}
            fields = {"key": record.key, **ids, "error": type(error).__name__}
        yield from Log(f"{record.kind.name}.answer_not_stored", fields, warning=True)
        pause = next(pauses, None)
        if pause is None or pause > (yield from _time_left(started)):
            return attrs.evolve(record, facts={**record.facts, **evidence.facts})
        yield from Sleep(pause)
    if evidence.said is not Said.ACCEPTED:
        kind, was_refused = record.kind, evidence.said is Said.REFUSED
        said = {"code": evidence.result_code, "reason": mask_numbers(evidence.result_description)}
        event = f"{kind.name}.refused" if was_refused else f"{kind.name}.unanswered"
        yield from Log(event, {"key": record.key, **said}, warning=True)
    return record


def checked_key(value: str | None) -> str | None:
    """Return the caller's name for a record, of 1 to 200 printable characters; None for none."""
    return None if value is None else required_key(value)


def required_key(value: str) -> str:
    """Return the caller's name for a record that must have one."""
    return value_or_fault(_check_key, value)


def checked_metadata(value: Mapping[str, Any] | None) -> Mapping[str, Any]:  # Any, here and below: what JSON can hold
    """Return the caller's notes: an object that JSON can hold, of 16 KiB at most."""
    return value_or_fault(_check_metadata, value)


def _check_key(key: str) -> str:
    if not isinstance(key, str):
        raise ValueError(f"is {type(key).__name__}; give text, such as a UUID")
    if not key.strip() or len(key) > _LONGEST_KEY or not key.isprintable():
        raise ValueError(f"must be 1 to {_LONGEST_KEY} characters that can be printed, such as a UUID")
    return MaskedText(key)


def _check_metadata(metadata: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not metadata and isinstance(metadata, Mapping | None):
        return {}
    try:
        given = _with_texts(metadata)
    except RecursionError:
        given = metadata
    text, same = _through_json(given)
    if same != given:
        raise ValueError(
            f"is not an object that JSON can hold{_misfit(given)}: keys are text, values text, numbers, dates, UUIDs, "
            "lists and objects; write anything else as text, with str()"
        )
    if len(text) > _MOST_METADATA:
        raise ValueError(f"takes {len(text):,} bytes as JSON; {_MOST_METADATA:,} are stored at the most")
    return same


def _with_texts(value: Any) -> Any:  # noqa: ANN401 - whatever a caller notes
    """Return a value in which dates, decimals and UUIDs are text, since JSON has none of them."""
    if isinstance(value, Mapping):
        return {name: _with_texts(one) for name, one in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list):
        return [_with_texts(one) for one in cast("list[object]", value)]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def _through_json(metadata: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return an object as JSON text, and what JSON makes of it; an empty object if JSON cannot hold it."""
    try:
        text = _STRICT.encode(dict(metadata))
        return text, json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return "{}", {}


def _misfit(value: object) -> str:
    """Name the innermost entry that JSON cannot hold, and its type. The value itself is not shown."""
    names: list[str] = []
    while len(names) < _DEEPEST and (found := next(_misfits(value), None)):
        name, value = found
        names.append(repr(name))
    shown = mask_numbers(" > ".join(names))
    return f" (look at {shown:.60}, of the type {type(value).__name__})" if names else ""


def _misfits(value: object) -> Iterator[tuple[object, object]]:
    """Yield the names and the values that JSON cannot hold; of a name that is no text, the name itself."""
    entries = cast("Mapping[object, object]", value if isinstance(value, Mapping) else {})
    items = cast("list[object]", value if isinstance(value, list) else [])
    yield from ((name, name) for name in entries if not isinstance(name, str))
    for name, one in (*entries.items(), *enumerate(items)):
        if _through_json({"": one})[1] != {"": one}:
            yield name, one
