"""What a developer does with a local Daraja, mounted or served, is done when the call returns."""

import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from queue import Empty

import attrs
import pytest
import requests_mock
from hypothesis import given
from hypothesis import strategies as st

from daraja import Config, Daraja, Environment, Outcome, StkCallback, parse_stk_callback
from daraja.errors import DarajaError, OutcomeUnknown
from daraja.http.messages import HttpRequest
from daraja.simulator import Answer, Callback, Control, Engine, EventKind, LocalDaraja, Push, Scenario
from daraja.simulator.products.stk.behaviours import with_another_amount
from daraja.simulator.products.stk.scenarios import EARLY_CALLBACK
from daraja.simulator.results import CANCELLED, PAID
from daraja.testing import ManualClock, MountedDaraja, mount_requests
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver

PHONE = "0712 345 678"
OTHER = "0722 345 678"


@attrs.frozen
class Stall:
    """A shop, the callbacks that it has received, and the control of its local Daraja."""

    daraja: Daraja
    control: Control
    received: list[StkCallback]

    def push(self, phone: str = PHONE) -> str:
        return self.daraja.stk_push(phone=phone, amount=500, reference="ORD-1").checkout_request_id

    def outcomes(self) -> list[Outcome]:
        return [callback.outcome for callback in self.received]


class Received(list[StkCallback]):
    """The callbacks that a receiver on a socket has by now."""

    def __init__(self, receiver: Receiver) -> None:
        super().__init__()
        self._receiver = receiver

    def update(self) -> "Received":
        while True:
            try:
                self.append(parse_stk_callback(self._receiver.already().body))
            except Empty:
                return self


@attrs.frozen
class ServedStall(Stall):
    def outcomes(self) -> list[Outcome]:
        assert isinstance(self.received, Received)
        return [callback.outcome for callback in self.received.update()]


@contextmanager
def mounted(engine: Engine) -> Generator[Stall]:
    clock, received = ManualClock(), list[StkCallback]()

    def receive(callback: HttpRequest) -> str:
        received.append(parse_stk_callback(callback.body))
        return "answered HTTP 200"

    with requests_mock.Mocker() as mocker, Daraja(CONFIG, clock=clock) as daraja:
        yield Stall(daraja, mount_requests(MountedDaraja(engine, clock, deliver=receive), mocker), received)


@contextmanager
def served(engine: Engine) -> Generator[Stall]:
    clock = ManualClock(datetime.now(UTC))  # the shop's own, so that it does not really wait between its requests
    with (
        Receiver() as receiver,
        LocalDaraja(engine=engine) as local,
        Daraja(at(local, receiver.url), clock=clock) as daraja,
    ):
        yield ServedStall(daraja, local, Received(receiver))


def at(local: LocalDaraja, callback_url: str) -> Config:
    return attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=callback_url)


