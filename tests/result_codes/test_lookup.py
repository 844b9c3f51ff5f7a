"""Looking up a result code: known ones keep their row, unknown ones are never paid and never a crash."""

import subprocess
import sys
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.result_codes import Outcome, explain
from daraja.result_codes.stk import STK

NUMBER: Final = "254712345678"
PRODUCTS: Final = ["stk", "b2c", "b2b", "tax", "reversal", "status", "balance", "express", "standing_order"]

strings = st.text() | st.from_regex(r"\s*[+-]?[0-9]{1,13}(\.0*)?\s*", fullmatch=True)


@pytest.mark.parametrize("code", [code for code in STK if code.isdecimal()])
def test_text_and_number_are_the_same_code(code: str) -> None:
    assert explain("stk", code) is explain("stk", int(code)) is STK[code]


@pytest.mark.parametrize("code", ["SFC_IC0003", "500.001.1001"])
def test_a_code_need_not_be_a_number(code: str) -> None:
    assert explain("stk", code) is STK[code]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0", "The service request is being processed"),
        ("1", "The service request is processed successfully."),
        ("1001", "Unable to lock subscriber, a transaction is already in process for the current subscriber"),
        ("1037", "DS timeout user cannot be reached"),
        ("1001", "A transaction is in process for the current subscriber"),
        ("2001", "Paid"),
        ("2", "Declined due to limit rule: no transactions above the limit"),
    ],
)
def test_a_known_code_keeps_its_row_with_any_words(code: str, words: str) -> None:
    assert explain("stk", code, words) is STK[code]


@pytest.mark.parametrize(
    "words",
    [
        "The transaction is still under processing",
        "The transaction is being processed",
        "[STK_CB - ]Transaction is still Processing.",
        "Request is currently in progress",
        "still pending",
        "The request is in process",
        "Transaction is in progress, please wait",
        "Being  processed\n",
        "Processing",
        "Transaction in progress",
        "Your request pending.",
        "No transaction found",
        "No such transaction was found.",
        "The transaction does not Exist",
        "Transaction could not be found",
    ],
)
@pytest.mark.parametrize("product", PRODUCTS)
def test_words_about_processing_win_over_every_code_but_0(product: str, words: str) -> None:
    for code in ("1", "1019", "1032", "1037", "2001", "9999", "7777", "01"):
        said = explain(product, code, words)
        assert (said.outcome, said.code, said.no_money_moved) == (Outcome.PROCESSING, code, False)
        assert not said.charge_again


@pytest.mark.parametrize("code", ["00", " 0", "0 ", "0\n", "+0", "-0", "0.0", "٠", "", "False", "None"])  # noqa: RUF001 - another alphabet's nought is the point
def test_only_an_exact_zero_is_paid(code: str) -> None:
    assert explain("stk", code).outcome is Outcome.UNRECOGNISED


@pytest.mark.parametrize("code", [True, False])
def test_a_bool_is_no_code(code: bool) -> None:  # noqa: FBT001 - it is the subject
    with pytest.raises(ValueError, match="not bool"):
        explain("stk", code)


@pytest.mark.parametrize("api", ["", "STK", "fax", "__class__"])
def test_an_unknown_product_is_refused_and_the_known_ones_are_named(api: str) -> None:
    with pytest.raises(ValueError, match=f"{api!r}.*known are: stk, b2c, b2b"):
        explain(api, "0")


def test_an_unknown_code_keeps_safaricoms_words() -> None:
    unknown = explain("stk", 7777, "  Something new\nhappened. ")
    assert unknown.code == "7777"
    assert unknown.title == "Unrecognised: Something new happened."
    assert '"Something new happened."' in unknown.developer_hint
    assert "7777" in unknown.developer_hint


@pytest.mark.parametrize("words", ["", " \n"])
def test_an_unknown_code_without_words_says_so(words: str) -> None:
    unknown = explain("stk", "7777", words)
    assert unknown.title == "Unrecognised code 7777"
    assert "no words" in unknown.developer_hint


def test_an_unknown_code_sends_the_customer_to_the_messages_and_charges_nobody() -> None:
    unknown = explain("stk", "7777", "Please pay again")
    assert "check your M-Pesa messages before you pay again" in unknown.customer_message
    assert "kabla ya kulipa tena" in unknown.customer_message_sw
    assert "Please pay again" not in unknown.customer_message + unknown.customer_message_sw
    assert not unknown.charge_again
    assert not unknown.swahili_reviewed


@pytest.mark.parametrize("number", [NUMBER, "0712 345 678", "0712  345\n678", "ws_CO_170820261428262712345678"])
def test_a_customers_number_is_masked_in_words_and_code(number: str) -> None:
    as_words = explain("stk", "7777", f"Subscriber {number} is unknown")
    as_code = explain("stk", number)
    for shown in (repr(as_words), as_words.title, repr(as_code), as_code.title, as_code.developer_hint):
        assert "***" in shown
        assert "345678" not in "".join(shown.split())
        assert "345 678" not in shown
    assert as_code.code == number


@pytest.mark.parametrize("cut", range(8))
def test_a_number_at_the_cut_is_masked_before_it_is_cut(cut: int) -> None:
    unknown = explain("stk", "7777", "x" * (192 - cut) + " " + NUMBER)
    assert "25471" not in unknown.title + unknown.developer_hint


@pytest.mark.parametrize(
    ("product", "message"),
    [
        ("b2c", "We do not know yet whether your money was sent."),
        ("tax", "We do not know yet whether the payment was made."),
        ("reversal", "We do not know yet whether your refund was sent."),
        ("express", "We do not know yet whether your payment went through."),
    ],
)
def test_an_unknown_code_speaks_to_the_customer_of_the_product(product: str, message: str) -> None:
    assert explain(product, "7777").customer_message.startswith(message)


def test_endless_words_are_cut() -> None:
    unknown = explain("stk", "8" * 5_000, "word " * 20_000)
    assert len(unknown.title) < 300
    assert len(unknown.developer_hint) < 700


@given(product=st.sampled_from(PRODUCTS), code=strings | st.integers(), words=st.text())
@example(product="b2c", code=0, words="")
@example(product="status", code="0", words="")
@example(product="b2b", code="00", words="The service request is processed successfully.")
def test_nothing_but_zero_is_done_and_nothing_raises(product: str, code: str | int, words: str) -> None:
    said = explain(product, code, words)
    assert (said.outcome in {Outcome.PAID, Outcome.ANSWERED}) is (code in {"0", 0})
    assert said.code == str(code)


@given(code=strings, words=st.text())
def test_no_unknown_code_is_charged_again(code: str, words: str) -> None:
    said = explain("stk", code, words)
    assert (said.outcome is Outcome.UNRECOGNISED) is (code not in STK)
    assert not (said.charge_again and code not in STK)


def test_a_table_is_loaded_by_its_first_question() -> None:
    program = (
        "import sys, daraja.result_codes as o; before = 'daraja.result_codes.stk' in sys.modules; "
        "o.explain('stk', 0); print(before, 'daraja.result_codes.stk' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
