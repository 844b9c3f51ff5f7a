"""A ledger lists, finds and decides without a network."""

# ruff: noqa: ANN401, ARG002 - fields of any type and what a caller gets wrong; stores that ignore what they get

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Status
from daraja.api.addresses import Purpose
from daraja.disbursements.products import Product
from daraja.errors import ConfigurationError, InvalidInput, UnknownPayment
from daraja.http.messages import HttpRequest
from daraja.ledger import Account, Filter, Ledger, Unreadable, offline_runtime
from daraja.lifecycle.ports import ReceivedCallback
from daraja.lifecycle.record import Resolution
from daraja.stores import MemoryStore
from daraja.stores.sql import SqlPayoutStore
from daraja.to import Mobile
from tests.ledger.ledgers import OTHER_PHONE, a_paid_payment, ledger_of, made
from tests.support.disbursements import a_payout_of
from tests.support.payments import START, a_payment
from tests.support.scripted import PHONE
from tests.support.shops import RECEIPT, a_shop, paid

# Lists


def test_pages_of_a_list_follow_each_other_until_the_last_one_says_so() -> None:
    store = MemoryStore()
    for number in range(5):
        store.insert(made(key=f"{number:032}", created_at=START + timedelta(seconds=number)))
    ledger, seen, after = Ledger(store), list[str](), None
    while True:
        page = ledger.list(limit=2, after=after)
        seen += [payment.key for payment in page.records]
        after = page.after
        if after is None:
            break
    assert seen == [f"{number:032}" for number in (4, 3, 2, 1, 0)]
    assert ledger.list(limit=5).after is None


def test_a_payment_is_found_by_its_receipt_its_phone_its_order_and_its_status() -> None:
    shop = a_shop()
    payment = a_paid_payment(shop)
    shop.start(phone=OTHER_PHONE)
    ledger = ledger_of(shop)
    for which in (Filter(receipt=payment.receipt), Filter(phone="+254 712 345 678"), Filter(status=Status.SUCCESS)):
        assert ledger.list(which).records == (payment,)
    assert ledger.list(Filter(order="ORD-9")).records == ()


def test_a_row_that_cannot_be_read_is_named_beside_the_others() -> None:
    class Edited(MemoryStore):
        def list(self, which: Filter, limit: int, after: str | None = None, /) -> list[Any]:
            unreadable = [Unreadable("f" * 32, "it has no status")] if after is None else []
            return [*unreadable, *super().list(which, limit, after)]

    store = Edited()
    payment = store.insert(a_payment())
    page = Ledger(store).list()
    assert (page.records, [one.key for one in page.unreadable]) == ((payment,), ["f" * 32])
    ledger = Ledger(store)
    assert ledger.export(PHONE)["unreadable"] == ["f" * 32]
    assert ledger.erase(PHONE).unreadable == ("f" * 32,)


@pytest.mark.parametrize("limit", [0, -1, 1001, True, 2.0, "9"])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(InvalidInput, match="limit: is not a whole number from 1 to 1,000"):
        Ledger(MemoryStore()).list(limit=limit)


