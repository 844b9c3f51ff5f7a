"""Every event of a history in words, for every event that the code writes."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

import daraja
from daraja.cli.words import entry_in_words, problem_in_words
from daraja.disbursements import PayoutStatus, Product
from daraja.lifecycle.evidence import Said, Source
from daraja.lifecycle.ports import HistoryEntry
from tests.support.disbursements import a_payout_of

SOURCE = Path(daraja.__file__).parent


def events_in_the_code() -> Iterator[str]:
    """Return the texts that are passed as ``event`` where records change."""
    for package in ("disbursements", "inbound", "lifecycle", "payments"):
        for file in (SOURCE / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.keyword(arg="event", value=ast.Constant(str(event))):
                        yield event
                    case _:
                        pass
    yield from (
        f"{source.value} {said.value}" for source in (Source.ANSWER, Source.CALLBACK, Source.QUERY) for said in Said
    )
    yield from ("person paid", "person not paid", "giving up nothing", "callback unreadable")


def entry(event: str, *, by: str = "", note: str = "") -> HistoryEntry:
    at = datetime(2026, 1, 15, tzinfo=UTC)
    return HistoryEntry(key="0" * 32, at=at, event=event, before="lead", after="received", by=by, note=note)


@pytest.mark.parametrize("event", sorted({event for event in events_in_the_code() if event}))
def test_every_event_is_a_sentence(event: str) -> None:
    words = entry_in_words(entry(event))
    assert re.fullmatch(r"[A-Z][^:]+(: [a-z ]+)? \(lead -> received\)", words), words
    assert not words.startswith(event)


def test_a_payout_that_was_refused_and_paid_after_all_has_words_of_its_own() -> None:
    paid = attrs.evolve(a_payout_of(Product.B2C), status=PayoutStatus.PAID, was_refused=True)
    assert problem_in_words(paid) == "it was paid after money might go again"


def test_a_person_is_named_with_the_reason_if_there_is_one() -> None:
    assert entry_in_words(entry("approved", by="Otieno")) == "A second person approved it (lead -> received), by Otieno"
    noted = entry_in_words(entry("dismissed", by="Otieno", note="from 0712345678"))
    assert noted == "A person dismissed it (lead -> received), by Otieno: from 07*****678"