@pytest.fixture(params=["mounted", "served"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def stall_at(way: str, engine: Engine | None = None) -> Generator[Stall]:
    with ExitStack() as stack:
        yield stack.enter_context({"mounted": mounted, "served": served}[way](engine or Engine()))


@pytest.fixture
def stall(way: str) -> Generator[Stall]:
    with stall_at(way) as stall:
        yield stall


# The phones


@pytest.mark.parametrize(("what", "code"), [("pay", "0"), ("wrong_pin", "2001"), ("cancel", "1032"), ("no_funds", "1")])
def test_the_callback_has_arrived_when_answer_returns(stall: Stall, what: str, code: str) -> None:
    asked = stall.push()
    assert [prompt.push.checkout_request_id for prompt in stall.control.prompts] == [asked]
    getattr(stall.control, what)(PHONE)
    assert stall.outcomes() == [stall.daraja.stk_query(asked).outcome]
    assert [callback.result_code for callback in stall.received] == [code]
    assert stall.control.prompts == ()
    assert [prompt.push.checkout_request_id for prompt in stall.control.decided] == [asked]
    assert [push.amount for push in stall.control.pushes] == [500]
    assert len(stall.control.callbacks) == 1


def test_an_ignored_prompt_ends_by_itself(stall: Stall) -> None:
    stall.push()
    stall.control.ignore(PHONE)
    assert stall.outcomes() == []
    stall.control.advance(seconds=27)
    assert stall.outcomes() == [Outcome.TIMEOUT]


def test_answering_without_a_prompt_is_an_error(stall: Stall) -> None:
    with pytest.raises(LookupError, match=r"no prompt is open on 2547\*{5}678; ask for a push first"):
        stall.control.pay(PHONE)
    with pytest.raises(ValueError, match="not a Kenyan mobile number"):
        stall.control.pay("12")


# The time


def test_advance_delivers_what_falls_due_on_the_way_in_order(way: str) -> None:
    slow = Scenario(result=PAID, after=5, callbacks=(Callback(after=40), Callback(after=1)))
    with stall_at(way, Engine(scenarios={OTHER: slow})) as stall:
        stall.push(PHONE)
        stall.push(OTHER)
        stall.control.advance(seconds=60)
        assert stall.outcomes() == [Outcome.PAID, Outcome.TIMEOUT, Outcome.PAID]
        assert [event.kind for event in stall.control.events][-9:] == [
            EventKind.CONTROL,
            *[EventKind.DECIDED, EventKind.CALLBACK, EventKind.RECEIVER],
            *[EventKind.DECIDED, EventKind.CALLBACK, EventKind.RECEIVER],
            *[EventKind.CALLBACK, EventKind.RECEIVER],
        ]


def test_each_event_has_its_own_time_and_the_clock_ends_at_the_given_time() -> None:
    seen: list[float] = []
    clock = ManualClock()
    with requests_mock.Mocker() as mocker, Daraja(CONFIG, clock=clock) as daraja:
        control = mount_requests(
            MountedDaraja(Engine(), clock, deliver=lambda _: seen.append(clock.monotonic())), mocker
        )
        daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")
        control.advance(seconds=90.5)
    assert seen == [27]
    assert clock.monotonic() == 90.5


def test_a_token_expires_by_the_simulator_s_time(stall: Stall) -> None:
    stall.push()
    before = stall.control.engine.log.last
    stall.control.advance(seconds=3700)
    stall.push(OTHER)
    kinds = [event.kind for event in stall.control.events if event.number > before]
    assert EventKind.TOKEN in kinds


@pytest.mark.parametrize("seconds", [-1, 86_401, float("nan")])
def test_advance_accepts_up_to_a_day(stall: Stall, seconds: float) -> None:
    with pytest.raises(ValueError, match="give seconds, from 0 to 86,400"):
        stall.control.advance(seconds=seconds)


# The callbacks


def test_held_callbacks_are_delivered_several_times_and_shuffled(stall: Stall) -> None:
    with stall.control.hold():
        stall.push(PHONE)
        stall.push(OTHER)
        stall.control.pay(PHONE)
        stall.control.cancel(OTHER)
        stall.control.advance(seconds=60)
        assert stall.outcomes() == []
        assert stall.control.deliver(times=3, shuffled=True) == 6
        outcomes = stall.outcomes()
        assert sorted(outcomes) == [Outcome.CANCELLED] * 3 + [Outcome.PAID] * 3
        assert outcomes != [Outcome.PAID, Outcome.CANCELLED] * 3
        assert stall.control.deliver() == 0
    assert len(stall.outcomes()) == 6


def test_held_callbacks_are_delivered_when_the_block_ends(stall: Stall) -> None:
    with stall.control.hold():
        with stall.control.hold():
            stall.push()
            stall.control.pay(PHONE)
        assert stall.outcomes() == []
    assert stall.outcomes() == [Outcome.PAID]


def test_a_callback_delivered_no_times_is_lost(stall: Stall) -> None:
    with stall.control.hold():
        asked = stall.push()
        stall.control.pay(PHONE)
        assert stall.control.deliver(times=0) == 0
    assert stall.outcomes() == []
    assert stall.daraja.stk_query(asked).outcome is Outcome.PAID
    for times in (-1, 1_001):
        with pytest.raises(ValueError, match=f"times is {times}; give a number from 0 to 1,000"):
            stall.control.deliver(times=times)


def test_an_early_callback_is_held_back_too(way: str) -> None:
    with stall_at(way, Engine(scenarios={PHONE: EARLY_CALLBACK})) as stall:
        with stall.control.hold():
            stall.push()
            assert stall.outcomes() == []
        assert stall.outcomes() == [Outcome.PAID]


def test_a_callback_is_sent_again_byte_for_byte(stall: Stall) -> None:
    with pytest.raises(LookupError, match="no such callback was sent from here; answer a prompt first"):
        stall.control.send_again()
    for phone in (PHONE, OTHER):
        stall.push(phone)
    stall.control.pay(PHONE)
    stall.control.cancel(OTHER)
    first, second = stall.control.callbacks
    stall.control.send_again()
    stall.control.send_again(first)
    assert stall.outcomes() == [Outcome.PAID, Outcome.CANCELLED, Outcome.CANCELLED, Outcome.PAID]
    assert stall.control.callbacks == (first, second, second, first)
    with pytest.raises(LookupError, match="no such callback was sent from here; answer a prompt first"):
        stall.control.send_again(HttpRequest("POST", "http://127.0.0.1/"))


def test_a_forged_callback_changes_nothing_in_the_simulator(stall: Stall) -> None:
    asked = stall.push()
    stall.control.forge(PHONE, with_another_amount)
    stall.control.forge(PHONE, result=CANCELLED)
    assert stall.outcomes() == [Outcome.PAID, Outcome.CANCELLED]
    assert [callback.amount for callback in stall.received] == [501, None]
    assert {callback.checkout_request_id for callback in stall.received} == {asked}
    assert [prompt.paid for prompt in stall.control.prompts] == [False]
    assert stall.daraja.stk_query(asked).outcome is Outcome.PROCESSING
    with pytest.raises(LookupError, match=r"2547\*{5}678 was never asked for money here"):
        stall.control.forge(OTHER)


def test_tokens_are_revoked(stall: Stall) -> None:
    stall.push()
    stall.control.revoke_tokens()
    stall.push(OTHER)
    refused = [event.text for event in stall.control.events if event.kind is EventKind.REFUSED]
    assert [text.partition(":")[0] for text in refused] == [
        "POST /mpesa/stkpush/v1/processrequest got HTTP 404 404.001.03"
    ]


def test_the_receivers_reply_is_noted(stall: Stall) -> None:
    stall.push()
    stall.control.pay(PHONE)
    assert stall.control.events[-1].kind is EventKind.RECEIVER
    assert stall.control.events[-1].text.endswith(" answered HTTP 200")
    assert [event.number for event in stall.control.events] == list(range(1, len(stall.control.events) + 1))


# Mounted without a receiver


@contextmanager
def without_receiver(engine: Engine) -> Generator[tuple[Daraja, MountedDaraja]]:
    clock = ManualClock()
    with requests_mock.Mocker() as mocker, Daraja(CONFIG, clock=clock) as daraja:
        yield daraja, mount_requests(MountedDaraja(engine, clock), mocker)


def test_callbacks_without_a_receiver_wait_in_due() -> None:
    with without_receiver(Engine()) as (daraja, control):
        for phone in (PHONE, OTHER):
            daraja.stk_push(phone=phone, amount=500, reference="ORD-1")
        control.pay(PHONE)
        control.advance(seconds=30)
        with pytest.raises(RuntimeError, match="callbacks have no receiver here"):
            control.deliver()
        first, second = control.due()
        control.send_again(second)
        control.forge(PHONE)
        assert [parse_stk_callback(callback.body).outcome for callback in (first, second, *control.due())] == [
            Outcome.PAID,
            Outcome.TIMEOUT,
            Outcome.TIMEOUT,
            Outcome.PAID,
        ]


# Served, with scenarios that break down


def broken(_push: Push, _decision: object) -> dict[str, object]:
    message = "no such field: 254712345678"
    raise TypeError(message)


BROKEN = Scenario(result=PAID, after=0, callbacks=(Callback(body=broken),))


def test_a_scenario_that_raises_is_logged_and_stops_nothing() -> None:
    logged = threading.Event()
    engine = Engine(
        scenarios={PHONE: BROKEN, OTHER: attrs.evolve(BROKEN, early=True)},
        delay=0,
        on_event=lambda event: logged.set() if event.kind is EventKind.FAULT else None,
    )
    with served(engine) as stall:
        asked = stall.push(PHONE)
        assert logged.wait(30)  # or the scenario might raise within the next request
        with pytest.raises(DarajaError, match=r"HTTP 500, code 500\.003\.1001"):
            stall.push(OTHER)
        stall.push("254700000000")
        stall.control.advance(seconds=1)
        assert stall.outcomes() == [Outcome.PAID]
        assert stall.daraja.stk_query(asked).outcome is Outcome.PAID
        faults = [event.text for event in stall.control.events if event.kind is EventKind.FAULT]
    assert faults == ["a scenario raised TypeError: no such field: 2547*****678; mend the scenario"] * 2


def test_a_mounted_scenario_that_raises_leaves_the_push_in_doubt_and_names_the_exception() -> None:
    engine = Engine(scenarios={PHONE: attrs.evolve(BROKEN, early=True)})
    with without_receiver(engine) as (daraja, _), pytest.raises(OutcomeUnknown, match="raised TypeError"):
        daraja.stk_push(phone=PHONE, amount=500, reference="ORD-1")


# Any order of everything


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from([PHONE, OTHER]), st.sampled_from(list(Answer))),
            st.integers(0, 100),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_every_push_gets_one_callback_in_any_order_of_actions(steps: list[tuple[str, Answer] | int | bool]) -> None:
    with mounted(Engine(busy_seconds=0)) as stall:
        asked: list[str] = []
        for step in steps:
            with stall.control.hold():
                if isinstance(step, tuple):
                    phone, answer = step
                    asked.append(stall.push(phone))
                    stall.control.answer(phone, answer)
                elif step is True:
                    stall.control.deliver(shuffled=True)
                else:
                    stall.control.advance(seconds=step)
        stall.control.advance(seconds=100)
        received = {callback.checkout_request_id: callback.outcome is Outcome.PAID for callback in stall.received}
        assert received == {prompt.push.checkout_request_id: prompt.paid for prompt in stall.control.decided}
        assert len(stall.received) == len(asked) == len(stall.control.pushes)
