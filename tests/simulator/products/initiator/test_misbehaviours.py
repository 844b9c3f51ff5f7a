"""Every misbehaviour does what its line in the list says, for each product that has it."""

import json
from collections.abc import Mapping, Sequence

import pytest

from daraja import Outcome, parse_result, parse_timeout
from daraja.http.messages import HttpRequest
from daraja.simulator import Account, AnswerLost, Engine
from daraja.simulator.products.initiator.misbehaviours import MISBEHAVIOURS, scenario_for
from daraja.simulator.products.initiator.scenario import Notice, ResultScenario
from tests.simulator.initiators import B2C, BULK, TIMEOUT, b2c
from tests.simulator.shop import Shop, read, shop_of

DIGITS = {name: digits for digits, name, _ in MISBEHAVIOURS}
PAID, FAILED, PROCESSING = Outcome.PAID, Outcome.FAILED, Outcome.PROCESSING


def ask(engine: Engine, name: str) -> tuple[Shop, int]:
    shop = shop_of(engine)
    return shop, shop.post(B2C, b2c("payout-1", f"2547000081{DIGITS[name]}")).status


def sent(engine: Engine, shop: Shop, seconds: float = 900) -> Sequence[HttpRequest]:
    shop.wait(seconds)
    return engine.due(shop.now)


def heard(callbacks: Sequence[HttpRequest]) -> list[Outcome | str]:
    return [
        "timeout" if callback.url == TIMEOUT else parse_result("b2c", callback.body).outcome for callback in callbacks
    ]


def left(engine: Engine) -> int:
    return int(engine.ledger.balances(BULK)[Account.UTILITY])


ACCEPTED: Mapping[str, Sequence[Outcome | str]] = {
    "NO_RESULT": [],
    "THREE_RESULTS": [PAID] * 3,
    "LATE_RESULT": [PAID],
    "ANOTHER_AMOUNT": [PAID],
    "TIMEOUT_THEN_RESULT": ["timeout", PAID],
    "TIMEOUT_BUT_DONE": ["timeout"],
    "TIMEOUT_NOT_DONE": ["timeout"],
    "TIMEOUT_AS_RESULT": ["timeout", PAID],
    "FAILED_THEN_DONE": [FAILED, PAID],
    "SEEN_BEFORE_THEN_DONE": [PROCESSING, PAID],
    "PROGRESS_FIRST": [PROCESSING, PAID],
    "CODE_AS_TEXT": [PAID],
    "NO_PARAMETERS": [PAID],
    "NO_ENVELOPE": [PAID],
    "ANOTHER_ID": [PAID],
    "MASKED_PARTY": [PAID],
    "DOUBTFUL_ANSWER": [PAID],
    "OLDER_KEYS": [PAID],
}
REFUSED = {"SPIKE_ARREST": 429, "HTML_503": 503, "SOAP_FAULT": 500, "NOT_AUTHORISED": 403, "MAINTENANCE": 500}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_accepted_request_is_reported_in_odd_ways(name: str) -> None:
    engine = Engine()
    shop, status = ask(engine, name)
    assert (status, heard(sent(engine, shop))) == (200, ACCEPTED[name])
    assert left(engine) == (1_000_000 if name == "TIMEOUT_NOT_DONE" else 999_900)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_is_never_carried_out(name: str) -> None:
    engine = Engine()
    shop, status = ask(engine, name)
    assert (status, sent(engine, shop), left(engine)) == (REFUSED[name], (), 1_000_000)


def test_every_misbehaviour_is_tested_here() -> None:
    assert {*ACCEPTED, *REFUSED, "EARLY_RESULT", "TOKEN_REFUSED_ONCE", "ANSWER_LOST"} == DIGITS.keys()


def test_an_early_result_comes_before_the_answer() -> None:
    engine = Engine()
    shop, status = ask(engine, "EARLY_RESULT")
    assert (status, heard(engine.early(shop.now)), sent(engine, shop)) == (200, [PAID], ())


def test_a_lost_answer_is_of_a_payout_that_is_made() -> None:
    engine = Engine()
    shop = shop_of(engine)
    with pytest.raises(AnswerLost):
        shop.post(B2C, b2c("payout-1", "254700008135"))
    assert heard(sent(engine, shop)) == [PAID]
    assert shop.authorise().post(B2C, b2c("payout-1", "254700008135")).status == 500


def test_a_token_that_is_refused_once_leaves_the_id_free() -> None:
    engine = Engine()
    shop, status = ask(engine, "TOKEN_REFUSED_ONCE")
    assert status == 404
    assert shop.authorise().post(B2C, b2c("payout-1", "254700008131")).status == 200
    assert heard(sent(engine, shop)) == [PAID]


def test_a_late_result_comes_after_five_minutes() -> None:
    engine = Engine()
    shop, _ = ask(engine, "LATE_RESULT")
    assert sent(engine, shop, 299) == ()
    assert heard(sent(engine, shop, 1)) == [PAID]


def test_a_timeout_notice_repeats_the_request() -> None:
    engine = Engine()
    shop, _ = ask(engine, "TIMEOUT_BUT_DONE")
    (notice,) = sent(engine, shop)
    assert {"InitiatorName", "SecurityCredential", "PartyB", "ResultURL"} <= read(notice).keys()
    parsed = parse_timeout(notice.body)
    assert (str(parsed.originator_conversation_id), parsed.command) == ("payout-1", "BusinessPayment")
    assert "SecurityCredential" not in dict(parsed.parameters)


def payout(name: str) -> dict[str, object]:
    engine = Engine()
    shop, _ = ask(engine, name)
    (callback,) = sent(engine, shop)
    result = parse_result("b2c", callback.body)
    body = json.loads(callback.body)
    return {"result": result, "fields": body.get("Result", body), "is_bare": "Result" not in body}


def test_a_result_can_name_another_amount_or_another_id() -> None:
    assert "101" in str(payout("ANOTHER_AMOUNT")["fields"])
    fields = payout("ANOTHER_ID")["fields"]
    assert isinstance(fields, dict)
    assert fields["OriginatorConversationID"] != "payout-1"
    assert payout("NO_ENVELOPE")["is_bare"]


def test_a_result_can_be_written_as_text_masked_or_without_parameters() -> None:
    text, masked, short = (payout(name)["fields"] for name in ("CODE_AS_TEXT", "MASKED_PARTY", "NO_PARAMETERS"))
    assert isinstance(text, dict)
    assert isinstance(short, dict)
    assert (text["ResultCode"], text["ResultType"]) == ("0", "0")
    assert "2547*****118" in str(masked)
    assert "ResultParameters" not in short


def test_numbers_of_other_blocks_are_ordinary() -> None:
    ordinary = ResultScenario()
    for number in ("254712345678", "254700008201", "254700008001", "254700008199", "254700000000", "600992"):
        assert scenario_for(number, "81") == ordinary
    assert scenario_for("9908101", "81").notices == ()
    assert scenario_for("9902040", "81").result is not None
    assert scenario_for("254700008006", "81").result is not None
    assert scenario_for("254700002040", "81", codes=False) == ordinary


@pytest.mark.parametrize("after", [-1, 86_401])
def test_a_time_out_of_bounds_is_refused(after: float) -> None:
    with pytest.raises(ValueError, match="give seconds"):
        Notice(after=after)
    with pytest.raises(ValueError, match="give seconds"):
        ResultScenario(after=after)
