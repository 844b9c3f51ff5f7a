"""What the fixtures are made of: a client that outlives a test finds its token taken by the next test's engine."""

from collections.abc import Callable, Sequence

import pytest
import requests_mock

from daraja import Daraja
from daraja.errors import AuthenticationError
from daraja.simulator import Engine, EventKind
from daraja.testing import ManualClock, MountedDaraja, mount_requests, sample_config
from daraja.testing.defaults import engine_for, sample_business

PHONE = "254712345678"
REFUSED_ONCE = "254700008031"
"""Whose push finds its token refused the first time."""

Test = Callable[..., MountedDaraja]


def an_engine() -> Engine:
    return engine_for(sample_business())


@pytest.fixture
def a_test() -> Test:
    """Give a test of its own in which a client asks that belongs to the whole process, as in a shop's ``@cache``."""
    clock = ManualClock()
    daraja = Daraja(sample_config(), clock=clock)

    def ask(engine: Engine, phone: str = PHONE) -> MountedDaraja:
        clock.advance(1)
        with requests_mock.Mocker() as mocker:
            mounted = mount_requests(MountedDaraja(engine, clock), mocker)
            daraja.stk_push(phone=phone, amount=1, reference="ORD-1")
        return mounted

    return ask


def kinds(mounted: MountedDaraja) -> Sequence[EventKind]:
    return [event.kind for event in mounted.events]


def test_the_token_of_an_earlier_test_is_taken(a_test: Test) -> None:
    first, second = a_test(an_engine()), a_test(an_engine())

    assert kinds(first)[0] is EventKind.TOKEN
    assert {EventKind.TOKEN, EventKind.REFUSED}.isdisjoint(kinds(second))
    assert (len(first.pushes), len(second.pushes)) == (1, 1)


def test_a_number_that_refuses_a_token_once_does_so_in_a_second_test_too(a_test: Test) -> None:
    a_test(an_engine())
    second = a_test(an_engine(), REFUSED_ONCE)

    assert kinds(second).count(EventKind.REFUSED) == 1
    assert len(second.pushes) == 1


def test_a_token_that_was_revoked_stays_refused_in_the_next_test(a_test: Test) -> None:
    a_test(an_engine()).revoke_tokens()
    second = a_test(an_engine())

    assert kinds(second)[:2] == [EventKind.REFUSED, EventKind.TOKEN]


def test_every_setting_can_be_another_one() -> None:
    config = sample_config(max_amount=1_000, consumer_key="another-key")

    assert (config.max_amount, config.consumer_key.reveal()) == (1_000, "another-key")
    with pytest.raises(TypeError, match="largest_amount"):
        sample_config(largest_amount=1_000)


def test_the_user_s_own_engine_knows_no_other_tokens(a_test: Test) -> None:
    a_test(an_engine())
    with pytest.raises(AuthenticationError):
        a_test(Engine(), REFUSED_ONCE)
