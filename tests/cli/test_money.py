"""The commands ``payouts``, ``receipts`` and ``statement``, and their records in ``reconcile`` and ``resolve``."""

import sys
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from daraja import Caps, Checkout, Daraja, Initiator, Payment, Payouts, Receipts
from daraja.cli.shop import FACES
from daraja.cli.words import next_step, problem_in_words
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, SANDBOX_SHORTCODE, Engine, certificate
from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore, SqlStore
from daraja.testing import ManualClock, MountedDaraja, c2b_confirmation, sample_config
from tests.cli.conftest import Run

RESULTS = "https://shop.example/results/"
SECRET = "5f1c9e0a7b3d2468"
CAPS = Caps(per_payout=20_000, per_day=100_000, per_recipient_day=20_000)
SHOP = """
import os
from daraja import Caps, Config, Daraja, Payouts, Receipts
from daraja.stores import MemoryPayoutStore, MemoryReceiptStore, MemoryStore
from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore
from daraja import Checkout

daraja = Daraja(Config.from_env())
caps = Caps(per_payout=9, per_day=9, per_recipient_day=9)
payouts = Payouts(daraja, SqlPayoutStore(os.environ["MPESA_STORE"]), caps=caps)
receipts = Receipts(daraja, SqlReceiptStore(os.environ["MPESA_STORE"]))
in_memory = Checkout(daraja, MemoryStore())

def charged():
    in_memory.charge(order="ORD-1", phone="254700001032", amount=500)
    return in_memory
"""


@attrs.frozen
class Office:
    """A shop with payments, payouts and receipts in one file."""

    checkout: Checkout
    payouts: Payouts
    receipts: Receipts
    local: MountedDaraja
    folder: Path


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Office]:
    url = f"sqlite:///{tmp_path / 'money.db'}"
    monkeypatch.setenv("MPESA_STORE", url)

    def receive(callback: HttpRequest) -> None:
        face = payouts if callback.url.startswith(RESULTS) else checkout
        face.receive(callback.body, token=callback.url)

    clock = ManualClock()
    local = MountedDaraja(Engine(), clock, deliver=receive)
    initiator = Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())
    daraja = Daraja(
        sample_config(initiator=initiator, results_url=RESULTS, registered_secret=SECRET), transport=local, clock=clock
    )
    store = SqlStore(url)
    checkout = Checkout(daraja, store)
    payouts = Payouts(daraja, SqlPayoutStore(store), caps=CAPS)
    receipts = Receipts(daraja, SqlReceiptStore(store))
    yield Office(checkout, payouts, receipts, local, tmp_path)
    store.close()


