"""A payment goes through JSON and comes back whole, whatever was heard of it."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.errors import ApiError, InvalidRequest, NotSent, RateLimited, SubscriberBusy, UnexpectedResponse
from daraja.payments.evidence import Evidence, refused
from daraja.payments.facts import facts_of, payment_from
from daraja.payments.ladder import advance, resolve
from daraja.payments.model import Payment, Resolution
from tests.support.payments import START, a_payment, evidence, instants, resolutions

PHONE = "254712345678"

text = st.text(max_size=20)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(text, values, max_size=3),
    max_leaves=5,
)
waits = st.none() | st.floats(0, 3600)
errors = st.one_of(
    st.builds(ApiError, st.integers(400, 599), st.none() | text, text, st.none() | text),
    st.builds(RateLimited, st.just(429), st.none() | text, text, st.none() | text, waits),
    st.sampled_from([InvalidRequest(400, "400.002.02", f"Invalid PhoneNumber {PHONE}", f"ws_CO_{PHONE}")]),
    st.sampled_from([SubscriberBusy(500, None, ""), NotSent("no route"), UnexpectedResponse(200, "no token")]),
)


def there_and_back(payment: Payment) -> Payment:
    return payment_from(json.loads(json.dumps(facts_of(payment), allow_nan=False)))


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """Anything that a payment can become."""
    refusals = st.builds(refused, errors, instants)
    payment = attrs.evolve(
        a_payment(idempotency_key=draw(st.none() | text)),
        metadata=draw(st.dictionaries(text, json_values, max_size=3)),
        reference=draw(text),
        next_check_at=draw(st.none() | instants),
        succeeded_at=draw(st.none() | instants),
        notified_at=draw(st.none() | instants),
        checks=draw(st.integers(0, 99)),
        version=draw(st.integers(0, 99)),
    )
    heard: list[Evidence | Resolution] = draw(st.lists(evidence() | refusals | resolutions(), max_size=5))
    for one in heard:
        payment = resolve(payment, one) if isinstance(one, Resolution) else advance(payment, one)
    return payment


@given(payments())
def test_a_payment_comes_back_as_it_was(payment: Payment) -> None:
    found = there_and_back(payment)
    assert found == payment
    assert repr(found) == repr(payment)
    assert hash(found.conflicts) == hash(payment.conflicts)
    assert attrs.evolve(found, metadata={}) == attrs.evolve(payment, metadata={})


@given(payments(), evidence())
def test_it_hears_the_next_thing_as_if_it_had_never_been_away(payment: Payment, one: Evidence) -> None:
    assert advance(there_and_back(payment), one) == advance(payment, one)


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Payment)])
def test_no_field_is_forgotten(field: str) -> None:
    assert field in facts_of(a_payment())


def test_what_is_hidden_stays_hidden() -> None:
    payment = attrs.evolve(
        a_payment(),
        checkout_request_id=f"ws_CO_15012026120000{PHONE}",
        result_description=f"Sent to {PHONE}",
    )
    found = there_and_back(payment)
    assert (found.phone, found.checkout_request_id) == (PHONE, f"ws_CO_15012026120000{PHONE}")
    assert PHONE not in repr(found)


def test_moments_keep_their_zone_and_microseconds() -> None:
    payment = attrs.evolve(a_payment(), next_check_at=START.replace(microsecond=1))
    found: Any = there_and_back(payment).next_check_at
    assert (found, found.utcoffset()) == (payment.next_check_at, START.utcoffset())


def test_metadata_of_the_caller_is_not_shared() -> None:
    payment = a_payment()
    facts = facts_of(payment)
    facts["metadata"]["order_id"] = "another"
    assert payment.metadata == {"order_id": "ORD-2026-001"}
