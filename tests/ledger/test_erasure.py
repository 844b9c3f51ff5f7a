"""The personal data of a number are exported, and erased where nothing is open."""

# ruff: noqa: ANN401, ARG002 - fields of any type and what a caller gets wrong; stores that ignore what they get

import json
from typing import Any
from weakref import ref

import attrs
import pytest

from daraja import Payment, Status
from daraja.disbursements.products import Product
from daraja.errors import Conflict
from daraja.inbound.expectation import Expectation
from daraja.ledger import Account, Filter, Ledger
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.serialization import dumps
from daraja.stores import MemoryPayoutStore, MemoryReceiptStore, MemoryStore
from daraja.to import Mobile
from tests.ledger.ledgers import NATIONAL, OTHER_PHONE, a_paid_payment, ledger_of, made
from tests.support.disbursements import a_payout_of
from tests.support.numbers import digits_shown
from tests.support.payments import START
from tests.support.receipts import an_expectation, counting
from tests.support.scripted import PHONE
from tests.support.shops import RECEIPT, a_shop, paid


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
