"""A callback of any outcome can be made without a push, and the shop takes it for Safaricom's."""

import json
from inspect import CORO_CLOSED, getcoroutinestate
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Checkout, Daraja, Outcome, Payment, parse_stk_callback
from daraja.api.addresses import Purpose, signed_url, verify
from daraja.errors import InvalidInput
from daraja.lifecycle.record import Account
from daraja.result_codes.stk import STK
from daraja.simulator.products.stk.behaviours import as_text, shuffled, with_masked_phone
from daraja.stores import MemoryStore
from daraja.testing import sample_config, stk_callback
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown
from tests.support.payments import a_payment, with_facts
from tests.support.scripted import CHECKOUT_REQUEST_ID, MERCHANT_REQUEST_ID, settings

PAYMENT = with_facts(
    a_payment(),
    account=Account("simulator", "174379"),
    merchant_request_id=MERCHANT_REQUEST_ID,
    checkout_request_id=CHECKOUT_REQUEST_ID,
)

OF_A_PUSH = [each for each in Outcome if each is not Outcome.ANSWERED]


def said(body: bytes) -> dict[str, Any]:  # Any: JSON
    inner: dict[str, Any] = json.loads(body)["Body"]["stkCallback"]
    return inner


def items(body: bytes) -> dict[str, object]:
    return {item["Name"]: item.get("Value") for item in said(body)["CallbackMetadata"]["Item"]}


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, "answered"])
def test_the_outcome_of_a_question_is_refused(outcome: Outcome | str) -> None:
    with pytest.raises(ValueError, match="'answered' is no outcome of a push; use one of paid, cancelled"):
        stk_callback(PAYMENT, outcome)


@pytest.mark.parametrize("outcome", OF_A_PUSH)
def test_it_says_every_outcome(outcome: Outcome) -> None:
    callback = parse_stk_callback(stk_callback(PAYMENT, outcome).body)

    assert callback.outcome is outcome
    assert callback.checkout_request_id == CHECKOUT_REQUEST_ID
    assert callback.merchant_request_id == MERCHANT_REQUEST_ID
    assert (callback.receipt is not None) is (outcome is Outcome.PAID)
    assert callback.result_description


def test_an_unrecognised_code_is_in_no_table() -> None:
    assert parse_stk_callback(stk_callback(PAYMENT, "unrecognised").body).result_code not in STK


def test_a_payment_that_was_paid_has_all_its_metadata() -> None:
    callback = parse_stk_callback(stk_callback(PAYMENT).body)

    assert callback.amount == 500
    assert callback.phone == PAYMENT.phone
    assert callback.receipt is not None
    assert len(callback.receipt) == 10
    assert callback.transaction_date == PAYMENT.updated_at


def test_the_same_call_gives_the_same_bytes_and_another_payment_another_receipt() -> None:
    other = attrs.evolve(PAYMENT, key="1" * 32)

    assert stk_callback(PAYMENT) == stk_callback(PAYMENT)
    assert (
        items(stk_callback(PAYMENT).body)["MpesaReceiptNumber"] != items(stk_callback(other).body)["MpesaReceiptNumber"]
    )


def test_its_address_is_signed_for_its_payment() -> None:
    callback = stk_callback(PAYMENT)

    assert callback.url == signed_url(sample_config(), Purpose.PAYMENT, PAYMENT.key).reveal()
    assert callback.path == callback.url.removeprefix("https://shop.example")
    assert callback.token == callback.path.rstrip("/").rpartition("/")[2]
    assert callback.request.headers["Content-Type"].startswith("application/json")


@given(st.binary(min_size=16, max_size=16), st.sampled_from(OF_A_PUSH), st.integers(1, 250_000))
def test_whatever_the_payment_the_shop_knows_it_by_its_address(key: bytes, outcome: Outcome, amount: int) -> None:
    payment = attrs.evolve(PAYMENT, key=key.hex(), amount=amount)
    callback = stk_callback(payment, outcome)

    assert verify(sample_config(), Purpose.PAYMENT, callback.token or "") == payment.key
    assert parse_stk_callback(callback.body).amount == (amount if outcome is Outcome.PAID else None)


def test_every_field_can_be_said_otherwise() -> None:
    callback = stk_callback(
        PAYMENT,
        amount=499,
        receipt="UAF1BBBBBB",
        phone="254708***430",
        transaction_date=20260115120000,
        checkout_request_id="ws_CO_2",
        merchant_request_id="2-2-2",
        result_description="As it is.",
    )
    fields = said(callback.body)

    assert items(callback.body) == {
        "Amount": 499,
        "MpesaReceiptNumber": "UAF1BBBBBB",
        "TransactionDate": 20260115120000,
        "PhoneNumber": "254708***430",
    }
    assert (fields["CheckoutRequestID"], fields["MerchantRequestID"]) == ("ws_CO_2", "2-2-2")
    assert (fields["ResultCode"], fields["ResultDesc"]) == (0, "As it is.")


