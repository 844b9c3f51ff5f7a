"""A shortcode and its passkey are checked together, and no error shows the passkey."""

import copy
import pickle
from collections.abc import Callable
from typing import cast

import attrs
import pytest

from daraja import Bulk, Initiator, PayBill, Till
from daraja.config import Business
from daraja.errors import ConfigurationError
from daraja.values.secret import Secret
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown

HIDDEN = "a-passkey-nobody-may-see"
PAY_BILL = PayBill("600111", passkey=HIDDEN)
TILL = Till(store="600222", till="5050505", passkey=HIDDEN)
INITIATOR = Initiator("testapi", HIDDEN)

each = pytest.mark.parametrize("value", [PAY_BILL, TILL, INITIATOR], ids=lambda value: type(value).__name__)


def pay_bill(shortcode: object, passkey: object = HIDDEN) -> object:
    return PayBill(cast("str", shortcode), passkey=cast("str", passkey))


def till(store: object, passkey: object = HIDDEN) -> object:
    return Till(store=cast("str", store), till="5050505", passkey=cast("str", passkey))


def till_number(number: object, passkey: object = HIDDEN) -> object:
    return Till(store="600222", till=cast("str", number), passkey=cast("str", passkey))


def initiator(name: object, credential: object = HIDDEN) -> object:
    return Initiator(cast("str", name), cast("str", credential))


def test_businesses_and_initiators_hold_their_fields() -> None:
    assert (PAY_BILL.shortcode, PAY_BILL.passkey) == ("600111", Secret(HIDDEN))
    assert (TILL.store, TILL.till, TILL.passkey) == ("600222", "5050505", Secret(HIDDEN))
    assert (INITIATOR.name, INITIATOR.security_credential) == ("testapi", Secret(HIDDEN))


@pytest.mark.parametrize(("business", "shortcode"), [(PAY_BILL, "600111"), (TILL, "600222")])
def test_daraja_knows_a_till_by_its_stores_number(business: Business, shortcode: str) -> None:
    assert business.shortcode == shortcode


@each
def test_no_repr_shows_the_secret(value: object) -> None:
    assert HIDDEN not in f"{value} {value!r} {[value]}"
    assert "Secret(***)" in repr(value)


@each
def test_values_are_equal_by_content_and_cannot_be_changed(value: Business | Initiator) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == value
    assert hash(copy.copy(value)) == hash(value)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, next(iter(attrs.fields_dict(type(value)))), "600333")
    with pytest.raises(TypeError, match="a Secret is not pickled"):
        pickle.dumps(value)


@pytest.mark.parametrize("number", ["12345", "174379", "5050505", "00000"])
@pytest.mark.parametrize("make", [pay_bill, till, till_number])
def test_five_to_seven_digits_are_a_number(make: Callable[[object], object], number: str) -> None:
    assert number in repr(make(number))


@pytest.mark.parametrize(
    "number",
    [
        "1234",
        "12345678",
        "17437a",
        "-17437",
        "17.4379",
        "١٧٤٣٧٩",
        "174379\udc80",
        174379,
        None,
        b"174379",
    ],
)
@pytest.mark.parametrize(
    ("make", "field", "variable"),
    [
        (pay_bill, "shortcode", "MPESA_BUSINESS_SHORTCODE"),
        (till, "store", "MPESA_BUSINESS_SHORTCODE"),
        (till_number, "till", "MPESA_TILL_NUMBER"),
    ],
)
def test_anything_else_is_no_number(
    make: Callable[[object], object], field: str, variable: str, number: object
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(number)
    assert list(caught.value.faults) == [field]
    fault = caught.value.faults[field]
    assert "is not five to seven digits, as text" in fault
    assert f"(in the environment {variable}; for example " in fault


@pytest.mark.parametrize("make", [pay_bill, till, till_number])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        ('"174379"', "has quotes around it"),
        ("'174379'", "has quotes around it"),
        ("174379\n", "ends with a line end"),
        ("174379\r", "ends with a carriage return"),
        (" 174379", "has a blank before or after it"),
        ("174379\u200b", "has an invisible character"),
    ],
)
def test_characters_around_a_number_are_named(make: Callable[[object], object], number: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        make(number)


def test_the_passkey_may_be_left_out_since_only_a_push_needs_it() -> None:
    assert PayBill("600111").passkey is None
    assert Till(store="600222", till="5050505", passkey=None).passkey is None


def test_a_bulk_shortcode_only_pays_out() -> None:
    bulk = Bulk("600996")
    assert (bulk.shortcode, bulk.passkey) == ("600996", None)
    assert bulk.numbers == {"600996"}
    with pytest.raises(ConfigurationError, match="shortcode: '1' is not five to seven digits"):
        Bulk("1")


def test_a_number_that_is_too_short_to_be_private_is_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"shortcode: '1743' is not five"):
        PayBill("1743", passkey=HIDDEN)
    with pytest.raises(ConfigurationError, match=r"shortcode: 174379 is not five"):
        pay_bill(174379)


