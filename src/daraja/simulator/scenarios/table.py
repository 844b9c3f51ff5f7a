"""Which phone number plays which scenario."""

import re
from collections.abc import Sequence
from typing import Final

import attrs

from daraja.simulator.results import PROCESSING, result
from daraja.simulator.scenarios import named
from daraja.simulator.scenarios.base import Scenario

__all__ = ["TABLE", "Row", "scenario_for"]

_BY_RESULT: Final = re.compile(r"25470000([0-9]{4})")


@attrs.frozen
class Row:
    """One line of the table of scenarios.

    Args:
        number: The phone number that plays it, as Daraja writes it.
        name: Its name in ``daraja.simulator.scenarios``.
        about: What happens, in one sentence.
    """

    number: str
    name: str
    about: str

    @property
    def scenario(self) -> Scenario:
        """The scenario itself."""
        scenario: Scenario = getattr(named, self.name)
        return scenario


# 254700008006 is missing: it comes to result code 8006.
TABLE: Final[Sequence[Row]] = tuple(
    Row(f"2547000080{last}", name, about)
    for last, name, about in (
        ("01", "NO_CALLBACK", "It is paid, but no callback comes: only a query says so."),
        ("02", "THREE_CALLBACKS", "It is paid, and the same callback comes three times."),
        ("03", "EARLY_CALLBACK", "It is paid, and the callback comes before the answer to the push."),
        ("04", "PAID_LATE", "It is paid after five minutes, when most shops have given up."),
        ("05", "ANOTHER_AMOUNT", "It is paid, but the callback names one shilling more than was asked for."),
        ("07", "FAILED_THEN_PAID", "A callback says that nobody answered (1037), another 5 s later that it is paid."),
        ("08", "CODE_AS_TEXT", "It is paid, and the callback writes its result code and all numbers as text."),
        ("09", "UNKNOWN_TILL", "It fails with a code that is no number, SFC_IC0003."),
        ("10", "NO_METADATA", "It is paid, but the callback has no receipt and no amount, only the code."),
        ("11", "SHUFFLED_METADATA", "It is paid; the callback has its items in odd order, a Balance without value."),
        ("12", "MASKED_PHONE", "It is paid, and the callback masks the phone number."),
        ("13", "NEVER_RESOLVED", "It is never decided: every query says so (4999), and no callback comes."),
        ("21", "PROCESSING_AS_RESULT", "No callback; three queries hear code 4999, the fourth that it is paid."),
        (
            "22",
            "PROCESSING_AS_ERROR",
            "No callback; three queries hear the error 'being processed', the fourth 'paid'.",
        ),
        (
            "23",
            "PROCESSING_UNWORDED",
            "No callback; three queries hear that error without words, HTTP 200; then 'paid'.",
        ),
        ("24", "PROCESSING_UNWORDED_500", "No callback; three queries hear it without words, HTTP 500; then 'paid'."),
        (
            "25",
            "PROCESSING_AS_INVALID_ID",
            "No callback; three queries hear that the id is invalid, the fourth 'paid'.",
        ),
        ("26", "PROCESSING_WITHOUT_RESULT", "No callback; three queries hear no result code, the fourth 'paid'."),
        ("27", "PROCESSING_AS_UNKNOWN", "No callback; three queries hear that it does not exist, the fourth 'paid'."),
        (
            "28",
            "QUERY_CONTRADICTS",
            "It is paid and the callback says so, but queries say that nobody answered (1037).",
        ),
        ("31", "TOKEN_REFUSED_ONCE", "The access token is refused; with a new one the push is accepted, and paid."),
        ("32", "SPIKE_ARREST", "The gateway turns every push away for its rate; no prompt is shown."),
        ("33", "HTML_503", "Every push is answered with a page of HTML and status 503; no prompt is shown."),
        ("34", "SOAP_FAULT", "Every push is answered with a SOAP fault and status 500; no prompt is shown."),
        ("35", "ANSWER_LOST", "The push is accepted, and paid; but the connection is dropped before the answer."),
    )
)
"""Every scenario with a number of its own; beside them ``25470000CCCC`` comes to result code CCCC."""

_BY_NUMBER: Final = {row.number: row.scenario for row in TABLE}


def scenario_for(phone: str) -> Scenario | None:
    """Give the scenario that a magic number stands for: one of ``TABLE``, or ``25470000CCCC`` for result code CCCC.

    Returns:
        None for every other number.
    """
    found = _BY_RESULT.fullmatch(phone)
    if found is None:
        return None
    if phone in _BY_NUMBER:
        return _BY_NUMBER[phone]
    code = int(found[1])
    return named.NEVER_RESOLVED if code == PROCESSING.code else Scenario(result=result(code))
