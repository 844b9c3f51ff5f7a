"""A served Daraja whose callbacks a test takes: they come from threads, and what goes wrong there is told."""

from collections.abc import Callable, Generator

import pytest

from daraja import Checkout, Config, Daraja
from daraja.http.messages import HttpRequest
from daraja.simulator import Engine, EventKind, LocalDaraja
from daraja.stores import MemoryStore
from daraja.testing import assert_paid_once, deliver_to, sample_config
from daraja.testing.adapters import ServedDaraja

PHONE = "254712345678"
EARLY = "254700008003"
"""Whose callback comes before the answer to its push."""
FAILED = pytest.fail.Exception


def refuse(_: HttpRequest) -> None:
    pytest.fail("the view is not there")


def push(served: LocalDaraja, phone: str = PHONE) -> None:
    with Daraja(sample_config(base_url=served.base_url)) as daraja:
        daraja.stk_push(phone=phone, amount=1, reference="ORD-1")


@pytest.fixture
def served() -> Generator[ServedDaraja]:
    with ServedDaraja(Engine()) as served:
        served.receiver = refuse
        yield served


class TestTheFixture:
    """``daraja_server`` where ``daraja_deliver`` is overridden."""

    @pytest.fixture
    def checkout(self, daraja_config: Config) -> Generator[Checkout]:
        with Daraja(daraja_config) as daraja:
            yield Checkout(daraja, MemoryStore())

    @pytest.fixture
    def daraja_deliver(self, checkout: Checkout) -> Callable[[HttpRequest], object]:
        return deliver_to(checkout)

    def test_callbacks_go_where_the_test_says(self, checkout: Checkout, daraja_server: LocalDaraja) -> None:
        payment = checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        daraja_server.pay(PHONE)

        assert_paid_once(checkout, payment)
        said = [event.text for event in daraja_server.events if event.kind is EventKind.RECEIVER]
        assert said == ["https://shop.example answered HTTP 200"]


def test_a_receiver_without_a_reply_counts_as_no_answer(served: ServedDaraja) -> None:
    heard: list[HttpRequest] = []
    served.receiver = heard.append
    push(served)
    served.pay(PHONE)

    assert len(heard) == 1
    assert [event for event in served.events if event.kind is EventKind.RECEIVER] == []


def test_a_callback_that_was_not_taken_fails_the_test_where_it_became_due(served: ServedDaraja) -> None:
    push(served)
    with pytest.raises(FAILED, match="the view is not there"):
        served.pay(PHONE)

    assert any("failed with Failed" in event.text for event in served.events)
    served.raise_first()


def test_of_several_callbacks_that_failed_the_first_is_reported(served: ServedDaraja) -> None:
    push(served)
    with served.hold():
        served.pay(PHONE)
        with pytest.raises(FAILED, match="the view is not there"):
            served.deliver(times=3)
        served.raise_first()


def test_one_that_became_due_by_itself_fails_the_test_at_its_end(served: ServedDaraja) -> None:
    push(served, EARLY)
    with pytest.raises(FAILED, match="the view is not there"):
        served.raise_first()


def test_the_fixture_fails_a_test_whose_callback_was_not_taken(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_shop=f"""
            import pytest

            @pytest.fixture
            def daraja_deliver():
                return lambda callback: pytest.fail("the view is not there")

            def test_a_sale(daraja_server, daraja_client):
                daraja_client.stk_push(phone={EARLY!r}, amount=1, reference="ORD-1")
        """
    )
    run = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:django", "-W", "error")
    [failed] = [report for report in run.getreports("pytest_runtest_logreport") if report.failed]

    assert (failed.when, "the view is not there" in failed.longreprtext) == ("teardown", True)


def test_callbacks_under_way_at_the_end_of_a_test_reach_the_shop_and_are_reported(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        test_shop=f"""
            import threading

            import pytest

            from daraja.simulator import Answer, Engine

            under_way = threading.Event()

            @pytest.fixture
            def daraja_engine():
                return Engine(answer=Answer.PAY, delay=0)

            @pytest.fixture
            def shop():
                life = ["open"]
                yield life
                life.append("torn down")

            @pytest.fixture
            def daraja_deliver(shop):
                def deliver(callback):
                    [serving] = [thread for thread in threading.enumerate() if thread.name == "daraja-simulator"]
                    under_way.set()
                    serving.join()  # so the test is over
                    pytest.fail(f"the shop is {{shop[-1]}}")

                return deliver

            def test_a_sale(daraja_server, daraja_client):
                daraja_client.stk_push(phone={PHONE!r}, amount=1, reference="ORD-1")
                assert under_way.wait(10)
        """
    )
    run = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:django", "-W", "error")
    [failed] = [report for report in run.getreports("pytest_runtest_logreport") if report.failed]

    assert (failed.when, "the shop is open" in failed.longreprtext) == ("teardown", True)
