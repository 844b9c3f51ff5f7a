"""The ledger: lists, decisions, export and erasure over a store, without a client."""

# ruff: noqa: ANN401, ARG002 - fields of any type and what a caller gets wrong; stores that ignore what they get

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from weakref import ref

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Payment, Status
from daraja.api.addresses import Purpose
from daraja.disbursements.products import Product
from daraja.errors import ConfigurationError, Conflict, InvalidInput, UnknownPayment
from daraja.http.messages import HttpRequest
from daraja.inbound.expectation import Expectation
from daraja.ledger import Account, Filter, Ledger, Unreadable, offline_runtime
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.serialization import dumps
from daraja.payments.model import Resolution
from daraja.stores import MemoryPayoutStore, MemoryReceiptStore, MemoryStore
from daraja.stores.sql import SqlPayoutStore
from daraja.to import Mobile
from tests.support.disbursements import a_payout_of
from tests.support.numbers import digits_shown
from tests.support.payments import START, a_payment
from tests.support.receipts import an_expectation, counting
from tests.support.scripted import PHONE
from tests.support.shops import RECEIPT, Shop, a_shop, paid

OTHER_PHONE: Final = "254722000000"
NATIONAL: Final = PHONE[-9:]


def made(**changes: Any) -> Payment:
    return attrs.evolve(a_payment(), **changes)


def ledger_of(shop: Shop) -> Ledger[Payment]:
    return Ledger(shop.store, clock=shop.clock)


def a_paid_payment(shop: Shop) -> Payment:
    payment = shop.start()
    shop.claim(payment)
    return shop.now(payment)


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


# Personal data


def test_an_export_holds_everything_about_a_number_and_json_can_hold_it() -> None:
    shop = a_shop()
    payment = a_paid_payment(shop)
    shop.start(phone=OTHER_PHONE)
    unmatched = json.dumps({"PhoneNumber": int(PHONE)}).encode("utf-16")
    shop.claim(payment, paid(payment))
    store_id = shop.store.record(
        ReceivedCallback(account=shop.policy.account, key=None, body=unmatched, received_at=START, limit=9)
    )
    exported = json.loads(json.dumps(ledger_of(shop).export("0712 345 678")))
    assert exported["phone"] == PHONE
    (record,) = exported["records"]
    assert (record["key"], record["phone"], record["facts"]["receipt"]) == (payment.key, PHONE, payment.receipt)
    assert [entry["event"] for entry in record["history"]] == [one.event for one in shop.store.history(payment.key)]
    assert NATIONAL in record["callbacks"][0]["body"]
    assert [one["id"] for one in exported["callbacks"]] == [store_id]
    assert exported["unreadable"] == []


def test_an_erased_payment_keeps_what_the_books_need_and_names_nobody() -> None:
    shop = a_shop()
    payment = shop.checkout.start(
        phone=PHONE,
        amount=500,
        reference="INV712345678",
        idempotency_key=f"cart of {PHONE}",
        metadata={"name": "Wanjiku"},
    )
    shop.claim(payment)
    shop.checkout.resolve(payment.key, paid=True, note="she called from 0712-345 678", by="Otieno")
    before = shop.now(payment)

    erasure = ledger_of(shop).erase(PHONE)

    after = shop.now(payment)
    assert (erasure.erased, erasure.is_complete) == ((payment.key,), True)
    assert (
        digits_shown(PHONE, dumps(after) + str([attrs.asdict(entry) for entry in shop.store.history(payment.key)]))
        == []
    )
    assert (after.phone, after.metadata, after.checkout_request_id) == ("", {}, None)
    assert (after.amount, after.receipt, after.status) == (before.amount, before.receipt, before.status)
    assert (after.account, after.created_at, after.succeeded_at) == (
        before.account,
        before.created_at,
        before.succeeded_at,
    )
    assert after.paid
    mark = f"erased-{payment.key[:12]}"
    assert (after.reference, after.idempotency_key) == (mark, mark)
    history = shop.store.history(payment.key)
    assert [entry.event for entry in history][-2:] == ["person paid", "erased"]
    assert history[-2].note == f"she called from {mark}"
    assert (history[-2].by, after.resolution and after.resolution.by) == ("Otieno", "Otieno")
    assert list(shop.store.callbacks(payment.key)) == []
    assert ledger_of(shop).export(PHONE)["records"] == []
    assert ledger_of(shop).list(Filter(receipt=before.receipt)).records == (after,)