@pytest.fixture
def module(office: Office, local: object, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Write the shop's own module into the folder in which the command runs."""
    del local  # it sets the variables
    monkeypatch.setenv("MPESA_REGISTERED_SECRET", SECRET)
    monkeypatch.setenv("MPESA_RESULTS_URL", RESULTS)
    monkeypatch.setenv("MPESA_INITIATOR_NAME", SANDBOX_INITIATOR)
    monkeypatch.setenv("MPESA_SECURITY_CREDENTIAL", "A" * 344)
    (office.folder / "my_office.py").write_text(SHOP)
    monkeypatch.chdir(office.folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("my_office", None)


def test_payouts_lists_and_shows_what_went_out(run: Run, office: Office) -> None:
    payout = office.payouts.pay(phone="0722000111", amount=500, idempotency_key="rider 17")
    office.local.advance(seconds=5)
    ended = run("payouts", "--since", "2026-01-01")
    assert ended.status == 0
    assert "2547*****111" in ended.out
    assert "paid" in ended.out
    (row,) = run("payouts", "--since", "2026-01-01", "--json").rows
    assert (row["key"], row["product"], row["amount"], row["status"]) == (payout.key, "b2c", 500, "paid")
    for name in (payout.key, "rider 17"):
        shown = run("payouts", name)
        assert shown.status == 0
        assert "Nothing: it is paid." in shown.out
        assert "rider 17" in shown.out


@pytest.mark.parametrize(("listed", "good"), [("payments", "initiated"), ("payouts", "held"), ("receipts", "received")])
def test_a_status_that_a_list_does_not_have_is_refused(run: Run, office: Office, listed: str, good: str) -> None:
    office.checkout.order("ORD-1")  # this makes the file
    assert run(listed, "--status", good).status == 0
    refused = run(listed, "--status", "payed")
    assert refused.status == 2
    assert f"'{good}'" in refused.err


def test_a_payout_without_a_result_is_resolved_by_a_person(run: Run, office: Office) -> None:
    payout = office.payouts.pay(phone="0722000111", amount=500, idempotency_key="rider 17")
    office.local.set_held(held=True)
    for _ in range(40):
        office.local.clock.advance(3600)
        office.payouts.reconcile()
    looked = run("reconcile", "--look")
    assert looked.status == 1
    assert payout.key in looked.out
    assert "no result came" in looked.out
    assert f"resolve {payout.key} --of payouts" in " ".join(run("payouts", payout.key).out.split())
    refused = run("resolve", payout.key, "--of", "payouts", "--paid", "--note", "on the statement")
    assert refused.status == 2
    ended = run("resolve", payout.key, "--of", "payouts", "--not-paid", "--note", "not on the statement")
    assert ended.status == 0
    assert office.payouts.payout(payout.key).denied_by_a_person


def test_a_payout_that_failed_says_whether_a_new_one_is_safe(run: Run, office: Office) -> None:
    payout = office.payouts.pay(phone="254700002040", amount=500, idempotency_key="rider 17")
    office.local.advance(seconds=5)
    assert "Wait. daraja-kit reconcile queries it" in run("payouts", payout.key).out
    failed = attrs.evolve(office.payouts.payout(payout.key), next_check_at=None, confirms=False)
    assert next_step(failed, failed.created_at) == "This payout paid nothing. A new one is safe."
    assert next_step(attrs.evolve(payout, next_check_at=None), payout.created_at).startswith("Do not pay again yet: ")


def test_receipts_lists_money_that_came_in_unasked(run: Run, office: Office) -> None:
    office.receipts.expect(order="ORD-7", amount=100, reference="INV 7")
    for receipt, reference in (("UKN7X2M4QA", "INV 7"), ("UKN7X2M4QB", "LUNCH")):
        callback = c2b_confirmation(amount=100, reference=reference, receipt=receipt)
        office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())
    rows = run("receipts", "--since", "2026-01-01", "--json").rows
    assert {row["receipt"]: row["matched"] is not None for row in rows} == {"UKN7X2M4QA": True, "UKN7X2M4QB": False}
    assert "INV 7" in run("receipts", "--since", "2026-01-01").out
    sums = run("receipts", "--since", "2026-01-01", "--sums", "--json").rows
    assert sum(Decimal(row["amount"]) for row in sums) == 200
    lunch = run("receipts", next(row["key"] for row in rows if row["receipt"] == "UKN7X2M4QB"))
    assert lunch.status == 1
    assert "nobody knows what this money is for" in lunch.out
    assert "daraja-kit assign UKN7X2M4QB --order ... --note ..." in " ".join(lunch.out.split())
    assert "A confirmation came: paid (lead -> received)" in " ".join(lunch.out.split())
    assert "simulator 174379" in lunch.out, "the account is ours, not the text that the payer typed"
    matched = run("receipts", next(row["key"] for row in rows if row["receipt"] == "UKN7X2M4QA"))
    assert matched.status == 0


def test_the_statement_names_what_each_row_belongs_to(run: Run, office: Office) -> None:
    office.checkout.charge(order="ORD-1", phone="254700000000", amount=700)
    office.local.advance(seconds=5)
    office.local.pay_bill("254722000111", shortcode=SANDBOX_SHORTCODE, account="LUNCH", amount=50)
    file = office.folder / "statement.csv"
    content = office.local.statement(SANDBOX_SHORTCODE)
    file.write_text(content, newline="")
    ended = run("statement", str(file), "--json")
    assert ended.status == 1
    assert [row["belongs_to"] for row in ended.rows] == ["payment ORD-1", None]
    assert "Rows that belong to nothing in the store: 1." in run("statement", str(file)).out
    office.receipts.expect(order="ORD-2", amount=50, reference="LUNCH")
    callback = c2b_confirmation(amount=50, reference="LUNCH", receipt=ended.rows[1]["receipt"])
    office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())
    assert run("statement", str(file), "--json").rows[1]["belongs_to"] == "receipt ORD-2"
    shown = run("statement", str(file))
    assert "2 rows. Their balances follow from each other" in " ".join(shown.out.split())
    file.write_text("\n".join(line for line in content.splitlines() if not line.startswith("Total")))
    assert "The file has no totals" in run("statement", str(file)).out


