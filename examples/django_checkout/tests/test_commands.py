"""The commands find what callbacks left open, say so in plain words, and fail only where nothing could be done."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier

import pytest
import requests_mock
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from daraja.lifecycle.reconcile import Report
from daraja.simulator import Answer
from daraja.simulator.event_log import EventKind
from payments.models import CallbackRecord, Payment, PhoneTurn
from payments.mpesa import checkout
from payments.reports import done_in, to_do
from shops import DARAJA, PHONE, Shop, edited, make_due


def run(command: str, **options: object) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_a_lost_callback_is_made_up_for(shop: Shop) -> None:
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    make_due()

    assert run("reconcile_payments") == "Payments: 1 asked about, 1 paid.\n"
    shop.order.refresh_from_db()
    assert shop.order.paid_by_id == shop.payment.key
    assert run("reconcile_payments") == "Payments: nothing was due.\n"


def test_the_command_is_silent_with_verbosity_0(shop: Shop) -> None:
    shop.push()
    make_due()

    assert run("reconcile_payments", verbosity=0) == ""


def test_it_shows_how_far_it_has_come(shop: Shop) -> None:
    shop.push()
    shop.simulator.answer(PHONE, Answer.CANCEL)
    make_due()
    err = StringIO()
    run("reconcile_payments", verbosity=2, stderr=err)

    assert err.getvalue() == "... 1 asked about, 1 ended otherwise\n"


def test_the_command_keeps_its_limit(shop: Shop) -> None:
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    make_due()

    words = run("reconcile_payments", limit=0)
    assert words.startswith("Payments: nothing was due.\nStopped before the end, the next run goes on: the limit of 0")


def test_the_work_for_a_person_is_listed(shop: Shop) -> None:
    shop.push()
    shop.answer()
    Payment.objects.update(refund_due=True)
    strange = edited(shop.engine.callbacks[0], CheckoutRequestID="ws_CO_of_nobody")
    shop.api.post("/api/payments/mpesa/callback/", data=strange.body, content_type="application/json")
    said = run("reconcile_payments")

    assert f"give the money back (1): {shop.payment.key}\n" in said
    assert "These callbacks belong to no payment; look, then dismiss them in the admin (1): " in said


@pytest.mark.django_db
def test_a_report_names_some_of_many_and_says_why_it_stopped() -> None:
    keys = tuple(f"key-{number}" for number in range(12))
    report = Report(asked=1, failed=1, stopped="Daraja is away", unconfirmed=keys, conflicts=keys[:1])
    said = [*done_in(report), *to_do(report)]

    assert said == [
        "Payments: 1 asked about, 1 failed.",
        "Stopped before the end, the next run goes on: Daraja is away",
        "Only the M-Pesa statement can tell whether these were paid; resolve them in the admin (12): "
        + ", ".join([*keys[:10], "..."]),
        "Something does not fit together at these; look, then resolve them in the admin (1): key-0",
    ]


def test_a_daraja_that_refuses_fails_no_run(shop: Shop, requests_mock: requests_mock.Mocker) -> None:
    shop.push()
    make_due()
    refusal = {"requestId": "1", "errorCode": "400.002.02", "errorMessage": "Bad Request"}
    requests_mock.post(f"{DARAJA}/mpesa/stkpushquery/v1/query", status_code=400, json=refusal)

    assert run("reconcile_payments") == "Payments: 1 asked about, 1 failed.\n"


@pytest.mark.django_db
def test_settings_that_cannot_be_used_fail_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_PASSKEY", "")
    with pytest.raises(
        CommandError, match="could not be looked after: The configuration cannot be used: passkey: is missing"
    ):
        run("reconcile_payments")


def test_runs_at_the_same_time_ask_about_each_payment_once(shop_in_threads: Shop) -> None:
    shop = shop_in_threads
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    make_due()
    together = Barrier(4)

    def work() -> str:
        try:
            checkout()
            together.wait(60)
            return run("reconcile_payments")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        said = [future.result(60) for future in [pool.submit(work) for _ in range(4)]]

    assert sorted(said) == ["Payments: 1 asked about, 1 paid.\n", *["Payments: nothing was due.\n"] * 3]
    assert [event.kind for event in shop.engine.events].count(EventKind.QUERY) == 1


class Watcher(StringIO):
    """Presses Ctrl-C once it has read so many lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.left = lines

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().write(text)


def test_it_goes_on_until_it_is_stopped(shop_in_threads: Shop) -> None:
    shop, out = shop_in_threads, Watcher(lines=3)
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)
    make_due()
    call_command("reconcile_payments", watch=0, stdout=out)

    assert out.getvalue() == "Payments: 1 asked about, 1 paid.\n" + "Payments: nothing was due.\n" * 2


@pytest.mark.django_db(transaction=True)
def test_with_watch_a_failed_run_is_only_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_PASSKEY", "")
    err = Watcher(lines=2)
    call_command("reconcile_payments", watch=0, stdout=StringIO(), stderr=err)

    assert err.getvalue().count("The payments could not be looked after") == 2


def test_old_callbacks_are_deleted_and_younger_ones_are_not(shop: Shop) -> None:
    shop.push()
    shop.answer()
    assert run("purge_callbacks") == "Callbacks older than 90 days: 0 deleted.\n"

    assert PhoneTurn.objects.exists()
    PhoneTurn.objects.update(taken_at=timezone.now() - timedelta(seconds=61))
    CallbackRecord.objects.update(received_at=timezone.now() - timedelta(days=8))
    assert run("purge_callbacks", days=9) == "Callbacks older than 9 days: 0 deleted.\n"
    assert run("purge_callbacks", days=7) == "Callbacks older than 7 days: 1 deleted.\n"
    assert not CallbackRecord.objects.exists()
    assert not PhoneTurn.objects.exists(), "a number that only a minute needs is deleted, too"


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-1, 10**12])
def test_a_senseless_age_is_refused(days: int) -> None:
    with pytest.raises(CommandError, match="No callbacks were deleted"):
        run("purge_callbacks", days=days)
