"""An operator is known by a password that is encrypted with the certificate of the local Daraja."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from daraja import Initiator, security_credential
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, certificate
from daraja.simulator.operators import Operators
from daraja.simulator.results import INITIATOR_INVALID, LOCKED

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RIGHT = security_credential(SANDBOX_PASSWORD, certificate())
WRONG = security_credential("another", certificate())


@pytest.fixture
def operators() -> Operators:
    return Operators({SANDBOX_INITIATOR: SANDBOX_PASSWORD, "second": "Other#1"})


def test_a_credential_of_the_password_is_accepted_however_often(operators: Operators) -> None:
    initiator = Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())
    for credential in (RIGHT, RIGHT, initiator.security_credential.reveal()):
        assert operators.check(SANDBOX_INITIATOR, credential, NOW) is None


@pytest.mark.parametrize("credential", [WRONG, "", "x", "\u2603", SANDBOX_PASSWORD, b64encode(b"x" * 256).decode()])
def test_any_other_credential_is_refused(operators: Operators, credential: str) -> None:
    assert operators.check(SANDBOX_INITIATOR, credential, NOW) == INITIATOR_INVALID


def test_an_unknown_operator_is_refused_and_cannot_be_locked(operators: Operators) -> None:
    assert [operators.check("stranger", RIGHT, NOW) for _ in range(4)] == [INITIATOR_INVALID] * 4


def test_three_wrong_passwords_in_ten_minutes_lock_one_operator(operators: Operators) -> None:
    tries = [operators.check(SANDBOX_INITIATOR, WRONG, NOW + timedelta(minutes=minutes)) for minutes in (0, 5, 9)]
    assert tries == [INITIATOR_INVALID] * 3
    assert operators.check(SANDBOX_INITIATOR, RIGHT, NOW + timedelta(days=1)) == LOCKED
    assert operators.check("second", security_credential("Other#1", certificate()), NOW) is None
    operators.unlock(SANDBOX_INITIATOR)
    assert operators.check(SANDBOX_INITIATOR, RIGHT, NOW) is None


def test_wrong_passwords_that_are_further_apart_do_not_lock(operators: Operators) -> None:
    for minutes in (0, 5, 10, 15, 20):
        operators.check(SANDBOX_INITIATOR, WRONG, NOW + timedelta(minutes=minutes))
    assert operators.check(SANDBOX_INITIATOR, RIGHT, NOW + timedelta(minutes=20)) is None


def test_a_right_password_forgets_the_wrong_ones(operators: Operators) -> None:
    for credential in (WRONG, WRONG, RIGHT, WRONG, WRONG, RIGHT):
        operators.check(SANDBOX_INITIATOR, credential, NOW)
    assert operators.check(SANDBOX_INITIATOR, RIGHT, NOW) is None


def test_only_an_operator_can_be_unlocked(operators: Operators) -> None:
    operators.unlock("second")
    with pytest.raises(LookupError, match="known are testapi, second"):
        operators.unlock("stranger")


def test_the_certificate_is_the_same_each_time() -> None:
    first = certificate()
    certificate.cache_clear()
    assert certificate() == first
    assert first.startswith(b"-----BEGIN CERTIFICATE-----")
