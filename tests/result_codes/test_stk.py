"""The table of STK result codes: complete and right about money."""

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
    "2002": Outcome.FAILED,
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
    "E3008": Outcome.FAILED,
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

every_row = pytest.mark.parametrize("row", STK.values(), ids=list(STK))


def test_every_listed_code_has_its_outcome() -> None:
    assert {code: row.outcome for code, row in STK.items()} == EXPECTED


def test_only_proof_allows_another_charge() -> None:
    assert {code for code, row in STK.items() if row.charge_again} == PROVED_UNCHARGED.keys()


def test_2001_is_a_wrong_pin_here_and_no_matter_of_credentials() -> None:
    assert STK["2001"].title == "Wrong PIN"
    assert "PIN" in STK["2001"].customer_message
    assert "B2C" in STK["2001"].developer_hint


@pytest.mark.parametrize("code", ["17", "1025", "1031", "2028", "2029", "9999", "TP40087"])
def test_a_disputed_meaning_is_called_disputed(code: str) -> None:
    assert "disputed" in STK[code].source


def test_2002_is_the_merchants_mistake_and_e3008_the_customers_debt() -> None:
    assert "store number" in STK["2002"].merchant_message
    assert STK["2002"].customer_message == STK["SFC_IC0003"].customer_message
    assert "debt" in STK["E3008"].merchant_message


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        STK["1032"] = STK["0"]  # type: ignore[index]  # that is the test


@every_row
def test_a_customer_is_invited_to_try_again_exactly_where_that_cannot_charge_twice(row: Explanation) -> None:
    english = row.customer_message.replace("before you try again", "")
    swahili = row.customer_message_sw.replace("kabla ya kujaribu tena", "")
    assert ("try again" in english) is row.charge_again
    assert ("jaribu tena" in swahili) is row.charge_again
