"""What cannot be a payment is refused before anything is stored or sent."""

import copy
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from daraja import Checkout, Daraja, Status
from daraja.errors import InvalidInput, NotSent
from daraja.testing import ManualClock
from daraja.transports.requests import RequestsTransport
from tests.payments.starts import GOOD, but, only
from tests.support.checkouts import ScriptedCheckout, WatchedStore, scripted_checkout
from tests.support.scripted import accepted, settings, token

WRONG: Final[Mapping[str, Any]] = {  # Any: as in GOOD
    "phone": "0812345678",
    "amount": 0,
    "reference": "ORDER-2026-000000117",
    "description": "",
    "idempotency_key": "",
    "metadata": {"at": object()},
}


def faults(shop: ScriptedCheckout, **asked: object) -> Mapping[str, str]:
    with pytest.raises(InvalidInput) as caught:
        shop.checkout.start(**but(**asked))
    assert (shop.store.asked, shop.transport.requests) == ([], [])
    assert caught.value.payment is None
    assert str(caught.value).startswith("The input")
    return caught.value.faults


def test_all_wrong_arguments_are_named_at_once_and_nothing_is_stored_or_sent() -> None:
    assert set(faults(scripted_checkout(), **WRONG)) == set(WRONG)


@pytest.mark.parametrize("field", WRONG)
def test_a_single_wrong_argument_is_named_alone(field: str) -> None:
    assert set(faults(scripted_checkout(), **{field: WRONG[field]})) == {field}


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": 254712345678},
        {"phone": None},
        {"amount": 1.5},
        {"amount": True},
        {"amount": "500"},
        {"amount": 250_001},
        {"amount": Decimal("0.5")},
        {"amount": Decimal("NaN")},
        {"reference": "ORD#1"},
        {"reference": 7},
        {"description": "fourteen signs"},
        {"idempotency_key": 7},
        {"idempotency_key": b"bytes"},
        {"idempotency_key": "   "},
        {"idempotency_key": "x" * 201},
        {"idempotency_key": "two\nlines"},
        {"idempotency_key": "\x00"},
        {"idempotency_key": "half of a pair \ud800"},
        {"metadata": "text"},
        {"metadata": ""},
        {"metadata": []},
        {"metadata": [("a", 1)]},
        {"metadata": 7},
        {"metadata": 0},
        {"metadata": False},
        {"metadata": object()},
        {"metadata": {1: "a"}},
        {"metadata": {"a": (1, 2)}},
        {"metadata": {"a": {1}}},
        {"metadata": {"a": float("nan")}},
        {"metadata": {"a": float("inf")}},
        {"metadata": {"a": 10**5000}},
        {"metadata": {"a": "x" * 16_400}},
    ],
)
def test_these_arguments_are_refused(wrong: Mapping[str, Any]) -> None:  # Any: as in GOOD
    assert set(faults(scripted_checkout(), **wrong)) == set(wrong)


def test_metadata_that_contains_itself_is_refused() -> None:
    endless: dict[str, Any] = {}  # Any: whatever JSON can hold
    endless["itself"] = endless

    assert set(faults(scripted_checkout(), metadata=endless)) == {"metadata"}


def test_the_highest_amount_comes_from_the_settings() -> None:
    shop = scripted_checkout(config=settings(max_amount=100))

    assert "100" in faults(shop, amount=101)["amount"]


def test_faults_say_what_would_be_valid() -> None:
    found = faults(scripted_checkout(), idempotency_key=" ", metadata={"a": {1}})

    assert found["idempotency_key"] == "must be 1 to 200 characters that can be printed, such as a UUID"
    assert found["metadata"].startswith("is not an object that JSON can hold")
    assert "is int; give text, such as a UUID" in faults(scripted_checkout(), idempotency_key=7)["idempotency_key"]
    assert "16,384 are stored" in faults(scripted_checkout(), metadata={"a": "x" * 20_000})["metadata"]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"order": 7, "price": 99.5j, "rows": [1]}, "look at 'price', of the type complex"),
        ({"order": 7, "rows": [1, {"price": 99.5j}]}, "look at 'rows' > 1 > 'price', of the type complex"),
        ({"order": {99: "x"}}, "look at 'order' > 99, of the type int"),
    ],
)
def test_metadata_that_json_cannot_hold_is_named_without_its_value(metadata: Mapping[str, object], words: str) -> None:
    fault = faults(scripted_checkout(), metadata=metadata)["metadata"]

    assert words in fault
    assert "99.5" not in fault


def test_dates_decimals_and_uuids_in_metadata_are_stored_as_text_and_name_the_same_attempt() -> None:
    shop = scripted_checkout(token(), accepted())
    user, moment = UUID("12345678-1234-5678-1234-567812345678"), datetime(2026, 11, 30, 9, tzinfo=UTC)
    asked = but(metadata={"user": user, "rows": [{"price": Decimal("99.50"), "day": date(2026, 11, 30)}], "at": moment})
    payment = shop.checkout.start(**asked)

    assert only(shop) == payment
    assert payment.metadata == {
        "user": str(user),
        "rows": [{"price": "99.50", "day": "2026-11-30"}],
        "at": moment.isoformat(),
    }
    assert shop.checkout.start(**asked).key == payment.key


printable = st.characters(exclude_categories=["C", "Z"])
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    # half a pair of surrogates and NUL are text that JSON can hold as well
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(printable, min_size=1, max_size=200), st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_every_printable_key_and_every_json_object_is_stored_unchanged(key: str, metadata: dict[str, Any]) -> None:
    shop = scripted_checkout(token(), accepted())
    given_over = copy.deepcopy(metadata)
    payment = shop.checkout.start(**but(idempotency_key=key, metadata=given_over))
    given_over["later"] = "changed"

    assert (payment.idempotency_key, payment.metadata) == (key, metadata)
    assert shop.store.load(payment.key) == payment


@given(st.text(max_size=250))
def test_any_other_key_is_refused_or_stored_unchanged(key: str) -> None:
    shop = scripted_checkout(token(), accepted())
    found: list[str] = []
    kept = None
    try:
        kept = shop.checkout.start(**but(idempotency_key=key)).idempotency_key
    except InvalidInput as error:
        found += error.faults

    assert (kept, found, shop.store.asked) in [(key, [], ["insert", "swap"]), (None, ["idempotency_key"], [])]
    assert kept is None or 1 <= len(key) <= 200


def test_settings_without_a_passkey_are_refused() -> None:
    session = requests.Session()
    transport = RequestsTransport(session)
    session.mount("http://", HTTPAdapter(max_retries=3))
    store = WatchedStore()
    checkout = Checkout(Daraja(settings(), transport=transport, clock=ManualClock()), store)
    with pytest.raises(NotSent, match="repeats requests") as refused:
        checkout.start(**GOOD)

    assert refused.value.payment is not None
    assert refused.value.payment.status is Status.FAILED
