"""Payments to businesses: each kind of receiver has its command and its identifier."""

import pytest

from daraja import B2bPayment, Bulk, TaxPayment, Till, to
from daraja.errors import InvalidInput
from tests.support.asking import client_for, sent_for
from tests.support.scripted import PHONE


def test_a_till_is_paid_as_a_till() -> None:
    sent = sent_for("b2b_payment", to=to.TillNumber("5050505", reference="Milk"))

    assert (sent["CommandID"], sent["PartyB"]) == ("BusinessBuyGoods", "5050505")
    assert (sent["SenderIdentifierType"], sent["RecieverIdentifierType"]) == ("4", "2")
    assert sent["AccountReference"] == "Milk"


def test_a_till_without_a_reference_gets_one() -> None:
    assert sent_for("b2b_payment", to=to.TillNumber("5050505"))["AccountReference"] == "Payment"


def test_who_asks_for_nobody_else_sends_no_requester() -> None:
    assert "Requester" not in sent_for("b2b_payment", requester=None)


def test_a_business_pays_businesses_under_its_own_shortcode() -> None:
    settings = {"bulk": Bulk("600996")}
    for method in ("b2b_payment", "tax_payment"):
        assert sent_for(method, settings=settings)["PartyA"] == "600111"
    assert sent_for("b2b_payment", settings={"business": Till(store="600222", till="5050505")})["PartyA"] == "600222"


def test_the_configured_bulk_shortcode_is_loaded_where_no_other_is_named() -> None:
    sent = sent_for("b2c_top_up", to=None, settings={"bulk": Bulk("600996")})

    assert (sent["PartyA"], sent["PartyB"]) == ("600111", "600996")


def test_a_shortcode_does_not_load_itself() -> None:
    daraja, transport = client_for()

    with pytest.raises(InvalidInput, match=r"to: is the shortcode that pays.*MPESA_BULK_SHORTCODE"):
        daraja.b2c_top_up(amount=500)
    assert transport.requests == []


def test_float_moves_within_the_shortcode_that_pays_out() -> None:
    sent = sent_for("float_transfer", settings={"bulk": Bulk("600996")})

    assert (sent["PartyA"], sent["PartyB"]) == ("600996", "600996")


def test_a_tax_takes_its_number_or_a_receiver() -> None:
    assert sent_for("tax_payment", to=to.Tax("2020160000012345"))["AccountReference"] == "2020160000012345"
    assert "Requester" not in sent_for("tax_payment")
    with pytest.raises(InvalidInput, match="to: is not the payment registration number of a tax"):
        TaxPayment(to="2020 16", amount=1)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        B2bPayment(
            to="600000",  # type: ignore[arg-type]  # wrong on purpose
            amount=0,
            requester="0812345678",
            remarks="",
            occasion="",
            shortcode="1",
        )
    assert set(caught.value.faults) == {"to", "amount", "requester", "remarks", "occasion", "shortcode"}
    assert "give PayBillAccount(shortcode, account=...) or TillNumber(number)" in caught.value.faults["to"]


@pytest.mark.parametrize("account", ["", " ", "x" * 14, "a&b", None])
def test_an_account_has_1_to_13_plain_characters(account: str) -> None:
    with pytest.raises(InvalidInput, match="account"):
        to.PayBillAccount("888880", account=account)


def test_an_account_that_is_a_phone_number_is_masked() -> None:
    assert PHONE[3:] not in repr(to.PayBillAccount("888880", account=PHONE))
    assert PHONE[3:] not in repr(to.Mobile(PHONE))
    assert PHONE[3:] not in repr(to.Pochi(PHONE))
