"""A payment as plain JSON values and back, for stores that keep it in a column."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from daraja.payments.evidence import Source
from daraja.payments.model import Payment, Resolution, Status
from daraja.values.phone import Personal

__all__ = ["facts_of", "payment_from"]

_AS_THEY_ARE: Final = (
    "key",
    "idempotency_key",
    "shortcode",
    "environment",
    "reference",
    "description",
    "amount",
    "announce",
    "currency",
    "merchant_request_id",
    "receipt",
    "result_code",
    "result_description",
    "checks",
    "version",
)
_MOMENTS: Final = (
    "created_at",
    "updated_at",
    "claimed_at",
    "first_denied_at",
    "last_denied_at",
    "next_check_at",
    "succeeded_at",
    "notified_at",
)


def facts_of(payment: Payment, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Give every fact of a payment as a value that JSON has."""
    facts: dict[str, Any] = {name: getattr(payment, name) for name in _AS_THEY_ARE}  # Any: as above
    for name in _MOMENTS:
        moment: datetime | None = getattr(payment, name)
        facts[name] = None if moment is None else moment.isoformat()
    decision = payment.resolution
    return facts | {
        "phone": str(payment.phone),
        "checkout_request_id": None if payment.checkout_request_id is None else str(payment.checkout_request_id),
        "metadata": dict(payment.metadata),
        "status": payment.status.value,
        "conflicts": sorted(str(conflict) for conflict in payment.conflicts),
        "decided_by": None if payment.decided_by is None else payment.decided_by.value,
        "refusal": None if payment.refusal is None else list(payment.refusal),
        "resolution": None if decision is None else _resolution_facts(decision),
    }


def payment_from(facts: Mapping[str, Any], /) -> Payment:  # Any: as in `facts_of`
    """Give the payment that ``facts_of`` was given."""
    read = {name: facts[name] for name in _AS_THEY_ARE}
    for name in _MOMENTS:
        read[name] = _moment(facts[name])
    return Payment(
        **read,
        phone=facts["phone"],
        checkout_request_id=facts["checkout_request_id"],
        metadata=facts["metadata"],
        status=Status(facts["status"]),
        conflicts=_conflicts(facts["conflicts"]),
        decided_by=None if facts["decided_by"] is None else Source(facts["decided_by"]),
        refusal=None if facts["refusal"] is None else tuple(facts["refusal"]),
        resolution=None if facts["resolution"] is None else _resolution(facts["resolution"]),
    )


def _resolution_facts(decision: Resolution) -> dict[str, Any]:  # Any: as in `facts_of`
    return {
        "paid": decision.paid,
        "note": decision.note,
        "by": decision.by,
        "at": decision.at.isoformat(),
        "status": decision.status.value,
        "conflicts": sorted(str(conflict) for conflict in decision.conflicts),
    }


def _resolution(facts: Mapping[str, Any]) -> Resolution:  # Any: as in `facts_of`
    return Resolution(
        paid=facts["paid"],
        note=facts["note"],
        by=facts["by"],
        at=cast("datetime", _moment(facts["at"])),
        status=Status(facts["status"]),
        conflicts=_conflicts(facts["conflicts"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _conflicts(texts: list[str]) -> frozenset[str]:
    return frozenset(Personal(text) for text in texts)