@pytest.mark.parametrize("after", [7, "a\x00b"])
def test_a_place_that_is_none_is_refused(after: Any) -> None:
    with pytest.raises(InvalidInput, match=r"after: is not from the page before; give page\.after"):
        Ledger(MemoryStore()).list(after=after)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"status": " "}, "status: is no text"),
        ({"order": 7}, "order: is no text"),
        ({"receipt": "\x00"}, "receipt: is no text"),
        ({"phone": "0812 345 678"}, "phone: .* is not a Kenyan mobile number"),
        ({"receipt": 5}, "receipt: is no text"),
        ({"since": START.replace(tzinfo=None)}, "since: is no time with a time zone"),
        ({"until": "2026-01-31"}, "until: is no time with a time zone"),
        ({"account": "600111"}, "account: is no account, such as Account"),
    ],
    ids=str,
)
def test_a_filter_names_what_is_wrong_with_it(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Filter(**wrong)


# Accounts


def test_a_ledger_of_one_account_sees_no_other() -> None:
    store = MemoryStore()
    mine, theirs = Account("simulator", "600111"), Account("simulator", "600222")
    payment = store.insert(made(account=theirs, status=Status.FAILED))
    ledger = Ledger(store, account=mine)
    assert ledger.list().records == ()
    assert Ledger(store, account=theirs).list().records == (payment,)
    for look in (ledger.record, ledger.history, ledger.callbacks):
        with pytest.raises(UnknownPayment):
            look(payment.key)
    assert ledger.export(PHONE)["records"] == []
    assert ledger.erase(PHONE).erased == ()
    with pytest.raises(InvalidInput, match="account: is not simulator 600111, to which this ledger is limited"):
        ledger.list(Filter(account=theirs))


@pytest.mark.parametrize("store", [None, "sqlite:///payments.db", MemoryStore])
def test_what_is_no_store_is_refused(store: Any) -> None:
    with pytest.raises(ConfigurationError, match="store: is no store"):
        Ledger(store)


def test_what_is_no_account_is_refused() -> None:
    wrong: Any = "600111"
    with pytest.raises(ConfigurationError, match=r'account: is str; give Account\("production", "600111"\)'):
        Ledger(MemoryStore(), account=wrong)


# Decisions


def test_a_decision_in_the_ledger_is_one_of_the_checkout_and_is_notified_by_its_next_run() -> None:
    shop = a_shop()
    payment = shop.start()
    ledger = ledger_of(shop)
    transition = ledger.resolve(payment.key, paid=True, note="on the statement", by="Wanjiku", receipt=RECEIPT)
    assert transition.became_success
    assert (shop.now(payment).paid, shop.now(payment).receipt, shop.told) == (True, RECEIPT, [])
    assert ledger.history(payment.key)[-1].by == "Wanjiku"
    shop.clock.advance(120)
    shop.checkout.reconcile()
    assert [one.key for one in shop.told] == [payment.key]


def test_callbacks_are_listed_dismissed_and_purged_in_the_ledger() -> None:
    shop = a_shop()
    payment = shop.start()
    shop.claim(payment, b"no JSON")
    shop.checkout.receive(paid(made(phone=OTHER_PHONE)))  # unsigned, and of an unknown payment
    ledger = ledger_of(shop)
    (callback,) = ledger.callbacks(payment.key)
    assert isinstance(callback, ReceivedCallback)
    ledger.dismiss(callback.id, note="sent by a test")
    assert ledger.dismiss_all(timedelta(0), note="forged") == 1
    shop.clock.advance(1)
    assert ledger.purge_callbacks(timedelta(0)) == 2
    assert list(ledger.callbacks(payment.key)) == []


def test_a_checkout_dismisses_no_callback_of_another_product() -> None:
    shop = a_shop()
    callback = ReceivedCallback(
        account=shop.policy.account, purpose=Purpose.RESULT, key=None, body=b"{}", received_at=START, limit=9
    )
    callback_id = shop.store.record(callback)
    with pytest.raises(InvalidInput, match="callback_id: names no callback that is left over"):
        shop.checkout.dismiss(callback_id, note="looked at")
    ledger_of(shop).dismiss(callback_id, note="looked at")  # where a person sees all of them
    assert list(shop.store.unprocessed(9)) == []


def test_callbacks_that_cannot_be_read_are_named_and_hide_no_other() -> None:
    class Newer(MemoryStore):
        def unprocessed(self, limit: int, account: Any = None, after: str | None = None, /) -> list[Any]:
            return [Unreadable("7", "it has a purpose of a newer release")] if after is None else []

        def callbacks(self, key: str, /) -> list[Any]:
            return [Unreadable("8", "it has a purpose of a newer release")]

    store = Newer()
    payment = store.insert(made(status=Status.SUCCESS))
    ledger = Ledger(store)
    (record,) = ledger.export(PHONE)["records"]
    assert record["callbacks"] == [{"key": "8", "reason": "it has a purpose of a newer release"}]
    assert ledger.dismiss_all(timedelta(0), note="forged") == 0
    with pytest.raises(InvalidInput, match="callback_id: names no callback that is left over"):
        ledger.dismiss("7", note="of a newer release")
    assert ledger.erase(PHONE).erased == (payment.key,)


def test_payouts_have_no_order_in_a_database(tmp_path: Path) -> None:
    with closing(SqlPayoutStore(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
        payout = store.insert(a_payout_of(Product.B2C, to=Mobile(PHONE)))
        ledger = Ledger(store)
        assert ledger.list(Filter(order="ORD-1")).records == ()
        assert ledger.list(Filter(phone=PHONE)).records == (payout,)
        assert ledger.record(payout.key) == payout


def test_a_ledger_has_no_network() -> None:
    request = HttpRequest("POST", "https://api.safaricom.co.ke/mpesa", {}, b"")
    with pytest.raises(NotImplementedError, match="a ledger sends nothing"):
        offline_runtime(None).transport.send(request)


@given(st.sampled_from(["", "+254", "254", "0", "00254", "+254 0"]), st.sampled_from(["", " ", "-", ") ", ". "]))
def test_a_number_is_found_in_notes_however_it_is_written(prefix: str, separator: str) -> None:
    store = MemoryStore()
    shown = f"{prefix}712{separator}345{separator}678"
    decision = Resolution(paid=True, note=f"call {shown}!", by="Otieno", at=START)
    payment = store.insert(made(status=Status.SUCCESS, resolution=decision))
    Ledger(store).erase(PHONE)
    found = store.load(payment.key)
    assert found is not None
    assert found.resolution is not None
    assert found.resolution.note == f"call erased-{payment.key[:12]}!"


def test_a_ledger_shows_no_number_in_its_errors() -> None:
    with pytest.raises(InvalidInput) as caught:
        Ledger(MemoryStore()).erase("07123456789")
    assert "07123456789" not in str(caught.value)
