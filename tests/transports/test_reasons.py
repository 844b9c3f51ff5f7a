"""What is said of a request that failed, whatever library failed to carry it."""

import pytest

from daraja.errors import NotSent, OutcomeUnknown
from daraja.transports.reasons import TAKEN, failure

TAKES_NONE = ((TAKEN, (ConnectionRefusedError,)),)


def said_of(url: str) -> str:
    failed = failure(ConnectionRefusedError(), url, (5, 30), not_sent=TAKES_NONE, silence=(TimeoutError,))
    assert type(failed) is NotSent
    return str(failed.args[0])


@pytest.mark.parametrize("address", ["http://127.0.0.1:8765", "http://localhost:8765", "http://[::1]:8765"])
def test_a_client_of_this_machine_is_asked_whether_the_local_daraja_runs(address: str) -> None:
    hint = " (is the local Daraja running? python -m daraja.simulator)"
    assert said_of(f"{address}/mpesa/") == f"{address}{hint} was not found or did not take the connection"


def test_any_other_address_is_named_without_user_and_path() -> None:
    words = "https://api.example was not found or did not take the connection"
    assert said_of("https://user:secret@api.example/s3cr3t?key=s3cr3t") == words


def test_what_is_no_address_is_not_shown() -> None:
    assert said_of("https://[s3cr3t") == "the host was not found or did not take the connection"


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
def test_what_may_have_been_carried_is_not_known(error: Exception, words: str) -> None:
    failed = failure(error, "https://api.example/", (5, 30), not_sent=TAKES_NONE, silence=(TimeoutError,))
    assert (type(failed), failed.args[0]) == (OutcomeUnknown, words)
