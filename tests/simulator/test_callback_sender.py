"""A callback is sent once, also where its receiver fails."""

import socket

from daraja.http.messages import HttpRequest
from daraja.simulator import Answer, EventKind
from daraja.simulator.callback_sender import send_callback
from tests.simulator.receiver import Receiver
from tests.simulator.served import served, wait_for
from tests.simulator.shop import callback_of
from tests.support.servers import refused_address


def test_a_receiver_that_is_down_stops_nothing() -> None:
    with Receiver() as receiver, served(answer=Answer.PAY) as (_, shop, events):
        shop.authorise().pushed(CallBackURL=f"{refused_address()}/")
        reply = wait_for(EventKind.RECEIVER, events)
        assert "did not take it: http://127.0.0.1:" in reply
        assert " (is the shop running?) was not found or did not take the connection; it is not called again" in reply
        shop.pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0


def test_an_address_that_no_client_can_read_stops_nothing() -> None:
    with Receiver() as receiver, served(answer=Answer.PAY) as (_, shop, events):
        shop.authorise().pushed(CallBackURL=f"http://{'a' * 70}.local/")
        assert "it is not called again" in wait_for(EventKind.RECEIVER, events)
        shop.pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0


def test_a_receiver_that_answers_500_is_called_once() -> None:
    with Receiver(500) as receiver, served(answer=Answer.PAY) as (local, shop, events):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert wait_for(EventKind.RECEIVER, events).endswith("answered HTTP 500; it is not called again")
        assert len(local.engine.callbacks) == 1


def test_a_redirect_is_not_followed() -> None:
    with (
        Receiver() as elsewhere,
        Receiver(307, {"Location": elsewhere.url}) as receiver,
        served(answer=Answer.PAY) as (_, shop, events),
    ):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert "answered HTTP 307" in wait_for(EventKind.RECEIVER, events)
        asked = shop.pushed(CallBackURL=elsewhere.url)
        assert callback_of(elsewhere.next())["CheckoutRequestID"] == asked, "the first callback did not arrive here"


def test_a_receiver_that_drops_the_connection_stops_nothing() -> None:
    with Receiver(0) as receiver, served(answer=Answer.PAY) as (_, shop, events):
        shop.authorise().pushed(CallBackURL=receiver.url)
        assert "it is not called again" in wait_for(EventKind.RECEIVER, events)


def test_a_receiver_that_hangs_runs_into_the_timeout() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        served(answer=Answer.PAY, timeout=0.2) as (_, shop, events),
    ):
        shop.authorise().pushed(CallBackURL=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert wait_for(EventKind.RECEIVER, events).endswith(
            "no whole answer came within 0.2 s; it is not called again"
        )


def test_no_callback_is_sent_to_the_internet() -> None:
    with served(answer=Answer.PAY) as (local, shop, events):
        shop.authorise().pushed(CallBackURL="https://shop.example/callback/")
        assert "is not on this machine or a private network" in wait_for(EventKind.RECEIVER, events)
        assert len(local.engine.callbacks) == 1


def test_a_callback_to_an_invalid_address_raises_nothing() -> None:
    assert "could not be reached (ValueError)" in send_callback(HttpRequest("POST", "http://[nonsense"), 1)
