"""The rules by which a record moves, how facts are merged, and when it is checked next.

Evidence about the same money comes several times: in Daraja's answer, in a callback, in the answers to queries, from
a person. It comes in any order, some of it twice, some never, some from a forger. So a record must not depend on that
order. Three rules make sure of it:

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
from enum import StrEnum
from typing import Any, Final, TypeVar

import attrs

from daraja.lifecycle.evidence import Evidence, Facts, Reading, Said, Source, add_reading, has_passed
from daraja.lifecycle.record import Record, Resolution
from daraja.result_codes import Outcome
from daraja.values.secret import MaskedText, mask_numbers

R = TypeVar("R", bound=Record)

_DENIALS: Final = frozenset({Said.TIMEOUT, Said.CANCELLED, Said.FAILED})
_AGREES: Final = _DENIALS | {Said.NOTHING}
_SAFARICOM: Final = frozenset({Source.QUERY, Source.CALLBACK})
_SOURCES: Final = {source: place for place, source in enumerate(Source)}

_A_MOMENT: Final = timedelta(microseconds=1)
_NO_FACTS: Final = Facts({})

_BEFORE_REDELIVERY: Final = timedelta(seconds=60)
_LONGEST_PAUSE_IN_SILENCE: Final = timedelta(minutes=5)
"""The longest pause between two queries while Daraja does not answer, so that its return is noticed soon."""
_LONGEST_SILENCE: Final = timedelta(days=7)

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


def is_confirmed(record: Record, evidence: Evidence, /) -> bool:
    """Tell whether the answer to a query confirms that *record* was not paid, as it was known before the query.

    An answer that knows nothing of it confirms it as well. Only the order tells that the question came after.
    """
    return record.status in record.kind.denied and evidence.said in _AGREES


def resolve(record: R, resolution: Resolution, facts: Mapping[str, str] = _NO_FACTS, /) -> R:
    """Return the record after a person's decision, which is a command: the one that is written last counts.

    The clock of that person's machine may be behind, so the time of a decision is always later than that of the one
    before it. The first denial of money that has gone back says that it went back. Only another one can say that it
    came back to us.

    Args:
        record: The record.
        resolution: The decision.
        facts: Facts that the person has found, such as the receipt.
    """
    before = record.resolution
    at = resolution.at if before is None else max(resolution.at, before.at + _A_MOMENT)
    said = Said.PAID if resolution.paid else Said.FAILED
    advanced = advance(record, Evidence(source=Source.PERSON, said=said, at=at, facts=facts))
    resolved = attrs.evolve(advanced, resolution=attrs.evolve(resolution, at=at))
    if record.has_gone_back and not record.denied_by_a_person:
        return attrs.evolve(resolved, facts={**resolved.facts, "paid_back_at": at.isoformat()})
    return resolved


def _raised(record: Record, evidence: Evidence) -> Changes:
    """Raise the status, and keep the code and the words that belong to it."""
    kind = record.kind
    status = kind.transitions[evidence.source, evidence.said]
    words = mask_numbers(evidence.result_description)
    if status in kind.open and record.status in kind.open:
        return _still_open(record, evidence, status, words)
    heard, known = kind.ranks[status], kind.ranks[record.status]
    if heard < known or (heard == known and not _says_more(record, evidence, words)):
        return {}
    return {
        "status": status,
        "decided_by": evidence.source,
        "result_code": evidence.result_code,
        "result_description": words,
        "refusal": evidence.refusal,
    }


def _says_more(record: Record, evidence: Evidence, words: str) -> bool:
    """Tell whether new evidence for the same status counts more than the evidence that the record keeps.

    Both are compared as a whole, so that two pieces of evidence for one status end the same in any order. Of two
    failure codes the one that proves less counts more: it must not look as if asking again were safe.
    """
    kind, status = record.kind, record.status
    heard = (
        kind.is_doubtful(status, evidence.result_code),
        _SOURCES[evidence.source],
        evidence.result_code or "",
        words,
        repr(evidence.refusal),
    )
    known = (
        kind.is_doubtful(status, record.result_code),
        _source_rank(record),
        record.result_code or "",
        record.result_description,
        repr(record.refusal),
    )
    return heard > known


def _still_open(record: Record, evidence: Evidence, status: StrEnum, words: str) -> Changes:
    """Keep the most informative code and words while nothing is decided: a person will read them."""
    kind = record.kind

    def informative(said: tuple[str | None, str]) -> tuple[object, ...]:
        # An unknown result code tells a person more than "it is being processed".
        code, text = said
        unknown = code is not None and kind.explain(code).outcome is Outcome.UNRECOGNISED
        return unknown, code or "", text

    known = record.result_code, record.result_description
    code, description = max(known, (evidence.result_code, words), key=informative)
    changes: Changes = {"result_code": code, "result_description": description}
    if (kind.ranks[status], _SOURCES[evidence.source]) > (kind.ranks[record.status], _source_rank(record)):
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
        if record.erased_at is not None and mask_numbers(heard) != heard:
            continue
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
        return {"claimed_at": min(record.claimed_at or evidence.at, evidence.at)}
    if evidence.said is Said.REFUSED:
        return {"was_refused": True}
    if evidence.source not in _SAFARICOM or evidence.said not in _DENIALS:
        return {}
    denials = record.denials | {MaskedText(f"{evidence.source}={evidence.result_code or evidence.said}")}
    if evidence.source is not Source.QUERY:
        return {"denials": denials}
    return {"denials": denials, "denied_at": add_reading(Reading(evidence.clock, evidence.at), record.denied_at)}


def is_settled(record: Record, now: datetime, /) -> bool:
    """Tell whether asking Daraja again can teach us nothing more."""
    kind = record.kind
    if record.is_success or record.status in kind.unsent:
        return True
    if record.status in kind.denied:
        # Queries are known to err, so one denial that comes only from a query is asked about once more.
        return not record.denied_once or (_is_over(record) and _minute_has_passed(record, now))
    if record.status is kind.stopped:
        return _is_over(record) or not record.may_be_asked
    return False


def next_check(record: Record, now: datetime, /) -> datetime | None:
    """Return when Daraja is asked next about a record that is no success; None if asking can teach us nothing."""
    if is_settled(record, now):
        return None
    minute = record.kind.timing.between_denials
    once_more = max((first + minute for first, _ in record.denied_at.values()), default=now)
    # By a clock that is ahead, that may be days away.
    return min(once_more, now + minute) if now < once_more else now + _pause(record)


def next_try(record: Record, now: datetime, /) -> datetime | None:
    """Return the time of the next query if the current one fails or decides nothing.

    The record may be settled already: news about it makes it due again.
    """
    over = _is_over(record) or record.is_success
    return next_check(record, now) or (None if over else now + _pause(record))


def next_delivery(record: Record, now: datetime, /) -> datetime | None:
    """Return when ``on_success`` is called again for a success that it has not taken; None if it has."""
    return now + max(_BEFORE_REDELIVERY, _pause(record)) if record.notified_at is None else None


def _is_over(record: Record) -> bool:
    """Tell whether it was asked about long enough. If Daraja is silent, it is asked until it answers, for a week."""
    window = record.kind.timing.window
    return has_passed(_LONGEST_SILENCE if record.unanswered else window, record.readings)


def _minute_has_passed(record: Record, now: datetime) -> bool:
    return all(now >= last + record.kind.timing.between_denials for _, last in record.denied_at.values())


def _pause(record: Record) -> timedelta:
    pauses = record.kind.timing.pauses
    pause, in_silence = (pauses[min(count, len(pauses) - 1)] for count in (record.checks, record.unanswered))
    return max(pause, min(in_silence, _LONGEST_PAUSE_IN_SILENCE))
