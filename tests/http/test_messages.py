"""HTTP as values: equal by content, and silent about credentials and bodies."""

import copy
import json
import pickle

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.http.json_body import post_json
from daraja.http.messages import HttpRequest, HttpResponse

TOKEN = "an-access-token-nobody-may-see"
REQUEST = HttpRequest("POST", "https://daraja.example/x", {"Authorization": f"Bearer {TOKEN}"}, TOKEN.encode())
RESPONSE = HttpResponse(200, {"Set-Cookie": TOKEN}, TOKEN.encode())


@pytest.mark.parametrize("value", [REQUEST, RESPONSE], ids=["request", "response"])
def test_no_repr_shows_a_header_or_the_body(value: HttpRequest | HttpResponse) -> None:
    assert TOKEN not in repr(value) + str(value) + f"{[value]}"


def test_a_repr_shows_the_method_and_the_address() -> None:
    assert repr(REQUEST) == "HttpRequest(method='POST', url='https://daraja.example/x', timeout=None)"
    assert repr(RESPONSE) == "HttpResponse(status=200)"


@pytest.mark.parametrize("value", [REQUEST, RESPONSE], ids=["request", "response"])
def test_values_are_equal_by_content_and_survive_copying(value: HttpRequest | HttpResponse) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes
    assert attrs.evolve(value, body=b"other") != value


def test_messages_are_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        REQUEST.url = "https://elsewhere.example"  # type: ignore[misc]  # that is the test


def test_headers_and_body_may_be_left_out() -> None:
    assert (HttpRequest("GET", "https://x.example").headers, HttpResponse(204).body) == ({}, b"")


def test_a_request_has_no_time_limit_by_default() -> None:
    assert REQUEST.timeout is None
    assert attrs.evolve(REQUEST, timeout=2.5).timeout == 2.5


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_a_header_is_found_in_any_case(name: str) -> None:
    assert HttpResponse(429, {"rEtry-aFter": "12", "Date": "today"}).header(name) == "12"
    assert HttpResponse(429, {name: "12"}).header("Retry-After") == "12"


def test_a_header_that_is_not_there() -> None:
    assert HttpResponse(429, {"Retry": "12"}).header("Retry-After") is None


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters()) | st.integers()))
def test_any_fields_become_ascii_json(fields: dict[str, str | int]) -> None:
    request = post_json("https://daraja.example/x", fields)
    assert request.body.isascii()
    assert json.loads(request.body) == fields


def test_the_whole_request() -> None:
    request = post_json("https://daraja.example/x", {"Amount": 500, "TransactionDesc": "Nguo"})
    assert (request.method, request.url) == ("POST", "https://daraja.example/x")
    assert request.headers == {"Content-Type": "application/json", "Accept": "application/json"}
    assert request.body == b'{"Amount":500,"TransactionDesc":"Nguo"}'
