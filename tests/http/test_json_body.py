"""JSON from outside keeps its exact numbers; doubtful JSON is refused and not shown."""

import json
import time
from decimal import Decimal
from enum import IntEnum
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.http.json_body import MAX_DEPTH, as_text, read_json

NUMBER: Final = "254700000017"

trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def refused(body: bytes | str) -> str:
    with pytest.raises(ValueError, match=r"^[a-zA-Z0-9 ]+$") as caught:
        read_json(body)
    return str(caught.value)


def nested(depth: int, inside: str = "0") -> str:
    return "[" * depth + inside + "]" * depth


# --------------------------------------------------------------------------------------------------------- what is read


@given(trees)
def test_json_is_read_as_it_was_written(tree: object) -> None:
    assert read_json(json.dumps(tree)) == tree
    assert read_json(json.dumps(tree, ensure_ascii=False).encode()) == tree


@pytest.mark.parametrize(
    "body", [b'{"a": "\xc3\xa9"}', '{"a": "é"}', '\ufeff{"a": "é"}', b'\xef\xbb\xbf{"a":"\xc3\xa9"}\r\n']
)
def test_bytes_and_text_read_the_same_with_a_byte_order_mark_or_without(body: bytes | str) -> None:
    assert read_json(body) == {"a": "é"}


@pytest.mark.parametrize(
    "lexeme", ["1.0", "1.00", "0.10", "2500.50", "1e3", "-0.0", "0.1", "9" * 40 + ".5", "1e999999999"]
)
def test_a_fraction_keeps_every_digit_that_was_written(lexeme: str) -> None:
    read = read_json(lexeme)
    assert isinstance(read, Decimal)
    assert read.as_tuple() == Decimal(lexeme).as_tuple()


@pytest.mark.parametrize("lexeme", ["0", "-1", "254700000017", "9" * 4_000])
def test_a_whole_number_is_an_int(lexeme: str) -> None:
    read = read_json(f'{{"aCode": {lexeme}}}')
    assert read == {"aCode": int(lexeme)}
    assert json.dumps(read) == f'{{"aCode": {lexeme}}}'


# ------------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"{",
        b'{"a": 1',
        b'{"a": 1}}',
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": 1,}',
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b"\xff",
        b'{"a": "\xe9"}',
        b'{"a": "\xed\xa0\x80"}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-be"),
        '{"a": 1}'.encode("utf-32"),
        b'\x00{"a": 1}',
        b'{"a": 1}\x00',
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
        b"9" * 5_000,
        b"1e" + b"9" * 30,
        b"<html></html>",
    ],
)
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    assert refused(body) == "is not JSON"


def test_an_error_shows_nothing_of_the_body() -> None:
    with pytest.raises(ValueError, match="JSON") as caught:
        read_json(f'{{"PhoneNumber": {NUMBER}, ')
    assert str(caught.value) == "is not JSON"
    assert caught.value.__context__ is None  # the parser's own error holds the whole body


# ---------------------------------------------------------------------------------------------------------------- depth


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"), ('{"a":[{"b":0},', "]}"), ('["]",', "]")]
)
def test_thirty_two_levels_are_read_and_thirty_three_are_not(opening: str, closing: str) -> None:
    levels = opening.replace('{"b":0}', "").count("[") + opening.replace('{"b":0}', "").count("{")
    times, more = divmod(MAX_DEPTH, levels)
    assert more == 0
    allowed = opening * (times - 1) + nested(levels) + closing * (times - 1)
    assert read_json(allowed) == json.loads(allowed)
    assert refused(opening * (times - 1) + nested(levels + 1) + closing * (times - 1)) == "nests more than 32 deep"


@pytest.mark.parametrize("text", ["[" * 100, '\\"[{' * 50, "\\\\", "{" * 40 + '\\\\\\"' + "[" * 40])
def test_brackets_in_text_are_no_depth(text: str) -> None:
    body = f'["{text}", {nested(MAX_DEPTH - 1)}]'
    assert read_json(body) == json.loads(body)
    assert refused(f'["{text}", {nested(MAX_DEPTH)}]') == "nests more than 32 deep"


