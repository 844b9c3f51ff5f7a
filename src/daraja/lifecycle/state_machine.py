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

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import attrs

from daraja.lifecycle.clocks import Reading, add
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.record import Facts, Record, Resolution
from daraja.result_codes import Outcome
from daraja.values.phone import MaskedText, mask_numbers

__all__ = ["advance", "contradict", "deny_success", "resolve"]

R = TypeVar("R", bound=Record)

_DENIALS: Final = frozenset({Said.TIMEOUT, Said.CANCELLED, Said.FAILED})
_SAFARICOM: Final = frozenset({Source.QUERY, Source.CALLBACK})
_SOURCES: Final = {source: place for place, source in enumerate(Source)}

_A_MOMENT: Final = timedelta(microseconds=1)
_NO_FACTS: Final = Facts({})

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


def deny_success(record: R, evidence: Evidence, /) -> R:
    """Return the success *record* after *evidence*, which is a conflict if it is a denial that is new to the record.

    This is the one rule that depends on the order. Safaricom often denies first and pays later, and the success then
    counts. A success that is denied later contradicts what Safaricom or a person said before: it stays a success, but
    a person has to look. A denial that comes once more, under the same code, is no news.
    """
    advanced = advance(record, evidence)
    if not record.is_success:
        return advanced
    return attrs.evolve(advanced, conflicts=record.conflicts | advanced.conflicts | (advanced.denials - record.denials))


def resolve(record: R, resolution: Resolution, facts: Mapping[str, str] = _NO_FACTS, /) -> R:
    """Return the record after a person's decision, which is a command: the one that is written last counts.

    The clock of that person's machine may be behind, so the time of a decision is always later than that of the one
    before it.

    Args:
        record: The record.
        resolution: The decision.
        facts: Facts that the person has found, such as the receipt.
    """
    before = record.resolution
    at = resolution.at if before is None else max(resolution.at, before.at + _A_MOMENT)
    said = Said.PAID if resolution.paid else Said.FAILED
    advanced = advance(record, Evidence(source=Source.PERSON, said=said, at=at, facts=facts))
    return attrs.evolve(advanced, resolution=attrs.evolve(resolution, at=at))


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
    if evidence.source not in _SAFARICOM or evidence.said not in _DENIALS:
        return {}
    denials = record.denials | {MaskedText(f"{evidence.source}={evidence.result_code or evidence.said}")}
    if evidence.source is not Source.QUERY:
        return {"denials": denials}
    return {"denials": denials, "denied_at": add(Reading(evidence.clock, evidence.at), record.denied_at)}


def _earlier(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)
