"""The commands and tasks do their work, and an exit status says whether a person is needed."""

import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, InterfaceError, connection

from daraja import Checkout
from daraja.cli import main
from daraja.django import tasks
from daraja.django.management.commands import daraja_reconcile
from daraja.django.models import Callback, Payment
from daraja.django.rows import kept_time
from daraja.testing import MountedDaraja
from tests.django.commands import run

PHONE = "254712345678"


@pytest.fixture
def paid(db: None, daraja_django: Checkout, daraja_simulator: MountedDaraja) -> str:
    """Return the key of a payment whose callback was lost."""
    payment = daraja_django.start(phone=PHONE, amount=500, reference="ORD-1")
    with daraja_simulator.hold():
        daraja_simulator.pay(PHONE)
        daraja_simulator.due()
    daraja_simulator.advance(seconds=60)
    return payment.key


def test_a_run_finds_what_no_callback_told(paid: str) -> None:
    status, printed = run("daraja_reconcile", "--verbosity", "2")
    assert status == 0
    assert "1 paid" in printed
    assert "... " in printed
    assert Payment.objects.get(key=paid).status == "success"
    assert run("daraja_reconcile") == (0, "Payments: nothing was due.\n")


def test_work_for_a_person_is_printed_and_is_the_exit_status(paid: str) -> None:
    Payment.objects.filter(key=paid).update(facts="{}")
    status, printed = run("daraja_reconcile")
    assert status == 1
    assert paid in printed
    assert run("daraja_reconcile", "--verbosity", "0") == (1, "")


def test_payments_of_a_former_account_are_listed(paid: str) -> None:
    run("daraja_reconcile")
    Payment.objects.filter(key=paid).update(environment="sandbox", status="initiated", next_check_at=None)
    status, printed = run("daraja_reconcile")
    assert status == 1
    assert "another shortcode or environment" in printed


def test_of_many_keys_some_are_named_and_all_are_counted(db: None, daraja_django: Checkout) -> None:
    for number in range(12):
        told = {"MerchantRequestID": "unknown", "CheckoutRequestID": f"ws_CO_{number}"}
        daraja_django.receive({"Body": {"stkCallback": told | {"ResultCode": 1032, "ResultDesc": "Cancelled"}}})
    _, printed = run("daraja_reconcile")
    assert "(12)" in printed
    assert printed.rstrip().endswith(", ...")


def test_a_run_that_stops_early_says_so(paid: str) -> None:
    _, printed = run("daraja_reconcile", "--limit", "0")
    assert "the next run goes on" in printed


@pytest.mark.parametrize("command", ["daraja_reconcile", "daraja_purge"])
def test_a_run_that_is_not_possible_ends_with_words(db: None, settings: LazySettings, command: str) -> None:
    settings.MPESA_PASSKEY = "only this one"
    with pytest.raises(CommandError, match="MPESA_CONSUMER_KEY"):
        run(command)


class Watching(daraja_reconcile.Command):
    """A command whose second pause ends with Ctrl-C."""

    pauses = 0

    def pause(self, seconds: float) -> None:
        assert seconds == 60
        self.pauses += 1
        if self.pauses == 2:
            raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)  # it closes connections
def test_a_watch_goes_on_until_it_is_interrupted(paid: str) -> None:
    status, printed = run(Watching(), "--watch", "60")
    assert status == 0
    assert printed.count("Payments:") == 2


class Deaf(Watching):
    """A command in which Python drops the interrupt, as in a finalizer."""

    def pause(self, seconds: float) -> None:
        assert seconds == 60
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.django_db(transaction=True)  # it closes connections
def test_a_watch_ends_after_the_run_in_which_an_interrupt_is_dropped(paid: str) -> None:
    status, printed = run(Deaf(), "--watch", "60")
    assert status == 0
    assert printed.count("Payments:") == 1


def test_a_pause_ends() -> None:
    daraja_reconcile.Command().pause(0)


