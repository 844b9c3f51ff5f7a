"""Starting a payment ends within its limit, wherever it hangs."""

from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Status
from daraja.errors import ApiError, NotSent, OutcomeUnknown, PaymentView, UnexpectedResponse
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing import ManualClock
from tests.payments.starts import GOOD, SPIKE, refused
from tests.support.checkouts import ScriptedCheckout, scripted_checkout
from tests.support.scripted import ScriptedAnswer, accepted, answer, refusal, token


class Slow(ManualClock):
    """A clock for a slow Daraja."""

    def hang(self, share: float, reply: ScriptedAnswer, request: HttpRequest) -> HttpResponse:
        """Use a part of the time limit of a request, then answer it."""
        assert request.timeout is not None
        self.advance(share * request.timeout)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, HttpResponse) else reply(request)


SILENCE: Final = OutcomeUnknown("no whole answer came")


def hanging(*course: tuple[float, ScriptedAnswer]) -> tuple[ScriptedCheckout, Slow]:
    clock = Slow()
    return scripted_checkout(*(partial(clock.hang, *one) for one in course), clock=clock), clock


def test_a_hanging_oauth_ends_within_the_limit_and_nobody_is_prompted() -> None:
    shop, clock = hanging((1, SILENCE))
    error, payment = refused(shop)

    assert isinstance(error, NotSent)
    assert payment.status is Status.FAILED
    assert (shop.transport.paths, clock.monotonic()) == (["generate"], 16)


def test_no_push_is_sent_after_an_oauth_that_used_most_of_the_time() -> None:
    shop, _ = hanging((0.7, token()))
    error, _ = refused(shop)

    assert isinstance(error, NotSent)
    assert shop.transport.paths == ["generate"]


def test_a_hanging_push_after_a_slow_oauth_ends_within_the_limit() -> None:
    shop, clock = hanging((0.6, token()), (1, SILENCE))
    payment = shop.checkout.start(**GOOD)

    assert payment.status is Status.PENDING
    assert (shop.transport.paths, clock.monotonic()) == (["generate", "processrequest"], 16)
    assert [request.timeout for request in shop.transport.requests] == [16.0, pytest.approx(6.4)]


def test_a_hanging_store_after_a_hanging_push_is_called_once() -> None:
    shop, clock = hanging((0, token()), (1, accepted()))

    def hang() -> None:
        clock.advance(4)
        raise OSError

    shop.store.first["swap"] += [hang] * 10
    payment = shop.checkout.start(**GOOD)

    assert payment.status is Status.PENDING
    assert clock.monotonic() == 20


def test_the_time_of_a_slow_insert_counts_for_the_limit() -> None:
    shop, clock = hanging((0, token()), (1, SILENCE))
    shop.store.first["insert"].append(lambda: clock.advance(9))
    shop.checkout.start(**GOOD)

    assert [request.timeout for request in shop.transport.requests] == [7.0, 7.0]
    assert clock.monotonic() == 16


oauth = st.sampled_from([token(), NotSent("refused"), SILENCE, answer(503), answer(429, Retry_After="7"), answer(400)])
pushed = st.sampled_from(
    [accepted(), NotSent("refused"), SILENCE, answer(503), SPIKE, refusal(404, "404.001.03"), RuntimeError()]
)


@given(st.lists(st.tuples(st.floats(0, 1), oauth, pushed), min_size=9, max_size=9), st.floats(0, 1), st.booleans())
def test_start_ends_within_twenty_seconds_wherever_it_hangs(
    course: list[tuple[float, ScriptedAnswer, ScriptedAnswer]],
    store_takes: float,
    store_fails: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    clock = Slow()

    def hang(share: float, grant: ScriptedAnswer, reply: ScriptedAnswer, request: HttpRequest) -> HttpResponse:
        return clock.hang(share, grant if "/oauth/" in request.url else reply, request)

    def take_time() -> None:
        clock.advance(store_takes)
        if store_fails:
            raise OSError

    shop = scripted_checkout(*(partial(hang, *one) for one in course), clock=clock)
    shop.store.first["swap"] += [take_time] * 10
    payment: PaymentView | None
    try:
        payment = shop.checkout.start(**GOOD)
    except (ApiError, NotSent, UnexpectedResponse) as error:
        payment = error.payment

    assert clock.monotonic() <= 20
    assert payment is not None
    stored = shop.store.load(payment.key)
    assert stored is not None
    assert store_fails or payment == stored  # an answer that was not stored is on the payment all the same
