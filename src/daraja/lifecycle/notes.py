"""What a caller gives with a record: its own name for it, and notes."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from daraja.fields import value_or_fault
from daraja.values.secret import MaskedText, mask_numbers

__all__ = ["idempotency_key", "metadata", "required_key"]

_LONGEST_KEY: Final = 200
_MOST_METADATA: Final = 16 * 1024

_STRICT: Final = json.JSONEncoder(allow_nan=False)


def idempotency_key(value: str | None) -> str | None:
    """Return the caller's name for a record, of 1 to 200 printable characters; None for none."""
    return None if value is None else required_key(value)


def required_key(value: str) -> str:
    """Return the caller's name for a record that must have one."""
    return value_or_fault(_check_key, value)


def metadata(value: Mapping[str, Any] | None) -> Mapping[str, Any]:  # Any, here and below: what JSON can hold
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
    text, same = _through_json(metadata)
    if same != metadata:
        raise ValueError(
            f"is not an object that JSON can hold{_misfit(metadata)}: keys are text, values text, numbers, lists and "
            "objects; write anything else as text, with str()"
        )
    if len(text) > _MOST_METADATA:
        raise ValueError(f"takes {len(text):,} bytes as JSON; {_MOST_METADATA:,} are stored at the most")
    return same


def _through_json(metadata: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return an object as JSON text, and what JSON makes of it; an empty object if JSON cannot hold it."""
    try:
        text = _STRICT.encode(dict(metadata))
        return text, json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return "{}", {}


def _misfit(metadata: object) -> str:
    """Name the first entry that JSON cannot hold, and the type of its value. The value itself is not shown."""
    entries = cast("Mapping[str, Any]", metadata if isinstance(metadata, Mapping) else {})
    for name, value in entries.items():
        if _through_json({name: value})[1] != {name: value}:
            return f" (look at {mask_numbers(repr(name)):.60}, of the type {type(value).__name__})"
    return ""