@pytest.mark.parametrize("make", [pay_bill, till, till_number])
@pytest.mark.parametrize("number", ["0712345678", "254712345678", "712345678", 712345678, 254712345678])
def test_a_phone_number_in_the_wrong_field_is_not_shown(make: Callable[[object], object], number: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(number)
    assert digits_shown(str(number), everything_shown(caught.value)) == []


@pytest.mark.parametrize("make", [pay_bill, till, till_number])
def test_a_passkey_in_its_place_is_not_shown(make: Callable[[object, object], object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(HIDDEN, "174379")
    assert HIDDEN not in everything_shown(caught.value)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "is missing"),
        (Secret(""), "is missing"),
        (f"{HIDDEN}\n", "ends with a line end"),
        (f"{HIDDEN}\r\n", "ends with a carriage return"),
        (f" {HIDDEN}", "has a blank before or after it"),
        (f"'{HIDDEN}'", "has quotes around it"),
        (f"{HIDDEN}\x00", "not visible ASCII"),
        (f"\ufeff{HIDDEN}", "has an invisible character"),
        (f"{HIDDEN}\u200b", "has an invisible character"),
        (f"{HIDDEN}\udc80", "not visible ASCII"),
        (f"{HIDDEN}é", "not visible ASCII"),
        (f"{HIDDEN} " * 10_000, "has a blank before or after it"),
        (Secret(f"{HIDDEN}\n"), "ends with a line end"),
        (HIDDEN.encode(), "a secret is text, not bytes"),
        ([HIDDEN], "a secret is text, not list"),
    ],
    ids=lambda value: repr(value)[:30],
)
@pytest.mark.parametrize(
    ("make", "number", "field"),
    [(pay_bill, "600111", "passkey"), (till, "600222", "passkey"), (initiator, "testapi", "security_credential")],
)
def test_a_secret_that_cannot_be_right_is_refused_and_not_shown(
    make: Callable[[object, object], object], number: str, field: str, secret: object, words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(number, secret)
    assert list(caught.value.faults) == [field]
    assert words in caught.value.faults[field]
    assert HIDDEN not in everything_shown(caught.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Till(store="1", till="", passkey="two words")
    assert list(caught.value.faults) == ["store", "till", "passkey"]
    assert str(caught.value) == (
        "The configuration has 3 faults:\n"
        "  - store: '1' is not five to seven digits, as text (in the environment MPESA_BUSINESS_SHORTCODE; "
        "for example 174379)\n"
        "  - till: is missing (in the environment MPESA_TILL_NUMBER; for example 5050505)\n"
        "  - passkey: holds a space, a line break or another character that is not visible ASCII; copy it again "
        "(in the environment MPESA_PASSKEY; for example the 64 letters and digits that came with the shortcode)"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is missing"),
        ("  ", "is blank; it is the API user's name on the organisation portal"),
        ("test\x00api", "is blank"),
        (None, "is blank"),
        (7, "is blank"),
        (b"testapi", "is blank"),
        (" testapi", "has a blank before or after it"),
        ("'testapi'", "has quotes around it"),
    ],
)
def test_an_initiator_has_a_name(name: object, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        initiator(name)
    assert list(caught.value.faults) == ["name"]
    assert caught.value.faults["name"].startswith(words)
    assert "MPESA_INITIATOR_NAME" in caught.value.faults["name"]
    with pytest.raises(ConfigurationError) as caught:
        initiator(name, "")
    assert list(caught.value.faults) == ["name", "security_credential"]
