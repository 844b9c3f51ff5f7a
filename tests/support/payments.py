"""Payments and evidence for tests, and strategies that make them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.record import Account, Resolution
from daraja.payments.model import LADDER, Payment, Status

FACTS: Final = frozenset({"merchant_request_id", "checkout_request_id", "receipt"})
START: Final = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def a_payment(*, key: str = "0" * 32, idempotency_key: str | None = None, amount: int = 500) -> Payment:
    return Payment(
        key=key,
        idempotency_key=idempotency_key,
        account=Account("simulator", "600111"),
        reference="ORD-2026-001",
        description="Laundry",
        amount=amount,
        phone="254712345678",
        metadata={"order_id": "ORD-2026-001"},
        created_at=START,
        updated_at=START,
    )


instants: Final = st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes))
words: Final = st.sampled_from(["", "Safaricom's words", "Other words"])


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Any evidence of a payment of 500 KES, with facts that match and facts that do not."""
    source, said = draw(st.sampled_from(sorted(LADDER)))
    paid = said is Said.PAID
    return Evidence(
        source=source,
        said=said,
        at=draw(instants),
        clock=draw(st.sampled_from(["one clock", "another clock"])),
        facts={
            "merchant_request_id": draw(st.sampled_from([None, "1-1-1", "2-2-2"])),
            "checkout_request_id": draw(st.sampled_from([None, "ws_CO_1", "ws_CO_2"])),
            "amount": draw(st.sampled_from([None, "500", "499"])) if paid else None,
            "receipt": draw(st.sampled_from([None, "UAF1AAAAAA", "UAF2BBBBBB", "UAF3CCCCCC"])) if paid else None,
        },
        result_code=draw(st.sampled_from([None, "0", "1032", "1037"])),
        result_description=draw(words),
        refusal=("ApiError", 500, None, draw(words), None) if said is Said.REFUSED else None,
    )


@st.composite
def resolutions(draw: st.DrawFn) -> Resolution:
    """The possible decisions of a person."""
    return Resolution(
        paid=draw(st.booleans()),
        note=draw(words),
        by=draw(st.sampled_from(["Wanjiku", "Otieno"])),
        at=draw(instants),
        status=draw(st.sampled_from([Status.PENDING, Status.SUCCESS])),
        conflicts=draw(st.sampled_from([frozenset[str](), frozenset({"amount=499"})])),
        claimed=draw(st.booleans()),
    )


def with_facts(payment: Payment, **changes: Any) -> Payment:  # noqa: ANN401 - the fields of a payment, of any type
    """Change fields of a payment; ids and the receipt are facts of it, and None takes one away."""
    facts = {**payment.facts, **{name: changes.pop(name) for name in FACTS & changes.keys()}}
    return attrs.evolve(payment, facts={name: value for name, value in facts.items() if value is not None}, **changes)


def evidence_of(source: Source, said: Said, *, at: datetime = START, **fields: Any) -> Evidence:  # noqa: ANN401 - its fields, of any type
    """Make evidence; ids, receipt and amount are facts of it."""
    facts = {name: fields.pop(name) for name in {*FACTS, "amount"} & fields.keys()}
    if isinstance(facts.get("amount"), Decimal):
        facts["amount"] = f"{facts['amount'].normalize():f}"
    return Evidence(source=source, said=said, at=at, facts=facts, **fields)
