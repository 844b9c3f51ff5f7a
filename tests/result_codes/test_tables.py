"""The tables of all products: right about money, and fit to be read by customers, merchants and developers."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from daraja.result_codes import Explanation, Outcome, explain
from daraja.result_codes.b2b import B2B, TAX
from daraja.result_codes.b2c import B2C
from daraja.result_codes.express import EXPRESS
from daraja.result_codes.questions import BALANCE, STATUS
from daraja.result_codes.reversal import REVERSAL
from daraja.result_codes.standing_order import STANDING_ORDER
from daraja.result_codes.stk import STK
from daraja.result_codes.swahili import SENTENCES, in_swahili

TABLES: Final = {
    "stk": STK,
    "b2c": B2C,
    "b2b": B2B,
    "tax": TAX,
    "reversal": REVERSAL,
    "status": STATUS,
    "balance": BALANCE,
    "express": EXPRESS,
    "standing_order": STANDING_ORDER,
}
ROWS: Final = [(product, row) for product, table in TABLES.items() for row in table.values()]

SAFE: Final = {"1", "2", "3", "4", "8", "11", "18", "20", "21", "22", "24", "25", "29", "2001", "2006", "2028", "2040"}
SAFE_TOO: Final = {"8006", "SFC_IC0003", "TP40153", "100000005", "100000010"}
PROVED: Final = {
    "b2c": SAFE | SAFE_TOO,
    "b2b": SAFE | SAFE_TOO,
    "tax": SAFE | SAFE_TOO,
    "reversal": SAFE | SAFE_TOO | {"R000002"},
    "status": set[str](),
    "balance": set[str](),
    "express": {"4001", "4102", "4104"},
}
DOUBTFUL: Final = ["17", "19", "26", *(f"1000000{last}" for last in ("01", "02", "04", "07", "09", "11"))]

JARGON: Final = re.compile(
    r"\b(api|callback|code|credentials?|daraja|initiator|operator|party|prompt|push|query|result|server|session"
    r"|shortcode|sim|stk|store|subscriber|system|till|timeout|transaction)\b",
    re.IGNORECASE,
)
SENTENCE_END: Final = re.compile(r"[.!?](?:\s|$)")

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


@pytest.mark.parametrize("product", TABLES)
def test_a_row_is_found_by_its_own_code(product: str) -> None:
    table = TABLES[product]
    assert [row.code for row in table.values()] == list(table)
    assert all(explain(product, code) is row for code, row in table.items())


@pytest.mark.parametrize("product", TABLES)
def test_only_0_is_done(product: str) -> None:
    done = Outcome.ANSWERED if product in {"status", "balance"} else Outcome.PAID
    assert [row.code for row in TABLES[product].values() if row.outcome in {Outcome.PAID, Outcome.ANSWERED}] == ["0"]
    assert TABLES[product]["0"].outcome is done
    assert not TABLES[product]["0"].no_money_moved


@pytest.mark.parametrize(("product", "codes"), PROVED.items(), ids=list(PROVED))
def test_only_listed_codes_prove_that_no_money_moved(product: str, codes: set[str]) -> None:
    assert {code for code, row in TABLES[product].items() if row.no_money_moved} == codes


@pytest.mark.parametrize("product", ["b2c", "b2b", "tax", "reversal"])
@pytest.mark.parametrize("code", ["15", "100000000"])
def test_a_request_that_may_still_be_carried_out_is_open(product: str, code: str) -> None:
    assert explain(product, code).outcome is Outcome.PROCESSING


@pytest.mark.parametrize("product", ["b2c", "b2b", "tax", "reversal"])
@pytest.mark.parametrize("code", DOUBTFUL)
def test_a_doubtful_code_fails_and_proves_nothing(product: str, code: str) -> None:
    row = explain(product, code)
    assert (row.outcome, row.pay_again) == (Outcome.FAILED, False)
    assert "Do not pay again" in row.merchant_message


def test_a_code_means_one_thing_here_and_another_there() -> None:
    assert explain("stk", 2001).title == "Wrong PIN"
    assert explain("b2c", 2001).title == "Initiator not accepted"
    assert "Utility" in explain("b2c", 1).merchant_message
    assert "Working" in explain("b2b", 1).merchant_message


def test_a_reversal_that_was_made_before_must_not_be_refunded_otherwise() -> None:
    row = explain("reversal", "R000001")
    assert row.outcome is Outcome.FAILED
    assert not row.pay_again
    assert "Do not refund it in any other way" in row.merchant_message


@every_table
def test_no_table_can_be_changed(table: dict[str, Explanation]) -> None:
    with pytest.raises(TypeError):
        table["0"] = STK["1"]


@every_table
def test_every_cell_is_filled(table: Mapping[str, Explanation]) -> None:
    for code, row in table.items():
        cells = [row.title, row.customer_message, row.customer_message_sw, row.merchant_message]
        cells += [row.developer_hint, row.source]
        assert [cell for cell in cells if not cell or cell != " ".join(cell.split())] == [], code


@every_table
def test_a_customer_reads_two_short_sentences(table: Mapping[str, Explanation]) -> None:
    for code, row in table.items():
        for message in (row.customer_message, row.customer_message_sw):
            assert len(SENTENCE_END.findall(message)) == 2, code
            assert message.endswith("."), code
            assert len(message) <= 180, code


@every_table
def test_a_customer_reads_neither_numbers_nor_jargon(table: Mapping[str, Explanation]) -> None:
    for code, row in table.items():
        assert not re.search(r"[0-9_]", row.customer_message + row.customer_message_sw), code
        assert not JARGON.search(row.customer_message), code


@every_table
def test_a_merchant_reads_few_short_sentences(table: Mapping[str, Explanation]) -> None:
    for code, row in table.items():
        assert 1 <= len(SENTENCE_END.findall(row.merchant_message)) <= 3, code
        assert len(row.merchant_message) <= 180, code
        assert row.merchant_message.endswith("."), code


@every_table
def test_swahili_is_another_language_and_waits_for_its_reviewer(table: Mapping[str, Explanation]) -> None:
    for code, row in table.items():
        assert not set(row.customer_message.split(". ")) & set(row.customer_message_sw.split(". ")), code
        assert not re.search(r"\b(please|your|payment|the|we|you)\b", row.customer_message_sw, re.IGNORECASE), code
        assert not row.swahili_reviewed, code


@every_table
def test_a_source_names_no_repository_and_no_machine(table: Mapping[str, Explanation]) -> None:
    for code, row in table.items():
        assert not re.search(r"[/\\#]|github|\.py\b", row.source, re.IGNORECASE), code


def test_every_swahili_sentence_fills_the_same_places() -> None:
    places = re.compile(r"{\w+}")
    for english, swahili in SENTENCES.items():
        assert sorted(places.findall(english)) == sorted(places.findall(swahili)), english


def test_a_sentence_with_a_phone_and_an_amount_is_translated_with_them() -> None:
    asked = "2547*****678 is being asked to pay KES 1,500 for this order."
    assert in_swahili(asked) == "2547*****678 inaombwa kulipa KES 1,500 kwa ajili ya oda hii."


def test_a_sentence_without_a_translation_stays_in_english() -> None:
    assert in_swahili("Your money has been sent. Look.") == "Pesa zako zimetumwa. Look."
