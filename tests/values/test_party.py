"""Parties: number and name apart, whatever M-Pesa writes between them, and hidden in every repr."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Party

PHONE = "254700000317"


@pytest.mark.parametrize(
    ("text", "number", "name"),
    [
        (f"{PHONE} - WANJIKU OTIENO", PHONE, "WANJIKU OTIENO"),
        ("600999 - Test Agency Limited", "600999", "Test Agency Limited"),
        ("000000\u2013 Biller", "000000", "Biller"),
        ("000000 \u2014Biller", "000000", "Biller"),
        ("600134-Safaricom157", "600134", "Safaricom157"),
        (f"{PHONE} - MARY-ANNE O'BRIEN", PHONE, "MARY-ANNE O'BRIEN"),
        ("2547****317 - WANJIKU", "2547****317", "WANJIKU"),
        ("2547 ***** 317 - WANJIKU", "2547 ***** 317", "WANJIKU"),
        ("2547XXXXX317 - WANJIKU", "2547XXXXX317", "WANJIKU"),
        ("+254700000317 - W", "+254700000317", "W"),
        ("600999", "600999", None),
        ("600999 -", "600999", None),
        ("  600999 - Shop\n", "600999", "Shop"),
        ("WANJIKU OTIENO", None, "WANJIKU OTIENO"),
        ("WANJIKU - OTIENO", None, "WANJIKU - OTIENO"),
        ("3 Brothers Ltd", None, "3 Brothers Ltd"),
    ],
)
def test_number_and_name_are_taken_apart(text: str, number: str | None, name: str | None) -> None:
    party = Party.read(text)
    assert party is not None
    assert (party.id, party.name) == (number, name)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_nobody(text: str) -> None:
    assert Party.read(text) is None


def test_a_repr_shows_neither_number_nor_name() -> None:
    party = Party.read(f"{PHONE} - WANJIKU {PHONE}")
    assert repr(party) == "Party(id='2547*****317', name='W*** 2***')"
    assert f"{party}" == repr(party)
    assert repr(Party("600999", None)) == "Party(id='600999', name=None)"


@given(st.text(st.sampled_from("0123456789* xX-+\u2013ab|"), max_size=2_000))
def test_any_text_is_read_quickly(text: str) -> None:
    party = Party.read(text)
    assert (party is None) is (not text.strip())
