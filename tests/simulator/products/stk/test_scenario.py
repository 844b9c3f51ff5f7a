"""A phone number chooses how a push turns out, and a scenario is made of small behaviours."""

from collections.abc import Mapping

import attrs
import pytest

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Callback, Decision, Engine, Push, Result, Scenario, result
from daraja.simulator.products.stk.callback_payload import callback_body
from daraja.simulator.products.stk.scenario import query_answer
from daraja.simulator.products.stk.scenarios import scenario_of_number
from daraja.simulator.results import PAID, UNANSWERED
from tests.simulator.shop import PHONE, Json, callback_of, shop_of


def outcome(engine: Engine, phone: str) -> tuple[object, list[Json]]:
    """Push, wait for the end, and return the result of a query and the callbacks."""
    shop = shop_of(engine)
    asked = shop.pushed(phone)
    shop.wait(3600)
    callbacks = [callback_of(callback) for callback in engine.due(shop.now)]
    return shop.authorise().result_code(asked), callbacks


@pytest.mark.parametrize(
    ("phone", "code", "words"),
    [
        ("254700000000", 0, "The service request is processed successfully."),
        ("254700000001", 1, "The balance is insufficient for the transaction."),
        ("254700001032", 1032, "Request cancelled by user"),
        ("254700001037", 1037, "DS timeout user cannot be reached"),
        ("254700002001", 2001, "The initiator information is invalid."),
        ("254700001234", 1234, "The service request could not be processed."),
    ],
)
def test_a_magic_number_gets_its_result_code(phone: str, code: int, words: str) -> None:
    said, (callback,) = outcome(Engine(), phone)
    assert said == str(code)
    assert (callback["ResultCode"], callback["ResultDesc"]) == (code, words)
    assert ("CallbackMetadata" in callback) == (code == 0)


def test_a_magic_number_is_decided_after_the_delay() -> None:
    engine = Engine(delay=4)
    shop = shop_of(engine)
    asked = shop.pushed("254700001032")
    shop.wait(3.9)
    assert shop.result_code(asked) == "4999"
    shop.wait(0.1)
    assert shop.result_code(asked) == "1032"


def test_only_queries_answer_4999() -> None:
    assert outcome(Engine(), "254700004999") == ("4999", [])


@pytest.mark.parametrize("phone", ["254712345678", "254100000000", "2547000000000", "25470000000", "254700010000"])
def test_other_numbers_have_no_scenario(phone: str) -> None:
    assert scenario_of_number(phone) is None


def test_every_code_has_words() -> None:
    assert result(1032).description == "Request cancelled by user"
    assert result(7777) == Result(7777, "The service request could not be processed.")
    assert result(0).paid
    assert result("0").paid
    assert result("2001").description == result(2001).description
    assert not Result("00", "another code").paid


def playing(scenario: Scenario) -> Engine:
    return Engine(scenarios={PHONE: scenario})


def test_a_scenario_of_the_user_wins_over_a_magic_number() -> None:
    engine = Engine(scenarios={"254700000000": Scenario(result=result(1))})
    assert outcome(engine, "254700000000")[0] == "1"


def test_a_callback_may_come_three_times() -> None:
    _, callbacks = outcome(playing(Scenario(result=PAID, callbacks=(Callback(), Callback(after=5), Callback()))), PHONE)
    assert len(callbacks) == 3
    assert callbacks[0] == callbacks[1] == callbacks[2]


def test_a_callback_may_never_come() -> None:
    assert outcome(playing(Scenario(result=PAID, callbacks=())), PHONE) == ("0", [])


def test_a_result_may_come_long_after_the_shop_gave_up() -> None:
    engine = playing(Scenario(result=PAID, after=600))
    shop = shop_of(engine)
    asked = shop.pushed()
    shop.wait(599)
    assert shop.result_code(asked) == "4999"
    shop.wait(1)
    assert shop.result_code(asked) == "0"


def test_a_callback_may_say_something_else() -> None:
    def failed(push: Push, decision: Decision) -> Mapping[str, object]:
        return callback_body(push, attrs.evolve(decision, result=UNANSWERED))

    def of_another_amount(push: Push, decision: Decision) -> Mapping[str, object]:
        return callback_body(attrs.evolve(push, amount=push.amount + 1), decision)

    callbacks = (Callback(body=failed), Callback(after=30, body=of_another_amount))
    said, (first, second) = outcome(playing(Scenario(result=PAID, callbacks=callbacks)), PHONE)
    assert said == "0"
    assert (first["ResultCode"], second["ResultCode"]) == (1037, 0)
    assert {"Name": "Amount", "Value": 501} in second["CallbackMetadata"]["Item"]


def test_a_query_may_contradict_the_callback() -> None:
    def unanswered(push: Push, decision: Decision | None, _: int) -> HttpResponse:
        return query_answer(push, decision and attrs.evolve(decision, result=UNANSWERED))

    said, (callback,) = outcome(playing(Scenario(result=PAID, query=unanswered)), PHONE)
    assert (said, callback["ResultCode"]) == ("1037", 0)


def test_a_callback_is_a_request_whose_repr_shows_no_number() -> None:
    engine = playing(Scenario(result=PAID))
    outcome(engine, PHONE)
    (callback,) = engine.callbacks
    assert isinstance(callback, HttpRequest)
    assert PHONE[3:] not in repr(callback)