def test_only_the_payments_of_that_number_are_erased() -> None:
    shop = a_shop()
    theirs = shop.start(phone=OTHER_PHONE)
    shop.claim(theirs)
    before = shop.now(theirs)
    assert ledger_of(shop).erase(PHONE).erased == ()
    assert shop.now(theirs) == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": Status.INITIATED, "next_check_at": START}, "it is not settled yet"),
        ({"status": Status.SUCCESS, "next_check_at": START}, "it is not settled yet"),
        ({"status": Status.UNCONFIRMED}, "a person has to look at it first"),
        ({"status": Status.SUCCESS, "conflicts": frozenset({"amount=1"})}, "a person has to look at it first"),
        ({"status": Status.SUCCESS, "is_second": True}, "a person has to look at it first"),
        ({"status": Status.SUCCESS, "order": "0712345678", "attempt": 1}, "its order is named by the number"),
    ],
    ids=["open", "not told of yet", "unconfirmed", "contradicted", "to be refunded", "an order named so"],
)
def test_what_is_open_or_needs_a_person_is_named_and_stays(changes: dict[str, Any], reason: str) -> None:
    store = MemoryStore()
    payment = store.insert(made(**changes))
    erasure = Ledger(store).erase(PHONE)
    assert (erasure.erased, erasure.kept, erasure.is_complete) == ((), {payment.key: reason}, False)
    assert store.load(payment.key) == payment


def test_a_payment_with_a_callback_that_nobody_has_processed_stays() -> None:
    shop = a_shop()
    payment = a_paid_payment(shop)
    shop.keep(payment)
    erasure = ledger_of(shop).erase(PHONE)
    assert erasure.kept == {payment.key: "a callback about it is not processed yet"}
    shop.checkout.reconcile()
    assert ledger_of(shop).erase(PHONE).erased == (payment.key,)


def test_an_unmatched_callback_with_the_number_is_named_and_stays_for_a_person() -> None:
    store = MemoryStore()
    account = Account("simulator", "600111")
    bodies = [f"{{'PhoneNumber': {PHONE}}}".encode(), b"{}", PHONE.encode("utf-16"), b"\xff" + NATIONAL.encode()]
    ids = [
        store.record(ReceivedCallback(account=account, key=None, body=body, received_at=START, limit=9))
        for body in bodies
    ]
    erasure = Ledger(store).erase(PHONE)
    assert (erasure.callbacks, erasure.is_complete) == ((ids[0], ids[2], ids[3]), False)


def test_a_signed_callback_that_waits_with_the_number_is_named_where_no_record_has_it() -> None:
    store = MemoryReceiptStore()
    body = f"TransID=UAF1AAAAAA&MSISDN={PHONE}".encode()  # at the registered address, and unreadable
    waiting = store.record(
        ReceivedCallback(account=Account("simulator", "600111"), key="f" * 32, body=body, received_at=START, limit=9)
    )
    ledger = Ledger(store)
    assert [callback["id"] for callback in ledger.export(PHONE)["callbacks"]] == [waiting]
    erasure = ledger.erase(PHONE)
    assert (erasure.callbacks, erasure.is_complete) == ((waiting,), False)
    ledger.dismiss(waiting, note="the receipt is on the statement")
    assert (ledger.erase(PHONE).deleted, ledger.erase(PHONE).is_complete) == (1, True)


def test_a_processed_callback_with_the_number_is_exported_and_deleted_unless_its_record_needs_it() -> None:
    store = MemoryStore()
    looked_at = store.insert(made(status=Status.UNCONFIRMED))
    account, body = looked_at.account, f"{{'PhoneNumber': {PHONE}}}".encode()
    dismissed, of_nobody, kept, other = (
        store.record(ReceivedCallback(account=account, key=key, body=text, received_at=START, limit=9))
        for key, text in [(None, body), ("f" * 32, body), (looked_at.key, body), (None, b"{}")]
    )
    for callback in (dismissed, of_nobody, kept, other):
        store.processed(callback, "dismissed: a test")
    ledger = Ledger(store)

    assert [callback["id"] for callback in ledger.export(PHONE)["callbacks"]] == [dismissed, of_nobody]
    assert ledger.erase(PHONE).deleted == 2
    assert [one.id for one in store.processed_callbacks(9)] == [kept, other]
    assert ledger.erase(PHONE).deleted == 0


