"""Starting a payment: it is stored, sent and stored again, for the right account, and a store may fail."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Final

import attrs
import pytest

from daraja import Config, Status, Till
from daraja.api.addresses import Purpose, verify
from daraja.errors import Conflict, DuplicatePayment, InvalidInput, InvalidRequest, UnknownPayment
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.evidence import Source
from daraja.values.secret import mask_numbers
from tests.payments.starts import GOOD, StrangeError, but, only, refused, written
from tests.support.checkouts import scripted_checkout
from tests.support.scripted import (
    CHECKOUT_REQUEST_ID,
    MERCHANT_REQUEST_ID,
    PASSKEY,
    PHONE,
    accepted,
    refusal,
    settings,
    token,
)
from tests.support.shops import result_of_query

# Written before it is sent --------------------------------------------------------------------------------------------


def test_a_payment_is_stored_then_sent_then_the_answer_is_stored() -> None:
    seen: list[tuple[str, Status]] = []

    def noting(reply: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
        def answer_it(request: HttpRequest) -> HttpResponse:
            seen.append((request.url.partition("?")[0].rpartition("/")[2], only(shop).status))
            return reply

        return answer_it

    shop = scripted_checkout(noting(token()), noting(accepted()))
    payment = shop.checkout.start(**GOOD)

    assert seen == [("generate", Status.PENDING), ("processrequest", Status.PENDING)]
    assert shop.store.asked == ["insert", "swap"]
    assert payment == only(shop)
    assert payment.status is Status.INITIATED


def test_the_payment_has_the_request_and_daraja_s_ids() -> None:
    shop = scripted_checkout(token(), accepted())
    payment = shop.checkout.start(**GOOD)

    assert (payment.phone, payment.amount, payment.currency) == (PHONE, 500, "KES")
    assert (payment.reference, payment.description) == ("ORD-2026-001", "Laundry")
    assert (payment.idempotency_key, payment.metadata) == (GOOD["idempotency_key"], GOOD["metadata"])
    assert (payment.shortcode, payment.environment) == ("600111", "simulator")
    assert payment.checkout_request_id == CHECKOUT_REQUEST_ID
    assert payment.merchant_request_id == MERCHANT_REQUEST_ID
    assert (payment.decided_by, payment.paid, payment.receipt) == (Source.ANSWER, False, None)
    assert payment.created_at == payment.updated_at == shop.clock.now()
    assert payment.next_check_at is not None
    assert timedelta(seconds=20) < payment.next_check_at - payment.created_at < timedelta(minutes=2)


def test_daraja_gets_the_push_with_a_signed_address_and_no_data_of_the_shop() -> None:
    shop = scripted_checkout(token(), accepted())
    payment = shop.checkout.start(**GOOD)
    sent = shop.transport.sent()

    assert (sent["PhoneNumber"], sent["Amount"], sent["AccountReference"]) == (PHONE, 500, "ORD-2026-001")
    address = str(sent["CallBackURL"])
    assert address.startswith("https://shop.example/payments/callback/")
    assert verify(settings(), Purpose.PAYMENT, address.rstrip("/").rpartition("/")[2]) == payment.key
    assert "order_id" not in json.dumps(sent)
    assert "attempt" not in json.dumps(sent)


def test_every_payment_has_its_own_unguessable_key() -> None:
    shop = scripted_checkout(token(), accepted("ws_CO_1"), accepted("ws_CO_2"))
    first, second = (shop.checkout.start(**but(idempotency_key=None)) for _ in range(2))

    assert first.key != second.key
    assert all(len(bytes.fromhex(payment.key)) == 16 for payment in (first, second))
    assert shop.transport.paths == ["generate", "processrequest", "processrequest"]


def test_description_key_and_metadata_may_be_left_out() -> None:
    shop = scripted_checkout(token(), accepted())
    payment = shop.checkout.start(phone="0712345678", amount=Decimal("500.00"), reference="A")

    assert (payment.description, payment.idempotency_key, payment.metadata) == ("Payment", None, {})
    assert (payment.amount, type(payment.amount)) == (500, int)


def test_a_store_that_fails_to_insert_stops_the_push() -> None:
    shop = scripted_checkout()
    shop.store.first["insert"].append(partial(fail, OSError("the disk is full")))
    with pytest.raises(OSError, match="the disk is full"):
        shop.checkout.start(**GOOD)

    assert (shop.transport.requests, written(shop)) == ([], [])


def fail(error: BaseException) -> None:
    raise error


# Where the store fails after the push ---------------------------------------------------------------------------------

STORE_ERRORS: Final = [OSError("the disk is full"), Conflict("it contradicts"), StrangeError(), RuntimeError()]


@pytest.mark.parametrize("error", STORE_ERRORS)
def test_a_store_that_fails_once_is_called_again(error: Exception) -> None:
    shop = scripted_checkout(token(), accepted("ws_CO_1"))
    shop.store.first["swap"] += [partial(fail, error)]
    payment = shop.checkout.start(**GOOD)

    assert (payment.status, payment.checkout_request_id) == (Status.INITIATED, "ws_CO_1")
    assert payment == only(shop)
    assert len(shop.transport.requests) == 2


@pytest.mark.parametrize("error", STORE_ERRORS)
def test_a_store_that_keeps_failing_after_the_push_leaves_pending(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    shop = scripted_checkout(token(), accepted())
    shop.store.first["swap"] += [partial(fail, error)] * 10
    with caplog.at_level(logging.WARNING):
        payment = shop.checkout.start(**GOOD)
    told = [record.message for record in caplog.records if "payment.answer_not_stored" in record.message]

    assert payment.status is Status.PENDING
    assert payment.known() == attrs.evolve(only(shop), facts=payment.facts).known()
    assert payment.checkout_request_id == CHECKOUT_REQUEST_ID  # otherwise no query would be possible
    assert len(shop.transport.requests) == 2
    ids = f"merchant_request_id={MERCHANT_REQUEST_ID} checkout_request_id={mask_numbers(CHECKOUT_REQUEST_ID)}"
    assert told == [f"payment.answer_not_stored key={payment.key} {ids} error={type(error).__name__}"] * 3
    assert shop.clock.slept == [0.1, 0.5]


def test_a_store_that_fails_after_a_refusal_leaves_pending_and_the_refusal_is_raised() -> None:
    shop = scripted_checkout(token(), refusal(400, "400.002.02", "Bad Request - Invalid Amount"))
    shop.store.first["swap"] += [partial(fail, OSError())] * 10
    error, payment = refused(shop)

    assert isinstance(error, InvalidRequest)
    assert payment == only(shop)
    assert payment.status is Status.PENDING


def test_an_id_of_another_payment_is_a_conflict_and_no_crash() -> None:
    shop = scripted_checkout(token(), accepted("ws_CO_1"), accepted("ws_CO_1"))
    first = shop.checkout.start(**GOOD)
    second = shop.checkout.start(**but(idempotency_key="another attempt"))

    assert (second.status, second.checkout_request_id) == (Status.INITIATED, None)
    assert second.conflicts == {"checkout_request_id=ws_CO_1"}
    assert second.needs_review
    assert shop.store.find("checkout_request_id", "ws_CO_1", "simulator") == first


def test_a_callback_before_the_answer_to_the_push_counts() -> None:
    def call_back_first(request: HttpRequest) -> HttpResponse:
        token_in_it = json.loads(request.body)["CallBackURL"].rstrip("/").rpartition("/")[2]
        report = {"ResultCode": 0, "ResultDesc": "Fine", "CheckoutRequestID": CHECKOUT_REQUEST_ID}
        reply = shop.checkout.receive({"Body": {"stkCallback": report}}, token=token_in_it)
        assert reply.transition is not None
        assert reply.transition.became_success
        return accepted()

    shop = scripted_checkout(token(), call_back_first)
    payment = shop.checkout.start(**GOOD)

    assert (payment.status, payment.paid) == (Status.SUCCESS, True)
    assert payment.merchant_request_id == MERCHANT_REQUEST_ID
    assert payment == shop.store.load(payment.key)


# Accounts -------------------------------------------------------------------------------------------------------------


def till(number: str) -> Config:
    return settings(business=Till(store="600222", till=number, passkey=PASSKEY))


def test_the_till_is_stored_and_another_till_is_other_content() -> None:
    first = scripted_checkout(token(), accepted(), config=till("5050505"))
    second = scripted_checkout(token(), accepted("ws_CO_2"), store=first.store, config=till("6060606"))
    payment = first.checkout.start(**GOOD)
    assert (payment.till, payment.shortcode) == ("5050505", "600222")
    with pytest.raises(DuplicatePayment):
        second.checkout.start(**GOOD)
    assert second.transport.requests == []


def test_tenants_with_one_shortcode_are_separate() -> None:
    alpha = scripted_checkout(token(), accepted(), config=attrs.evolve(settings(), tenant="alpha"))
    beta = scripted_checkout(
        token(), accepted("ws_CO_2"), store=alpha.store, config=attrs.evolve(settings(), tenant="beta")
    )
    theirs, ours = alpha.checkout.start(**GOOD), beta.checkout.start(**GOOD)

    assert (theirs.tenant, ours.tenant) == ("alpha", "beta")
    assert theirs.key != ours.key  # the same idempotency key names another attempt at each of them
    for forbidden in beta.checkout.payment, beta.checkout.refresh, beta.checkout.may_retry:
        with pytest.raises(UnknownPayment):
            forbidden(theirs.key)
    beta.clock.advance(3600)
    report = beta.checkout.reconcile(limit=9)
    assert theirs.key not in report.unconfirmed
    assert alpha.checkout.payment(theirs.key) == theirs


def test_an_answer_that_was_not_stored_can_be_queried_by_the_id_on_the_payment() -> None:
    shop = scripted_checkout(token(), accepted(), result_of_query("0"))
    shop.store.first["swap"] += [partial(fail, OSError())] * 3
    lost = shop.checkout.start(**GOOD)
    assert only(shop).checkout_request_id is None

    found = shop.checkout.refresh(lost.key, checkout_request_id=lost.checkout_request_id)
    assert found.became_success
    assert shop.checkout.payment(lost.key).checkout_request_id == CHECKOUT_REQUEST_ID


@pytest.mark.parametrize("wrong", ["", " ", "x" * 201, 7, b"ws_CO_1"])
def test_an_id_that_is_none_is_refused_before_it_is_stored(wrong: str) -> None:
    shop = scripted_checkout(token(), accepted(), result_of_query("0"))
    shop.store.first["swap"] += [partial(fail, OSError())] * 3
    lost = shop.checkout.start(**GOOD)

    with pytest.raises(InvalidInput, match="checkout_request_id"):
        shop.checkout.refresh(lost.key, checkout_request_id=wrong)
    assert only(shop).checkout_request_id is None
    assert shop.checkout.refresh(lost.key, checkout_request_id=lost.checkout_request_id).became_success