@pytest.mark.parametrize(
    ("code", "outcome"), [(2001, Outcome.FAILED), ("SFC_IC0003", Outcome.FAILED), (7, Outcome.UNRECOGNISED)]
)
def test_a_code_stands_instead_of_the_usual_one(code: int | str, outcome: Outcome) -> None:
    fields = said(stk_callback(PAYMENT, result_code=code).body)

    assert fields["ResultCode"] == code
    assert "CallbackMetadata" not in fields
    assert parse_stk_callback(stk_callback(PAYMENT, result_code=code).body).outcome is outcome


def test_the_metadata_can_be_left_out_or_replaced() -> None:
    assert "CallbackMetadata" not in said(stk_callback(PAYMENT, metadata={}).body)
    assert items(stk_callback(PAYMENT, metadata={"Balance": None, "Amount": 1}).body) == {"Balance": None, "Amount": 1}
    assert items(stk_callback(PAYMENT, "failed", receipt="UAF1BBBBBB").body) == {"MpesaReceiptNumber": "UAF1BBBBBB"}


def test_the_simulator_s_oddities_go_with_it() -> None:
    callback = stk_callback(PAYMENT, "paid", shuffled, with_masked_phone, as_text)
    found = items(callback.body)

    assert list(found) == ["PhoneNumber", "Balance", "TransactionDate", "Amount", "MpesaReceiptNumber"]
    assert (found["PhoneNumber"], found["Amount"], said(callback.body)["ResultCode"]) == ("254712***678", "500", "0")
    assert parse_stk_callback(callback.body).outcome is Outcome.PAID


def test_ids_that_are_not_known_are_invented() -> None:
    lost = with_facts(PAYMENT, merchant_request_id=None, checkout_request_id=None)
    callback = parse_stk_callback(stk_callback(lost).body)

    assert callback.checkout_request_id is not None
    assert callback.checkout_request_id.startswith("ws_CO_15012026120000")
    assert callback.merchant_request_id


def test_a_payment_of_another_account_is_not_signed_with_the_wrong_settings() -> None:
    elsewhere = attrs.evolve(PAYMENT, account=Account("simulator", "600111"))

    with pytest.raises(ValueError, match=r"600111 in simulator.*174379 in simulator; hand over .* config="):
        stk_callback(elsewhere)
    assert (
        stk_callback(elsewhere, config=settings()).url
        == signed_url(settings(), Purpose.PAYMENT, elsewhere.key).reveal()
    )


def test_an_outcome_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="'payed' is not a valid Outcome"):
        stk_callback(PAYMENT, "payed")


def test_a_payment_that_was_not_awaited_is_a_clear_error_without_a_warning() -> None:
    async def payment() -> Payment:
        return PAYMENT

    unawaited: Any = payment()  # Any: a type checker knows that it is no payment
    with pytest.raises(InvalidInput, match=r"payment: is a coroutine.*; await it first, or write asyncio\.run\("):
        stk_callback(unawaited)
    assert getcoroutinestate(unawaited) == CORO_CLOSED


def test_a_checkout_takes_it_and_a_forged_one_is_turned_away() -> None:
    checkout = Checkout(Daraja(sample_config()), MemoryStore())
    asked = checkout.store.insert(PAYMENT)
    sent = stk_callback(asked).send(checkout)
    unsigned = stk_callback(asked, config=sample_config(callback_url="https://shop.example/?a=b"))
    forged = attrs.evolve(
        unsigned,
        request=attrs.evolve(unsigned.request, url=unsigned.url.replace(unsigned.token or "", "1a" + "f" * 96)),
    )

    assert sent.status_code == 200
    assert sent.transition.became_success
    assert checkout.payment(asked.key).paid
    assert forged.send(checkout).status_code == 404
    assert unsigned.path.endswith("/?a=b")


def test_its_repr_shows_neither_address_nor_number() -> None:
    callback = stk_callback(PAYMENT)
    shown = repr(callback)

    assert callback.token is not None
    assert callback.token not in shown
    assert digits_shown(PAYMENT.phone, shown) == []


def test_its_errors_show_no_number() -> None:
    with pytest.raises(ValueError, match="config=") as caught:
        stk_callback(attrs.evolve(PAYMENT, account=Account("simulator", "600111")))

    assert digits_shown(PAYMENT.phone, everything_shown(caught.value)) == []


def test_a_payment_is_any_payment_of_the_library() -> None:
    payment: Payment = PAYMENT
    assert stk_callback(payment).body == stk_callback(payment, "paid", config=sample_config()).body
