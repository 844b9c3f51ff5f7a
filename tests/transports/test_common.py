"""The words for a request that failed, and the time it gets, whatever library carries requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.errors import NotSent, OutcomeUnknown
from daraja.transports.common import FailureKinds, Route, shortened

KINDS = FailureKinds(
    unbuilt=(ValueError,),
    unreachable=(ConnectionRefusedError,),
    too_late=(),
    untrusted=(),
    silent=(TimeoutError,),
)
ELSEWHERE = Route("https://api.example/")


def words_for(url: str, proxy_url: str = "") -> str:
    failed = KINDS.failure(ConnectionRefusedError(), Route(url, proxy_url), (5, 30))
    assert type(failed) is NotSent
    return str(failed.args[0])


@pytest.mark.parametrize("address", ["http://127.0.0.1:8765", "http://localhost:8765", "http://[::1]:8765"])
def test_a_client_of_this_machine_is_asked_whether_the_local_daraja_runs(address: str) -> None:
    hint = " (is the local Daraja running? python -m daraja.simulator)"
    assert words_for(f"{address}/mpesa/") == f"{address}{hint} was not found or did not take the connection"


def test_any_other_address_is_named_without_user_and_path() -> None:
    words = "https://api.example was not found or did not take the connection"
    assert words_for("https://user:secret@api.example/s3cr3t?key=s3cr3t") == words


def test_only_the_proxy_that_is_down_is_named() -> None:
    words = "the proxy http://127.0.0.1:3128 was not found or did not connect us"
    assert words_for("https://api.example/", "http://user:s3cr3t@127.0.0.1:3128") == words


def test_a_text_that_is_not_an_address_is_not_shown() -> None:
    assert words_for("https://[s3cr3t") == "the host was not found or did not take the connection"
    assert "s3cr3t" not in repr(Route("https://s3cr3t", "https://s3cr3t"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("s3cr3t"), "no whole answer came within 30 s"),
        (
            ConnectionResetError("s3cr3t"),
            "the connection broke before the whole answer had come (ConnectionResetError)",
        ),
    ],
)
def test_a_request_that_may_have_been_sent_is_ambiguous(error: Exception, words: str) -> None:
    failed = KINDS.failure(error, ELSEWHERE, (5, 30))
    assert (type(failed), failed.args[0]) == (OutcomeUnknown, words)


def test_once_sending_had_begun_no_exception_proves_that_nothing_was_sent() -> None:
    assert type(KINDS.failure(ConnectionRefusedError(), ELSEWHERE, (5, 30))) is NotSent
    assert type(KINDS.failure(ConnectionRefusedError(), ELSEWHERE, (5, 30), sent=True)) is OutcomeUnknown


@given(st.floats(0.001, 100), st.floats(0.001, 50), st.floats(0.001, 50))
def test_connecting_and_reading_take_no_longer_than_the_limit_in_all(
    total: float, connecting: float, reading: float
) -> None:
    connect, read = shortened((connecting, reading), total)

    assert connect <= min(connecting, total / 2)
    assert 0 < read <= reading
    assert connect + read <= total * (1 + 1e-9)
    assert shortened((connecting, reading), None) == (connecting, reading)
