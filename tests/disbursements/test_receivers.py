"""Staff read in words who gets the money; a repr masks the number."""

import pytest

from daraja.disbursements import Product
from tests.support.disbursements import a_payout_of

WORDS = {
    Product.B2C: "254712345678",
    Product.POCHI: "Pochi 254712345678",
    Product.PAY_BILL: "pay bill 888880, account 17",
    Product.TILL: "till 5050505",
    Product.TOP_UP: "bulk account 600996",
    Product.FLOAT: "our own Utility account",
    Product.TAX: "tax PRN1234XN",
}


@pytest.mark.parametrize("product", WORDS, ids=str)
def test_a_receiver_has_words_for_staff(product: Product) -> None:
    assert a_payout_of(product).receiver == WORDS[product]


@pytest.mark.parametrize("product", [Product.B2C, Product.POCHI], ids=str)
def test_a_repr_of_the_receiver_shows_no_phone(product: Product) -> None:
    assert "712345678" not in repr(a_payout_of(product).receiver)
