"""The local Daraja on real sockets: whole payments, early callbacks, and a clean end."""

import json
import socket
import threading
import time
from datetime import UTC, datetime
from queue import Empty, Queue

import attrs
import pytest
import requests

from daraja import Checkout, Config, Daraja, Environment, Outcome, parse_stk_callback
from daraja.errors import OutcomeUnknown
from daraja.simulator import Answer, Engine, Event, EventKind, LocalDaraja
from daraja.simulator.gateway import lost
from daraja.simulator.operators import SANDBOX_INITIATOR
from daraja.simulator.products.stk.scenarios import EARLY_CALLBACK
from daraja.stores import MemoryStore
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver
from tests.simulator.served import hang, served, shop_at, wait_for
from tests.simulator.shop import OAUTH, PHONE, Shop, basic, callback_of, refusal_of
from tests.support.servers import Conversation, Seen, raw_server


def test_a_whole_payment_over_http() -> None:
    with Receiver() as receiver, served(answer=Answer.PAY, delay=0.01) as (local, shop, events):
        asked = shop.authorise().pushed(CallBackURL=receiver.url)
        callback = receiver.next()
        assert callback.headers["Content-Type"] == "application/json;charset=UTF-8"
        assert callback.headers["Businessshortcode"] == "174379"
        assert callback_of(callback)["CheckoutRequestID"] == asked
        assert callback_of(callback)["ResultCode"] == 0
        assert shop.result_code(asked) == "0"
        assert wait_for(EventKind.RECEIVER, events).endswith("answered HTTP 200")
        assert [sent.body for sent in local.engine.callbacks] == [callback.body]


def test_the_variables_of_the_local_daraja_are_its_settings() -> None:
    with LocalDaraja() as local:
        url = "http://127.0.0.1:8000/payments/callback/"
        config = Config.from_env(local.variables(url))
        assert config.environment.is_local
        assert (config.environment.base_url, config.callback_url) == (local.base_url, url)
        assert config.business == local.config(url).business
        assert config.initiator is not None
        assert config.initiator.name == SANDBOX_INITIATOR


def test_a_shop_with_the_settings_of_the_local_daraja_is_paid() -> None:
    with Receiver() as receiver, LocalDaraja() as local, Daraja(local.config(receiver.url)) as daraja:
        checkout = Checkout(daraja, MemoryStore())
        payment = checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        local.answer(PHONE, Answer.PAY)
        callback = receiver.next()
        checkout.receive(callback.body, token=callback.url)
        assert checkout.payment(payment.key).paid


def test_an_error_over_http_has_daraja_s_body() -> None:
    with served() as (_, shop, _events):
        response = shop.authorise().push(Amount="ten")
        assert refusal_of(response) == (400, "400.002.02", "Bad Request - Invalid Amount")
        assert response.header("content-type") == "application/json"


def test_a_person_answers_and_tokens_are_revoked_while_it_is_served() -> None:
    with Receiver() as receiver, served() as (local, shop, _):
        shop.authorise().pushed(CallBackURL=receiver.url)
        local.answer(PHONE, Answer.CANCEL)
        assert callback_of(receiver.next())["ResultCode"] == 1032
        local.revoke_tokens()
        assert refusal_of(shop.push())[1] == "404.001.03"


def test_an_unanswered_prompt_sends_its_callback_by_itself() -> None:
    with Receiver() as receiver, served(prompt_life=0.05) as (_, shop, _events):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 1037


def test_no_thread_or_connection_is_left_behind() -> None:
    before = set(threading.enumerate())
    with LocalDaraja() as local:
        host, _, port = local.base_url.removeprefix("http://").partition(":")
        idle = socket.create_connection((host, int(port)), timeout=10)
        idle.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(10) == b"HTTP/1.1 4"
        page = socket.create_connection((host, int(port)), timeout=10)
        page.sendall(b"GET /simulator/state?since=1&wait=30 HTTP/1.1\r\nHost: x\r\n\r\n")
        page.settimeout(0)
        with pytest.raises(BlockingIOError):
            page.recv(1)
        assert set(threading.enumerate()) > before
    page.close()
    assert set(threading.enumerate()) <= before
    while idle.recv(65_536):
        pass
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=10)


def test_callbacks_still_to_come_are_not_sent_after_the_end() -> None:
    with served() as (local, shop, _):
        shop.authorise().pushed()
    assert local.engine.callbacks == ()
    assert local.engine.next_due() is not None


def test_a_restart_does_not_wait_for_callbacks_cancelled_at_the_end() -> None:
    more_than_go_at_once, timeout, going_out = 40, 3, Queue[Event]()
    engine = Engine(answer=Answer.PAY, delay=0, busy_seconds=0, on_event=going_out.put)
    local = LocalDaraja(engine=engine, timeout=timeout)
    with socket.create_server(("127.0.0.1", 0), backlog=more_than_go_at_once) as silent:
        shop = Shop(lambda request, _: local.handle(request) or pytest.fail("no answer"), datetime.now(UTC))
        with local:
            shop.authorise()
            for _ in range(more_than_go_at_once):
                shop.pushed(CallBackURL=f"http://127.0.0.1:{silent.getsockname()[1]}/")
            for _ in range(more_than_go_at_once):
                wait_for(EventKind.CALLBACK, going_out)
    with local:
        before = time.monotonic()
        local.advance(seconds=0)
        assert time.monotonic() - before < timeout, "it waited for as long as it may"


