"""Payouts of a Django project: one function call, one include, and the same commands as for payments."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import attrs
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client

from daraja import Checkout, Config, Payout, PayoutStatus
from daraja.disbursements.caps import CAPS
from daraja.django import models, payouts, tasks
from daraja.django.apps import this_app
from daraja.django.customers import given_back
from daraja.django.signals import payout_changed, payout_paid
from daraja.errors import CapReached, ConfigurationError, InvalidInput, NotSent
from daraja.testing import MountedDaraja, assert_not_paid_out, assert_paid_out, assert_reversed, payout_result
from tests.django.commands import run
from tests.django.paying import PHONE, approved, bought_twice, drafted, paying_config, without_caps


@pytest.fixture
def daraja_config() -> Config:
    return paying_config()


def hear(payout: Payout) -> None:
    """Write a row in the transaction of the payout, as a shop does."""
    assert connection.in_atomic_block
    User.objects.create_user(f"paid {payout.key}")


def heard_of() -> list[str]:
    return list(User.objects.filter(username__startswith="paid ").values_list("username", flat=True))


def refuse_to_hear(payout: Payout) -> None:
    raise RuntimeError("the shop's own function fails")


@pytest.mark.django_db(transaction=True)
def test_a_payout_waits_for_a_second_person_and_is_paid_once(
    settings: LazySettings, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    settings.DARAJA = {"ON_PAID": f"{__name__}.hear"}
    heard = list[PayoutStatus]()
    receivers: list[Any] = [  # Any: functions of one signal each
        (payout_changed, lambda payout, **_: heard.append(payout.status)),
        (payout_paid, lambda payout, **_: heard.append(payout.status)),
    ]
    for signal, receiver in receivers:
        signal.connect(receiver)
    payout = drafted()
    assert payout.status is PayoutStatus.HELD
    assert_not_paid_out(daraja_simulator, to=PHONE)
    with pytest.raises(InvalidInput, match="somebody else"):
        payouts().approve(payout.key, by="Wanjiku", fingerprint=payout.fingerprint)

    assert approved(payout).status is PayoutStatus.ACCEPTED
    assert approved(payout).status is PayoutStatus.ACCEPTED
    daraja_simulator.advance(seconds=30)
    for signal, receiver in receivers:
        signal.disconnect(receiver)

    assert_paid_out(daraja_simulator, to=PHONE, amount=500, times=1)
    row = models.Payout.objects.get()
    assert (row.status, row.record.paid, str(row)) == ("paid", True, "payout of KES 500")
    assert row.receipt
    assert heard_of() == [f"paid {row.key}"]
    assert heard[-2:] == [PayoutStatus.PAID, PayoutStatus.PAID]
    assert str(models.PayoutCharge.objects.filter(counter__contains=" to ").order_by("amount").last()).endswith(": 500")


@pytest.mark.django_db(transaction=True)
def test_a_result_that_was_lost_is_asked_for_and_its_answer_reaches_the_view(
    daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    approved(drafted())
    with daraja_simulator.hold():
        daraja_simulator.advance(seconds=30)
        daraja_simulator.due()
    daraja_simulator.advance(seconds=120)
    assert run("daraja_reconcile") == (0, "Payments: nothing was due.\nPayouts: 1 asked about.\n")
    daraja_simulator.advance(seconds=30)
    assert models.Payout.objects.get().status == "paid"
    assert models.PayoutCallback.objects.filter(processed=True, purpose="answer").count() == 1
    daraja_simulator.advance(seconds=1)
    assert run("daraja_purge", "--days", "0", "--verbosity", "0") == (0, "")
    assert not models.PayoutCallback.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_function_that_fails_keeps_the_payout_unpaid_until_it_is_told(
    settings: LazySettings, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    settings.DARAJA = {"ON_PAID": f"{__name__}.refuse_to_hear"}
    payout = approved(drafted())
    daraja_simulator.advance(seconds=30)
    assert models.Payout.objects.get().status == "accepted"
    settings.DARAJA = {"ON_PAID": f"{__name__}.hear", "AFTER_PAID": f"{__name__}.hear_after"}
    daraja_simulator.advance(seconds=120)
    assert run("daraja_reconcile")[0] == 0
    assert models.Payout.objects.get().status == "paid"
    assert heard_of() == [f"paid {payout.key}"]


def hear_after(payout: Payout) -> None:
    assert not connection.in_atomic_block
    assert payout.paid


@pytest.mark.django_db(transaction=True)
def test_without_approval_a_call_pays_at_once_and_caps_hold(
    settings: LazySettings, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    settings.DARAJA = {"APPROVAL_FROM": 900}
    assert drafted(by="").status is PayoutStatus.ACCEPTED
    assert drafted("rider 18", phone="254722000000", amount=900).status is PayoutStatus.HELD
    with pytest.raises(CapReached):
        drafted("rider 19", amount=501)
    with pytest.raises(InvalidInput, match="MPESA_PAYOUT_MAX"):
        drafted("rider 20", phone="254733000000", amount=1_001)
    daraja_simulator.respond_with(NotSent("no connection came about"))
    with pytest.raises(NotSent):
        drafted("rider 21", phone="254733000000", amount=800)
    daraja_simulator.respond_with(None)
    assert drafted("rider 22", phone="254733000000", amount=800).status is PayoutStatus.ACCEPTED


@pytest.mark.django_db(transaction=True)
def test_a_refund_goes_back_to_the_payer_once_and_clears_what_is_due(
    daraja_django: Checkout, daraja_config: Config, daraja_simulator: MountedDaraja
) -> None:
    second = bought_twice(daraja_django, daraja_config, daraja_simulator)
    refund = payouts().refund(second, reason="paid twice", by="wanjiku")
    assert (refund.status, refund.key) == (
        PayoutStatus.HELD,
        payouts().refund(second, reason="once more", by="otieno").key,
    )
    assert "These paid for what was paid already" in run("daraja_reconcile")[1]
    assert given_back(f"UKN7X2M4QA, {second.receipt}") == 0
    approved(refund)
    daraja_simulator.advance(seconds=30)
    assert_reversed(daraja_simulator, second.receipt or "")
    assert given_back(f"UKN7X2M4QA, {second.receipt}") == 500
    row = models.Payment.objects.get(key=second.key)
    assert (row.refund_due, row.record.paid) == (False, False)
    assert models.Payout.objects.get().refunds == second.receipt
    assert run("daraja_reconcile")[0] == 0
    payouts().resolve(refund.key, paid=False, note="it came back to us", by="otieno")
    assert given_back(f"UKN7X2M4QA, {second.receipt}") == 0


@pytest.mark.django_db
def test_no_refund_that_cannot_be_read_stops_the_page_of_its_order(
    daraja_django: Checkout, daraja_config: Config, daraja_simulator: MountedDaraja
) -> None:
    second = bought_twice(daraja_django, daraja_config, daraja_simulator)
    payouts().refund(second, reason="paid twice", by="wanjiku")
    models.Payout.objects.update(facts='{"format": 99}')

    assert given_back(second.receipt) == 0
    assert given_back(None) == 0


@pytest.mark.django_db(transaction=True)
def test_work_for_a_person_is_the_exit_status_and_the_task_logs_it(
    daraja_django: Checkout, daraja_simulator: MountedDaraja, caplog: pytest.LogCaptureFixture
) -> None:
    approved(drafted(phone="254700000017"))
    daraja_simulator.advance(seconds=30)
    status, printed = run("daraja_reconcile")
    assert status == 1
    key = models.Payout.objects.get().key
    assert (
        f"Only the M-Pesa statement can tell whether these were paid. Resolve them in the admin (1): {key}" in printed
    )
    report: Any = tasks.reconcile()  # Any: counts and keys
    assert report["payouts"]["unconfirmed"] == (key,)
    assert "payouts.to_do Only the M-Pesa statement" in caplog.text
    assert tasks.purge() == 0
    models.Payout.objects.update(environment="sandbox")
    assert "another shortcode or environment" in run("daraja_reconcile")[1]


@pytest.mark.django_db(transaction=True)
def test_payouts_of_a_shop_that_has_lost_its_caps_are_not_forgotten(
    daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    approved(drafted())
    printed = StringIO()
    Client().post("/payments/callback/receipts/", b"{}", content_type="application/json")
    with without_caps():
        with pytest.raises(CommandError, match="payouts could not be looked after") as caught:
            call_command("daraja_reconcile", stdout=printed)
        with pytest.raises(ConfigurationError, match="MPESA_PAYOUT_MAX"):
            tasks.reconcile()
    assert "MPESA_PAYOUT_MAX" in str(caught.value)
    assert "Receipts: " in printed.getvalue(), "receipts are looked after all the same"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left", [{}, {"payout_max": 1_000}])
def test_a_result_is_taken_though_a_cap_is_missing(
    left: dict[str, int], daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    payout = approved(drafted())
    config = this_app().config
    result = payout_result(payout, config=config)
    settings: dict[str, Any] = {**dict.fromkeys(CAPS), **left}  # Any: as Config has them
    with this_app().replaced(attrs.evolve(config, **settings)):
        assert result.send(Client()).status_code == 200
    assert payouts().payout(payout.key).status is PayoutStatus.PAID


@pytest.mark.django_db
def test_a_database_that_breaks_after_the_payments_ends_with_words(daraja_django: Checkout) -> None:
    def fail(execute: Callable[..., object], sql: str, *others: object) -> object:
        if "daraja_payout" in sql:
            raise DatabaseError("connection already closed")
        return execute(sql, *others)

    with connection.execute_wrapper(fail), pytest.raises(CommandError, match="payouts could not be looked after"):
        run("daraja_reconcile")


@pytest.mark.django_db
def test_a_shop_without_caps_pays_nothing_out_and_knows_no_result(
    daraja_simulator: MountedDaraja,
) -> None:
    with without_caps():
        with pytest.raises(ConfigurationError, match="MPESA_PAYOUT_MAX"):
            payouts()
        token = "1b" + "0" * 96
        assert Client().post(f"/payments/callback/{token}/", b"{}", content_type="application/json").status_code == 404
        assert run("daraja_reconcile") == (0, "Payments: nothing was due.\n")
