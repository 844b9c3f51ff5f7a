"""The prompts on people's phones: how each is decided, and which callbacks follow."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import attrs

from daraja.phone import mask_phone, normalise_phone
from daraja.simulator.events import EventKind, Record, plain
from daraja.simulator.ids import Ids
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.replies import callback_request
from daraja.simulator.results import Result
from daraja.simulator.scenarios import RESULTS_OF, Answer, Scenario
from daraja.wire import HttpRequest

__all__ = ["Prompt", "Prompts", "receiver_of"]


@attrs.frozen
class Prompt:
    """A push on its way to a decision.

    Args:
        push: What was asked for.
        scenario: How it turns out.
        ends_at: When it is decided by itself.
        decision: How it was decided; None while the prompt is open.
    """

    push: Push
    scenario: Scenario
    ends_at: datetime
    decision: Decision | None = None


class Prompts:
    """Every prompt there was, and the callbacks still to go out."""

    def __init__(self, ids: Ids, record: Record) -> None:
        self._ids = ids
        self._record = record
        self._all: dict[str, Prompt] = {}
        self._open: dict[str, Prompt] = {}
        self._scheduled: list[tuple[datetime, Push, HttpRequest]] = []

    @property
    def all(self) -> Sequence[Prompt]:
        """Every prompt, oldest first."""
        return tuple(self._all.values())

    @property
    def open(self) -> Sequence[Prompt]:
        """The prompts that nobody has answered yet, oldest first."""
        return tuple(self._open.values())

    def show(self, push: Push, scenario: Scenario, ends_at: datetime) -> None:
        """Put a prompt on a phone."""
        self._all[push.checkout_request_id] = self._open[push.checkout_request_id] = Prompt(push, scenario, ends_at)
        asked = f"asks {mask_phone(push.phone)} for KES {push.amount}, reference '{plain(push.reference)}'"
        self._record.note(push.asked_at, EventKind.PUSH, f"shortcode {push.shortcode} {asked}")

    def find(self, checkout_request_id: str) -> Prompt | None:
        """Give the prompt of a CheckoutRequestID, if there was one."""
        return self._all.get(checkout_request_id)

    def press(self, phone: str, answer: Answer, now: datetime) -> None:
        """Do what a person does with the oldest open prompt on a phone.

        Raises:
            LookupError: If no prompt is open there.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        wanted = normalise_phone(phone)
        prompt = next((prompt for prompt in self._open.values() if prompt.push.phone == wanted), None)
        if prompt is None:
            message = f"no prompt is open on {mask_phone(wanted)}; ask for a push first, and answer it before it ends"
            raise LookupError(message)
        self._record.note(now, EventKind.PRESSED, f"{mask_phone(wanted)}: {answer}")
        if answer is not Answer.IGNORE:
            self._decide(prompt, RESULTS_OF[answer], now)

    def settle(self, now: datetime) -> None:
        """Decide every prompt whose time is up."""
        ended = [prompt for prompt in self._open.values() if prompt.ends_at <= now]
        for prompt in sorted(ended, key=lambda prompt: prompt.ends_at):
            self._decide(prompt, prompt.scenario.result, prompt.ends_at)

    def due(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, in order and each only once."""
        self._scheduled.sort(key=lambda entry: entry[0])
        ready = [entry for entry in self._scheduled if entry[0] <= now]
        del self._scheduled[: len(ready)]
        for _, push, callback in ready:
            self._record.note(now, EventKind.CALLBACK, f"for {mask_phone(push.phone)} to {receiver_of(callback)}")
        return tuple(callback for _, _, callback in ready)

    def next_due(self) -> datetime | None:
        """Give the time when something happens next by itself, or None."""
        times = [prompt.ends_at for prompt in self._open.values()] + [at for at, _, _ in self._scheduled]
        return min(times, default=None)

    def _decide(self, prompt: Prompt, result: Result, at: datetime) -> None:
        push = prompt.push
        decision = Decision(result, at, self._ids.receipt(at))
        del self._open[push.checkout_request_id]
        self._all[push.checkout_request_id] = attrs.evolve(prompt, decision=decision)
        self._record.note(at, EventKind.DECIDED, f"{mask_phone(push.phone)}: code {result.code}, {result.description}")
        for callback in prompt.scenario.callbacks:
            request = callback_request(push, callback.body(push, decision))
            self._scheduled.append((at + timedelta(seconds=callback.after), push, request))


def receiver_of(callback: HttpRequest) -> str:
    """Name the receiver of a callback; without path and user, since the address may be signed."""
    parts = urlsplit(callback.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