def test_a_port_in_use_is_an_error_of_one_sentence() -> None:
    with LocalDaraja() as first:
        port = int(first.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 cannot be used"):
            LocalDaraja(port=port).__enter__()


def test_it_listens_on_the_given_host() -> None:
    with LocalDaraja(host="localhost") as named, LocalDaraja(host="0.0.0.0") as open_to_all:  # noqa: S104 - as a container does
        assert named.base_url.startswith("http://localhost:")
        assert open_to_all.base_url.startswith("http://127.0.0.1:")
        for local in (named, open_to_all):
            assert requests.get(local.base_url + OAUTH, headers=basic(), timeout=10).status_code == 200


@pytest.fixture
def version_6() -> None:
    """Skip where the machine has no IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no ::1")


@pytest.mark.usefixtures("version_6")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_it_listens_on_an_ipv6_address(host: str) -> None:
    with LocalDaraja(host=host) as local:
        assert requests.get(local.base_url + OAUTH, headers=basic(), timeout=10).status_code == 200
        assert requests.get(f"{local.base_url}/simulator/state", timeout=10).status_code == 200


@pytest.mark.parametrize("host", ["::1", "::"])
def test_an_ipv6_address_stands_in_brackets(host: str) -> None:
    assert LocalDaraja(host=host, port=8765).base_url == "http://[::1]:8765"


def test_it_can_be_started_again() -> None:
    local = LocalDaraja(engine=Engine(answer=Answer.PAY, delay=0, busy_seconds=0))
    with Receiver() as receiver:
        for _ in range(2):
            with local:
                asked = shop_at(local.base_url).authorise().pushed(CallBackURL=receiver.url)
                assert callback_of(receiver.next())["CheckoutRequestID"] == asked


def test_slow_receivers_delay_no_other() -> None:
    with (
        served(answer=Answer.PAY) as (_, shop, _events),
        Receiver() as receiver,
        raw_server(hang) as slow,
    ):
        shop.authorise()
        for _number in range(3):
            shop.pushed(CallBackURL=f"{slow.address}/")
        shop.pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0


def client_of(local: LocalDaraja, callback_url: str) -> Daraja:
    return Daraja(attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=callback_url))


def test_a_lost_answer_ends_the_connection_but_the_callback_comes(
    capfd: pytest.CaptureFixture[str],
) -> None:
    engine = Engine(delay=0)
    with (
        Receiver() as receiver,
        LocalDaraja(engine=engine) as local,
        client_of(local, receiver.url) as daraja,
    ):
        with pytest.raises(OutcomeUnknown, match="the connection broke before the whole answer had come"):
            daraja.stk_push(phone="254700008035", amount=500, reference="ORD-1")
        assert parse_stk_callback(receiver.next().body).outcome is Outcome.PAID
        daraja.stk_push(phone="254700000000", amount=500, reference="ORD-2")
    assert [push.reference for push in engine.stk.pushes] == ["ORD-1", "ORD-2"]
    assert capfd.readouterr() == ("", "")


def test_an_early_callback_arrives_before_the_answer() -> None:
    with Receiver() as receiver, LocalDaraja() as local, client_of(local, receiver.url) as daraja:
        push = daraja.stk_push(phone="254700008003", amount=500, reference="ORD-1")
        callback = parse_stk_callback(receiver.already().body)
        with pytest.raises(Empty):
            receiver.already()
    assert callback.checkout_request_id == push.checkout_request_id
    assert len(local.engine.callbacks) == 1


def test_an_early_callback_arrives_although_the_answer_is_lost() -> None:
    engine = Engine(scenarios={"0712345678": attrs.evolve(EARLY_CALLBACK, reply=lost)})
    with Receiver() as receiver, LocalDaraja(engine=engine) as local, client_of(local, receiver.url) as daraja:
        with pytest.raises(OutcomeUnknown):
            daraja.stk_push(phone="0712345678", amount=500, reference="ORD-1")
        assert parse_stk_callback(receiver.already().body).outcome is Outcome.PAID


def test_a_hanging_receiver_delays_the_answer_no_longer_than_the_timeout() -> None:
    def hang(conversation: Conversation, _: Seen) -> bool:
        conversation.hang()
        return False

    with (
        raw_server(hang) as slow,
        LocalDaraja(timeout=0.2) as local,
        client_of(local, f"{slow.address}/") as daraja,
    ):
        push = daraja.stk_push(phone="254700008003", amount=500, reference="ORD-1")
        assert daraja.stk_query(push.checkout_request_id).outcome is Outcome.PAID
        assert slow.saw(1)
    assert len(slow.seen) == 1
    assert json.loads(slow.seen[0].body)["Body"]["stkCallback"]["CheckoutRequestID"] == push.checkout_request_id
