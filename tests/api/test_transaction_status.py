"""A payment is asked about by its receipt, by the id of its request, or by both."""

import pytest

from daraja import Daraja, TransactionStatus
from daraja.errors import InvalidInput
from daraja.testing import ManualClock
from tests.support.operations import ACKNOWLEDGED, organisation
from tests.support.scripted import ScriptedTransport, answer, token


def sent_for(question: TransactionStatus) -> dict[str, object]:
    transport = ScriptedTransport([token(), answer(200, ACKNOWLEDGED)])
    Daraja(organisation(), transport=transport, clock=ManualClock()).run(question)
    return transport.sent()


def test_a_name_that_is_not_given_is_left_out() -> None:
    assert "OriginalConversationID" not in sent_for(TransactionStatus(receipt="RKL51ZDR4F"))
    assert "TransactionID" not in sent_for(TransactionStatus(originator_conversation_id="19455-424535-1"))


def test_one_of_the_two_is_needed() -> None:
    with pytest.raises(InvalidInput, match="receipt: is missing; give it or the originator_conversation_id"):
        TransactionStatus()


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        TransactionStatus(receipt="RKL51 ZDR4F", originator_conversation_id=" ", remarks="", occasion="")
    assert set(caught.value.faults) == {"receipt", "originator_conversation_id", "remarks", "occasion"}


@pytest.mark.parametrize("receipt", ["", "RKL51", "RKL51ZDR4F ", "\u0660KL51ZDR4F", "R" * 101, 5])
def test_a_receipt_is_letters_and_digits(receipt: str) -> None:
    with pytest.raises(InvalidInput, match="receipt: is not a receipt number, such as RKL51ZDR4F"):
        TransactionStatus(receipt=receipt)
