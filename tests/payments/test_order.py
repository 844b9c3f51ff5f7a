"""An order is judged over all its attempts."""

import json
from datetime import timedelta
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Order, Payment, Status
from daraja.lifecycle.evidence import Said, Source
from daraja.lifecycle.record import Resolution
from daraja.lifecycle.state_machine import advance
from daraja.payments.may_retry import may_retry
from daraja.payments.model import PROMPT_SHOWN
from daraja.simulator.products.base import Services
from tests.support.payments import START, a_payment, evidence_of, with_facts

ORDER: Final = "ORD-2025-001"
MINUTE: Final = timedelta(minutes=1)
LATER: Final = START + 60 * MINUTE


def attempt(number: int, **changes: Any) -> Payment:  # noqa: ANN401 - fields of any type
    payment = attrs.evolve(a_payment(key=f"{number:032x}"), order=ORDER, attempt=number)
    return with_facts(payment, checkout_request_id=f"ws_CO_{number}", **changes)


def failed(number: int, code: str = "1032", **changes: Any) -> Payment:  # noqa: ANN401 - as above
    said = evidence_of(Source.CALLBACK, Said.CANCELLED, result_code=code)
    return attrs.evolve(advance(attempt(number), said), **changes)


def succeeded(number: int, **changes: Any) -> Payment:  # noqa: ANN401 - as above
    said = evidence_of(Source.CALLBACK, Said.PAID, receipt=f"UAF1AAAAA{number}", amount="500")
    return attrs.evolve(advance(attempt(number), said), **{"succeeded_at": START, **changes})


def order_of(*attempts: Payment) -> Order:
    return Order(order=ORDER, attempts=attempts, as_of=LATER)


OPEN: Final = attempt(2, status=Status.INITIATED)
UNCONFIRMED: Final = attempt(2, status=Status.UNCONFIRMED)
UNPROVEN: Final = failed(2, "8006")
SECOND: Final = succeeded(2, succeeded_at=None, is_second=True)


@pytest.mark.parametrize(
    ("attempts", "shown", "reason"),
    [
        ((), None, "nobody was asked yet"),
        ((failed(1),), 1, "nobody was charged"),
        ((failed(1), failed(2)), 2, "nobody was charged"),
        ((failed(1), OPEN), 2, "may still answer"),
        ((failed(1), UNCONFIRMED), 2, "statement"),
        ((failed(1), UNPROVEN), 2, "does not prove"),
        ((UNPROVEN, failed(3)), 2, "does not prove"),
        ((succeeded(1), OPEN), 1, "it was paid"),
        ((succeeded(1), SECOND), 1, "it was paid"),
        ((failed(1), SECOND), 2, "it was paid"),
        ((failed(1, conflicts=frozenset({"amount=499"})), failed(2)), 1, "conflict"),
        ((succeeded(1, conflicts=frozenset({"amount=499"})), OPEN), 1, "conflict"),
    ],
)
def test_the_attempt_that_keeps_others_from_being_asked_is_shown(
    attempts: tuple[Payment, ...], shown: int | None, reason: str
) -> None:
    order = order_of(*attempts)

    assert (order.payment.attempt if order.payment else None) == shown
    assert reason in order.may_charge.reason
    assert bool(order.may_charge) is reason.startswith("nobody was")


def test_the_longest_wait_of_all_attempts_counts() -> None:
    busy = failed(1, "17", created_at=LATER, updated_at=LATER)
    fresh = failed(2, created_at=LATER)

    assert order_of(busy, fresh).may_charge.not_before == LATER + 2 * MINUTE
    assert order_of(fresh, busy).may_charge.not_before == LATER + 2 * MINUTE
    assert not order_of(busy, fresh).may_charge
    assert order_of(busy, fresh).may_charge.proved


WAYS: Final = [failed(1), failed(1, "17"), UNPROVEN, OPEN, UNCONFIRMED, SECOND, succeeded(1)]


