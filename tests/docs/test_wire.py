"""The examples of requests and answers on the pages are what the library sends and reads."""

import json
import re
from typing import Final

import pytest

from daraja import Outcome, parse_incoming, parse_result
from docs._ext.wire import EXAMPLES, wire
from tests.docs.pages import PAGES
from tests.support.operations import case_of

_BLOCKS: Final = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
_RESULTS: Final = {
    "account_balance": "balance",
    "b2b_express": "express",
    "b2b_payment": "b2b",
    "b2c_payment": "b2c",
    "pochi_payment": "b2c",
    "reversal": "reversal",
    "standing_order": "standing_order",
    "tax_payment": "tax",
    "transaction_status": "status",
}


@pytest.mark.parametrize("method", EXAMPLES)
def test_an_example_has_the_path_of_its_product_and_every_field(method: str) -> None:
    text = wire(method)
    request, answer, *_ = [json.loads(block) for block in _BLOCKS.findall(text)]
    assert text.startswith(f"`{method}` sends to `{case_of(method).path}`:")
    sent = case_of(method).sent
    assert isinstance(sent, dict)
    assert request.keys() >= sent.keys() - {"Occassion", "Occasion", "Requester", "OriginalConversationID"}
    assert answer


@pytest.mark.parametrize(("method", "product"), _RESULTS.items())
def test_the_result_of_an_example_can_be_read(method: str, product: str) -> None:
    _, _, result = _BLOCKS.findall(wire(method))
    assert parse_result(product, result).outcome in {Outcome.PAID, Outcome.ANSWERED}


@pytest.mark.parametrize("method", ["c2b_register", "bill_invoice"])
def test_a_payment_in_an_example_can_be_read(method: str) -> None:
    announced = [parse_incoming(block) for block in _BLOCKS.findall(wire(method))[2:]]
    assert announced
    assert {payment.reference for payment in announced} <= {"ORD-17", "CLASS-7"}


def test_every_example_stands_on_one_page() -> None:
    lines = re.findall(r"^%% wire (\w+)$", "\n".join(page.read_text(encoding="utf-8") for page in PAGES), re.MULTILINE)
    assert sorted(lines) == sorted(EXAMPLES)
