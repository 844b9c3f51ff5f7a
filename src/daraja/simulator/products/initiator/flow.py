"""How an initiator's request goes its way: acknowledged, carried out later, reported to its addresses."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import Delivery
from daraja.simulator.errors import AnswerLost
from daraja.simulator.event_log import EventKind
from daraja.simulator.ledger import Transaction
from daraja.simulator.products.base import Services
from daraja.simulator.products.initiator.request import InitiatorRequest
from daraja.simulator.products.initiator.scenario import Notice, ResultPayload, ResultScenario
from daraja.simulator.results import NO_FUNDS, PAID, Result

_DAY: Final = 3
"""How many characters of an id are the day. Only zeros follow if no transaction began."""


@attrs.frozen(kw_only=True)
class Report:
    """The content of the result of a request.

    Args:
        result: The result code and its words.
        transaction_id: M-Pesa's id; empty if no transaction began.
        parameters: What it says, by name.
        references: What it says about the request, by name.
    """

    result: Result = PAID
    transaction_id: str = ""
    parameters: Mapping[str, object] = attrs.field(factory=dict[str, object], repr=False)
    references: Mapping[str, object] = attrs.field(factory=dict[str, object], repr=False)


def move_money(
    services: Services,
    request: InitiatorRequest,
    scenario: ResultScenario,
    transaction: Transaction,
    *,
    report: Callable[[InitiatorRequest, Transaction, Result], Report],
    check: Callable[[Transaction], Result | None] = lambda _: None,
) -> HttpResponse:
    """Accept a request that moves money; its transaction is then completed, declined or expires.

    Args:
        services: What all products share.
        request: The request.
        scenario: How it turns out.
        transaction: What it moves.
        report: Makes the report of a transaction that ended with a result.
        check: Returns the result that forbids it when its time has come; too little money is checked besides.

    Raises:
        HttpError: If the scenario refuses the request.
        AnswerLost: If the scenario loses the answer.
    """

    def refused(at: datetime) -> Result | None:
        if refusal := services.operators.check(request.initiator, request.credential, at) or scenario.result:
            return refusal
        covered = services.ledger.covers(transaction.debit, transaction.amount)
        return check(transaction) or (None if covered else NO_FUNDS)

    def end(at: datetime) -> Report:
        refusal = refused(at)
        if refusal is None:
            return report(request, services.ledger.complete(transaction, at), PAID)
        declined = attrs.evolve(transaction, status="Declined", finalised_at=at)
        services.ledger.keep(declined)
        return report(request, declined, refusal)

    def expire(at: datetime) -> None:
        services.ledger.keep(attrs.evolve(transaction, status="Expired", finalised_at=at))

    services.subscribers.admit(f"{request.product}:{request.other}", scenario.refuse, request.asked_at)
    services.ledger.keep(transaction)
    return _accept(services, request, scenario, end, expire)


def answer_question(
    services: Services,
    request: InitiatorRequest,
    scenario: ResultScenario,
    answer: Callable[[datetime], Report],
) -> HttpResponse:
    """Accept a request that moves nothing; *answer* makes its report when its time has come.

    Raises:
        HttpError: If the scenario refuses the request.
        AnswerLost: If the scenario loses the answer.
    """

    def end(at: datetime) -> Report:
        refusal = services.operators.check(request.initiator, request.credential, at) or scenario.result
        return answer(at) if refusal is None else Report(result=refusal)

    services.subscribers.admit(f"{request.product}:{request.other}", scenario.refuse, request.asked_at)
    return _accept(services, request, scenario, end, lambda _: None)


def _accept(
    services: Services,
    request: InitiatorRequest,
    scenario: ResultScenario,
    end: Callable[[datetime], Report],
    expire: Callable[[datetime], None],
) -> HttpResponse:
    now = request.asked_at
    amount = f"KES {request.amount} " if request.amount else ""
    text = f"shortcode {request.shortcode}: {request.command} {amount}for {request.about}"
    services.log.note(EventKind.REQUEST, text, now)

    def carry_out(at: datetime) -> None:
        if scenario.expires:
            expire(at)
            report = Report()
        else:
            report = end(at)
            text = f"{request.command} for {request.about}: code {report.result.code}"
            services.log.note(EventKind.DECIDED, f"{text}, {report.result.description}", at)
        _send(services, request, scenario, report, at)

    if scenario.early:
        carry_out(now)
    else:
        seconds = services.delay if scenario.after is None else scenario.after
        services.schedule.at(now + timedelta(seconds=seconds), carry_out)
    try:
        return scenario.reply(request)
    except AnswerLost:
        services.log.note(EventKind.REQUEST, "its answer is lost on the way: the connection is dropped", now)
        raise


def _send(
    services: Services, request: InitiatorRequest, scenario: ResultScenario, report: Report, at: datetime
) -> None:
    occasion = {"Occasion": request.occasion} if request.occasion else {}
    payload = ResultPayload(
        request=request,
        result=report.result,
        transaction_id=report.transaction_id or services.ids.receipt(at)[:_DAY] + "0000000",
        parameters=report.parameters,
        references={**report.references, **occasion},
        originator_conversation_id=request.originator_conversation_id,
    )
    for notice in scenario.notices:
        delivery = Delivery(
            callback=_notice_request(payload, notice),
            at=at + timedelta(seconds=notice.after),
            product=request.product,
            subject=request.about,
            early=scenario.early and notice.after == 0,
        )
        services.callbacks.put(delivery)


def _notice_request(payload: ResultPayload, notice: Notice) -> HttpRequest:
    url = payload.request.timeout_url if notice.timeout else payload.request.result_url
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    body = json.dumps(notice.body(payload), separators=(",", ":")).encode()
    return HttpRequest("POST", url, headers, body)
