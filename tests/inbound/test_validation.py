"""Daraja asks before it takes money: the shop answers in time, and a doubt is a yes."""

import json
from collections.abc import Callable
from threading import Event
from threading import enumerate as enumerate_threads
from typing import Any, Final

import attrs
import pytest

from daraja.api.addresses import Purpose
from daraja.api.incoming import IncomingPayment
from daraja.inbound.expectation import Expectation
from daraja.inbound.model import ReceiptStatus
from daraja.inbound.policy import Rejection
from daraja.inbound.receive import validate
from daraja.lifecycle.record import Account
from daraja.runtime.base import run
from daraja.stores import MemoryReceiptStore
from daraja.testing import c2b_validation
from tests.inbound.confirmations import NO_CONFIRMATION, FailingReceipts, confirmation, silent
from tests.support.receiving import SHORTCODE, Counter, a_counter


def asked(counter: Counter, **changes: Any) -> dict[str, str]:  # noqa: ANN401 - of c2b_validation
    body = c2b_validation(shortcode=SHORTCODE, **changes).body
    reply = counter.receipts.validate(body, token=counter.token(Purpose.VALIDATION))
    assert reply.status_code == 200
    answer: dict[str, str] = json.loads(reply.body)
    return answer


def answered_within(seconds: float, counter: Counter, *, accept: Callable[[IncomingPayment], object]) -> dict[str, str]:
    """Answer a question in less time than the four seconds that a shop has."""
    body, token = c2b_validation(shortcode=SHORTCODE, reference="147").body, counter.token(Purpose.VALIDATION)
    policy = attrs.evolve(counter.policy, accepts=True)
    reply = run(validate(body, token, "", policy), attrs.evolve(counter.runtime, accept=accept, within=seconds))
    answer: dict[str, str] = json.loads(reply.body)
    return answer


def not_asked(_: IncomingPayment) -> object:
    pytest.fail("the shop's rule was asked")


ACCEPTED: Final = {"ResultCode": "0", "ResultDesc": "Accepted"}


def test_a_validation_is_accepted_where_the_shop_has_no_rule() -> None:
    assert asked(a_counter()) == ACCEPTED


@pytest.mark.parametrize(
    ("answer", "code"),
    [(True, "0"), (None, "0"), (False, "C2B00016"), (Rejection.AMOUNT, "C2B00013"), ("C2B00011", "C2B00011"), (7, "0")],
)
def test_the_shop_decides(answer: object, code: str) -> None:
    assert asked(a_counter(accept=lambda _: answer))["ResultCode"] == code


def test_a_rule_that_fails_accepts(caplog: pytest.LogCaptureFixture) -> None:
    def accept(_: IncomingPayment) -> bool:
        raise ValueError

    assert asked(a_counter(accept=accept)) == ACCEPTED
    assert "validation.failed" in caplog.text


def test_a_rule_that_takes_too_long_accepts() -> None:
    let_go = Event()
    assert answered_within(0.01, a_counter(), accept=lambda _: not let_go.wait(30)) == ACCEPTED
    let_go.set()
    for thread in enumerate_threads():
        if thread.name == "daraja-validation":
            thread.join(30)  # or the next test would hear what it logs


class SlowReceipts(MemoryReceiptStore):
    """A store that is at work until somebody lets it go, and whose connections belong to a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go: Final = Event()
        self.left: Final = Event()

    def expected(self, compared: str, account: Account, /) -> Expectation | None:
        self.let_go.wait(30)
        return super().expected(compared, account)

    def leave_thread(self) -> None:
        self.left.set()


def test_a_store_that_takes_too_long_accepts_and_closes_what_its_thread_has_opened() -> None:
    store = SlowReceipts()
    answer = answered_within(0.01, a_counter(store=store), accept=lambda _: False)
    assert answer == ACCEPTED
    assert not store.left.is_set()
    store.let_go.set()
    assert store.left.wait(30)


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_rule_that_tries_to_end_the_process_accepts(
    stop: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def accept(_: IncomingPayment) -> bool:
        raise stop

    assert asked(a_counter(accept=accept)) == ACCEPTED
    assert f"error={stop.__name__}" in caplog.text


def test_a_confirmation_at_the_address_of_validations_is_a_lead_and_the_question_is_answered() -> None:
    counter = a_counter(accept=lambda _: False)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    number = counter.pay("174", phone=NO_CONFIRMATION)
    reply = counter.receipts.receive(confirmation(counter, number), token=counter.token(Purpose.VALIDATION))
    assert json.loads(reply.body)["ResultCode"] == "C2B00016"
    assert counter.received == []
    assert len(counter.receipts.reconcile().leads) == 1
    counter.simulator.advance(seconds=180)
    counter.receipts.reconcile()
    counter.simulator.advance(seconds=60)
    assert counter.receipts.receipt(number).status is ReceiptStatus.RECEIVED


def test_a_question_is_answered_also_if_its_lead_cannot_be_stored() -> None:
    store = FailingReceipts()
    counter = a_counter(store=store, accept=lambda _: False)
    store.failing["record"] = OSError("the database is down")
    reply = counter.receipts.receive(confirmation(counter), token=counter.token(Purpose.VALIDATION))
    assert json.loads(reply.body)["ResultCode"] == "C2B00016"


def test_a_mistyped_account_is_refused_without_asking_the_shop() -> None:
    counter = a_counter(accept=not_asked)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    wrong = account[:3] + f"{(int(account[3]) + 1) % 10}" + account[4:]
    assert asked(counter, reference=wrong) == {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}


@pytest.mark.parametrize("reference", ["174", "12345678", "ORD-1", "", "0712345678"])
def test_an_account_that_is_no_slip_of_an_expected_one_is_for_the_shop_to_judge(reference: str) -> None:
    heard: list[IncomingPayment] = []
    counter = a_counter(accept=heard.append)
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    assert asked(counter, reference=reference) == ACCEPTED
    assert len(heard) == 1


def test_an_account_of_the_shops_own_that_has_no_check_digit_is_welcome() -> None:
    counter = a_counter()
    counter.receipts.expect(order="ORD-1", amount=500, reference="174")
    counter.receipts.expect(order="ORD-2", amount=500, reference="175")
    assert asked(counter, reference="175") == ACCEPTED


def test_a_payment_that_was_just_asked_for_is_welcome() -> None:
    counter = a_counter(accept=lambda _: False)
    silent(counter)
    assert asked(counter, reference="ORD-1", amount=500) == ACCEPTED
    assert asked(counter, reference="ORD-1", amount=501)["ResultCode"] == "C2B00016"


@pytest.mark.parametrize("purpose", [None, Purpose.CONFIRMATION, Purpose.PAYMENT])
def test_an_unsigned_question_learns_nothing(purpose: Purpose | None) -> None:
    counter = a_counter(accept=not_asked)
    token = None if purpose is None else counter.token(purpose)
    reply = counter.receipts.validate(c2b_validation(shortcode=SHORTCODE).body, token=token)
    assert json.loads(reply.body) == ACCEPTED


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"TransID": "X"}', b"\xff"])
def test_a_question_that_cannot_be_read_is_accepted(body: bytes) -> None:
    reply = a_counter().receipts.validate(body, token=a_counter().token(Purpose.VALIDATION))
    assert json.loads(reply.body) == ACCEPTED


def test_validation_over_the_wire() -> None:
    counter = a_counter(validation=True, accept=lambda payment: payment.amount < 1_000)
    account = counter.receipts.expect(order="ORD-1", amount=500).reference
    counter.pay(account, 1_000)
    counter.pay(account, 500)
    assert [one.amount for one in counter.received] == [500]
