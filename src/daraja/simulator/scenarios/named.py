"""The scenarios that have a name and a number of their own."""

from typing import Final

import attrs

from daraja.simulator.results import PAID, PROCESSING, UNANSWERED, UNKNOWN_RECEIVER
from daraja.simulator.scenarios.base import Callback, Scenario
from daraja.simulator.scenarios.callbacks import (
    altered,
    as_text,
    saying,
    shuffled,
    with_another_amount,
    with_masked_phone,
    without_metadata,
)
from daraja.simulator.scenarios.pushes import (
    always,
    in_turn,
    lost,
    soap_fault,
    spike_arrest,
    token_refused,
    unavailable,
)
from daraja.simulator.scenarios.queries import (
    at_first,
    being_processed,
    claiming,
    not_existing,
    still_processing,
    too_early,
    without_result,
    without_words,
)

__all__ = [
    "ANOTHER_AMOUNT",
    "ANSWER_LOST",
    "CODE_AS_TEXT",
    "EARLY_CALLBACK",
    "FAILED_THEN_PAID",
    "HTML_503",
    "MASKED_PHONE",
    "NEVER_RESOLVED",
    "NO_CALLBACK",
    "NO_METADATA",
    "PAID_LATE",
    "PROCESSING_AS_ERROR",
    "PROCESSING_AS_INVALID_ID",
    "PROCESSING_AS_RESULT",
    "PROCESSING_AS_UNKNOWN",
    "PROCESSING_UNWORDED",
    "PROCESSING_UNWORDED_500",
    "PROCESSING_WITHOUT_RESULT",
    "QUERY_CONTRADICTS",
    "SHUFFLED_METADATA",
    "SOAP_FAULT",
    "SPIKE_ARREST",
    "THREE_CALLBACKS",
    "TOKEN_REFUSED_ONCE",
    "UNKNOWN_TILL",
]

# What comes back

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

# What a query hears

_UNHEARD: Final = Scenario(result=PAID, callbacks=())
PROCESSING_AS_RESULT: Final = attrs.evolve(_UNHEARD, query=at_first(3, still_processing))
PROCESSING_AS_ERROR: Final = attrs.evolve(_UNHEARD, query=at_first(3, being_processed))
PROCESSING_UNWORDED: Final = attrs.evolve(_UNHEARD, query=at_first(3, without_words(200)))
PROCESSING_UNWORDED_500: Final = attrs.evolve(_UNHEARD, query=at_first(3, without_words(500)))
PROCESSING_AS_INVALID_ID: Final = attrs.evolve(_UNHEARD, query=at_first(3, too_early))
PROCESSING_WITHOUT_RESULT: Final = attrs.evolve(_UNHEARD, query=at_first(3, without_result))
PROCESSING_AS_UNKNOWN: Final = attrs.evolve(_UNHEARD, query=at_first(3, not_existing))
QUERY_CONTRADICTS: Final = Scenario(result=PAID, query=claiming(UNANSWERED))

# What the push itself meets

TOKEN_REFUSED_ONCE: Final = Scenario(result=PAID, refuse=in_turn(token_refused))
SPIKE_ARREST: Final = Scenario(result=PAID, refuse=always(spike_arrest))
HTML_503: Final = Scenario(result=PAID, refuse=always(unavailable))
SOAP_FAULT: Final = Scenario(result=PAID, refuse=always(soap_fault))
ANSWER_LOST: Final = Scenario(result=PAID, reply=lost)
