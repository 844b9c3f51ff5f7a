"""For any body the parsers return a value that makes sense, or raise CallbackMalformed."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mutations import SHAPES, mutated
from tests.support.parsing import check


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_every_shape_has_a_parser(shape: object) -> None:
    body = json.dumps(shape).encode()
    check(body)
    check(shape)


@given(st.binary() | st.text())
def test_bytes_and_text(body: bytes | str) -> None:
    check(body)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
names = st.text(max_size=5) | st.sampled_from(
    [
        "Result",
        "ResultCode",
        "ResultParameters",
        "ResultParameter",
        "Key",
        "Value",
        "Amount",
        "TransID",
        "Body",
        "Response",
    ]
)


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20))
def test_values_of_json_and_of_python(value: object) -> None:
    check(value)
    check(json.dumps(value))


@settings(max_examples=1_000)
@given(st.randoms(use_true_random=False))
def test_real_shapes_with_something_wrong(random: Random) -> None:
    check(mutated(random))
