"""STK push and STK query: prompts on phones, their decisions, and the callbacks that follow."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.result_codes import explain
from daraja.simulator.callback_queue import Delivery
from daraja.simulator.errors import BUSINESS_ERROR, AnswerLost, HttpError, Json
from daraja.simulator.event_log import EventKind, printable
from daraja.simulator.gateway import RateLimiter, busy
from daraja.simulator.ledger import Account, Transaction, customer, organisation
from daraja.simulator.phones import RESULTS_OF, Answer, PhonePrompt
from daraja.simulator.products.base import MagicNumber, Route, Services
from daraja.simulator.products.stk.callback_payload import callback_request
from daraja.simulator.products.stk.push import Decision, Push
from daraja.simulator.products.stk.requests import (
    DOCUMENTED_DESCRIPTION,
    DOCUMENTED_REFERENCE,
    read_push,
    read_query,
)
from daraja.simulator.products.stk.scenario import Body, Scenario, failing_at_once, query_answer
from daraja.simulator.products.stk.scenarios import MAGIC_NUMBERS, scenario_of_number
from daraja.simulator.results import Result
from daraja.values.nairobi_time import EAT
from daraja.values.prompt import normalise_phone
from daraja.values.secret import mask_phone


@attrs.frozen
class Prompt:
    """A push on its way to a decision.

    Args:
        push: What the shop asked for.
        scenario: How it turns out.
        ends_at: When it is decided if nobody answers it.
        decision: How it was decided; None while the prompt is open.
        queried: How often a shop asked for its result.
    """

    push: Push
    scenario: Scenario
    ends_at: datetime
    decision: Decision | None = None
    queried: int = 0

    @property
    def paid(self) -> bool:
        """Whether the money really moved. Callbacks and queries may say something else."""
        return self.decision is not None and self.decision.result.paid


class Stk:
    """The product STK push.

    Args:
        services: What it shares with the other products.
        prompt_life: How long a prompt waits for a person, in seconds.
        answer: How a number without a scenario answers by itself; ``IGNORE`` leaves it to a person.
        busy_seconds: For how long after a push such a number accepts no other.
        query_limit: How many queries a minute the gateway lets through; None for any number.
        scenarios: Phone numbers, in any form that people write, with the scenario of a push to each.

    Raises:
        ValueError: If a number in *scenarios* is not a Kenyan mobile number, or *query_limit* is below 1.
    """

    name: ClassVar[str] = "stk"
    title: ClassVar[str] = "STK push and query"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = MAGIC_NUMBERS

    def __init__(
        self,
        services: Services,
        *,
        prompt_life: float,
        answer: Answer,
        busy_seconds: float,
        query_limit: int | None,
        scenarios: Mapping[str, Scenario],
    ) -> None:
        self.routes: Final[Mapping[str, Route]] = {
            "/mpesa/stkpush/v1/processrequest": Route(self._push),
            "/mpesa/stkpushquery/v1/query": Route(self._query, RateLimiter(query_limit)),
        }
        self.views: Final[Mapping[str, Callable[[], Json]]] = {"payments": self._payments}
        self._services = services
        self._scenarios = {normalise_phone(number): scenario for number, scenario in scenarios.items()}
        waiting = prompt_life if answer is Answer.IGNORE else services.delay
        self._ordinary = Scenario(result=RESULTS_OF[answer], after=waiting, refuse=busy(busy_seconds))
        self._prompts: dict[str, Prompt] = {}
        """Every prompt by its CheckoutRequestID, oldest first."""

    # The state

    @property
    def pushes(self) -> Sequence[Push]:
        """Every push that was accepted, oldest first."""
        return tuple(prompt.push for prompt in tuple(self._prompts.values()))

    @property
    def prompts(self) -> Sequence[Prompt]:
        """The prompts that are open on a phone, oldest first."""
        ours = (self._prompts.get(shown.identity) for shown in self._services.phones.open)
        return tuple(prompt for prompt in ours if prompt is not None)

    @property
    def decided(self) -> Sequence[Prompt]:
        """The prompts that are decided, oldest push first. They show which payments were really made."""
        return tuple(prompt for prompt in tuple(self._prompts.values()) if prompt.decision is not None)

    def find(self, checkout_request_id: str) -> Prompt | None:
        """Return the prompt of a push, open or decided; None if there was no such push."""
        return self._prompts.get(checkout_request_id)

    # The requests

    def _push(self, request: HttpRequest, now: datetime) -> HttpResponse:
        push = read_push(request, self._services.merchants, self._services.ids, now)
        scenario = self._scenario_of(push)
        self._services.subscribers.admit(push.phone, scenario.refuse, now)
        self._show(push, scenario)
        try:
            return scenario.reply(push)
        except AnswerLost:
            self._note(EventKind.PUSH, "its answer is lost on the way: the connection is dropped", now)
            raise

    def _scenario_of(self, push: Push) -> Scenario:
        if push.fails_with is not None:
            return failing_at_once(push.fails_with)
        return self._scenarios.get(push.phone) or scenario_of_number(push.phone) or self._ordinary

    def _query(self, request: HttpRequest, now: datetime) -> HttpResponse:
        shortcode, wanted = read_query(request, self._services.merchants)
        prompt = self._prompts.get(wanted)
        if prompt is None or prompt.push.shortcode != shortcode:
            why = f"shortcode {shortcode} made no push with this CheckoutRequestID here"
            raise HttpError(500, BUSINESS_ERROR, "The transaction does not Exist", why)
        push, decision = prompt.push, prompt.decision
        answer = prompt.scenario.query(push, decision, prompt.queried)
        state = "not decided yet" if decision is None else f"code {decision.result.code}"
        claim = "" if answer == query_answer(push, decision) else ", but its scenario says something else"
        self._note(EventKind.QUERY, f"about {mask_phone(push.phone)}: {state}{claim}", now)
        self._prompts[wanted] = attrs.evolve(prompt, queried=prompt.queried + 1)
        return answer

    # The prompt and its decision

    def _show(self, push: Push, scenario: Scenario) -> None:
        identity = push.checkout_request_id
        seconds = self._services.delay if scenario.after is None else scenario.after
        prompt = Prompt(push, scenario, push.asked_at + timedelta(seconds=seconds))
        self._prompts[identity] = prompt
        asked = f"asks {mask_phone(push.phone)} for KES {push.amount}, reference '{printable(push.reference)}'"
        self._note(EventKind.PUSH, f"shortcode {push.shortcode} {asked}{_doubt(push)}", push.asked_at)
        self._services.phones.show(
            PhonePrompt(
                identity=identity,
                phone=push.phone,
                ends_at=prompt.ends_at,
                result=scenario.result,
                decide=lambda result, at: self._decide(identity, result, at),
                view=lambda now: _on_the_phone(self._prompts[identity], now),
            )
        )
        if scenario.early:
            self._services.phones.decide(identity, scenario.result, push.asked_at)

    def _decide(self, identity: str, result: Result, at: datetime) -> None:
        prompt = self._prompts[identity]
        push, scenario = prompt.push, prompt.scenario
        decision = Decision(result, at, self._services.ids.receipt(at))
        self._prompts[identity] = attrs.evolve(prompt, decision=decision)
        self._note(EventKind.DECIDED, f"{mask_phone(push.phone)}: code {result.code}, {result.description}", at)
        if result.paid:
            self._services.ledger.complete(self._transaction(push, decision), at)
        for callback in scenario.callbacks:
            early = scenario.early and callback.after == 0
            self._call_back(push, decision, callback.body, at + timedelta(seconds=callback.after), early=early)

    def _transaction(self, push: Push, decision: Decision) -> Transaction:
        is_till = push.shortcode in self._services.merchants.tills
        return Transaction(
            receipt=decision.receipt,
            product=self.name,
            reason="Customer Merchant Payment" if is_till else "Pay Bill Online",
            amount=push.amount,
            debit=customer(push.phone),
            credit=organisation(push.shortcode, Account.MERCHANT if is_till else Account.UTILITY),
            initiated_at=push.asked_at,
            reference=str(push.reference),
        )

    def forge(self, phone: str, result: Result, body: Body, now: datetime) -> None:
        """Send a callback about the newest push to a phone, though nobody decided it.

        Args:
            phone: The phone, in any form that people write.
            result: The result that it claims.
            body: Makes its body.
            now: The time.

        Raises:
            LookupError: If there was no push to that phone.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        wanted = normalise_phone(phone)
        newest_first = reversed(self._prompts.values())
        push = next((prompt.push for prompt in newest_first if prompt.push.phone == wanted), None)
        if push is None:
            raise LookupError(f"{mask_phone(wanted)} was never asked for money here; ask for a push first")
        self._call_back(push, Decision(result, now, self._services.ids.receipt(now)), body, now)

    def _call_back(self, push: Push, decision: Decision, body: Body, at: datetime, *, early: bool = False) -> None:
        request = callback_request(push, body(push, decision))
        subject = mask_phone(push.phone)
        self._services.callbacks.put(Delivery(callback=request, at=at, product=self.name, subject=subject, early=early))

    def _note(self, kind: EventKind, text: str, at: datetime) -> None:
        self._services.log.note(kind, text, at)

    def _payments(self) -> Json:
        return {"payments": [_payment(prompt) for prompt in reversed(self._prompts.values())]}


