"""What the real client, sync and async, sees of every scenario that has a number of its own."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial
from typing import Final

import attrs
import pytest

from daraja import Outcome, StkCallback
from daraja.errors import DarajaError, OutcomeUnknown, RateLimited
from daraja.simulator import Engine, EventKind
from daraja.simulator.products.stk import scenarios
from daraja.simulator.products.stk.callback_payload import callback_payload
from daraja.simulator.products.stk.scenarios import MAGIC_NUMBERS, StkMagicNumber, scenario_of_number
from tests.aio.kiosk import async_kiosk_at
from tests.simulator.kiosk import Kiosk, kiosk_at
from tests.simulator.shop import PHONE, callback_of, texts
from tests.support.leaks import everything_shown
from tests.support.numbers import digits_shown

PAID: Final = Outcome.PAID


OPEN: Final = Outcome.PROCESSING


LOST: Final = Outcome.TIMEOUT


FAILED: Final = Outcome.FAILED


@attrs.frozen
class Story:
    """What a shop sees of one push, and what is true.

    Args:
        push: What the client raised, or None where it gave an answer.
        early: What callbacks said before that.
        queries: The answers to five queries ten seconds later, one after the other.
        callbacks: What callbacks said in the first ten seconds, the early ones left out.
        late_callbacks: What callbacks said afterwards.
        late_query: The answer to a query after ten minutes.
        paid: Whether the money moved; None where nobody was asked for it.
    """

    push: type[DarajaError] | None = None
    early: Sequence[Outcome] = ()
    queries: Sequence[Outcome] = (PAID,) * 5
    callbacks: Sequence[Outcome] = (PAID,)
    late_callbacks: Sequence[Outcome] = ()
    late_query: Outcome | None = PAID
    paid: bool | None = True


REFUSED: Final = partial(Story, queries=(), callbacks=(), late_query=None, paid=None)


FOURTH_TIME_PAID: Final = Story(queries=(OPEN, OPEN, OPEN, PAID, PAID), callbacks=())


STORIES: Final = {
    "NO_CALLBACK": Story(callbacks=()),
    "THREE_CALLBACKS": Story(callbacks=(PAID,) * 3),
    "EARLY_CALLBACK": Story(early=(PAID,), callbacks=()),
    "PAID_LATE": Story(queries=(OPEN,) * 5, callbacks=(), late_callbacks=(PAID,)),
    "ANOTHER_AMOUNT": Story(),
    "FAILED_THEN_PAID": Story(callbacks=(LOST, PAID)),
    "CODE_AS_TEXT": Story(),
    "UNKNOWN_TILL": Story(queries=(FAILED,) * 5, callbacks=(FAILED,), late_query=FAILED, paid=False),
    "NO_METADATA": Story(),
    "SHUFFLED_METADATA": Story(),
    "MASKED_PHONE": Story(),
    "NEVER_RESOLVED": Story(queries=(OPEN,) * 5, callbacks=(), late_query=OPEN, paid=False),
    "PROCESSING_AS_RESULT": FOURTH_TIME_PAID,
    "PROCESSING_AS_ERROR": FOURTH_TIME_PAID,
    "PROCESSING_UNWORDED": FOURTH_TIME_PAID,
    "PROCESSING_UNWORDED_500": FOURTH_TIME_PAID,
    "PROCESSING_AS_INVALID_ID": FOURTH_TIME_PAID,
    "PROCESSING_WITHOUT_RESULT": FOURTH_TIME_PAID,
    "PROCESSING_AS_UNKNOWN": FOURTH_TIME_PAID,
    "QUERY_CONTRADICTS": Story(queries=(LOST,) * 5, late_query=LOST),
    "TOKEN_REFUSED_ONCE": Story(),
    "SPIKE_ARREST": REFUSED(RateLimited),
    "HTML_503": REFUSED(OutcomeUnknown),
    "SOAP_FAULT": REFUSED(OutcomeUnknown),
    "ANSWER_LOST": Story(OutcomeUnknown),
}


def outcomes(callbacks: Sequence[StkCallback]) -> tuple[Outcome, ...]:
    return tuple(callback.outcome for callback in callbacks)


def play(number: str, kiosk_of: Callable[[Engine], AbstractContextManager[Kiosk]] = kiosk_at) -> Story:
    engine = Engine()
    raised: type[DarajaError] | None = None
    with kiosk_of(engine) as kiosk:
        try:
            kiosk.push(number)
        except DarajaError as error:
            raised = type(error)
        early = outcomes(kiosk.wait(0))
        callbacks = outcomes(kiosk.wait(10))
        # Where the answer is lost the client knows no id; the engine does.
        asked = [push.checkout_request_id for push in engine.stk.pushes]
        queries = tuple(kiosk.query(identity) for identity in asked for _ in range(5))
        late_callbacks = outcomes(kiosk.wait(600))
        late_queries = [kiosk.query(identity) for identity in asked]
    truth = [prompt.paid for prompt in engine.stk.decided]
    assert len(truth) == len(asked) < 2
    return Story(
        raised,
        early,
        queries,
        callbacks,
        late_callbacks,
        late_queries[0] if late_queries else None,
        truth[0] if truth else None,
    )


@pytest.mark.parametrize("kiosk_of", [kiosk_at, async_kiosk_at])
@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_the_client_sees_what_each_magic_number_promises(
    row: StkMagicNumber, kiosk_of: Callable[[Engine], AbstractContextManager[Kiosk]]
) -> None:
    assert play(row.number, kiosk_of) == STORIES[row.name]


def test_every_magic_number_has_its_story() -> None:
    assert [row.name for row in MAGIC_NUMBERS] == list(STORIES)


@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_a_magic_number_has_a_name_and_one_sentence(row: StkMagicNumber) -> None:
    assert row.number.startswith("2547000080")
    assert getattr(scenarios, row.name) is row.scenario is scenario_of_number(row.number)
    assert row.about.isascii()
    assert row.about.endswith(".")
    assert row.about.count(". ") == 0


def test_magic_numbers_are_in_order_and_leave_out_result_code_8006() -> None:
    numbers = [row.number for row in MAGIC_NUMBERS]
    assert numbers == sorted(set(numbers))
    assert "254700008006" not in numbers
    assert play("254700008006") == Story(queries=(FAILED,) * 5, callbacks=(FAILED,), late_query=FAILED, paid=False)


def callbacks_of(number: str) -> Sequence[StkCallback]:
    with kiosk_at(Engine()) as kiosk:
        kiosk.push(number)
        return kiosk.wait(10)


def test_three_callbacks_are_the_same_to_the_byte() -> None:
    engine = Engine()
    with kiosk_at(engine) as kiosk:
        kiosk.push("254700008002")
        kiosk.wait(10)
    assert len(engine.callbacks) == 3
    assert len({callback.body for callback in engine.callbacks}) == 1


def test_another_amount_is_one_shilling_more() -> None:
    (callback,) = callbacks_of("254700008005")
    assert callback.amount == Decimal(501)


def test_the_failure_comes_first_and_without_metadata() -> None:
    failed, paid = callbacks_of("254700008007")
    assert (failed.result_code, failed.metadata) == ("1037", {})
    assert (paid.result_code, paid.amount) == ("0", Decimal(500))


def test_numbers_as_text_mean_the_same() -> None:
    (callback,) = callbacks_of("254700008008")
    assert (callback.amount, callback.phone) == (Decimal(500), "254700008008")
    assert callback.transaction_date is not None
    assert {type(value) for value in callback.metadata.values()} == {str}


def test_a_code_that_is_not_a_number_is_kept() -> None:
    (callback,) = callbacks_of("254700008009")
    assert callback.result_code == "SFC_IC0003"


def test_a_success_without_metadata_has_no_receipt() -> None:
    (callback,) = callbacks_of("254700008010")
    assert (callback.receipt, callback.amount, callback.metadata) == (None, None, {})


def test_shuffled_metadata_are_five_items_and_the_balance_has_no_value() -> None:
    engine = Engine()
    with kiosk_at(engine) as kiosk:
        kiosk.push("254700008011")
        (callback,) = kiosk.wait(10)
    items = callback_of(engine.callbacks[0])["CallbackMetadata"]["Item"]
    names = ["PhoneNumber", "Balance", "TransactionDate", "Amount", "MpesaReceiptNumber"]
    assert [item["Name"] for item in items] == names
    assert items[1] == {"Name": "Balance"}
    assert (callback.amount, callback.phone) == (Decimal(500), "254700008011")


def test_a_masked_phone_is_kept_as_text() -> None:
    (callback,) = callbacks_of("254700008012")
    assert callback.phone == "254700***012"


def test_a_token_is_refused_once_for_each_payment() -> None:
    engine = Engine()
    with kiosk_at(engine) as kiosk:
        for _ in range(2):
            kiosk.push("254700008031")
        assert len(texts(engine, EventKind.TOKEN)) == 3
        assert len(texts(engine, EventKind.REFUSED)) == len(engine.stk.pushes) == 2


def test_a_spike_arrest_has_its_own_code() -> None:
    with kiosk_at(Engine()) as kiosk, pytest.raises(RateLimited) as caught:
        kiosk.push("254700008032")
    assert (caught.value.status, caught.value.code) == (429, "policies.ratelimit.SpikeArrestViolation")
    assert len(kiosk.clock.slept) == 2, "it was asked three times, since a spike arrest is no prompt"


@pytest.mark.parametrize(("number", "words"), [("254700008033", "HTTP 503"), ("254700008034", "ServiceCallout failed")])
def test_a_push_is_not_repeated_after_an_outage(number: str, words: str) -> None:
    engine = Engine()
    with kiosk_at(engine) as kiosk, pytest.raises(OutcomeUnknown, match=words):
        kiosk.push(number)
    assert len(texts(engine, EventKind.REFUSED)) == 1


@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_no_scenario_shows_a_whole_number(row: StkMagicNumber) -> None:
    engine = Engine(scenarios={PHONE: row.scenario})
    shown: list[str] = []
    with kiosk_at(engine) as kiosk:
        try:
            kiosk.query(kiosk.push(PHONE))
        except DarajaError as error:
            shown.append(everything_shown(error))
        kiosk.wait(600)
    notices = [
        callback_payload(prompt.push, prompt.decision) for prompt in engine.stk.decided if prompt.decision is not None
    ]
    shown += map(repr, [engine.stk.decided, engine.stk.pushes, engine.callbacks, notices])
    shown += map(str, engine.events)
    assert len(shown) > 5
    assert digits_shown(PHONE, "\n".join(shown)) == []


def test_the_log_has_the_truth_beside_a_query_s_answer() -> None:
    engine = Engine(delay=0)
    with kiosk_at(engine) as kiosk:
        asked = kiosk.push("254700008022")
        for _ in range(4):
            kiosk.query(asked)
    about = "about 2547*****022: code 0"
    assert texts(engine, EventKind.QUERY) == [f"{about}, but its scenario says something else"] * 3 + [about]


def test_a_lost_answer_is_logged() -> None:
    engine = Engine()
    with kiosk_at(engine) as kiosk, pytest.raises(OutcomeUnknown, match="dropped the connection"):
        kiosk.push("254700008035")
    assert texts(engine, EventKind.PUSH)[-1] == "its answer is lost on the way: the connection is dropped"
