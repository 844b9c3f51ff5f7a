"""The rules by which a record moves: one table of transitions for each kind, and how facts are merged.

A record hears of the same money several times: in Daraja's answer, in a callback, in the answers to queries, from a
person. These arrive in any order, some twice, some never, some from a forger. So a record must not depend on the order
in which they arrive. Three rules make sure of it:

- **Status: the highest wins.** Each pair of a source and what it says raises a record to one status (the table of its
  kind), and nothing lowers it. The highest is success, because only money that really moved is reported as moved: a
  success that arrives after a failure means that the failure was about something else.
- **Facts: the first value stays, and another value is a conflict.** "First" cannot mean the first to arrive, or two
  processes would keep different ones; of two values the smaller one is kept and the other becomes a conflict. A fact
  that was fixed when the money was asked for, such as the amount, always stays.
- **Conflicts only grow.** A conflict takes no status away. It keeps the record from being fulfilled by itself until a
  person has decided.

Together these make ``advance`` commutative, associative and idempotent; property tests hold every kind to it. Which
evidence to *believe* is not decided here but in ``callbacks``: an unsigned callback never gets this far.
"""

from datetime import datetime
from typing import Any, Final, TypeVar

import attrs

from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.record import Record, Resolution
from daraja.result_codes import Outcome
from daraja.values.phone import MaskedText, mask_numbers

__all__ = ["advance", "contradict", "resolve"]

R = TypeVar("R", bound=Record)

_DENIALS: Final = frozenset({Said.TIMEOUT, Said.CANCELLED, Said.FAILED})
_SOURCES: Final = {source: place for place, source in enumerate(Source)}

Changes = dict[str, Any]  # Any: the fields of a record have many types


def advance(record: R, evidence: Evidence, /) -> R:
    """Return the record with *evidence* taken into account.

    Any order and any repetition of the same evidence ends in the same record.

    Args:
        record: The record as it is known.
        evidence: One thing that was learned about it.
    """
    return attrs.evolve(
        record, **_merged_facts(record, evidence), **_denials(record, evidence), **_raised(record, evidence)
    )


def contradict(record: R, evidence: Evidence, others: frozenset[str], /) -> R:
    """Return the record after *evidence* whose facts named *others* belong to another record.

    Such a fact is a conflict. Everything else that the evidence says counts.
    """
    foreign = {MaskedText(f"{name}={evidence.facts[name]}") for name in others}
    own = {name: value for name, value in evidence.facts.items() if name not in others}
    advanced = advance(record, attrs.evolve(evidence, facts=own))
    return attrs.evolve(advanced, conflicts=advanced.conflicts | foreign)


def resolve(record: R, resolution: Resolution, /) -> R:
    """Return the record after a person's decision. Of two decisions the later one counts."""
    counts = max(filter(None, (record.resolution, resolution)), key=_order)
    said = Said.PAID if resolution.paid else Said.FAILED
    advanced = advance(record, Evidence(source=Source.PERSON, said=said, at=resolution.at))
    return attrs.evolve(advanced, resolution=counts)


def _order(resolution: Resolution) -> tuple[object, ...]:
    return (
        resolution.at,
        resolution.by,
        resolution.note,
        resolution.paid,
        resolution.status,
        sorted(resolution.conflicts),
    )


def _raised(record: Record, evidence: Evidence) -> Changes:
    """Raise the status, and keep the code and the words that belong to it."""
    kind = record.kind
    status = kind.transitions[evidence.source, evidence.said]
    if kind.is_open(status) and kind.is_open(record.status):
        return _still_open(record, evidence)
    words = mask_numbers(evidence.result_description)
    # Compared as a whole, so that two pieces of evidence for one status end the same in any order. Of two failure
    # codes the one that proves less is kept: it must not look as if asking again were safe.
    heard = (
        kind.rank(status),
        kind.is_doubtful(status, evidence.result_code),
        _SOURCES[evidence.source],
        evidence.result_code or "",
        words,
        repr(evidence.refusal),
    )
    known = (
        kind.rank(record.status),
        kind.is_doubtful(record.status, record.result_code),
        _source_rank(record),
        record.result_code or "",
        record.result_description,
        repr(record.refusal),
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


def _still_open(record: Record, evidence: Evidence) -> Changes:
    """Keep the most informative code and words while nothing is decided: a person will read them."""
    kind = record.kind
    status = kind.transitions[evidence.source, evidence.said]

    def informative(words: tuple[str | None, str]) -> tuple[object, ...]:
        # An unknown result code tells a person more than "it is being processed".
        code, text = words
        unknown = code is not None and kind.explain(code).outcome is Outcome.UNRECOGNISED
        return unknown, code or "", text

    known = record.result_code, record.result_description
    heard = evidence.result_code, mask_numbers(evidence.result_description)
    code, words = max(known, heard, key=informative)
    changes: Changes = {"result_code": code, "result_description": words}
    if (kind.rank(status), _SOURCES[evidence.source]) > (kind.rank(record.status), _source_rank(record)):
        changes |= {"status": status, "decided_by": evidence.source}
    return changes


def _source_rank(record: Record) -> int:
    return -1 if record.decided_by is None else _SOURCES[record.decided_by]


def _merged_facts(record: Record, evidence: Evidence) -> Changes:
    """Fill in facts that are absent. A different value is a conflict."""
    if not evidence.facts:
        return {}
    facts, conflicts, expected = dict(record.facts), set(record.conflicts), record.expected
    for name, heard in evidence.facts.items():
        known = expected.get(name) or facts.get(name, heard)
        if name in expected:
            other = heard
        else:
            facts[name], other = min(known, heard), max(known, heard)
        if known != heard:
            conflicts.add(MaskedText(f"{name}={other}"))
    return {"facts": facts, "conflicts": frozenset(conflicts)}


def _denials(record: Record, evidence: Evidence) -> Changes:
    if evidence.said is Said.CLAIMED:
        return {"claimed_at": _earlier(record.claimed_at, evidence.at)}
    if evidence.source is not Source.QUERY or evidence.said not in _DENIALS:
        return {}
    return {
        "first_denied_at": _earlier(record.first_denied_at, evidence.at),
        "last_denied_at": max(record.last_denied_at or evidence.at, evidence.at),
    }


def _earlier(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)
