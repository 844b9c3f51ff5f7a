"""What customers read of payments: labels, messages in their language, and why nobody was asked."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
import pytest
import time_machine
from django.conf import LazySettings
from django.template import Context, Template
from django.utils import translation

from daraja import Checkout, Order, Status
from daraja import Payment as Record
from daraja.django import customers
from daraja.django.models import Payment
from daraja.errors import (
    ApiError,
    AttemptOpen,
    ConfigurationError,
    DarajaError,
    InvalidInput,
    NotSent,
    PaidByHand,
    SubscriberBusy,
    TooEarly,
    UnexpectedResponse,
)
from daraja.lifecycle.record import Account, Resolution
from daraja.testing import MountedDaraja
from tests.support.payments import START, a_payment, with_facts

PHONE: Final = "254712345678"
NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
MASKED: Final = "2547*****678"

SUCCESS: Final = attrs.evolve(a_payment(), status=Status.SUCCESS, succeeded_at=START)
DENIED: Final = attrs.evolve(
    SUCCESS, resolution=Resolution(paid=False, note="not on the statement", by="otieno", at=START, status="success")
)

LABELS: Final[list[tuple[Record, str, str, str]]] = [
    (a_payment(), "Waiting for you", "wait", "pending"),
    (attrs.evolve(a_payment(), status=Status.UNCONFIRMED), "Not confirmed", "look", "unconfirmed"),
    (attrs.evolve(a_payment(), status=Status.TIMEOUT, result_code="1037"), "Not paid", "bad", "timeout"),
    (SUCCESS, "Paid", "good", "success"),
    (DENIED, "Not paid", "bad", "failed"),
    (attrs.evolve(SUCCESS, is_second=True), "To be given back", "look", "unconfirmed"),
    (attrs.evolve(SUCCESS, conflicts=frozenset({"amount=1"})), "We are looking into it", "look", "unconfirmed"),
]


@pytest.mark.parametrize(("payment", "words", "tone", "status"), LABELS, ids=lambda value: str(value)[:12])
def test_a_status_in_words_has_a_tone_and_a_success_is_seen_only_where_it_counts(
    payment: Record, words: str, tone: str, status: str
) -> None:
    assert customers.label(payment) == (words, tone)
    assert customers.seen_status(payment) == status
    with translation.override("sw"):
        assert customers.label(payment).words != words


@pytest.mark.parametrize(("language", "words"), [("sw-ke", "Imelipwa"), ("en", "Paid"), ("fr", "Paid")])
def test_a_text_is_in_the_language_of_the_request(language: str, words: str) -> None:
    with translation.override(language):
        assert customers.in_language("Paid") == words
    with translation.override(None):
        assert customers.in_language("Paid") == "Paid"


def test_a_template_shows_a_row_and_a_record(db: None, daraja_django: Checkout) -> None:
    record = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    page = Template("{% load daraja %}{{ one|label|first }}, {{ one.phone|phone }}, {{ 'Paid'|in_language }}")
    for one in (record, Payment.objects.get()):
        assert page.render(Context({"one": one})) == "Waiting for you, 0712 345 678, Paid"


@pytest.mark.parametrize("text", ["", "+1 202 555 0100", "nobody"])
def test_what_is_no_kenyan_number_stays_as_it_is(text: str) -> None:
    assert customers.short_phone(text) == text


def test_the_status_of_an_order_is_what_a_front_end_polls(
    db: None, daraja_django: Checkout, daraja_simulator: MountedDaraja
) -> None:
    assert customers.order_status(daraja_django.order("ORD-1")) == {
        "status": "unpaid",
        "message": "This order is not paid yet.",
        "checkout_request_id": "",
        "receipt": "",
        "may_retry": True,
        "retry_at": None,
        "final": False,
    }
    payment = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    told = customers.order_status(daraja_django.order("ORD-1"))
    assert (told["status"], told["checkout_request_id"]) == ("initiated", payment.checkout_request_id)
    assert (told["may_retry"], told["final"]) == (False, False)
    daraja_simulator.pay(PHONE)
    order: Order = daraja_django.order("ORD-1")
    assert order.payment is not None
    told = customers.order_status(order)
    assert (told["status"], told["receipt"], told["final"]) == ("success", order.payment.receipt, True)


def test_a_simulated_phone_has_a_page_where_this_project_uses_that_daraja(db: None, daraja_django: Checkout) -> None:
    payment = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500)
    page = customers.simulated_phone(payment)
    assert page is not None
    assert page.endswith(f"/?phone={PHONE}")
    assert customers.simulated_phone(attrs.evolve(payment, account=Account("production", "174379"))) is None


@pytest.mark.parametrize("use_tz", [True, False])
def test_seconds_are_counted_down_to_0(settings: LazySettings, *, use_tz: bool) -> None:
    settings.USE_TZ = use_tz
    with time_machine.travel(NOW, tick=False):
        assert customers.seconds_until(NOW + timedelta(seconds=1.2)) == 2
        assert customers.seconds_until(NOW - timedelta(days=1)) == 0
        assert customers.seconds_until(None) == 0


LATER: Final = NOW + timedelta(seconds=38)
REASONS: Final[list[tuple[DarajaError, int, str, datetime | None]]] = [
    (PaidByHand(("UAF1AAAAAA",)), 409, "This order is already paid. Thank you!", None),
    (AttemptOpen(PHONE, 500, LATER, 38), 409, f"{MASKED} is being asked to pay KES 500", LATER),
    (AttemptOpen(PHONE, 500, LATER, 38, in_doubt=True), 409, f"{MASKED} may have been asked", None),
    (TooEarly("nobody was charged", LATER, 38), 409, "You were not charged. You can try again in 38 seconds.", LATER),
    (SubscriberBusy(500, "500.001.1001", ""), 429, "Another M-Pesa request is open", NOW + timedelta(minutes=1)),
    (ApiError(500, None, ""), 500, "nothing was charged", None),
    (NotSent("no connection could be opened"), 500, "nothing was charged", None),
    (UnexpectedResponse(200, "it is a list"), 500, "nothing was charged", None),
    (InvalidInput({"phone": "is wrong"}), 400, "Enter a Kenyan mobile number", None),
    (InvalidInput({"phone": "is wrong", "amount": "is 0"}), 400, "as it is. Please contact us", None),
]


@pytest.mark.parametrize(("error", "status", "words", "retry_at"), REASONS, ids=lambda value: type(value).__name__)
def test_a_customer_reads_why_nobody_was_asked(
    error: DarajaError, status: int, words: str, retry_at: datetime | None
) -> None:
    with time_machine.travel(NOW, tick=False):
        why = customers.not_charged(error)
        with translation.override("sw"):
            swahili = customers.not_charged(error).message
    assert (why.status_code, why.retry_at) == (status, retry_at)
    assert words in why.message
    in_both = {"KES", "500", "M-Pesa", MASKED, "0712", "345", "678."}
    assert not set(why.message.split()) & set(swahili.split()) - in_both


def test_a_fault_of_the_shop_s_is_no_text_for_customers() -> None:
    with pytest.raises(ConfigurationError):
        customers.not_charged(ConfigurationError({"passkey": "is missing"}, {}))
    with pytest.raises(DarajaError, match="something"):
        customers.not_charged(DarajaError("something"))


def test_every_message_of_a_payment_has_a_translation() -> None:
    failed = with_facts(a_payment(), status=Status.FAILED, result_code="1032")
    refused = attrs.evolve(failed, refusal=("ApiError", 500, None, "", None), result_code=None)
    for payment in (*(row[0] for row in LABELS), failed, refused, attrs.evolve(DENIED, is_second=True)):
        with translation.override("sw"):
            swahili = customers.in_language(payment.customer_message)
        assert not {"the", "your", "you", "not"} & set(swahili.lower().split()), swahili


def test_what_has_to_happen_once_for_a_payment_is_done_by_one_caller(db: None, daraja_django: Checkout) -> None:
    key = daraja_django.charge(order="ORD-1", phone=PHONE, amount=500).key
    with pytest.raises(RuntimeError), Payment.marked(key, "succeeded_at"):
        raise RuntimeError
    with Payment.marked(key, "succeeded_at") as first, Payment.marked(key, "succeeded_at") as second:
        assert first is not None
        assert (first.key, second) == (key, None)
    with Payment.marked(key, "succeeded_at") as third:
        assert third is None


def test_the_words_for_customers_can_be_imported_before_the_apps_are_loaded() -> None:
    program = "from django.conf import settings; settings.configure(); import daraja.django.customers"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
