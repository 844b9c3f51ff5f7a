"""Every small behaviour goes with every other and with every result, and the engine still knows the truth."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import parse_stk_callback
from daraja.errors import ApiError, AuthenticationError, OutcomeUnknown, RateLimited, SubscriberBusy
from daraja.simulator import Answer, AnswerLost, Callback, Engine, EventKind, Result, Scenario, result
from daraja.simulator.errors import HttpError
from daraja.simulator.gateway import always, busy, in_turn, lost, soap_fault, spike_arrest, token_refused, unavailable
from daraja.simulator.products.stk.behaviours import (
    altered,
    as_text,
    at_first,
    being_processed,
    claiming,
    not_existing,
    saying,
    shuffled,
    still_processing,
    too_early,
    with_another_amount,
    with_masked_phone,
    without_metadata,
    without_result,
    without_words,
)
from daraja.simulator.products.stk.scenarios import NO_CALLBACK, SPIKE_ARREST
from daraja.simulator.results import PAID, UNANSWERED
from tests.simulator.kiosk import kiosk_at
from tests.simulator.shop import PHONE, callback_of, shop_of, texts

results = st.sampled_from([PAID, UNANSWERED, result(1), result(1032), Result("SFC_IC0003", "Text")])


changes = st.lists(
    st.sampled_from([as_text, shuffled, with_another_amount, with_masked_phone, without_metadata])
    | results.map(saying),
    max_size=3,
)


callbacks = st.builds(
    Callback, after=st.sampled_from([0.0, 3.0, 60.0]), body=changes.map(lambda chosen: altered(*chosen))
)


forms = st.sampled_from(
    [being_processed, not_existing, still_processing, too_early, without_result, without_words(200), without_words(500)]
)


queries = st.builds(at_first, st.integers(0, 3), forms, results.map(claiming))


refusals = st.lists(st.sampled_from([token_refused, spike_arrest, unavailable, soap_fault]), max_size=3)


scenarios = st.builds(
    Scenario,
    result=results,
    after=st.sampled_from([None, 0.0, 5.0]),
    refuse=refusals.map(lambda chosen: in_turn(*chosen)),
    early=st.booleans(),
    callbacks=st.lists(callbacks, max_size=3),
    query=queries,
)


@given(scenarios, st.booleans())
def test_every_behaviour_goes_with_every_other(scenario: Scenario, answer_lost: bool) -> None:  # noqa: FBT001 - a case
    if answer_lost:
        scenario = attrs.evolve(scenario, reply=lost)
    engine = Engine(scenarios={PHONE: scenario})
    shop = shop_of(engine)
    while not engine.stk.pushes:
        try:
            status = shop.push().status
        except AnswerLost:
            assert answer_lost
        else:
            assert (status == 200) is (bool(engine.stk.pushes) and not answer_lost)
        shop.authorise()
    early = engine.early(shop.now)
    assert not early or scenario.early
    shop.wait(600)
    later = engine.due(shop.now)
    asked = engine.stk.pushes[0].checkout_request_id
    assert len(early) + len(later) == len(scenario.callbacks)
    assert {parse_stk_callback(callback.body).checkout_request_id for callback in (*early, *later)} <= {asked}
    assert shop.query(asked).status in {200, 400, 500}
    prompt = engine.stk.find(asked)
    assert engine.stk.decided == (prompt,)
    assert prompt is not None
    assert prompt.decision is not None
    assert (prompt.decision.result, prompt.paid) == (scenario.result, scenario.result.paid)
    assert (prompt.push.amount, prompt.push.phone, prompt.push.reference) == (500, PHONE, "ORD-1")
    assert engine.stk.find("ws_CO_1") is None


def test_changes_are_made_first_to_last_and_skip_missing_items() -> None:
    body = altered(with_another_amount, without_metadata, with_another_amount, with_masked_phone, shuffled, as_text)
    engine = Engine(scenarios={PHONE: Scenario(result=PAID, callbacks=(Callback(body=body),))})
    with kiosk_at(engine) as kiosk:
        kiosk.push(PHONE)
        (callback,) = kiosk.wait(10)
    assert (callback.result_code, callback.amount, callback.metadata) == ("0", None, {})


def test_two_changes_both_show() -> None:
    body = altered(with_another_amount, with_another_amount, shuffled, as_text)
    engine = Engine(scenarios={PHONE: Scenario(result=PAID, callbacks=(Callback(body=body),))})
    with kiosk_at(engine) as kiosk:
        kiosk.push(PHONE)
        (callback,) = kiosk.wait(10)
    assert callback.amount == Decimal(502)
    assert {"Name": "Balance"} in callback_of(engine.callbacks[0])["CallbackMetadata"]["Item"]


def test_a_claim_of_success_keeps_the_metadata() -> None:
    body = altered(saying(Result(0, "Paid")))
    engine = Engine(scenarios={PHONE: Scenario(result=PAID, callbacks=(Callback(body=body),))})
    with kiosk_at(engine) as kiosk:
        kiosk.push(PHONE)
        (callback,) = kiosk.wait(10)
    assert (callback.result_description, callback.amount) == ("Paid", Decimal(500))


def test_refusals_come_in_turn_and_start_again_after_an_accepted_push() -> None:
    refuse = in_turn(unavailable, soap_fault)
    engine = Engine(scenarios={PHONE: Scenario(result=PAID, refuse=refuse)})
    shop = shop_of(engine)
    assert [shop.push().status for _ in range(6)] == [503, 500, 200, 503, 500, 200]


def test_the_client_overcomes_a_spike_arrest_and_a_refused_token() -> None:
    engine = Engine(scenarios={PHONE: Scenario(result=PAID, refuse=in_turn(spike_arrest, token_refused))})
    with kiosk_at(engine) as kiosk:
        kiosk.push(PHONE)
    assert len(engine.stk.pushes) == 1
    assert len(texts(engine, EventKind.REFUSED)) == 2


def test_a_refused_token_stays_refused_everywhere() -> None:
    engine = Engine(scenarios={PHONE: Scenario(result=PAID, refuse=in_turn(token_refused))})
    shop = shop_of(engine)
    assert shop.push().status == 404
    assert shop.query("ws_CO_1").status == 404
    assert shop.authorise().push().status == 200


def test_a_scenario_can_make_a_number_busy() -> None:
    engine = Engine(scenarios={PHONE: attrs.evolve(NO_CALLBACK, refuse=busy(10))})
    with kiosk_at(engine) as kiosk:
        kiosk.push(PHONE)
        kiosk.wait(9.9)
        with pytest.raises(SubscriberBusy):
            kiosk.push(PHONE)
        kiosk.wait(0.1)
        kiosk.push(PHONE)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (token_refused, AuthenticationError),
        (spike_arrest, RateLimited),
        (unavailable, OutcomeUnknown),
        (soap_fault, OutcomeUnknown),
        (partial(HttpError, 400, "400.002.02", "Bad Request - Invalid Amount", "a refusal of one's own"), ApiError),
    ],
)
def test_a_scenario_can_refuse_every_push(refusal: Callable[[], HttpError], error: type[Exception]) -> None:
    with (
        kiosk_at(Engine(scenarios={PHONE: Scenario(result=PAID, refuse=always(refusal))})) as kiosk,
        pytest.raises(error),
    ):
        kiosk.push(PHONE)


def test_a_person_overrides_a_scenario() -> None:
    engine = Engine(scenarios={PHONE: attrs.evolve(NO_CALLBACK, after=60)})
    with kiosk_at(engine) as kiosk:
        asked = kiosk.push(PHONE)
        kiosk.mounted.answer(PHONE, Answer.CANCEL)
        assert kiosk.wait(100) == []
    prompt = engine.stk.find(asked)
    assert prompt is not None
    assert not prompt.paid
    assert prompt.decision is not None
    assert prompt.decision.result.code == 1032


def test_an_open_prompt_is_neither_decided_nor_paid() -> None:
    engine = Engine()
    asked = shop_of(engine).pushed()
    prompt = engine.stk.find(asked)
    assert engine.stk.decided == ()
    assert prompt is not None
    assert not prompt.paid
    assert engine.stk.prompts == (prompt,)


def test_a_prompt_counts_its_queries() -> None:
    engine = Engine()
    shop = shop_of(engine)
    asked = shop.pushed()
    for _ in range(3):
        shop.query(asked)
    assert [prompt.queried for prompt in engine.stk.prompts] == [3]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 86_401])
@pytest.mark.parametrize("kind", [Callback, partial(Scenario, result=PAID)])
def test_an_impossible_time_is_an_error(kind: Callable[..., object], seconds: float) -> None:
    with pytest.raises(ValueError, match=r"after is .*; give seconds, from 0 to 86,400"):
        kind(after=seconds)


def test_a_scenario_s_number_may_be_written_in_any_usual_form() -> None:
    engine = Engine(scenarios={"0712 345 678": SPIKE_ARREST})
    assert shop_of(engine).push().status == 429
    with pytest.raises(ValueError, match="not a Kenyan mobile number"):
        Engine(scenarios={"0812 345 678": SPIKE_ARREST})
