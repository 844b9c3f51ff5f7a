"""Scenarios over real sockets, with the real client: what the order of bytes shows and a mounted engine cannot."""

import json
from queue import Empty

import attrs
import pytest

from daraja import Daraja, Environment, Outcome, parse_stk_callback
from daraja.errors import OutcomeUnknown
from daraja.simulator import Engine, LocalDaraja
from daraja.simulator.gateway import lost
from daraja.simulator.products.stk.scenarios import EARLY_CALLBACK
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver
from tests.support.servers import Conversation, Seen, raw_server


def client_of(local: LocalDaraja, callback_url: str) -> Daraja:
    return Daraja(attrs.evolve(CONFIG, environment=Environment(local.base_url), callback_url=callback_url))


def test_a_lost_answer_ends_the_connection_and_the_callback_comes_all_the_same(
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


def test_a_callback_before_the_answer_has_come_when_the_answer_comes() -> None:
    with Receiver() as receiver, LocalDaraja() as local, client_of(local, receiver.url) as daraja:
        push = daraja.stk_push(phone="254700008003", amount=500, reference="ORD-1")
        callback = parse_stk_callback(receiver.already().body)
        with pytest.raises(Empty):
            receiver.already()
    assert callback.checkout_request_id == push.checkout_request_id
    assert len(local.engine.callbacks) == 1


def test_a_callback_comes_even_before_an_answer_that_is_lost() -> None:
    engine = Engine(scenarios={"0712345678": attrs.evolve(EARLY_CALLBACK, reply=lost)})
    with Receiver() as receiver, LocalDaraja(engine=engine) as local, client_of(local, receiver.url) as daraja:
        with pytest.raises(OutcomeUnknown):
            daraja.stk_push(phone="0712345678", amount=500, reference="ORD-1")
        assert parse_stk_callback(receiver.already().body).outcome is Outcome.PAID


def test_a_receiver_that_hangs_holds_the_answer_up_no_longer_than_patience_lasts() -> None:
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
    assert len(slow.seen) == 1
    assert json.loads(slow.seen[0].body)["Body"]["stkCallback"]["CheckoutRequestID"] == push.checkout_request_id
