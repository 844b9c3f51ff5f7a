"""Plans as scenarios of the local Daraja. They count every fault when it happens."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, ParamSpec, TypeVar

from daraja.http.messages import HttpResponse
from daraja.simulator import Notice, ResultScenario
from daraja.simulator.errors import HttpError, Json
from daraja.simulator.gateway import Refuse, always, in_turn, lost, never, spike_arrest, token_refused, unavailable
from daraja.simulator.products.initiator.misbehaviours import (
    altered,
    echoed_request,
    more_will_follow,
    saying,
    with_another_amount,
    with_another_id,
    with_masked_party,
)
from daraja.simulator.products.initiator.request import InitiatorRequest
from daraja.simulator.products.initiator.scenario import ResultPayload, acknowledge, usual_body
from tests.chaos.payouts.plan import Answer, Plan, Refusals, Results

__all__ = ["PROBE_ACCEPTED", "PROBE_DUPLICATE", "Scenarios"]

PROBE_ACCEPTED: Final = "probe: accepted, since the first request never was"
PROBE_DUPLICATE: Final = "probe: refused as a duplicate, since the first request was accepted"

Given = ParamSpec("Given")
Made = TypeVar("Made")

_SOON: Final = 0.5
"""Seconds of the local Daraja, which uses the real clock."""
_LATE: Final = 3.0


def _maintenance() -> HttpError:
    return HttpError(500, "500.002.1001", "Service is currently under maintenance.", "an outage that proves nothing")


def _unavailable(_: InitiatorRequest) -> HttpResponse:
    return HttpResponse(503, {"Content-Type": "text/html"}, b"<html><body>Service Unavailable</body></html>")


def _doubtful(request: InitiatorRequest) -> HttpResponse:
    return acknowledge(request, "100000000", "Request cached, waiting for resending.")


class Scenarios:
    """Makes the scenarios of plans and counts their faults."""

    def __init__(self) -> None:
        self.counts: Final = Counter[str]()
        """How often each fault happened; 0 for a planned fault that did not."""

    def scenario(self, plan: Plan) -> ResultScenario:
        """Return the scenario of a plan."""
        return ResultScenario(
            result=None if plan.end.paid else plan.end,
            after=plan.seconds,
            refuse=self._refuse(plan.refusals),
            reply=self._reply(plan),
            early=plan.results is Results.EARLY,
            notices=self._notices(plan),
            expires=plan.results is Results.NEVER_DONE,
        )

    def _refuse(self, refusals: Refusals) -> Refuse:
        made: dict[Refusals, Callable[[], Refuse]] = {
            Refusals.OPEN: lambda: never,
            Refusals.TOKEN_REFUSED: lambda: in_turn(self._counting("request: token refused", token_refused)),
            Refusals.SPIKE_ARRESTED: lambda: in_turn(self._counting("request: spike arrested", spike_arrest)),
            Refusals.SPIKE_ARRESTED_FOR_GOOD: lambda: always(
                self._counting("request: spike arrested again and again", spike_arrest)
            ),
            Refusals.UNAVAILABLE: lambda: always(self._counting("request: 503 before it is accepted", unavailable)),
            Refusals.UNAVAILABLE_ONCE: lambda: in_turn(self._counting("request: 503 once", unavailable)),
            Refusals.MAINTENANCE: lambda: always(self._counting("request: maintenance", _maintenance)),
        }
        return made[refusals]()

    def _reply(self, plan: Plan) -> Callable[[InitiatorRequest], HttpResponse]:
        replies: dict[Answer, Callable[[InitiatorRequest], HttpResponse]] = {
            Answer.ARRIVES: acknowledge,
            Answer.LOST: self._counting("answer: lost after acceptance", lost),
            Answer.UNAVAILABLE: self._counting("answer: 503 after acceptance", _unavailable),
            Answer.DOUBTFUL: self._counting("answer: ResponseCode 100000000", _doubtful),
        }
        reply = replies[plan.answer]
        if plan.refusals is Refusals.UNAVAILABLE_ONCE:
            reply = self._counting(PROBE_ACCEPTED, reply)
        return self._counting("result: lost", reply) if plan.results is Results.LOST else reply

    def _notices(self, plan: Plan) -> Sequence[Notice]:
        soon, late = _SOON * plan.pause, _LATE * (1 + plan.pause)
        usual, last = Notice(after=soon), Notice(after=late)
        notice = self._notice("notice that it waited too long", echoed_request, timeout=True)
        made: dict[Results, Sequence[Notice]] = {
            Results.USUAL: [usual],
            Results.LOST: [],
            Results.THRICE: [usual, self._notice("thrice", after=soon), last],
            Results.LATE: [self._notice("late", after=late)],
            Results.EARLY: [self._notice("before the answer")],
            Results.NOTICE_THEN_RESULT: [notice, self._notice("after a notice", after=soon)],
            Results.NOTICE_ONLY: [notice],
            Results.NEVER_DONE: [self._notice("notice, and never done", echoed_request, timeout=True)],
            Results.FAILED_THEN_RESULT: [self._notice("failed at first", altered(saying(8))), last],
            Results.SEEN_BEFORE_THEN_RESULT: [self._notice("code 15 at first", altered(saying(15))), last],
            Results.PROGRESS_FIRST: [self._notice("progress at first", altered(more_will_follow)), usual],
            Results.ANOTHER_AMOUNT: [self._notice("another amount", altered(with_another_amount), after=soon)],
            Results.ANOTHER_ID: [self._notice("Daraja's own id", altered(with_another_id), after=soon)],
            Results.MASKED: [self._notice("masked party", altered(with_masked_party), after=soon)],
        }
        return made[plan.results]

    def _notice(
        self,
        name: str,
        body: Callable[[ResultPayload], Json] = usual_body,
        *,
        after: float = 0.0,
        timeout: bool = False,
    ) -> Notice:
        return Notice(after=after, body=self._counting(f"result: {name}", body), timeout=timeout)

    def _counting(self, name: str, happen: Callable[Given, Made]) -> Callable[Given, Made]:
        self.counts.setdefault(name, 0)

        def counted(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            self.counts[name] += 1
            return happen(*args, **kwargs)

        return counted
