"""Payments by hand in a Django project: booked once, joined with the checkout, looked after by the same commands."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Thread
from typing import Any, Final

import attrs
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string

from daraja import Checkout, Config, IncomingPayment, Receipt
from daraja.django import models, receipts, tasks
from daraja.django.apps import this_app
from daraja.django.checks import check_project, check_receipts
from daraja.django.customers import order_status
from daraja.django.receipt_store import DjangoReceiptStore
from daraja.django.signals import receipt_changed, receipt_received
from daraja.errors import Conflict, PaidByHand
from daraja.http.messages import HttpResponse
from daraja.lifecycle.ports import ThreadBound
from daraja.testing import MountedDaraja, c2b_confirmation, c2b_validation
from daraja.testing.defaults import sample_config
from daraja.testing.django import callback_url
from daraja.testing.store_contract.receipts import ReceiptCase
from tests.django.commands import run
from tests.django.project.shop.models import Order

PHONE: Final = "254712345678"
SECRET: Final = "a-secret-for-years-and-years"
ORDER: Final = "ORD-1"

make = ReceiptCase()


@pytest.fixture
def daraja_config() -> Config:
    return sample_config(callback_url=callback_url(), registered_secret=SECRET, pull_number="254722000000")


@pytest.fixture
def shop(settings: LazySettings, daraja_django: Checkout, daraja_simulator: MountedDaraja) -> Checkout:
    """A shop with one order of 500 KES, whose addresses are registered."""
    settings.DARAJA = {"ON_RECEIVED": f"{__name__}.receive", "AFTER_RECEIVED": f"{__name__}.thank"}
    Order.objects.create(number=ORDER, total=500)
    call_command("daraja_register", stdout=StringIO())
    return this_app().checkout


def hear(words: str) -> None:
    """Write words into the database of the test, where no other test hears them."""
    User.objects.create(username=get_random_string(12), first_name=words)


def heard() -> list[str]:
    return list(User.objects.exclude(first_name="").order_by("pk").values_list("first_name", flat=True))


def receive(receipt: Receipt) -> None:
    """Mark the order as paid in the transaction that matches the receipt, as a shop does."""
    assert connection.in_atomic_block
    if this_app().checkout.order(str(receipt.order)).paid:
        Order.objects.filter(number=receipt.order).update(paid_at=timezone.now())
    hear(receipt.number)


def thank(receipt: Receipt) -> None:
    assert not connection.in_atomic_block
    hear(f"thanks for {receipt.number}")


def refuse_to_hear(receipt: Receipt) -> None:
    raise RuntimeError("the shop's own function fails")


def refuse(payment: IncomingPayment) -> bool:
    return payment.amount >= 10


def for_the_order(receipt: Receipt) -> str:
    return ORDER


def account() -> str:
    return receipts().expect(order=ORDER, amount=500).reference


def paid(simulator: MountedDaraja, reference: str, amount: int = 500) -> str:
    return simulator.pay_bill(PHONE, shortcode="174379", account=reference, amount=amount).receipt


@pytest.mark.django_db(transaction=True)
def test_an_order_that_is_paid_by_hand_is_paid_and_nobody_is_asked(
    shop: Checkout, daraja_simulator: MountedDaraja
) -> None:
    signals: list[Any] = [(receipt_changed, "changed"), (receipt_received, "received")]  # Any: signals and words
    seen = list[str]()
    receivers = [(signal, lambda word=word, **_: seen.append(word)) for signal, word in signals]
    for signal, receiver in receivers:
        signal.connect(receiver)
    number = paid(daraja_simulator, account())
    for signal, receiver in receivers:
        signal.disconnect(receiver)

    assert shop.order(ORDER).paid
    assert Order.objects.get().paid_at is not None
    assert heard() == [number, f"thanks for {number}"]
    assert seen == ["changed", "received", "changed"]
    row = models.Receipt.objects.get()
    assert (row.number, row.order, row.is_unmatched) == (number, ORDER, False)
    assert row.amount == 500
    assert (str(row), str(models.Expectation.objects.get())) == (
        f"receipt {number}",
        f"KES 500 for account {receipts().expectation(account()).reference}",  # type: ignore[union-attr] # it is there
    )
    with pytest.raises(PaidByHand):
        shop.charge(order=ORDER, phone=PHONE, amount=500)
    status = order_status(shop.order(ORDER))
    assert (status["status"], status["receipt"], status["final"], status["may_retry"]) == (
        *("success", number, True, False),
    )


@pytest.mark.django_db(transaction=True)
def test_a_prompt_in_vain_is_followed_by_a_payment_by_hand(shop: Checkout, daraja_simulator: MountedDaraja) -> None:
    shop.charge(order=ORDER, phone="254700001037", amount=500)
    daraja_simulator.advance(seconds=5)
    expectation = receipts().offer(shop.order(ORDER), amount=500)
    assert expectation is not None
    number = paid(daraja_simulator, expectation.reference)
    assert order_status(shop.order(ORDER))["receipt"] == number
    assert Order.objects.get().paid_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_push_that_is_announced_twice_is_one_money(shop: Checkout, daraja_simulator: MountedDaraja) -> None:
    payment = shop.charge(order=ORDER, phone=PHONE, amount=500)
    daraja_simulator.pay(PHONE)
    daraja_simulator.advance(seconds=5)
    row = models.Receipt.objects.get()
    assert row.record.payment == payment.key
    assert heard() == []
    assert shop.order(ORDER).receipt_numbers == [row.number]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_confirmations_of_one_receipt_one_is_booked(shop: Checkout) -> None:
    url = receipts().addresses.confirmation.reveal()
    reference = account()

    def confirm(_: int) -> int:
        try:
            confirmation = c2b_confirmation(
                amount=500, reference=reference, receipt="UAF1AAAAAA", shortcode="174379", url=url
            )
            return int(confirmation.send(Client()).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(confirm, range(50))) == {200}
    assert heard().count("UAF1AAAAAA") == 1
    (counted,) = DjangoReceiptStore().counted(reference, this_app().account)
    assert [entry.became_success for entry in DjangoReceiptStore().history(counted.key)].count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_two_parts_at_once_pay_the_order_whichever_comes_last(shop: Checkout) -> None:
    url = receipts().addresses.confirmation.reveal()
    reference = account()

    def confirm(number: str) -> int:
        try:
            part = c2b_confirmation(amount=250, reference=reference, receipt=number, shortcode="174379", url=url)
            return int(part.send(Client()).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(confirm, ["UAF1AAAAAA", "UAF2BBBBBB"])) == {200}
    receipts().reconcile()  # where SQLite gave one of them up
    assert Order.objects.get().paid_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_function_of_the_shop_that_fails_leaves_nothing_written_and_is_called_again(
    shop: Checkout, settings: LazySettings, daraja_simulator: MountedDaraja
) -> None:
    settings.DARAJA = {"ON_RECEIVED": f"{__name__}.refuse_to_hear"}
    number = paid(daraja_simulator, account())
    assert models.Receipt.objects.get().status == "lead"
    assert models.ReceiptCallback.objects.get().processed is False
    settings.DARAJA = {"ON_RECEIVED": f"{__name__}.receive"}
    assert run("daraja_reconcile") == (0, "Payments: nothing was due.\nReceipts: 1 confirmations booked.\n")
    assert heard() == [number]


@pytest.mark.django_db(transaction=True)
def test_unmatched_money_is_work_for_a_person(shop: Checkout, daraja_simulator: MountedDaraja) -> None:
    number = paid(daraja_simulator, "my shoes")
    key = models.Receipt.objects.get(is_unmatched=True).key
    status, printed = run("daraja_reconcile")
    assert (status, key in printed) == (1, True)
    assert tasks.reconcile()["receipts"] == attrs.asdict(receipts().reconcile())
    receipts().assign(number, order=ORDER, by="otieno", note="the customer called")
    assert run("daraja_reconcile", "--verbosity", "0") == (0, "")
    assert Order.objects.get().paid_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_rules_of_the_shop_are_asked(
    shop: Checkout, settings: LazySettings, daraja_simulator: MountedDaraja, client: Client
) -> None:
    settings.DARAJA = {"ACCEPT": f"{__name__}.refuse", "MATCH": f"{__name__}.for_the_order"}
    url = receipts().addresses.validation.reveal()
    for amount, code in ((9, "C2B00016"), (10, "0")):
        validation = c2b_validation(amount=amount, reference="house 9", shortcode="174379", url=url)
        assert validation.send(client).json()["ResultCode"] == code
    number = paid(daraja_simulator, "house 9")
    assert receipts().receipt(number).order == ORDER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["receipts/", "receipts", "receipts/1f" + "0" * 96 + "/"])
def test_an_unsigned_confirmation_is_only_a_lead(shop: Checkout, client: Client, path: str) -> None:
    body = c2b_confirmation(amount=500, reference=account(), receipt="UAF9FORGED", shortcode="174379").body
    answer = client.post(f"/payments/callback/{path}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["ResultCode"]) == (200, 0)
    assert not shop.order(ORDER).paid
    assert run("daraja_reconcile")[0] == 1
    (lead,) = models.ReceiptCallback.objects.all()
    receipts().dismiss_callback(str(lead.pk), note="somebody tried it")
    assert run("daraja_reconcile")[0] == 0


@pytest.mark.django_db(transaction=True)
def test_pull_finds_what_nobody_announced(
    settings: LazySettings, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    number = paid(daraja_simulator, account())  # no address is registered yet
    daraja_simulator.advance(seconds=60)
    settings.DARAJA = {"PULL": True}
    run("daraja_register")
    assert run("daraja_reconcile")[1].splitlines()[1] == "Receipts: 1 found by Pull."
    assert receipts().receipt(number).order == ORDER


@pytest.mark.django_db(transaction=True)
def test_old_confirmations_are_purged(shop: Checkout, daraja_simulator: MountedDaraja) -> None:
    paid(daraja_simulator, account())
    daraja_simulator.advance(seconds=86_400)
    assert run("daraja_purge", "--days", "0") == (0, "Callbacks older than 0 days: 1 deleted.\n")


@pytest.mark.django_db(transaction=True)
def test_a_project_without_a_secret_registers_nothing_and_looks_after_no_receipts(
    daraja_django: Checkout,
) -> None:
    with this_app().replaced(sample_config(callback_url=callback_url())):
        with pytest.raises(CommandError, match="registered_secret: is missing"):
            run("daraja_register")
        assert run("daraja_reconcile") == (0, "Payments: nothing was due.\n")


@pytest.mark.django_db(transaction=True)
def test_addresses_that_are_registered_already_are_said_so(
    daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    assert run("daraja_register") == (0, "The addresses are registered.\n")
    body = b'{"errorCode": "500.003.1001", "errorMessage": "Urls are already registered."}'
    daraja_simulator.respond_with(HttpResponse(500, {}, body))
    assert run("daraja_register")[1].startswith("There were addresses already.\nNobody can ask which.")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_ends_the_command(shop: Checkout) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE daraja_receiptcallback RENAME TO elsewhere")
    try:
        with pytest.raises(CommandError, match="could not be looked after"):
            run("daraja_reconcile")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO daraja_receiptcallback")


@pytest.mark.django_db(transaction=True)
def test_an_expectation_that_is_refused_for_one_that_is_gone_is_a_conflict() -> None:
    store = DjangoReceiptStore()
    first = store.expect(make.make_expectation())
    with pytest.raises(Conflict, match="cannot be found"):
        store.expect(make.make_expectation(key=first.key, reference="another"))


def test_settings_of_receipts_are_checked(settings: LazySettings) -> None:
    mpesa = {"CONSUMER_KEY": "k", "CONSUMER_SECRET": "s", "BUSINESS_SHORTCODE": "174379", "PASSKEY": "p" * 8}
    for name, value in mpesa.items():
        setattr(settings, f"MPESA_{name}", value)
    settings.MPESA_CALLBACK_URL = callback_url()
    assert check_receipts() == []
    settings.DARAJA = {"ON_RECEIVED": f"{__name__}.receive", "PULL": True}
    assert [found.id for found in check_receipts()] == ["daraja.W012", "daraja.E021"]
    settings.MPESA_REGISTERED_SECRET = SECRET
    settings.MPESA_PULL_NUMBER = "254722000000"
    assert check_receipts() == []
    settings.MPESA_PASSKEY = ""
    assert [found.id for found in check_receipts()] == ["daraja.W013"]
    settings.DARAJA = {}
    assert [found.id for found in check_receipts()] == ["daraja.W013", "daraja.W011"]
    settings.MPESA_CALLBACK_URL = "nonsense"
    assert check_receipts() == []


class ReceiptsElsewhere:
    """A router that scatters the tables of receipts."""

    def db_for_write(self, model: type, **_: object) -> str | None:
        return "payments" if model is models.Receipt else None

    db_for_read = db_for_write


@pytest.mark.django_db(databases=["default"])
def test_tables_of_receipts_in_two_databases_are_a_fault(settings: LazySettings) -> None:
    settings.DATABASE_ROUTERS = [ReceiptsElsewhere()]
    assert [found.id for found in check_project() if "receipt" in found.msg] == ["daraja.E015"]


def give_back(receipt: Receipt) -> None:
    hear(f"{receipt.number} has to go back")


@pytest.mark.django_db(transaction=True)
def test_the_shop_hears_of_money_that_came_when_all_was_paid(
    shop: Checkout, settings: LazySettings, daraja_simulator: MountedDaraja
) -> None:
    settings.DARAJA = {**settings.DARAJA, "AFTER_RECEIPT_REFUND_DUE": f"{__name__}.give_back"}
    reference = account()
    first = paid(daraja_simulator, reference)
    daraja_simulator.advance(seconds=1)
    second = paid(daraja_simulator, reference)
    assert heard() == [first, f"thanks for {first}", f"{second} has to go back"]


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_ends_closes_what_it_has_opened(shop: Checkout) -> None:
    store, closed = this_app().receipts.store, list[bool]()

    def work() -> None:
        store.load("f" * 32)
        assert isinstance(store, ThreadBound)
        store.leave_thread()
        closed.append(connection.connection is None)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    in_memory = getattr(connection, "is_in_memory_db", bool)()  # of SQLite, and it lives as long as one connection
    assert closed == [not in_memory]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_stops_before_the_end_says_so(shop: Checkout, daraja_simulator: MountedDaraja) -> None:
    paid(daraja_simulator, account())
    models.Receipt.objects.update(next_check_at=F("created_at"))
    assert "the next run goes on" in run("daraja_reconcile", "--limit", "0")[1].partition("Receipts:")[2]


@pytest.mark.django_db
def test_receipts_that_cannot_be_looked_after_are_an_error(settings: LazySettings, daraja_django: Checkout) -> None:
    settings.DARAJA = {"AFTER_RECEIVED": f"{__name__}.PHONE"}
    with pytest.raises(CommandError, match="The receipts could not be looked after: ") as refused:
        run("daraja_reconcile")
    assert refused.value.returncode == 2
