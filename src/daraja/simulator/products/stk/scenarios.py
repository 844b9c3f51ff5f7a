"""The scenarios that have a name and a phone number of their own."""

from collections.abc import Sequence
from typing import Final

import attrs

from daraja.simulator.gateway import always, in_turn, lost, soap_fault, spike_arrest, token_refused, unavailable
from daraja.simulator.products.base import MagicNumber
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
from daraja.simulator.products.stk.scenario import Callback, Scenario
from daraja.simulator.results import PAID, PROCESSING, UNANSWERED, UNKNOWN_RECEIVER, result_of_number

# The callbacks

NO_CALLBACK: Final = Scenario(result=PAID, callbacks=())
THREE_CALLBACKS: Final = Scenario(result=PAID, callbacks=(Callback(), Callback(), Callback()))
EARLY_CALLBACK: Final = Scenario(result=PAID, early=True)
PAID_LATE: Final = Scenario(result=PAID, after=300)
ANOTHER_AMOUNT: Final = Scenario(result=PAID, callbacks=(Callback(body=altered(with_another_amount)),))
FAILED_THEN_PAID: Final = Scenario(
    result=PAID, callbacks=(Callback(body=altered(saying(UNANSWERED))), Callback(after=5))
)
CODE_AS_TEXT: Final = Scenario(result=PAID, callbacks=(Callback(body=altered(as_text)),))
UNKNOWN_TILL: Final = Scenario(result=UNKNOWN_RECEIVER)
NO_METADATA: Final = Scenario(result=PAID, callbacks=(Callback(body=altered(without_metadata)),))
SHUFFLED_METADATA: Final = Scenario(result=PAID, callbacks=(Callback(body=altered(shuffled)),))
MASKED_PHONE: Final = Scenario(result=PAID, callbacks=(Callback(body=altered(with_masked_phone)),))
NEVER_RESOLVED: Final = Scenario(result=PROCESSING, callbacks=())

# The answers to queries

PROCESSING_AS_RESULT: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, still_processing))
PROCESSING_AS_ERROR: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, being_processed))
PROCESSING_UNWORDED: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, without_words(200)))
PROCESSING_UNWORDED_500: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, without_words(500)))
PROCESSING_AS_INVALID_ID: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, too_early))
PROCESSING_WITHOUT_RESULT: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, without_result))
PROCESSING_AS_UNKNOWN: Final = attrs.evolve(NO_CALLBACK, query=at_first(3, not_existing))
QUERY_CONTRADICTS: Final = Scenario(result=PAID, query=claiming(UNANSWERED))

# The answer to the push itself

TOKEN_REFUSED_ONCE: Final = Scenario(result=PAID, refuse=in_turn(token_refused))
SPIKE_ARREST: Final = Scenario(result=PAID, refuse=always(spike_arrest))
HTML_503: Final = Scenario(result=PAID, refuse=always(unavailable))
SOAP_FAULT: Final = Scenario(result=PAID, refuse=always(soap_fault))
ANSWER_LOST: Final = Scenario(result=PAID, reply=lost)


# Their phone numbers


@attrs.frozen
class StkMagicNumber(MagicNumber):
    """A phone number that stands for a scenario.

    Args:
        scenario: The scenario.
    """

    scenario: Scenario


_TABLE: Final = """\
01  NO_CALLBACK  It is paid, but no callback comes: only a query says so.
02  THREE_CALLBACKS  It is paid, and the same callback comes three times.
03  EARLY_CALLBACK  It is paid, and the callback comes before the answer to the push.
04  PAID_LATE  It is paid after five minutes, when most shops have given up.
05  ANOTHER_AMOUNT  It is paid, but the callback names one shilling more than was asked for.
07  FAILED_THEN_PAID  A callback says that nobody answered (1037), another 5 s later that it is paid.
08  CODE_AS_TEXT  It is paid, and the callback writes its result code and all numbers as text.
09  UNKNOWN_TILL  It fails with a code that is not a number, SFC_IC0003.
10  NO_METADATA  It is paid, but the callback has no receipt and no amount, only the code.
11  SHUFFLED_METADATA  It is paid; the callback has its items in an odd order, and a Balance without a value.
12  MASKED_PHONE  It is paid, and the callback masks the phone number.
13  NEVER_RESOLVED  It is never decided: every query says so (4999), and no callback comes.
21  PROCESSING_AS_RESULT  No callback; three queries get code 4999, the fourth 'paid'.
22  PROCESSING_AS_ERROR  No callback; three queries get the error 'being processed', the fourth 'paid'.
23  PROCESSING_UNWORDED  No callback; three queries get that error with HTTP 200 and no words, the fourth 'paid'.
24  PROCESSING_UNWORDED_500  No callback; three queries get that error with HTTP 500 and no words, the fourth 'paid'.
25  PROCESSING_AS_INVALID_ID  No callback; three queries get the error that the id is invalid, the fourth 'paid'.
26  PROCESSING_WITHOUT_RESULT  No callback; three queries get no result code, the fourth 'paid'.
27  PROCESSING_AS_UNKNOWN  No callback; three queries get the error that there is no such payment, the fourth 'paid'.
28  QUERY_CONTRADICTS  It is paid and the callback says so, but queries say that nobody answered (1037).
31  TOKEN_REFUSED_ONCE  The access token is refused; with a new one the push is accepted, and paid.
32  SPIKE_ARREST  The gateway refuses every push for its rate; no prompt is shown.
33  HTML_503  Every push is answered with a page of HTML and status 503; no prompt is shown.
34  SOAP_FAULT  Every push is answered with a SOAP fault and status 500; no prompt is shown.
35  ANSWER_LOST  The push is accepted, and paid; but the connection is dropped before the answer.
"""
"""The last two digits of the number 2547000080NN; the name; what happens. 06 is missing: it is result code 8006."""


def _magic_number(line: str) -> StkMagicNumber:
    last, name, about = line.split("  ")
    return StkMagicNumber(f"2547000080{last}", name, about, globals()[name])


MAGIC_NUMBERS: Final[Sequence[StkMagicNumber]] = tuple(map(_magic_number, _TABLE.splitlines()))
"""Every scenario with a number of its own; besides, ``25470000CCCC`` stands for result code CCCC."""

_BY_NUMBER: Final = {row.number: row.scenario for row in MAGIC_NUMBERS}


def scenario_of_number(phone: str) -> Scenario | None:
    """Return the scenario that a magic number stands for, or None for every other number."""
    if phone in _BY_NUMBER:
        return _BY_NUMBER[phone]
    result = result_of_number(phone)
    if result == PROCESSING:
        return NEVER_RESOLVED
    return Scenario(result=result) if result else None
