"""A customer gets each receipt once, and gets it however often it could not be sent before."""

import logging
import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import ClassVar, Final

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.db import connections
from django.utils import timezone

from daraja.django import checkout
from daraja.simulator import Answer
from mail import send_mail_by
from payments.models import Payment
from shop.receipts import ConsoleSms, ReceiptsFailed, send_receipts
from shops import PHONE, Shop

HERE: Final = "test_receipts"
LIVE: Final = "https://api.africastalking.com/version1/messaging"
SANDBOX: Final = "https://api.sandbox.africastalking.com/version1/messaging"


class Messages:
    """Takes text messages, or fails as it is told."""

    sent: ClassVar[list[tuple[str, str]]]
    failure: ClassVar[BaseException | None]

    def send(self, phone: str, text: str, /) -> None:
        if Messages.failure is not None:
            raise Messages.failure
        Messages.sent.append((phone, text))


class FailingMail:
    """A mail server that is away."""

    def __init__(self, **_: object) -> None:
        """Take whatever Django gives."""

    def send_messages(self, messages: list[EmailMessage]) -> int:
        message = f"no connection while sending to {messages[0].to}"
        raise smtplib.SMTPServerDisconnected(message)


@pytest.fixture(autouse=True)
def messages(settings: LazySettings) -> type[Messages]:
    settings.SMS_BACKEND = f"{HERE}.Messages"
    Messages.sent, Messages.failure = [], None
    Slow.begun, Slow.go_on = Event(), Event()
    return Messages


def marks(payment: Payment) -> tuple[bool, bool]:
    payment.refresh_from_db()
    return payment.emailed_at is not None, payment.texted_at is not None


def send(payment: Payment) -> None:
    send_receipts(checkout().payment(payment.key))


def test_a_receipt_by_e_mail_and_text_has_amount_order_and_receipt_number(
    shop: Shop, mailoutbox: list[EmailMessage]
) -> None:
    shop.push()
    shop.answer()
    payment = shop.payment

    text = f"We have received KES 500 for order ORD-2026-001. M-Pesa receipt {payment.receipt}. Thank you!"
    assert payment.receipt
    assert [(mail.to, mail.subject, mail.body) for mail in mailoutbox] == [
        (["wanjiku@example.com"], "Your payment of KES 500", text)
    ]
    assert Messages.sent == [(PHONE, text)]
    assert marks(payment) == (True, True)
    assert checkout().payment(payment.key).notified_at is not None


def test_nothing_is_sent_twice(shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    shop.push()
    shop.answer()
    for _ in range(3):
        send(shop.payment)

    assert (len(mailoutbox), len(Messages.sent)) == (1, 1)


def test_without_a_payment_no_receipt_is_sent(shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    shop.push()
    shop.answer(Answer.CANCEL)

    assert (mailoutbox, Messages.sent) == ([], [])


def test_a_success_that_a_query_found_names_no_receipt(shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    shop.push()
    shop.simulator.answer(PHONE, Answer.PAY)  # and the callback is lost
    checkout().refresh(shop.payment.key)

    assert mailoutbox[0].body == "We have received KES 500 for order ORD-2026-001. Thank you!"


def test_a_payment_on_top_is_said_to_be_given_back(shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    shop.push()
    shop.answer()
    first = shop.payment
    first_fact = checkout().payment(first.key)
    Payment.objects.filter(pk=first.key).update(refund_due=True, emailed_at=None, texted_at=None)
    mailoutbox.clear()
    Messages.sent.clear()
    send_receipts(first_fact)

    assert mailoutbox[0].subject == "We give you KES 500 back"
    assert Messages.sent[0][1].startswith("KES 500 came for order ORD-2026-001, which was paid already. We give this")
    assert "received" not in Messages.sent[0][1]


def test_a_failing_provider_stops_no_e_mail_and_gets_its_message_later(
    shop: Shop, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    Messages.failure = OSError(f"no route for {PHONE}")
    shop.push()
    with caplog.at_level(logging.INFO):
        [answer] = shop.answer()
    payment = shop.payment

    assert (answer.status_code, payment.status, marks(payment)) == (200, "success", (True, False))
    assert checkout().payment(payment.key).notified_at is None
    assert f"receipt.failed key={payment.key} mark=texted_at error=OSError" in caplog.text
    assert PHONE[3:] not in caplog.text

    Messages.failure = None
    send(payment)
    assert (len(mailoutbox), len(Messages.sent), marks(payment)) == (1, 1, (True, True))


def test_a_failing_mail_server_stops_no_text_and_gets_its_mail_later(
    shop: Shop, settings: LazySettings, mailoutbox: list[EmailMessage]
) -> None:
    working = send_mail_by(settings, f"{HERE}.FailingMail")
    shop.push()
    shop.answer()
    payment = shop.payment
    assert (marks(payment), len(Messages.sent)) == ((False, True), 1)
    with pytest.raises(ReceiptsFailed, match=f"payment {payment.key} still has emailed_at to come"):
        send(payment)

    send_mail_by(settings, working)
    send(payment)
    assert (len(mailoutbox), len(Messages.sent), marks(payment)) == (1, 1, (True, True))


def test_reconcile_sends_what_failed(shop: Shop, mailoutbox: list[EmailMessage]) -> None:
    Messages.failure = OSError()
    shop.push()
    shop.answer()
    Messages.failure = None
    fact = checkout().payment(shop.payment.key)
    assert fact.next_check_at is not None
    assert fact.next_check_at > timezone.now()
    Payment.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))
    report = checkout().reconcile()

    assert (report.delivered, len(mailoutbox), len(Messages.sent)) == (1, 1, 1)


def test_a_worker_that_ends_leaves_the_message_to_the_next(shop: Shop) -> None:
    shop.push()
    Messages.failure = SystemExit()
    with pytest.raises(SystemExit):
        shop.answer()

    assert marks(shop.payment) == (True, False)


def test_of_two_who_deliver_at_the_same_time_one_sends(
    shop_in_threads: Shop, mailoutbox: list[EmailMessage], settings: LazySettings
) -> None:
    settings.SMS_BACKEND = f"{HERE}.Slow"
    shop_in_threads.push()
    Messages.failure = OSError()
    shop_in_threads.answer()
    Messages.failure = None
    payment = shop_in_threads.payment
    Payment.objects.update(texted_at=None, emailed_at=None)
    mailoutbox.clear()
    Messages.sent.clear()
    Slow.begun.clear()
    Slow.go_on.clear()

    def work() -> None:
        try:
            send(payment)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(work)
        assert Slow.begun.wait(60)
        send(payment)  # which finds the mark of the other one
        assert Messages.sent == []
        Slow.go_on.set()
        first.result(60)
    assert (len(mailoutbox), len(Messages.sent)) == (1, 1)


class Slow(Messages):
    """A provider that takes its time."""

    begun: ClassVar[Event]
    go_on: ClassVar[Event]

    def send(self, phone: str, text: str, /) -> None:
        Slow.begun.set()
        if Messages.failure is None:
            assert Slow.go_on.wait(60)
        super().send(phone, text)


def test_the_console_shows_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleSms().send(PHONE, "Thank you!")

    assert capsys.readouterr().out == "SMS to 2547*****678: Thank you!\n"
