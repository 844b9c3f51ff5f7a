"""What a store adds to its counters is the difference between what a record used up and what it uses up now."""

import json
from collections import Counter

import attrs
from hypothesis import given
from hypothesis import strategies as st

from daraja.lifecycle.charges import Charge, changed_charges, decode_charges, encode_charges
from tests.support.payments import instants

charges = st.lists(
    st.builds(
        Charge,
        cap=st.just("per_day"),
        counter=st.sampled_from(["day 2026-11-30", "day 2026-12-01", "refunds of UAF1AAAAAA"]),
        amount=st.integers(1, 500),
        limit=st.none() | st.integers(0, 500),
        renews_at=st.none() | instants,
    ),
    max_size=3,
    unique_by=lambda charge: charge.counter,
).map(tuple)


def total(*lists: tuple[Charge, ...]) -> Counter[str]:
    sums = Counter[str]()
    for one in lists:
        sums.update({charge.counter: charge.amount for charge in one})
    return Counter({counter: amount for counter, amount in sums.items() if amount})


@given(charges, charges)
def test_the_counters_hold_what_the_record_uses_up(before: tuple[Charge, ...], after: tuple[Charge, ...]) -> None:
    assert total(before, changed_charges(before, after)) == total(after)


@given(charges)
def test_the_same_charges_change_nothing(same: tuple[Charge, ...]) -> None:
    assert changed_charges(same, tuple(attrs.evolve(charge, limit=None) for charge in same)) == ()


@given(charges, charges)
def test_only_more_is_held_to_a_limit_and_every_store_takes_the_counters_in_one_order(
    before: tuple[Charge, ...], after: tuple[Charge, ...]
) -> None:
    changed = changed_charges(before, after)
    assert all(charge.limit is None for charge in changed if charge.amount < 0)
    assert [charge.counter for charge in changed] == sorted({charge.counter for charge in changed})


@given(charges)
def test_charges_are_the_same_after_json(before: tuple[Charge, ...]) -> None:
    assert decode_charges(json.loads(json.dumps(encode_charges(before)))) == before
