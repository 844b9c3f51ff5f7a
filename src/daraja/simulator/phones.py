"""People's phones: the prompts that they show, and the answers of people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

import attrs

from daraja.simulator.clock import Schedule, Timer
from daraja.simulator.errors import Json
from daraja.simulator.event_log import EventKind, EventLog
from daraja.simulator.results import CANCELLED, NO_FUNDS, PAID, UNANSWERED, WRONG_PIN, Result
from daraja.values.prompt import normalise_phone
from daraja.values.secret import MaskedText, mask_phone

_ON_THE_PAGE: Final = 60
"""How many prompts the page shows."""


class Answer(StrEnum):
    """The answer of a person to the prompt on a phone."""

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
"""The result of each answer."""


@attrs.frozen(kw_only=True)
class PhonePrompt:
    """A prompt on a phone, of any product.

    Args:
        identity: An id that no other prompt has.
        phone: The phone, in the form ``2547XXXXXXXX``; masked in the repr.
        ends_at: When it ends if nobody answers it.
        result: Its result if nobody answers it.
        decide: Called once, with its result and the time.
        view: Returns what the page shows of it at a time.
    """

    identity: str = attrs.field(converter=MaskedText)
    phone: str = attrs.field(converter=MaskedText)
    ends_at: datetime
    result: Result
    decide: Callable[[Result, datetime], None] = attrs.field(repr=False)
    view: Callable[[datetime], Json] = attrs.field(repr=False)


class Phones:
    """Every prompt on every phone, open or decided.

    Args:
        schedule: Where the end of each prompt is scheduled.
        log: Where answers are noted.
    """

    def __init__(self, schedule: Schedule, log: EventLog) -> None:
        self._schedule = schedule
        self._log = log
        self._all: dict[str, PhonePrompt] = {}
        self._open: dict[str, Timer] = {}

    @property
    def open(self) -> Sequence[PhonePrompt]:
        """The prompts that nobody has answered yet, oldest first."""
        return tuple(self._all[identity] for identity in tuple(self._open))

    def show(self, prompt: PhonePrompt) -> None:
        """Show a prompt until it is decided."""
        self._all[prompt.identity] = prompt
        self._open[prompt.identity] = self._schedule.at(
            prompt.ends_at, lambda at: self.decide(prompt.identity, prompt.result, at)
        )

    def decide(self, identity: str, result: Result, at: datetime) -> None:
        """End an open prompt with *result*."""
        self._open.pop(identity).cancel()
        self._all[identity].decide(result, at)

    def answer(self, phone: str, answer: Answer, now: datetime) -> None:
        """Do what a person does with the oldest open prompt on a phone.

        Raises:
            LookupError: If no prompt is open there.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        wanted = normalise_phone(phone)
        identity = next((identity for identity in self._open if self._all[identity].phone == wanted), None)
        if identity is None:
            message = f"no prompt is open on {mask_phone(wanted)}; ask for a push first, and answer it before it ends"
            raise LookupError(message)
        self._log.note(EventKind.PRESSED, f"{mask_phone(wanted)}: {answer}", now)
        if answer is not Answer.IGNORE:
            self.decide(identity, RESULTS_OF[answer], now)

    def on_the_page(self, phone: str) -> Iterable[PhonePrompt]:
        """Return the prompts that the page shows, newest first.

        These are the newest ones; the newest one of *phone*, however old it is; and for each of these phones the prompt
        that an answer would go to.

        Args:
            phone: A phone in the form ``2547XXXXXXXX``, or an empty text.
        """
        shown = list(islice(reversed(self._all.values()), _ON_THE_PAGE))
        if phone and all(prompt.phone != phone for prompt in shown):
            shown += islice((prompt for prompt in reversed(self._all.values()) if prompt.phone == phone), 1)
        answered_next = {prompt.phone: prompt for prompt in reversed(self.open)}
        shown += [answered_next[prompt.phone] for prompt in shown if prompt.phone in answered_next]
        return {prompt.identity: prompt for prompt in shown}.values()
