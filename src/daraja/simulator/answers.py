"""What a person may do with the prompt on a phone, and what it comes to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from daraja.simulator.results import CANCELLED, NO_FUNDS, PAID, UNANSWERED, WRONG_PIN, Result

__all__ = ["RESULTS_OF", "Answer"]


class Answer(StrEnum):
    """What a person does with the prompt on the phone."""

    PAY = "pay"
    CANCEL = "cancel"
    WRONG_PIN = "wrong pin"
    NO_FUNDS = "no funds"
    IGNORE = "ignore"


RESULTS_OF: Final[Mapping[Answer, Result]] = {
    Answer.PAY: PAID,
    Answer.CANCEL: CANCELLED,
    Answer.WRONG_PIN: WRONG_PIN,
    Answer.NO_FUNDS: NO_FUNDS,
    Answer.IGNORE: UNANSWERED,
}
"""What each answer comes to in the end."""