def test_a_statement_can_be_read_without_a_store(run: Run, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPESA_STORE")
    file = office.folder / "statement.csv"
    office.local.pay_bill("254722000111", shortcode=SANDBOX_SHORTCODE, account="LUNCH", amount=50)
    file.write_text(office.local.statement(SANDBOX_SHORTCODE), newline="")
    assert run("statement", str(file)).status == 0
    file.write_text("nothing")
    ended = run("statement", str(file))
    assert ended.status == 2
    assert "has no row with the headings of a statement" in ended.err


@pytest.mark.usefixtures("module")
def test_reconcile_looks_after_payouts_and_receipts_of_the_shop(run: Run) -> None:
    assert run("reconcile", "--checkout", "my_office:payouts").err == ""
    assert run("reconcile", "--checkout", "my_office:receipts", "--json").rows[0]["asked"] == 0
    assert run("payouts", "--checkout", "my_office:payouts").status == 0
    assert run("receipts", "--checkout", "my_office:payouts").status == 0


@pytest.mark.usefixtures("module")
def test_assign_stores_what_unasked_money_is_for(run: Run, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPESA_BASE_URL")
    monkeypatch.setenv("MPESA_ENVIRONMENT", "simulator")
    for receipt in ("UKN7X2M4QA", "UKN7X2M4QB"):
        callback = c2b_confirmation(amount=100, reference="LUNCH", receipt=receipt)
        office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())
    decision = "--note", "she called", "--by", "Achieng"
    shop = "--checkout", "my_office:receipts"
    assert "Say what the money is for" in run("assign", "UKN7X2M4QA", *decision, *shop).err
    assert "Name the shop's own receipts" in run("assign", "UKN7X2M4QA", "--nothing", *decision).err
    ended = run("assign", "UKN7X2M4QA", "--order", "ORD-9", *decision, *shop)
    assert (ended.status, ended.err) == (0, "")
    assert "A person assigned it, by Achieng: she called" in " ".join(ended.out.split())
    assert run("assign", "UKN7X2M4QB", "--nothing", *decision, *shop).status == 0
    rows = run("receipts", "--since", "2026-01-01", "--json").rows
    assert {row["receipt"]: (row["matched"], row["needs_attention"]) for row in rows} == {
        "UKN7X2M4QA": ("ORD-9", False),
        "UKN7X2M4QB": (None, False),
    }


@pytest.mark.usefixtures("module")
def test_a_store_that_has_no_payouts_is_named(run: Run) -> None:
    ended = run("payouts", "--checkout", "my_office:in_memory")
    assert ended.status == 2
    assert "The store of my_office:in_memory has no payouts." in ended.err
    assert run("reconcile", "--look", "--checkout", "my_office:in_memory").status == 0


def test_a_receipt_that_came_when_all_was_paid_has_to_go_back(office: Office) -> None:
    office.receipts.expect(order="ORD-9", reference="LUNCH", amount=100)
    for number in ("UKN7X2M4QA", "UKN7X2M4QB"):
        callback = c2b_confirmation(amount=100, reference="LUNCH", receipt=number)
        office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())
    second = office.receipts.receipt("UKN7X2M4QB")
    assert problem_in_words(second) == "the order was paid already: give this money back"
    assert next_step(second, second.created_at) == (
        "Give the money back. Then: daraja-kit assign UKN7X2M4QB --nothing --note refunded"
    )


def paid_by_hand(office: Office, order: str, expected: int, amount: int, receipt: str) -> None:
    """Let a customer pay for an order by hand."""
    office.receipts.expect(order=order, amount=expected, reference=order)
    callback = c2b_confirmation(amount=amount, reference=order, receipt=receipt)
    office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())