@given(
    st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 90)), max_size=5),
    st.integers(0, 90),
)
def test_an_order_may_be_charged_only_if_each_of_its_attempts_allows_it(
    ways: list[tuple[Payment, int]], minutes: int
) -> None:
    attempts = [
        attrs.evolve(way, attempt=number, created_at=START + at * MINUTE, updated_at=START + at * MINUTE)
        for number, (way, at) in enumerate(ways, start=1)
    ]
    now = START + minutes * MINUTE
    order = Order(order=ORDER, attempts=attempts, as_of=now)
    verdicts = [may_retry(one, now) for one in attempts]

    assert bool(order.may_charge) is all(verdicts)
    assert (order.standing is None) is all(verdict.proved for verdict in verdicts)
    if not order.may_charge and order.standing is None:
        waits = [verdict.not_before for verdict in verdicts if verdict.not_before is not None]
        assert order.may_charge.not_before == max(waits)
    assert (order.payment is None) is (not attempts)


def test_only_what_counts_and_nothing_contradicts_is_paid() -> None:
    assert order_of(failed(1), succeeded(2)).paid
    assert not order_of(failed(1), SECOND).paid
    assert not order_of(succeeded(1, conflicts=frozenset({"amount=499"}))).paid
    denied = Resolution(paid=False, note="not on the statement", by="Wanjiku", at=LATER, status="success")
    assert not order_of(succeeded(1, resolution=denied)).paid


def test_the_customer_of_an_order_that_was_paid_twice_reads_of_both() -> None:
    order = order_of(succeeded(1), SECOND)

    assert order.refunds_due == (SECOND,)
    assert order.customer_message.startswith("Thank you, your payment has arrived.")
    assert "paid more than once" in order.customer_message


def test_the_customer_of_a_paid_order_ignores_a_prompt_that_is_still_open() -> None:
    order = order_of(succeeded(1), attrs.evolve(OPEN, attempt=2))

    assert order.customer_message.endswith("Ignore any M-Pesa request that is still on your phone.")


def test_a_record_says_when_the_phone_closes_its_prompt_as_the_local_daraja_does() -> None:
    assert OPEN.prompt_ends_at == OPEN.created_at + PROMPT_SHOWN
    assert PROMPT_SHOWN.total_seconds() == attrs.fields(Services).prompt_life.default
    assert succeeded(1).prompt_ends_at is None


def test_an_order_shows_no_number_of_its_customers() -> None:
    order = Order(order="order of 254712345678", attempts=(OPEN,), as_of=LATER)
    assert "712345678" not in repr(order)


def test_a_customer_sees_a_masked_phone_and_nothing_of_the_shop() -> None:
    seen = succeeded(1).to_dict(view="customer")

    assert json.loads(json.dumps(seen)) == seen
    assert seen == {
        "key": f"{1:032x}",
        "order": ORDER,
        "attempt": 1,
        "status": "success",
        "paid": True,
        "refund_due": False,
        "final": True,
        "message": "Thank you, your payment has arrived.",
        "amount": 500,
        "currency": "KES",
        "phone": "2547*****678",
        "reference": "ORD-2026-001",
        "receipt": "UAF1AAAAA1",
        "created_at": START.isoformat(),
    }


def test_staff_see_everything_that_helps_to_decide() -> None:
    decision = Resolution(paid=True, note="on the statement", by="Wanjiku", at=LATER)
    seen = failed(1, resolution=decision, conflicts=frozenset({"amount=499"})).to_dict(view="staff")

    assert json.loads(json.dumps(seen)) == seen
    assert (seen["phone"], seen["checkout_request_id"], seen["result_code"]) == ("254712345678", "ws_CO_1", "1032")
    assert (seen["conflicts"], seen["resolution"]["by"], seen["needs_review"]) == (["amount=499"], "Wanjiku", True)
    assert seen["metadata"] == {"order_id": "ORD-2026-001"}


@pytest.mark.parametrize(
    ("payment", "is_final"),
    [
        (attempt(1, next_check_at=LATER), False),
        (failed(1), True),
        (failed(1, next_check_at=LATER), False),
        (succeeded(1, next_check_at=LATER), True),
        (attempt(1, status=Status.UNCONFIRMED), True),
    ],
)
def test_a_payment_is_final_once_nothing_more_comes_by_itself(payment: Payment, is_final: bool) -> None:  # noqa: FBT001 - a case
    assert payment.is_final is is_final
    assert payment.to_dict(view="customer")["final"] is is_final
