"""A payment is the same after JSON, with any evidence."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.errors import (
    ApiError,
    InvalidRequest,
    NotSent,
    RateLimited,
    RecordUnreadable,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.lifecycle.evidence import Evidence, refused
from daraja.lifecycle.record import Resolution
from daraja.lifecycle.serialization import FORMAT, dumps, from_dict, loads, to_dict
from daraja.lifecycle.state_machine import advance, resolve
from daraja.payments.model import Payment
from tests.support.payments import START, a_payment, evidence, instants, resolutions, with_facts

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
    return from_dict(Payment, json.loads(json.dumps(to_dict(payment), allow_nan=False)))


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """Payments in every possible state."""
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
def test_a_payment_is_the_same_after_reading(payment: Payment) -> None:
    found = there_and_back(payment)
    assert found == payment
    assert sorted(repr(found)) == sorted(repr(payment))  # sets are written in any order
    assert hash(found.conflicts) == hash(payment.conflicts)
    assert attrs.evolve(found, metadata={}) == attrs.evolve(payment, metadata={})


@given(payments(), evidence())
def test_a_stored_payment_takes_new_evidence_as_before(payment: Payment, one: Evidence) -> None:
    assert advance(there_and_back(payment), one) == advance(payment, one)


@pytest.mark.parametrize("field", sorted({field.alias or "" for field in attrs.fields(Payment)} - {"account", "newer"}))
def test_every_field_is_stored(field: str) -> None:
    assert field in to_dict(a_payment())


def test_the_account_the_kind_and_the_format_are_stored_too() -> None:
    stored = to_dict(a_payment())
    assert (stored["environment"], stored["shortcode"]) == ("simulator", "600111")
    assert (stored["kind"], stored["format"]) == ("payment", FORMAT)


REQUIRED = frozenset(
    {
        "key",
        "status",
        "environment",
        "shortcode",
        "reference",
        "description",
        "amount",
        "phone",
        "created_at",
        "updated_at",
    }
)


@given(payments(), st.data())
def test_a_field_that_an_older_release_did_not_store_gets_its_default(payment: Payment, data: st.DataObject) -> None:
    stored = to_dict(payment)
    absent = data.draw(st.sampled_from(sorted(stored.keys() - REQUIRED)))
    del stored[absent]
    found = from_dict(Payment, stored)

    defaults = {field.name: field.default for field in attrs.fields(Payment)}
    if absent in defaults and not isinstance(defaults[absent], attrs.Factory):  # type: ignore[arg-type]  # attrs types it as a function
        assert getattr(found, absent) == defaults[absent]


@given(payments(), st.dictionaries(st.sampled_from(["split", "tip"]), json_values), evidence())
def test_a_field_of_a_newer_release_survives_a_change(payment: Payment, fields: dict[str, Any], one: Evidence) -> None:
    found = from_dict(Payment, {**to_dict(payment), **fields})
    changed = to_dict(advance(found, one))
    assert {name: changed[name] for name in fields} == fields
    assert found.kind is payment.kind


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "reversed"},
        {"decided_by": "oracle"},
        {"created_at": "yesterday"},
        {"created_at": 7},
        {"facts": 7},
        {"conflicts": 1},
        {"resolution": {"paid": True}},
        {"resolution": 1},
        *({name: ...} for name in REQUIRED),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_shows_nothing(fields: dict[str, Any]) -> None:
    stored = {**to_dict(a_payment()), **fields}
    stored = {name: value for name, value in stored.items() if value is not ...}
    with pytest.raises(RecordUnreadable) as caught:
        from_dict(Payment, stored)

    assert caught.value.key == ("?" if "key" not in stored else a_payment().key)
    assert "712345678" not in str(caught.value)
    assert "Another release" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"x"', "{}"])
def test_text_that_is_not_a_record_is_unreadable(text: str) -> None:
    with pytest.raises(RecordUnreadable) as caught:
        loads(Payment, "0" * 32, text)
    assert caught.value.key in {"0" * 32, "?"}


def test_every_character_survives_as_ascii() -> None:
    payment = attrs.evolve(a_payment(), metadata={"note": "\x00\ud800\u20ac"})
    assert dumps(payment).isascii()
    assert loads(Payment, payment.key, dumps(payment)) == payment


def test_masked_fields_stay_masked() -> None:
    payment = with_facts(
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
    facts = to_dict(payment)
    facts["metadata"]["order_id"] = "another"
    assert payment.metadata == {"order_id": "ORD-2026-001"}
