"""Accounts keep true balances, whatever moves, and charges follow the tariff."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.simulator import Account, Band, Transaction
from daraja.simulator.ledger import Ledger, Party, customer, organisation, transaction_json

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OURS = organisation("600111", Account.UTILITY)
THEIRS = organisation("600222", Account.MERCHANT)
PHONE = customer("254712345678")
PARTIES = (OURS, THEIRS, organisation("600111", Account.WORKING), PHONE)


def transaction(
    debit: Party, credit: Party, amount: int = 100, receipt: str = "UKN1", *, ours: str = ""
) -> Transaction:
    return Transaction(
        receipt=receipt,
        product="b2c",
        status="Initiated",
        reason="Payment",
        amount=amount,
        debit=debit,
        credit=credit,
        initiated_at=NOW,
        originator_conversation_id=ours,
        conversation_id=ours and "AG_1",
    )


@given(st.lists(st.tuples(st.sampled_from(PARTIES), st.sampled_from(PARTIES), st.integers(1, 10_000)), max_size=20))
def test_every_balance_is_the_opening_one_and_the_sum_of_its_rows(moves: list[tuple[Party, Party, int]]) -> None:
    ledger = Ledger({"600111": {Account.UTILITY: 5_000}}, {"b2c": [Band(100, 1), Band(1_000, "7.50")]})
    for number, (debit, credit, amount) in enumerate(moves):
        ledger.complete(transaction(debit, credit, amount, f"UKN{number}"), NOW)
    for shortcode in ("600111", "600222"):
        opening = Ledger({"600111": {Account.UTILITY: 5_000}}).balances(shortcode)
        for account, held in ledger.balances(shortcode).items():
            entries = ledger.entries(shortcode, account)
            assert held == opening[account] + sum(entry.amount for entry in entries)
            assert not entries or held == entries[-1].balance


@pytest.mark.parametrize(("amount", "charge"), [(1, 0), (100, 0), (101, 5), (1_500, 5), (9_999, Decimal("9.5"))])
def test_a_charge_is_that_of_the_first_band_that_is_wide_enough(amount: int, charge: Decimal | int) -> None:
    ledger = Ledger(tariff={"b2c": [Band(100, 0), Band(1_500, 5), Band(5_000, 9.5)]})
    done = ledger.complete(transaction(OURS, PHONE, amount), NOW)
    assert (done.charge, ledger.balances("600111")[Account.CHARGES]) == (charge, -charge)
    assert ledger.charge_for("b2b", Decimal(amount)) == 0


def test_the_organisation_is_charged_for_what_a_customer_pays_it() -> None:
    ledger = Ledger(tariff={"b2c": [Band(1_000, 4)]})
    ledger.complete(transaction(PHONE, THEIRS), NOW)
    assert ledger.balances("600222")[Account.CHARGES] == -4


def test_money_that_comes_in_is_announced_and_no_other() -> None:
    ledger = Ledger()
    heard: list[tuple[str, datetime]] = []
    ledger.on_received.append(lambda done, at: heard.append((done.receipt, at)))
    ledger.complete(transaction(PHONE, OURS, receipt="UKN1"), NOW)
    ledger.complete(transaction(OURS, PHONE, receipt="UKN2"), NOW)
    ledger.complete(transaction(OURS, THEIRS, receipt="UKN3"), NOW)
    assert heard == [("UKN1", NOW)]


def test_a_transaction_is_found_by_its_receipt_and_by_both_ids_of_its_request() -> None:
    ledger = Ledger()
    ledger.keep(transaction(OURS, PHONE, ours="mine"))
    done = ledger.complete(transaction(OURS, PHONE, ours="mine"), NOW)
    assert ledger.find(receipt="UKN1") == ledger.find(conversation="mine") == ledger.find(conversation="AG_1") == done
    assert ledger.find(receipt="UKN2") is None
    assert ledger.find(conversation="yours") is None
    assert ledger.find() is None
    assert ledger.transactions == (done,)


def test_a_customer_can_always_pay_and_an_organisation_what_it_has() -> None:
    ledger = Ledger({"600111": {"Utility Account": 99}})
    assert ledger.covers(PHONE, Decimal(1_000_000))
    assert ledger.covers(OURS, Decimal(99))
    assert not ledger.covers(OURS, Decimal(100))


def test_a_transaction_as_json_has_times_in_nairobi() -> None:
    done = Ledger().complete(transaction(OURS, PHONE), NOW + timedelta(seconds=5))
    shown = transaction_json(done)
    assert (shown["initiated_at"], shown["finalised_at"]) == ("2026-11-23T15:00:00+03:00", "2026-11-23T15:00:05+03:00")
    assert (shown["debit"], shown["amount"]) == ("600111 - Business 600111", 100.0)
    assert transaction_json(transaction(OURS, PHONE))["finalised_at"] is None


def test_a_number_always_has_the_same_name() -> None:
    assert customer("254712345678") == customer("254712345678") != customer("254712345679")
