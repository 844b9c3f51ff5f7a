"""Names and values: found in any spelling, doubled ones kept, nothing shown."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.api.parameters import Parameters, fold, text_of


def test_a_name_is_found_in_any_spelling() -> None:
    parameters = Parameters([("Conversation ID", "AG_1"), ("TransactionAmount", 10)])
    assert parameters["ConversationID"] == parameters["conversation-id"] == "AG_1"
    assert "TRANSACTION_AMOUNT" in parameters
    assert "Amount" not in parameters
    assert parameters.get("Amount") is None
    with pytest.raises(KeyError, match="Amount"):
        parameters["Amount"]


def test_names_come_as_they_came_and_in_their_order() -> None:
    parameters = Parameters([("b", 1), ("A B", 2), ("c", 3), ("ab", 4)])
    assert list(parameters) == ["b", "A B", "c"]
    assert dict(parameters) == {"b": 1, "A B": [2, 4], "c": 3}
    assert parameters.all("ab") == [2, 4]
    assert parameters.first("ab") == 2


def test_a_parameter_without_a_value_is_absent() -> None:
    parameters = Parameters([("a", None), ("b", ""), ("c", 0), ("d", False), ("e", [])])
    assert dict(parameters) == {"c": 0, "d": False, "e": []}
    assert (len(parameters), parameters.all("a"), parameters.first("b")) == (3, [], None)


def test_the_first_of_several_names_that_is_there_counts() -> None:
    parameters = Parameters([("a", "x"), ("b", "y")])
    assert (parameters.text("none", "b", "a"), parameters.only("none", "a"), parameters.only("none")) == (
        "y",
        "x",
        None,
    )
    assert (parameters.text("none"), parameters.money("none"), parameters.time("none"), parameters.party("none")) == (
        None,
        None,
        None,
        None,
    )


def test_the_only_value_may_stand_there_twice_if_it_is_the_same() -> None:
    assert Parameters([("a", 1), ("A", 1), ("b", 2)]).only("a") == 1
    with pytest.raises(ValueError, match="stands there twice"):
        Parameters([("a", 1), ("A", 2), ("b", 2)]).only("a")


def test_one_can_be_left_out() -> None:
    assert dict(Parameters([("a", 1), ("B b", 2), ("bb", 3)]).without("bb")) == {"a": 1}


def test_they_are_a_value() -> None:
    parameters = Parameters([("a", 1), ("a", 2), ("b", "x")])
    assert parameters == copy.deepcopy(parameters) == pickle.loads(pickle.dumps(parameters))  # noqa: S301 - our own
    assert parameters == {"a": [1, 2], "b": "x"}
    assert Parameters() == {}


def test_a_repr_shows_how_many_and_nothing_else() -> None:
    assert repr(Parameters([("254700000317", "254700000317")])) == "<1 parameters>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (" a\n", "a"),
        (5, "5"),
        ("", None),
        ("  ", None),
        (True, None),
        (1.5, None),
        (["a"], "a"),
        (["a", "b"], None),
    ],
)
def test_text_is_text_or_a_whole_number(value: object, text: str | None) -> None:
    assert text_of(value) == text


@given(st.text())
def test_folding_ends_in_letters_and_digits(name: str) -> None:
    folded = fold(name)
    assert folded == fold(folded) == fold(name.upper() if name.isascii() else name)
    assert not folded or (folded.isascii() and folded.isalnum())


def test_folding_forgets_long_names_and_too_many() -> None:
    for number in range(3_000):
        assert fold(f"Name {number}") == f"name{number}"
    assert fold("x" * 10_000 + "!") == "x" * 10_000


@given(st.lists(st.tuples(st.text(max_size=4), st.none() | st.integers() | st.text(max_size=3) | st.booleans())))
def test_they_are_a_mapping_whatever_comes(pairs: list[tuple[str, object]]) -> None:
    parameters = Parameters(pairs)
    assert len(parameters) == len(list(parameters)) == len(dict(parameters))
    for name in parameters:
        assert parameters.all(fold(name))[0] == parameters.first(fold(name))