def cancelled(office: Office, order: str, amount: int, phone: str) -> Payment:
    """Let a customer cancel the prompt for an order."""
    payment = office.checkout.charge(order=order, phone=phone, amount=amount)
    office.local.cancel(phone)
    return payment


def test_a_payment_says_that_its_order_was_paid_by_hand(run: Run, office: Office) -> None:
    cancelled(office, "ORD-8", 700, "0712345678")
    paid_by_hand(office, "ORD-8", 700, 700, "UKN7X2M4QA")
    shown = run("payment", "ORD-8")
    assert shown.status == 0
    assert "KES 700 as UKN7X2M4QA" in shown.out
    assert "Nothing: its order is paid." in shown.out
    assert "prompted again" not in shown.out


def test_a_payment_of_an_order_that_was_paid_by_hand_is_resolved_as_a_second_one(run: Run, office: Office) -> None:
    cancelled(office, "ORD-8", 700, "0712345678")
    paid_by_hand(office, "ORD-8", 700, 700, "UKN7X2M4QA")
    ended = run("resolve", "ORD-8", "--paid", "--note", "on the statement", "--no-fulfilment")
    assert "the order was paid already: give this money back" in " ".join(ended.out.split())
    assert run("payment", "ORD-8").status == 1


def test_a_payment_says_what_is_left_after_a_part_by_hand(run: Run, office: Office) -> None:
    cancelled(office, "ORD-8", 700, "0712345678")
    paid_by_hand(office, "ORD-8", 700, 300, "UKN7X2M4QA")
    assert "The customer may be prompted for the rest, KES 400." in " ".join(run("payment", "ORD-8").out.split())


def test_a_payment_of_an_order_with_an_open_prompt_says_to_wait(run: Run, office: Office) -> None:
    first = cancelled(office, "ORD-8", 700, "0712345678")
    office.local.clock.advance(3600)
    office.checkout.charge(order="ORD-8", phone="0722000111", amount=700)
    assert "Do not prompt the customer again yet: " in " ".join(run("payment", first.key).out.split())


@pytest.mark.parametrize("name", ["ORD-8", "UKN7X2M4QA"])
def test_payment_finds_an_order_that_was_only_paid_by_hand(run: Run, office: Office, name: str) -> None:
    paid_by_hand(office, "ORD-8", 700, 700, "UKN7X2M4QA")
    shown = run("payment", name)
    assert shown.status == 0
    assert "UKN7X2M4QA" in shown.out
    assert run("payment", "ORD-9").status == 2


@pytest.mark.usefixtures("module")
def test_payment_needs_no_store_of_receipts(run: Run) -> None:
    shown = run("payment", "ORD-1", "--checkout", "my_office:charged")
    assert shown.status == 0
    assert "Wait. daraja-kit reconcile queries it when a check is due." in shown.out


def test_unmatched_lists_the_money_that_belongs_to_nothing(run: Run, office: Office) -> None:
    paid_by_hand(office, "ORD-8", 700, 700, "UKN7X2M4QA")
    assert run("receipts", "--unmatched").out.startswith("Nothing is stored")
    callback = c2b_confirmation(amount=100, reference="LUNCH", receipt="UKN7X2M4QB")
    office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())
    assert [row["receipt"] for row in run("receipts", "--unmatched", "--json").rows] == ["UKN7X2M4QB"]


def test_a_receipt_that_is_settled_needs_nothing(office: Office) -> None:
    callback = c2b_confirmation(amount=100, reference="LUNCH")
    office.receipts.confirm(callback.body, token=office.receipts.addresses.confirmation.reveal())
    (unmatched,) = office.receipts.unmatched()
    office.receipts.dismiss(unmatched.receipt.number, by="Achieng", note="a tip")
    receipt = office.receipts.receipt(unmatched.receipt.number)
    assert problem_in_words(receipt) == ""
    assert next_step(receipt, receipt.created_at) == "Nothing."
    assert set(FACES) == {"payments", "payouts", "receipts"}
