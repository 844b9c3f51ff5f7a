"""The table of STK result codes: complete, right about money, and fit to be read by a customer."""

import re
from collections import Counter
from typing import Final

import pytest

from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.stk import STK

EXPECTED: Final = {
    "0": Outcome.PAID,
    "1": Outcome.FAILED,
    "2": Outcome.FAILED,
    "3": Outcome.FAILED,
    "4": Outcome.FAILED,
    "8": Outcome.FAILED,
    "11": Outcome.FAILED,
    "15": Outcome.FAILED,
    "17": Outcome.FAILED,
    "20": Outcome.FAILED,
    "21": Outcome.FAILED,
    "26": Outcome.FAILED,
    "1001": Outcome.FAILED,
    "1019": Outcome.TIMEOUT,
    "1025": Outcome.FAILED,
    "1031": Outcome.CANCELLED,
    "1032": Outcome.CANCELLED,
    "1036": Outcome.TIMEOUT,
    "1037": Outcome.TIMEOUT,
    "1050": Outcome.FAILED,
    "1051": Outcome.FAILED,
    "1101": Outcome.FAILED,
    "1102": Outcome.FAILED,
    "2001": Outcome.FAILED,
    "2006": Outcome.FAILED,
    "2008": Outcome.FAILED,
    "2026": Outcome.FAILED,
    "2028": Outcome.FAILED,
    "2029": Outcome.FAILED,
    "2040": Outcome.FAILED,
    "2051": Outcome.FAILED,
    "4999": Outcome.PROCESSING,
    "8006": Outcome.FAILED,
    "9999": Outcome.FAILED,
    "SFC_IC0003": Outcome.FAILED,
    "TP40087": Outcome.FAILED,
    "TP40153": Outcome.FAILED,
    "500.001.1001": Outcome.PROCESSING,
}

PROVED_UNCHARGED: Final = {
    "1": "documented, real payloads: the balance did not suffice",
    "17": "a real callback: this request was refused, since it repeated another",
    "1001": "documented: refused, since another session had the phone",
    "1019": "documented, real payloads: expired unanswered",
    "1031": "real payloads: cancelled, or closed by itself; unpaid in both readings",
    "1032": "documented, real payloads: cancelled, or closed by itself; unpaid in both readings",
    "1036": "real payload: the phone was not reached",
    "1037": "documented, real payloads: the phone did not answer",
    "2001": "documented, real payloads: wrong PIN, or a number without M-Pesa; unpaid in both readings",
}

JARGON: Final = re.compile(
    r"\b(api|callback|code|credentials?|daraja|initiator|operator|party|prompt|push|query|result|server|session"
    r"|shortcode|sim|stk|store|subscriber|system|till|timeout|transaction)\b",
    re.IGNORECASE,
)
SENTENCE_END: Final = re.compile(r"[.!?](?:\s|$)")

every_row = pytest.mark.parametrize("row", STK.values(), ids=list(STK))


def test_every_listed_code_has_its_outcome() -> None:
    assert {code: row.outcome for code, row in STK.items()} == EXPECTED


def test_a_row_stands_under_its_own_code() -> None:
    assert [row.code for row in STK.values()] == list(STK)


def test_only_proof_allows_another_charge() -> None:
    assert {code for code, row in STK.items() if row.charge_again} == PROVED_UNCHARGED.keys()


def test_2001_is_a_wrong_pin_here_and_no_matter_of_credentials() -> None:
    assert STK["2001"].title == "Wrong PIN"
    assert "PIN" in STK["2001"].customer_message
    assert "B2C" in STK["2001"].developer_hint


@pytest.mark.parametrize("code", ["17", "1025", "1031", "2028", "2029", "9999", "TP40087"])
def test_a_disputed_meaning_is_called_disputed(code: str) -> None:
    assert "disputed" in STK[code].source


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        STK["1032"] = STK["0"]  # type: ignore[index]  # that is the test


@every_row
def test_every_cell_is_filled(row: Explanation) -> None:
    cells = [row.title, row.customer_message, row.customer_message_sw, row.developer_hint, row.source]
    assert [cell for cell in cells if not cell or cell != " ".join(cell.split())] == []


@every_row
def test_a_customer_reads_two_short_sentences(row: Explanation) -> None:
    for message in (row.customer_message, row.customer_message_sw):
        assert len(SENTENCE_END.findall(message)) == 2
        assert message.endswith(".")
        assert len(message) <= 180


@every_row
def test_a_customer_reads_neither_numbers_nor_jargon(row: Explanation) -> None:
    assert not re.search(r"[0-9_]", row.customer_message + row.customer_message_sw)
    assert not JARGON.search(row.customer_message)


@every_row
def test_swahili_is_another_language_and_waits_for_its_reviewer(row: Explanation) -> None:
    assert not set(row.customer_message.split(". ")) & set(row.customer_message_sw.split(". "))
    assert not re.search(r"\b(please|your|payment|the|we|you)\b", row.customer_message_sw, re.IGNORECASE)
    assert not row.swahili_reviewed


@every_row
def test_a_customer_is_invited_to_try_again_exactly_where_that_cannot_charge_twice(row: Explanation) -> None:
    english = row.customer_message.replace("before you try again", "")
    swahili = row.customer_message_sw.replace("kabla ya kujaribu tena", "")
    assert ("try again" in english) is row.charge_again
    assert ("jaribu tena" in swahili) is row.charge_again


@every_row
def test_a_source_names_no_repository_and_no_machine(row: Explanation) -> None:
    assert not re.search(r"[/\\#]|github|\.py\b", row.source, re.IGNORECASE)


def test_one_english_sentence_has_one_swahili_sentence() -> None:
    pairs = {
        (english.rstrip("."), swahili.rstrip("."))
        for row in STK.values()
        for english, swahili in zip(row.customer_message.split(". "), row.customer_message_sw.split(". "), strict=True)
    }
    assert [english for english, times in Counter(english for english, _ in pairs).items() if times > 1] == []
