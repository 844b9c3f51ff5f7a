"""The addresses of receipts, what they are made of, and the run that looks after them."""

import logging
from decimal import Decimal
from typing import Any, cast

import pytest

from daraja import Checkout, Daraja, PayBill, Till
from daraja.errors import ConfigurationError, InvalidInput, NotSent
from daraja.inbound.model import Receipt
from daraja.lifecycle.ports import FloatReading
from daraja.receipts import Receipts
from daraja.stores import MemoryReceiptStore, MemoryStore
from tests.inbound.confirmations import NO_CONFIRMATION, confirmation, confirmed
from tests.support.receiving import REGISTERED_SECRET, SHORTCODE, a_counter, receiving_settings
from tests.support.scripted import PASSKEY, PHONE, settings

# Registration


def test_the_addresses_are_signed_and_kept_secret() -> None:
    counter = a_counter()
    addresses = counter.receipts.addresses
    assert addresses.confirmation.reveal().startswith("https://shop.example/payments/callback/receipts/1f")
    assert addresses.validation.reveal().startswith("https://shop.example/payments/callback/receipts/1e")
    assert addresses.confirmation.reveal() not in repr(addresses)
    assert counter.receipts.register().already is False


def test_without_a_secret_for_them_nothing_is_registered() -> None:
    counter = a_counter(config=settings(), registered=False)
    with pytest.raises(ConfigurationError, match="registered_secret"):
        counter.receipts.register()


def test_what_receipts_are_made_of_is_checked() -> None:
    daraja = Daraja(settings())
    elsewhere = Checkout(Daraja(settings(PayBill("600999", passkey="x" * 16))), MemoryStore())
    with pytest.raises(ConfigurationError, match="of simulator 600999, and these receipts are of simulator 600111"):
        Receipts(daraja, MemoryReceiptStore(), checkout=elsewhere)
    with pytest.raises(ConfigurationError, match="accept"):
        Receipts(daraja, MemoryReceiptStore(), accept=cast("Any", 7))


@pytest.mark.parametrize("wrong", [{"body": object()}, {"token": 7}, {"remote_ip": 7}])
def test_what_no_request_brings_is_refused(wrong: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"body": b"{}", "token": None, "remote_ip": "", **wrong}
    with pytest.raises(InvalidInput, match="which no request brings"):
        a_counter().receipts.receive(arguments.pop("body"), **arguments)


# Looking after it


def test_pull_finds_what_was_never_announced_and_a_second_sweep_finds_nothing_new() -> None:
    counter = a_counter(pull=True)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    number = counter.pay(account, phone=NO_CONFIRMATION)
    assert counter.received == []
    counter.simulator.advance(seconds=60)
    assert counter.receipts.sweep().received == 1
    assert [one.number for one in counter.received] == [number]
    again = counter.receipts.sweep()
    assert (again.found, again.received) == (1, 0)


def test_reconcile_pulls_where_the_shop_wants_it() -> None:
    counter = a_counter(pull=True)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    counter.pay(account, phone=NO_CONFIRMATION)
    counter.simulator.advance(seconds=60)
    assert counter.receipts.reconcile().pulled == 1
    assert len(counter.received) == 1


def test_a_shop_that_heard_nothing_before_a_contradiction_hears_once_a_person_has_decided() -> None:
    told: list[Receipt] = []

    def on_received(receipt: Receipt) -> None:
        told.append(receipt)
        if len(told) == 1:
            raise ValueError

    counter = a_counter(on_received=on_received)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    confirmed(counter)
    confirmed(counter, amount=5_000)
    assert counter.receipts.receipt("UAF1AAAAAA").needs_review
    counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Wanjiku", note="the statement has 500")
    assert [one.notified_at is None for one in told] == [True, True]
    counter.receipts.assign("UAF1AAAAAA", order="ORD-1", by="Otieno", note="the same")
    assert len(told) == 2


def test_a_confirmation_tells_that_the_account_holds_little_once() -> None:
    floats: list[FloatReading] = []
    counter = a_counter()
    receipts = Receipts(counter.daraja, counter.store, on_low_float=floats.append, low_float=1_000)
    for number, balance in (("UAF1AAAAAA", 1_000), ("UAF1AAAAAB", 999), ("UAF1AAAAAB", 999), ("UAF1AAAAAC", None)):
        body = confirmation(counter, number, balance=None if balance is None else Decimal(balance))
        receipts.confirm(body, token=counter.token())
    key = counter.receipts.receipt("UAF1AAAAAB").key
    assert floats == [FloatReading(account="Utility Account", available=Decimal(999), told_by=key)]


def test_the_account_of_a_till_is_the_merchants() -> None:
    floats: list[FloatReading] = []
    till = Till(store=SHORTCODE, till="5050505", passkey=PASSKEY)
    counter = a_counter(config=receiving_settings(till), registered=False)
    receipts = Receipts(counter.daraja, counter.store, on_low_float=floats.append, low_float=1_000)
    receipts.confirm(confirmation(counter, balance=Decimal(5), till=True), token=counter.token())
    assert [one.account for one in floats] == ["Merchant Account"]


def test_a_shop_without_a_function_for_a_low_float_hears_nothing_of_it() -> None:
    counter = a_counter()
    Receipts(counter.daraja, counter.store, low_float=10**6).confirm(confirmation(counter), token=counter.token())
    assert counter.receipts.receipt("UAF1AAAAAA").is_success


@pytest.mark.parametrize("wrong", [-1, "5", True, 1.5])
def test_a_low_float_is_a_whole_amount(wrong: int) -> None:
    with pytest.raises(ConfigurationError, match="low_float"):
        Receipts(a_counter().daraja, MemoryReceiptStore(), low_float=wrong)


def test_a_shop_that_fails_is_told_again() -> None:
    told: list[Receipt] = []

    def on_received(receipt: Receipt) -> None:
        told.append(receipt)
        if len(told) == 1:
            raise ValueError

    counter = a_counter(on_received=on_received)
    counter.receipts.expect(amount=500, reference="174")
    confirmed(counter)
    counter.simulator.advance(seconds=3600)
    assert counter.receipts.reconcile().delivered == 1
    assert len(told) == 2


@pytest.mark.parametrize("limit", [-1, "9", None, True])
def test_reconcile_wants_a_limit(limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        a_counter().receipts.reconcile(limit=limit)


def test_no_number_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    counter = a_counter(pull=True)
    counter.pay("nothing", phone="254700008505")
    counter.receipts.confirm(confirmation(counter, phone=PHONE))
    counter.receipts.reconcile()
    shown = f"{caplog.text} {counter.receipts.unmatched()} {counter.receipts.reconcile()}"
    assert REGISTERED_SECRET not in shown
    assert PHONE not in shown
    assert "254700008505" not in shown


def test_the_store_can_be_reached() -> None:
    counter = a_counter()
    assert counter.receipts.store is counter.store


def test_pull_that_fails_stops_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    counter = a_counter(pull=True)
    counter.receipts.expect(amount=500, reference="174")
    counter.simulator.respond_with(NotSent("the network is down"))
    assert counter.receipts.reconcile().failed == 1
    assert "receipts.not_pulled" in caplog.text