def _on_the_phone(prompt: Prompt, now: datetime) -> Json:
    left = (prompt.ends_at - now).total_seconds() if prompt.decision is None else 0.0
    life = (prompt.ends_at - prompt.push.asked_at).total_seconds()
    return {**_payment(prompt), "seconds_left": max(0.0, left), "seconds": life}


def _payment(prompt: Prompt) -> Json:
    push, decision = prompt.push, prompt.decision
    return {
        "checkout_request_id": str(push.checkout_request_id),
        "merchant_request_id": push.merchant_request_id,
        "asked_at": push.asked_at.astimezone(EAT).isoformat(timespec="seconds"),
        "shortcode": push.shortcode,
        "receiver": push.receiver,
        "phone": str(push.phone),
        "amount": push.amount,
        "reference": str(push.reference),
        "description": str(push.description),
        "paid": prompt.paid,
        "result": decision
        and {
            "code": decision.result.code,
            "title": explain("stk", decision.result.code, decision.result.description).title,
            "at": decision.at.astimezone(EAT).isoformat(timespec="seconds"),
            "receipt": decision.receipt if decision.result.paid else "",
        },
    }


def _doubt(push: Push) -> str:
    """Warn of texts that Daraja accepts, though they are longer than it documents."""
    if len(push.reference) <= DOCUMENTED_REFERENCE and len(push.description) <= DOCUMENTED_DESCRIPTION:
        return ""
    limits = f"{DOCUMENTED_REFERENCE} characters of reference and {DOCUMENTED_DESCRIPTION} of description"
    return f"; Daraja documents {limits}: it accepts more, but then some phones show no prompt"