class ManyCallbacks(MemoryStore):
    """Has 2,000 processed callbacks of other customers, and counts how many of them are in memory at once."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[ref[ReceivedCallback]] = []
        self.most = 0

    def processed_callbacks(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> list[ReceivedCallback]:
        first = int(after or 0) + 1
        page = [
            ReceivedCallback(
                id=str(number), account=Account("simulator", "600111"), key=None, body=b"{}", received_at=START, limit=9
            )
            for number in range(first, min(first + limit, 2_001))
        ]
        self.made += map(ref, page)
        self.most = max(self.most, sum(one() is not None for one in self.made))
        return page


@pytest.mark.parametrize("erases", [False, True])
def test_the_callbacks_of_other_customers_are_never_in_memory_all_at_once(*, erases: bool) -> None:
    store = ManyCallbacks()
    ledger = Ledger(store)
    if erases:
        ledger.erase(PHONE)
    else:
        ledger.export(PHONE)
    assert (len(store.made), store.most <= 300) == (2_000, True)


def test_a_callback_after_the_erasure_brings_no_number_back_and_another_erasure_deletes_its_body() -> None:
    shop = a_shop()
    payment = a_paid_payment(shop)
    ledger_of(shop).erase(PHONE)
    late = shop.claim(payment)  # once more, as Safaricom sends it
    assert late.status_code == 200
    after = shop.now(payment)
    assert (after.checkout_request_id, after.phone, after.paid, after.conflicts) == (None, "", True, frozenset())
    assert len(shop.store.callbacks(payment.key)) == 1

    assert ledger_of(shop).erase(PHONE).deleted == 1
    assert list(shop.store.callbacks(payment.key)) == []


def test_a_denial_after_the_erasure_still_needs_a_person() -> None:
    shop = a_shop()
    payment = a_paid_payment(shop)
    ledger_of(shop).erase(PHONE)
    shop.claim(payment, result_code=1032)
    assert shop.now(payment).needs_attention


def test_a_payout_is_exported_and_stays_since_the_books_need_its_receiver() -> None:
    store = MemoryPayoutStore()
    payout = store.insert(a_payout_of(Product.B2C, to=Mobile(PHONE)))
    ledger = Ledger(store)
    assert [record["key"] for record in ledger.export(PHONE)["records"]] == [payout.key]
    assert ledger.erase(PHONE).kept == {payout.key: "the books need the receiver of a payout"}


def test_an_erased_receipt_still_counts_and_tells_no_payer() -> None:
    store = MemoryReceiptStore()
    told = {"pull_payer": PHONE, "confirmation_payer": "a hash", "confirmation_name": "Wanjiku"}
    counted = counting(RECEIPT, 500)
    receipt = store.insert(attrs.evolve(counted, facts={**counted.facts, **told, "pull_reference": "0712345678"}))
    assert Ledger(store).erase(PHONE).erased == (receipt.key,)
    found = store.load(receipt.key)
    assert found is not None
    assert (found.facts, found.counts, found.phone) == (counted.facts, True, "")


def test_a_payment_that_changes_meanwhile_is_looked_at_again() -> None:
    class Changing(MemoryStore):
        def erase(self, old: Payment, new: Payment, history: Any, /) -> bool:
            if old.result_code is None:
                assert self.swap(old, attrs.evolve(old, result_code="0", version=old.version + 1), entry)
            return super().erase(old, new, history)

    store = Changing()
    payment = store.insert(made(status=Status.SUCCESS))
    status = payment.status.value
    entry = HistoryEntry(key=payment.key, at=START, event="query paid", before=status, after=status)
    assert Ledger(store).erase(PHONE).erased == (payment.key,)
    found = store.load(payment.key)
    assert found is not None
    assert (found.phone, found.result_code) == ("", "0")
    assert [one.event for one in store.history(payment.key)] == ["query paid", "erased"]


def test_a_payment_that_changes_all_the_time_is_given_up_with_an_error() -> None:
    class Racing(MemoryStore):
        def erase(self, old: Payment, new: Payment, history: Any, /) -> bool:
            return False

    store = Racing()
    payment = store.insert(made(status=Status.SUCCESS))
    with pytest.raises(Conflict, match=f"payment {payment.key} was not erased in 50 attempts"):
        Ledger(store).erase(PHONE)


def test_a_payment_that_is_gone_is_erased() -> None:
    class Deleting(MemoryStore):
        def erase(self, old: Payment, new: Payment, history: Any, /) -> bool:
            return False

        def load(self, key: str, /) -> Payment | None:
            return None

    store = Deleting()
    payment = store.insert(made(status=Status.SUCCESS))
    assert Ledger(store).erase(PHONE).erased == (payment.key,)


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


def expecting(store: MemoryReceiptStore, **changes: Any) -> Expectation:
    return store.expect(attrs.evolve(an_expectation(), **{"key": "d" * 32, **changes}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metadata": {"customer": "0712 345 678"}}, ""),
        ({"reference": "0712345678"}, "its reference is named by the number"),
        ({"order": "0712 345 678 of Monday", "metadata": {"a": 1}}, "its order is named by the number"),
    ],
)
def test_what_is_expected_of_a_number_is_exported_and_its_notes_are_erased(
    changes: dict[str, Any], reason: str
) -> None:
    store = MemoryReceiptStore()
    named = expecting(store, **changes)
    other = expecting(store, key="e" * 32, reference="175", metadata={"customer": "0722000000"})
    ledger = Ledger(store)
    exported = ledger.export("254712345678")["expectations"]
    assert [(one["reference"], one["metadata"]) for one in exported] == [(named.reference, dict(named.metadata))]
    json.dumps(exported)
    erasure = ledger.erase("254712345678")
    assert (erasure.erased, dict(erasure.kept)) == ((), {named.key: reason}) if reason else ((named.key,), {})
    assert store.expected(named.compared, named.account) == attrs.evolve(named, metadata={})
    assert store.expected("175", other.account) == other
