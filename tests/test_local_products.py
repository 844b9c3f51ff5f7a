"""The client's operations against the local Daraja, from the request to the result that comes to its address."""

import asyncio
from contextlib import suppress
from decimal import Decimal

import attrs
import pytest

from daraja import (
    AsyncDaraja,
    Bulk,
    Config,
    Daraja,
    Initiator,
    Outcome,
    parse_incoming,
    parse_result,
    parse_stk_callback,
    to,
)
from daraja.errors import ApiError, DuplicateRequest, NotFound
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Engine, certificate
from daraja.testing import ManualClock, MountedDaraja, sample_config
from tests.support.operations import CASES, Case, case_of

BULK = "600992"
PHONE = "0712345678"
REGISTERED_BY = {"c2b_simulate": "c2b_register", "pull_transactions": "pull_register"}
"""What has to be asked before, by the method."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def local(clock: ManualClock) -> MountedDaraja:
    return MountedDaraja(Engine(), clock)


@pytest.fixture
def config(local: MountedDaraja) -> Config:
    initiator = Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())
    return sample_config(
        base_url=local.base_url,
        bulk=Bulk(BULK),
        initiator=initiator,
        results_url="https://shop.example/results/",
    )


@pytest.fixture
def daraja(local: MountedDaraja, config: Config, clock: ManualClock) -> Daraja:
    return Daraja(config, transport=local, clock=clock)


def result(local: MountedDaraja) -> bytes:
    """Wait for the one result at its address."""
    local.advance(seconds=5)
    [request] = local.due()
    assert request.url == "https://shop.example/results/result/"
    return request.body


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.method)
def test_the_local_daraja_takes_every_request_of_the_client(
    case: Case, local: MountedDaraja, config: Config, clock: ManualClock
) -> None:
    config = attrs.evolve(config, bulk=None, pull_number=PHONE)
    if case.method.startswith("bill_") and case.method != "bill_opt_in":
        biller = case_of("bill_opt_in").ask(Daraja(config, transport=local, clock=clock))
        config = attrs.evolve(config, bill_app_key=biller.app_key)
    daraja = Daraja(config, transport=local, clock=clock)
    if case.method in REGISTERED_BY:
        case_of(REGISTERED_BY[case.method]).ask(daraja)

    with suppress(NotFound):  # a look-up of a number that nobody has
        assert case.ask(daraja) is not None
    assert local.requests[-1].url == f"{local.base_url}{case.path}"


def test_a_payout_is_accepted_and_its_result_says_that_it_was_paid(local: MountedDaraja, daraja: Daraja) -> None:
    accepted = daraja.b2c_payment(to=PHONE, amount=500, originator_conversation_id="payout-17", occasion="Shift 7")
    paid = parse_result("b2c", result(local))

    assert accepted.originator_conversation_id == "payout-17"
    assert (paid.originator_conversation_id, paid.conversation_id) == ("payout-17", accepted.conversation_id)
    assert (paid.outcome, paid.amount) == (Outcome.PAID, Decimal(500))


def test_the_same_id_is_refused_a_second_time(local: MountedDaraja, daraja: Daraja) -> None:
    daraja.b2c_payment(to=PHONE, amount=500, originator_conversation_id="payout-17")

    with pytest.raises(DuplicateRequest):
        daraja.b2c_payment(to=PHONE, amount=500, originator_conversation_id="payout-17")
    assert parse_result("b2c", result(local)).outcome is Outcome.PAID


def test_a_wallet_is_paid(local: MountedDaraja, daraja: Daraja) -> None:
    daraja.pochi_payment(to=PHONE, amount=500, originator_conversation_id="payout-18")

    assert parse_result("b2c", result(local)).outcome is Outcome.PAID


def test_a_payout_is_found_by_its_id_and_by_its_receipt(local: MountedDaraja, daraja: Daraja) -> None:
    daraja.b2c_payment(to=PHONE, amount=500, originator_conversation_id="payout-17")
    receipt = parse_result("b2c", result(local)).receipt
    assert receipt is not None

    daraja.transaction_status(originator_conversation_id="payout-17")
    assert parse_result("status", result(local)).is_completed
    daraja.transaction_status(receipt=receipt)
    assert parse_result("status", result(local)).receipt == receipt


def test_a_balance_belongs_to_the_shortcode_that_pays_out(local: MountedDaraja, daraja: Daraja) -> None:
    daraja.account_balance()
    before = parse_result("balance", result(local)).balances["Utility Account"].available
    daraja.b2c_payment(to=PHONE, amount=500, originator_conversation_id="payout-17")
    result(local)
    daraja.account_balance()
    after = parse_result("balance", result(local)).balances["Utility Account"].available

    assert before is not None
    assert after == before - 500


def test_a_payment_of_a_customer_is_reversed_once(local: MountedDaraja, daraja: Daraja) -> None:
    daraja.stk_push(phone=PHONE, amount=500, reference="ORD-17")
    local.pay(PHONE)
    [callback] = local.due()
    receipt = parse_stk_callback(callback.body).receipt
    assert receipt is not None

    daraja.reversal(receipt=receipt, amount=500)
    reversed_once = parse_result("reversal", result(local))
    assert (reversed_once.outcome, reversed_once.original_transaction_id) == (Outcome.PAID, receipt)
    daraja.reversal(receipt=receipt, amount=500)
    assert parse_result("reversal", result(local)).already_reversed


def test_a_shortcode_that_daraja_does_not_know_is_refused(daraja: Daraja) -> None:
    with pytest.raises(ApiError):
        daraja.account_balance(shortcode="999999")


def test_async_code_pays_in_the_same_way(local: MountedDaraja, config: Config, clock: ManualClock) -> None:
    async def pay() -> str | None:
        daraja = AsyncDaraja(config, transport=local, clock=clock)
        accepted = await daraja.b2c_payment(to=PHONE, amount=500, originator_conversation_id="payout-17")
        return accepted.conversation_id

    assert asyncio.run(pay()) == parse_result("b2c", result(local)).conversation_id


def test_a_business_is_paid_and_its_bill_is_named(local: MountedDaraja, daraja: Daraja) -> None:
    accepted = daraja.b2b_payment(to=to.PayBillAccount("888880", account="17"), amount=500)
    paid = parse_result("b2b", result(local))

    assert (paid.outcome, paid.conversation_id) == (Outcome.PAID, accepted.conversation_id)
    assert paid.bill_reference in {"17", None}


def test_a_simulated_payment_is_confirmed_at_the_registered_address(local: MountedDaraja, daraja: Daraja) -> None:
    daraja.c2b_register(
        confirmation_url="https://shop.example/c2b/confirm/", validation_url="https://shop.example/c2b/validate/"
    )
    daraja.c2b_simulate(phone=PHONE, amount=500, reference="ORD-17")
    local.advance(seconds=5)
    local.due()  # the validation, which nobody answers
    local.advance(seconds=10)
    [confirmation] = local.due()
    payment = parse_incoming(confirmation.body)

    assert confirmation.url == "https://shop.example/c2b/confirm/"
    assert (payment.amount, payment.reference) == (Decimal(500), "ORD-17")
