"""Only ``reveal`` returns the text of a secret; no print, log or store shows it."""

import copy
import copyreg
import inspect
import json
import pickle
import traceback
from collections.abc import Callable, Generator
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.values.secret import Secret
from tests.support.leaks import everything_shown

HIDDEN = "hush, nobody may see this"
secrets = st.text(st.characters()).map(lambda text: HIDDEN + text)


@attrs.frozen
class Account:
    name: str
    passkey: Secret


@given(secrets)
def test_no_way_of_printing_shows_it(text: str) -> None:
    secret = Secret(text)
    shown = [
        repr(secret),
        str(secret),
        format(secret),
        f"{secret:>20}",
        f"{secret:*^40}",
        f"{secret} {secret!r} {secret!s} {secret!a}",
        "%s %r" % (secret, secret),  # noqa: UP031 - old code and loggers format like this
        "{0} {0!r}".format(secret),  # noqa: UP032 - and like this
        repr([secret, {secret: secret}, (secret,)]),
        repr(Account("shop", secret)),
        str(ValueError(secret)),
        repr(secret.__reduce_ex__),
    ]
    assert [one for one in shown if HIDDEN in one] == []
    assert repr(secret) == "Secret(***)"


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    def fail(secret: Secret) -> None:
        message = f"{secret} was refused"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError) as caught:
        fail(Secret(HIDDEN))
    report = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "secret = Secret(***)" in report
    assert HIDDEN not in report


@given(secrets)
def test_reveal_gives_exactly_the_text(text: str) -> None:
    assert Secret(text).reveal() == text
    assert Secret(Secret(text)).reveal() == text


@pytest.mark.parametrize("store", [pickle.dumps, json.dumps], ids=["pickle", "json"])
def test_it_cannot_be_stored_by_accident(store: Callable[[object], object]) -> None:
    for value in (Secret(HIDDEN), Account("shop", Secret(HIDDEN)), [Secret(HIDDEN)]):
        with pytest.raises(TypeError) as caught:
            store(value)
        assert HIDDEN not in everything_shown(caught.value)


def test_the_refusal_to_be_pickled_says_what_to_do() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match=r"read it again where it is needed"):
            pickle.dumps(Secret(HIDDEN), protocol)


@given(secrets, secrets)
def test_secrets_are_equal_and_hash_alike_where_their_texts_are_equal(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert (Secret(one) != Secret(other)) is (one != other)
    assert Secret(one) == Secret(one)
    assert hash(Secret(one)) == hash(Secret(one))
    assert len({Secret(one), Secret(one), Secret(other)}) == len({one, other})


def test_a_secret_is_not_its_text() -> None:
    assert Secret(HIDDEN) != HIDDEN
    assert {HIDDEN, Secret(HIDDEN)} - {Secret(HIDDEN)} == {HIDDEN}
    assert hash(Secret(HIDDEN)) != hash(HIDDEN)


def test_only_an_empty_one_is_false() -> None:
    assert not Secret("")
    assert Secret(" ")


def test_a_copy_is_the_secret_itself() -> None:
    secret = Secret(HIDDEN)
    account = Account("shop", secret)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
    assert copy.copy(account) == copy.deepcopy(account) == account


def test_it_is_formatted_to_a_width() -> None:
    assert f"{Secret(HIDDEN):>14}" == "   Secret(***)"


def attributes(value: object) -> Generator[object]:
    """Walk through attributes, slots and states, as tools do that dump or serialise objects."""
    for kind in type(value).__mro__:
        for name in kind.__dict__:
            yield getattr(value, name, None)
    yield from (member for _, member in inspect.getmembers(value))
    yield value.__getstate__()
    yield from (getattr(value, name, None) for name in copyreg._slotnames(type(value)))  # type: ignore[attr-defined]  # as copyreg and jsonpickle read slots


def test_it_has_nothing_that_a_dump_of_attributes_would_show() -> None:
    secret = Secret(HIDDEN)
    with pytest.raises(TypeError):
        vars(secret)
    walked = list(attributes(secret))
    assert len(walked) > 20
    assert HIDDEN not in f"{walked}"
    assert [value for value in walked if value == HIDDEN] == []


@pytest.mark.parametrize("wrong", [HIDDEN.encode(), bytearray(HIDDEN.encode()), [HIDDEN], None, 174379])
def test_anything_but_text_is_refused_without_being_shown(wrong: object) -> None:
    with pytest.raises(ValueError, match=f"a secret is text, not {type(wrong).__name__}") as caught:
        Secret(cast("str", wrong))
    assert HIDDEN not in everything_shown(caught.value)
    assert "174379" not in everything_shown(caught.value)