def test_a_watch_goes_on_after_a_failure(db: None, settings: LazySettings) -> None:
    settings.MPESA_PASSKEY = "only this one"
    status, printed = run(Watching(), "--watch", "60")
    assert status == 0
    assert printed.count("could not be looked after") == 2


@pytest.mark.django_db(transaction=True)  # it closes connections
def test_a_watch_goes_on_after_a_broken_connection(daraja_django: Checkout) -> None:
    def fail(*_: object) -> None:
        raise InterfaceError("connection already closed")

    with connection.execute_wrapper(fail):
        status, printed = run(Watching(), "--watch", "60")
    assert status == 0
    assert printed.count("could not be looked after: connection already closed") == 2


def test_old_callbacks_are_purged(paid: str, daraja_django: Checkout) -> None:
    daraja_django.receive(b"no callback")
    Callback.objects.update(
        received_at=kept_time(datetime.now(UTC) - timedelta(days=100)), processed=True, note="malformed"
    )
    assert run("daraja_purge", "--days", "200") == (0, "Callbacks older than 200 days: 0 deleted.\n")
    assert run("daraja_purge", "--verbosity", "0") == (0, "")
    assert not Callback.objects.exists()


def test_the_tasks_do_the_same(paid: str) -> None:
    report = tasks.reconcile()
    assert report["succeeded"] == 1
    assert tasks.purge() == 0


def test_a_task_logs_what_is_left_for_a_person(paid: str, caplog: pytest.LogCaptureFixture) -> None:
    Payment.objects.filter(key=paid).update(facts="{}")
    tasks.reconcile()
    assert paid in caplog.text


def test_the_doctor_looks_at_settings_project_and_database(
    db: None, settings: LazySettings, daraja_django: Checkout
) -> None:
    status, printed = run("daraja_doctor")
    assert status == 1
    assert printed.startswith("fault    settings: ")
    assert "payments are open" in printed


def test_a_healthy_project_has_no_fault(paid: str, settings: LazySettings) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, []
    for name, value in {
        "MPESA_CONSUMER_KEY": "some-key",
        "MPESA_CONSUMER_SECRET": "some-secret",
        "MPESA_BUSINESS_SHORTCODE": "600123",
        "MPESA_PASSKEY": "some-passkey-of-our-own",
        "MPESA_ENVIRONMENT": "simulator",
        "MPESA_CALLBACK_URL": "http://127.0.0.1:8000/payments/callback/",
    }.items():
        setattr(settings, name, value)
    Payment.objects.update(needs_attention=True)
    status, printed = run("daraja_doctor")
    assert status == 0, printed
    assert ("the callback address fit" in printed) is settings.USE_TZ, "without time zones there is a warning"
    assert "1 wait for a person" in printed


@pytest.mark.django_db(transaction=True)
def test_missing_tables_are_a_fault() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'daraja'")
    try:
        assert "1 migrations are not applied" in run("daraja_doctor")[1]
    finally:
        call_command("migrate", "daraja", fake=True, verbosity=0)


@pytest.mark.django_db
def test_a_database_that_cannot_be_read_is_a_fault() -> None:
    def fail(*_: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(fail):
        _, printed = run("daraja_doctor")
    assert "cannot be read (DatabaseError)" in printed


@pytest.mark.usefixtures("db", "daraja_django")
@pytest.mark.parametrize("name", ["payments", "payouts", "receipts"])
def test_the_command_line_lists_what_the_tables_hold(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name, "--checkout", "daraja.django:checkout"]) == 0
    assert capsys.readouterr().out.startswith("Nothing ")


@pytest.mark.usefixtures("db", "daraja_django")
def test_the_command_line_says_what_waits_in_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--look", "--checkout", "daraja.django:checkout"]) == 0
    expected = "Waiting for a person: 0. Waiting for the next reconcile: 0.\n"
    assert capsys.readouterr().out == expected
