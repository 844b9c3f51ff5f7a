"""The prompts on people's phones: how each is decided, and which callbacks follow."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count, islice

import attrs

from daraja.http.messages import HttpResponse
from daraja.simulator.answers import RESULTS_OF, Answer
from daraja.simulator.events import EventKind, Record, plain
from daraja.simulator.ids import Ids
from daraja.simulator.notices import callback_request
from daraja.simulator.outbox import Outbox
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.replies import query_answer
from daraja.simulator.results import Result
from daraja.simulator.scenarios.base import Body, Scenario
from daraja.values.phone import mask_phone, normalise_phone

__all__ = ["Prompt", "Prompts"]


@attrs.frozen
class Prompt:
    """A push on its way to a decision.

    Args:
        push: What was asked for.
        scenario: How it turns out.
        ends_at: When it is decided by itself.
        decision: How it was decided; None while the prompt is open.
        queried: How often somebody asked what became of it.
    """

    push: Push
    scenario: Scenario
    ends_at: datetime
    decision: Decision | None = None
    queried: int = 0

    @property
    def paid(self) -> bool:
        """Whether the money really moved, whatever callbacks and queries say of it."""
        return self.decision is not None and self.decision.result.paid


class Prompts:
    """Every prompt there was; what is asked of it costs the same however many are open.

    Args:
        ids: Where receipts come from.
        record: Where what happens is noted.
        outbox: Where callbacks wait for their time.
    """

    def __init__(self, ids: Ids, record: Record, outbox: Outbox) -> None:
        self._ids = ids
        self._record = record
        self._outbox = outbox
        self._all: dict[str, Prompt] = {}
        self._open: dict[str, None] = {}
        self._numbers = count()
        self._ends: list[tuple[datetime, int, str]] = []
        """A heap; a prompt that a person answered stays in it until it comes up."""

    @property
    def all(self) -> Sequence[Prompt]:
        """Every prompt, oldest first."""
        return tuple(self._all.values())

    @property
    def open(self) -> Sequence[Prompt]:
        """The prompts that nobody has answered yet, oldest first."""
        return tuple(self._all[identity] for identity in tuple(self._open))

    def show(self, push: Push, scenario: Scenario, ends_at: datetime) -> None:
        """Put a prompt on a phone; one whose callbacks come early is decided at once."""
        identity = push.checkout_request_id
        self._all[identity] = Prompt(push, scenario, ends_at)
        self._open[identity] = None
        asked = f"asks {mask_phone(push.phone)} for KES {push.amount}, reference '{plain(push.reference)}'"
        self._record.note(push.asked_at, EventKind.PUSH, f"shortcode {push.shortcode} {asked}")
        if scenario.early:
            self._decide(identity, scenario.result, push.asked_at)
        else:
            heappush(self._ends, (ends_at, next(self._numbers), identity))

    def find(self, checkout_request_id: str) -> Prompt | None:
        """Give the prompt of a CheckoutRequestID, if there was one."""
        return self._all.get(checkout_request_id)

    def newest(self, limit: int | None, phone: str | None) -> Sequence[Prompt]:
        """Give the newest prompts, newest first: so many, and of one phone, in Daraja's form, or of all."""
        all_of_them = reversed(self._all.values())
        wanted = (prompt for prompt in all_of_them if phone is None or prompt.push.phone == phone)
        return tuple(islice(wanted, limit))

    def query(self, prompt: Prompt, now: datetime) -> HttpResponse:
        """Answer a query about a prompt as its scenario wants it."""
        push, decision = prompt.push, prompt.decision
        answer = prompt.scenario.query(push, decision, prompt.queried)
        state = "not decided yet" if decision is None else f"code {decision.result.code}"
        claim = "" if answer == query_answer(push, decision) else ", but its scenario says something else"
        self._record.note(now, EventKind.QUERY, f"about {mask_phone(push.phone)}: {state}{claim}")
        self._all[push.checkout_request_id] = attrs.evolve(prompt, queried=prompt.queried + 1)
        return answer

    def press(self, phone: str, answer: Answer, now: datetime) -> None:
        """Do what a person does with the oldest open prompt on a phone.

        Raises:
            LookupError: If no prompt is open there.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        wanted = normalise_phone(phone)
        identity = next((identity for identity in self._open if self._all[identity].push.phone == wanted), None)
        if identity is None:
            message = f"no prompt is open on {mask_phone(wanted)}; ask for a push first, and answer it before it ends"
            raise LookupError(message)
        self._record.note(now, EventKind.PRESSED, f"{mask_phone(wanted)}: {answer}")
        if answer is not Answer.IGNORE:
            self._decide(identity, RESULTS_OF[answer], now)

    def forge(self, phone: str, result: Result, body: Body, now: datetime) -> None:
        """Put a callback that nobody decided into the outbox, about the newest push to a phone.

        Raises:
            LookupError: If that phone was never asked for money.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        wanted = normalise_phone(phone)
        if not (asked := self.newest(1, wanted)):
            message = f"{mask_phone(wanted)} was never asked for money here; ask for a push first"
            raise LookupError(message)
        push = asked[0].push
        claimed = Decision(result, now, self._ids.receipt(now))
        self._outbox.put(push, callback_request(push, body(push, claimed)), now, early=False)

    def settle(self, now: datetime) -> None:
        """Decide every prompt whose time is up."""
        while (end := self.next_end()) is not None and end <= now:
            identity = heappop(self._ends)[2]
            self._decide(identity, self._all[identity].scenario.result, end)

    def next_end(self) -> datetime | None:
        """Give the time when a prompt is next decided by itself, or None."""
        while self._ends and self._ends[0][2] not in self._open:
            heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def _decide(self, identity: str, result: Result, at: datetime) -> None:
        prompt = self._all[identity]
        push, scenario = prompt.push, prompt.scenario
        decision = Decision(result, at, self._ids.receipt(at))
        del self._open[identity]
        self._all[identity] = attrs.evolve(prompt, decision=decision)
        self._record.note(at, EventKind.DECIDED, f"{mask_phone(push.phone)}: code {result.code}, {result.description}")
        for callback in scenario.callbacks:
            request = callback_request(push, callback.body(push, decision))
            early = scenario.early and callback.after == 0
            self._outbox.put(push, request, at + timedelta(seconds=callback.after), early=early)
