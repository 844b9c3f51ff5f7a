"""A payment says what may be done with it, and shows no customer's number."""

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Payment, Status, Till
from daraja.lifecycle.record import Account, Resolution
from daraja.lifecycle.serialization import from_dict, to_dict
from daraja.values.secret import MaskedText
from tests.support.numbers import digits_shown
from tests.support.payments import START, a_payment, with_facts
from tests.support.scripted import PASSKEY, settings

PHONE = "254712345678"
LATER = frozenset({"amount=499"})
NOBODY_ANSWERED = "1037"
PROVE_NOTHING = ["15", "26", "1025", "2008", "2026", "9999"]


def decision(*, paid: bool, status: Status, conflicts: frozenset[str] = frozenset()) -> Resolution:
    return Resolution(paid=paid, note="looked", by="Wanjiku", at=START, status=status, conflicts=conflicts)


def payment(
    status: Status, *, resolution: Resolution | None = None, conflicts: frozenset[str] = frozenset()
) -> Payment:
    return attrs.evolve(a_payment(), status=status, resolution=resolution, conflicts=conflicts)


@pytest.mark.parametrize("status", Status)
def test_without_a_conflict_or_a_decision_only_a_success_is_paid_and_only_unconfirmed_needs_review(
    status: Status,
) -> None:
    plain = attrs.evolve(payment(status), result_code=NOBODY_ANSWERED)

    assert plain.paid is (status is Status.SUCCESS)
    assert not plain.needs_review
    assert plain.needs_attention is (status is Status.UNCONFIRMED)


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.FAILED])
@pytest.mark.parametrize("code", [*PROVE_NOTHING, None])
def test_a_failure_without_proof_needs_review(status: Status, code: str | None) -> None:
    doubtful = attrs.evolve(payment(status), result_code=code)

    assert doubtful.unproven
    assert doubtful.needs_attention
    assert not attrs.evolve(doubtful, next_check_at=START).needs_attention  # Daraja is asked first
    assert not attrs.evolve(doubtful, resolution=decision(paid=False, status=status)).needs_attention
    assert not attrs.evolve(doubtful, refusal=("NotSent", "no connection")).needs_attention


@pytest.mark.parametrize("status", Status)
def test_a_conflict_needs_review_and_is_never_paid_by_itself(status: Status) -> None:
    odd = payment(status, conflicts=LATER)

    assert (odd.paid, odd.needs_review, odd.needs_attention) == (False, True, True)


@pytest.mark.parametrize("paid", [True, False])
def test_a_decision_settles_a_known_conflict_and_not_a_later_one(*, paid: bool) -> None:
    known = payment(
        Status.SUCCESS, conflicts=LATER, resolution=decision(paid=paid, status=Status.SUCCESS, conflicts=LATER)
    )
    new = payment(Status.SUCCESS, conflicts=LATER, resolution=decision(paid=paid, status=Status.SUCCESS))

    assert (known.paid, known.needs_review, known.needs_attention) == (paid, False, False)
    assert (new.paid, new.needs_review, new.needs_attention) == (False, True, True)


@pytest.mark.parametrize("seen", Status)
def test_a_success_after_the_decision_not_paid_needs_review(seen: Status) -> None:
    heard = payment(Status.SUCCESS, resolution=decision(paid=False, status=seen))
    unheard = payment(Status.FAILED, resolution=decision(paid=False, status=seen))

    assert heard.needs_review is heard.needs_attention is (seen is not Status.SUCCESS)
    assert not heard.paid
    assert (unheard.paid, unheard.needs_review, unheard.needs_attention) == (False, False, False)


@pytest.mark.parametrize("seen", Status)
def test_a_payment_that_a_person_calls_paid_is_paid(seen: Status) -> None:
    resolved = payment(Status.SUCCESS, resolution=decision(paid=True, status=seen))

    assert (resolved.paid, resolved.needs_review, resolved.needs_attention) == (True, False, False)


def test_an_account_is_an_environment_and_a_shortcode() -> None:
    assert a_payment().account == Account("simulator", "600111") == Account.of(settings())
    till = settings(business=Till(store="600222", till="5050505", passkey=PASSKEY), environment="sandbox")

    assert Account.of(till) == Account("sandbox", "600222")


def test_statuses_are_text_and_climb_in_their_order() -> None:
    assert [str(status) for status in Status] == [
        "pending",
        "initiated",
        "unconfirmed",
        "timeout",
        "failed",
        "success",
    ]
    assert [Payment.kind.ranks[status] for status in Status] == [0, 1, 2, 3, 4, 5]


def test_a_payment_is_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        a_payment().status = Status.SUCCESS  # type: ignore[misc]  # that is the test


numbers = st.sampled_from([PHONE, f"0{PHONE[3:]}", "0712 345 678", f"ORD-{PHONE}", f"+{PHONE}"])


@given(numbers, numbers, numbers, numbers, st.booleans())
def test_no_repr_shows_a_number_in_the_shop_s_own_text(
    reference: str,
    idempotency_key: str,
    note: str,
    by: str,
    stored: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    shown = with_facts(
        a_payment(idempotency_key=idempotency_key),
        reference=reference,
        description=note,
        metadata={"phone": PHONE},
        checkout_request_id=f"ws_CO_{PHONE}",
        result_description=f"sent to {PHONE}",
        refusal=("ApiError", 500, None, f"no {PHONE}", None),
        resolution=Resolution(paid=True, note=note, by=by, at=START),
        conflicts=frozenset({MaskedText(f"checkout_request_id=ws_CO_{PHONE}")}),
    )
    if stored:
        shown = from_dict(Payment, json.loads(json.dumps(to_dict(shown))))

    assert digits_shown(PHONE[3:], repr(shown)) == []
    assert (shown.reference, shown.idempotency_key, shown.phone) == (reference, idempotency_key, PHONE)


def test_a_repr_is_readable() -> None:
    shown = repr(a_payment(idempotency_key="attempt-1"))

    assert "idempotency_key='attempt-1'" in shown
    assert "reference='ORD-2026-001', description='Laundry'" in shown
    assert "phone='2547*****678'" in shown
    assert "idempotency_key=None" in repr(a_payment())