def test_many_brackets_side_by_side_are_no_depth() -> None:
    assert read_json("[" + ",".join(["[]", "{}"] * 500) + "]") == [[], {}] * 500


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_a_body_of_nothing_but_openings_is_refused_at_once(opening: str) -> None:
    body = opening * (64 * 1024 // len(opening))
    began = time.perf_counter()
    assert refused(body) == "nests more than 32 deep"
    assert time.perf_counter() - began < 1


@given(st.integers(min_value=1, max_value=3 * MAX_DEPTH), st.booleans())
def test_depth_is_counted_exactly(depth: int, objects: bool) -> None:  # noqa: FBT001 - it is generated
    body = '{"a":' * depth + "0" + "}" * depth if objects else nested(depth)
    if depth <= MAX_DEPTH:
        assert read_json(body) == json.loads(body)
    else:
        assert refused(body) == "nests more than 32 deep"


# ---------------------------------------------------------------------------------------------------------------- codes


@pytest.mark.parametrize(
    "body",
    [
        '{"ResultCode": 1032, "ResultCode": 0}',
        '{"ResultCode": 0, "ResultCode": 1032}',
        '{"ResultCode": 0, "ResultCode": 0}',
        '{"ResultCode": false, "ResultCode": 0}',
        '{"ResultCode": 1032, "Result\\u0043ode": 0}',
        '{"Result\\u0043ode": 1032, "ResultCode": 0}',
        '{"ResponseCode": "1", "a": [], "ResponseCode": "0"}',
        '[{"deep": {"errorCode": "1", "errorCode": "2"}}]',
    ],
)
def test_a_code_that_stands_twice_in_one_object_is_refused(body: str) -> None:
    assert refused(body) == "has a code or what is around it twice"


def test_two_codes_in_two_objects_are_two_codes() -> None:
    body = '{"ResultCode": 1032, "Body": {"ResultCode": 0, "ResponseCode": "0"}}'
    assert read_json(body) == {"ResultCode": 1032, "Body": {"ResultCode": 0, "ResponseCode": "0"}}


def test_the_last_value_of_any_other_repeated_key_counts() -> None:
    assert read_json('{"a": 1, "a": 2}') == {"a": 2}
    assert read_json('{"a": 1, "a": 2, "b": "\\\\"}') == {"a": 2, "b": "\\"}


@given(before=trees, after=trees)
def test_careful_reading_gives_what_plain_reading_gives(before: object, after: object) -> None:
    plain = {"before": before, "aCode": 5, "after": after}
    careful = {**plain, "bCode": -7}
    assert read_json(json.dumps(plain)) == plain
    assert read_json(json.dumps(careful)) == careful


# ------------------------------------------------------------------------------------------------------ as_text, chance


class Numbered(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1032", "1032"),
        (" 0", " 0"),
        ("00", "00"),
        (0, "0"),
        (-1, "-1"),
        (1032, "1032"),
        ("", None),
        (True, None),
        (False, None),
        (0.0, None),
        (Decimal(0), None),
        (Decimal("-0"), None),
        (Numbered.ONE, None),
        pytest.param(10**5_000, None, id="huge"),
        (None, None),
        (b"0", None),
        ([], None),
        ({}, None),
        (["0"], None),
    ],
)
def test_a_code_is_a_whole_number_or_text(value: object, text: str | None) -> None:
    assert as_text(value) == text


@given(st.binary() | st.text())
@example(b"\xef\xbb\xbf")
@example("\ud800")
@example('"\\ud800"')
def test_anything_at_all_is_read_or_refused(body: bytes | str) -> None:
    try:
        read = read_json(body)
    except ValueError as error:
        fault = str(error)
    else:
        text = body if isinstance(body, str) else body.decode()
        assert read == json.loads(text.strip("\ufeff \t\n\r"), parse_float=Decimal)
        return
    assert fault in {"is not JSON", "nests more than 32 deep", "has a code or what is around it twice"}
