"""The only rules by which a payment moves: one table, and the merging of facts beside it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from daraja.payments.evidence import Evidence, Said, Source
from daraja.payments.model import Payment, Resolution, Status, is_doubtful
from daraja.result_codes import Outcome, explain
from daraja.values.phone import Personal, mask_numbers

__all__ = ["LADDER", "advance", "contradict", "resolve"]

LADDER: Final[Mapping[tuple[Source, Said], Status]] = {
    (Source.GIVING_UP, Said.NOTHING): Status.UNCONFIRMED,
    (Source.ANSWER, Said.ACCEPTED): Status.INITIATED,
    (Source.ANSWER, Said.REFUSED): Status.FAILED,
    (Source.QUERY, Said.PROCESSING): Status.INITIATED,
    (Source.QUERY, Said.UNRECOGNISED): Status.INITIATED,
    (Source.QUERY, Said.TIMEOUT): Status.TIMEOUT,
    (Source.QUERY, Said.CANCELLED): Status.FAILED,
    (Source.QUERY, Said.FAILED): Status.FAILED,
    (Source.QUERY, Said.PAID): Status.SUCCESS,
    (Source.CALLBACK, Said.CLAIMED): Status.INITIATED,
    (Source.CALLBACK, Said.PROCESSING): Status.INITIATED,
    (Source.CALLBACK, Said.UNRECOGNISED): Status.INITIATED,
    (Source.CALLBACK, Said.TIMEOUT): Status.TIMEOUT,
    (Source.CALLBACK, Said.CANCELLED): Status.FAILED,
    (Source.CALLBACK, Said.FAILED): Status.FAILED,
    (Source.CALLBACK, Said.PAID): Status.SUCCESS,
    (Source.PERSON, Said.PAID): Status.SUCCESS,
    (Source.PERSON, Said.FAILED): Status.FAILED,
}
"""The rung that each thing heard raises a payment to; it never lowers one."""

_DENIALS: Final = frozenset({Said.TIMEOUT, Said.CANCELLED, Said.FAILED})
_SOURCES: Final = {source: place for place, source in enumerate(Source)}


Changes = dict[str, Any]  # Any: the fields of a payment are of many types


def advance(payment: Payment, evidence: Evidence, /) -> Payment:
    """Give the payment as it is once *evidence* was heard.

    Any order and any repetition of the same evidence ends the same: the status is the highest rung heard of, facts fill
    what was absent, and facts that differ become conflicts, none of which is ever taken back.

    Args:
        payment: The payment as it is known.
        evidence: One thing that was heard about it.
    """
    return attrs.evolve(
        payment, **_facts(payment, evidence), **_denials(payment, evidence), **_status(payment, evidence)
    )


def contradict(payment: Payment, evidence: Evidence, /) -> Payment:
    """Give the payment as it is once it heard *evidence* with a CheckoutRequestID that is another payment's."""
    another = Personal(f"checkout_request_id={evidence.checkout_request_id}")
    heard = advance(payment, attrs.evolve(evidence, checkout_request_id=None))
    return attrs.evolve(heard, conflicts=heard.conflicts | {another})


def resolve(payment: Payment, resolution: Resolution, /) -> Payment:
    """Give the payment as it is once a person has decided; of two decisions the later one counts."""
    counts = max(filter(None, (payment.resolution, resolution)), key=_place)
    said = Said.PAID if resolution.paid else Said.FAILED
    heard = advance(payment, Evidence(source=Source.PERSON, said=said, at=resolution.at))
    return attrs.evolve(heard, resolution=counts)


def _place(resolution: Resolution) -> tuple[object, ...]:
    return (
        resolution.at,
        resolution.by,
        resolution.note,
        resolution.paid,
        resolution.status,
        sorted(resolution.conflicts),
    )


def _status(payment: Payment, evidence: Evidence) -> Changes:
    status = LADDER[evidence.source, evidence.said]
    if max(status.rung, payment.status.rung) < Status.TIMEOUT.rung:
        return _still_open(payment, evidence, status)
    words = mask_numbers(evidence.result_description)
    heard = (
        status.rung,
        is_doubtful(status, evidence.result_code),  # of two failure codes, the one that proves less is kept
        _SOURCES[evidence.source],
        evidence.result_code or "",
        words,
        repr(evidence.refusal),
    )
    known = (
        payment.status.rung,
        is_doubtful(payment.status, payment.result_code),
        _place_of_decider(payment),
        payment.result_code or "",
        payment.result_description,
        repr(payment.refusal),
    )
    if heard <= known:
        return {}
    return {
        "status": status,
        "decided_by": evidence.source,
        "result_code": evidence.result_code,
        "result_description": words,
        "refusal": evidence.refusal,
    }


def _still_open(payment: Payment, evidence: Evidence, status: Status) -> Changes:
    """Keep of what decides nothing the words that say most, also once we stop waiting: a person will read them."""
    said = payment.result_code, payment.result_description
    heard = evidence.result_code, mask_numbers(evidence.result_description)
    code, words = max(said, heard, key=_tells)
    changes = {"result_code": code, "result_description": words}
    if (status.rung, _SOURCES[evidence.source]) > (payment.status.rung, _place_of_decider(payment)):
        changes |= {"status": status, "decided_by": evidence.source}
    return changes


def _tells(said: tuple[str | None, str]) -> tuple[object, ...]:
    """Order codes and words by how much they tell: an unknown code more than that it is being processed."""
    code, words = said
    unknown = code is not None and explain("stk", code).outcome is Outcome.UNRECOGNISED
    return unknown, code or "", words


def _place_of_decider(payment: Payment) -> int:
    return -1 if payment.decided_by is None else _SOURCES[payment.decided_by]


def _facts(payment: Payment, evidence: Evidence) -> Changes:
    merchant_request_id, _ = _first(payment.merchant_request_id, evidence.merchant_request_id)
    checkout_request_id, another_id = _first(payment.checkout_request_id, evidence.checkout_request_id)
    receipt, another_receipt = _first(payment.receipt, evidence.receipt)
    found = {
        "checkout_request_id": another_id,
        "receipt": another_receipt,
        "amount": _another_amount(payment.amount, evidence.amount),
    }
    return {
        "merchant_request_id": merchant_request_id,
        "checkout_request_id": checkout_request_id,
        "receipt": receipt,
        "conflicts": payment.conflicts | {Personal(f"{name}={value}") for name, value in found.items() if value},
    }


def _first(known: str | None, heard: str | None) -> tuple[str | None, str | None]:
    """Give the fact to keep and the one that contradicts it: of two, the smaller stays, whichever came first."""
    if known is None or heard is None or known == heard:
        return known or heard, None
    return min(known, heard), max(known, heard)


def _another_amount(asked: int, paid: Decimal | None) -> str | None:
    return None if paid is None or paid == asked else f"{paid.normalize():f}"


def _denials(payment: Payment, evidence: Evidence) -> Changes:
    if evidence.said is Said.CLAIMED:
        return {"claimed_at": min(payment.claimed_at or evidence.at, evidence.at)}
    if evidence.source is not Source.QUERY or evidence.said not in _DENIALS:
        return {}
    return {
        "first_denied_at": min(payment.first_denied_at or evidence.at, evidence.at),
        "last_denied_at": max(payment.last_denied_at or evidence.at, evidence.at),
    }
