"""Payouts as a kind of record: their statuses, their transitions, and how their callbacks and answers are read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from daraja.api.addresses import Purpose, signed_url
from daraja.api.b2b import B2bResult
from daraja.api.initiator import Accepted
from daraja.api.parse import parse_result
from daraja.api.result import Result
from daraja.api.transaction_status import StatusResult, TransactionStatus
from daraja.config import Config
from daraja.disbursements.products import PRODUCTS, Request, request_for
from daraja.disbursements.receivers import number_seen
from daraja.errors import (
    ApiError,
    CallbackMalformed,
    DuplicateRequest,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    UnexpectedResponse,
)
from daraja.http.flow import Flow, Now
from daraja.lifecycle.evidence import Evidence, Said, Source, unanswered
from daraja.lifecycle.kind import Kind, Timing, Transitions
from daraja.result_codes import Explanation, Outcome, explain


class PayoutStatus(StrEnum):
    """How far a payout has come. It climbs from the first to the last and never comes down."""

    DRAFTED = "drafted"
    """It is written down and not sent."""
    HELD = "held"
    """It is not sent before a second person has approved it."""
    CANCELLED = "cancelled"
    """Somebody cancelled or refused it before it was sent."""
    PENDING = "pending"
    """The request was sent, or is about to be sent; Daraja's answer is not known."""
    ACCEPTED = "accepted"
    """Daraja has accepted the request. Nothing is paid yet."""
    UNCONFIRMED = "unconfirmed"
    """No result came in time. The money may have moved: only the M-Pesa statement can tell."""
    FAILED = "failed"
    """Safaricom says, in a way that proves it, that no money moved."""
    PAID = "paid"
    """Safaricom says that the money moved."""


LADDER: Final[Transitions] = {
    (Source.GIVING_UP, Said.NOTHING): PayoutStatus.UNCONFIRMED,
    (Source.ANSWER, Said.NOTHING): PayoutStatus.PENDING,
    (Source.ANSWER, Said.ACCEPTED): PayoutStatus.ACCEPTED,
    (Source.ANSWER, Said.REFUSED): PayoutStatus.FAILED,
    (Source.QUERY, Said.NOTHING): PayoutStatus.PENDING,
    (Source.QUERY, Said.UNRECOGNISED): PayoutStatus.PENDING,
    (Source.QUERY, Said.PROCESSING): PayoutStatus.ACCEPTED,
    (Source.QUERY, Said.FAILED): PayoutStatus.FAILED,
    (Source.QUERY, Said.PAID): PayoutStatus.PAID,
    (Source.CALLBACK, Said.NOTHING): PayoutStatus.PENDING,
    (Source.CALLBACK, Said.CLAIMED): PayoutStatus.ACCEPTED,
    (Source.CALLBACK, Said.PROCESSING): PayoutStatus.ACCEPTED,
    (Source.CALLBACK, Said.UNRECOGNISED): PayoutStatus.ACCEPTED,
    (Source.CALLBACK, Said.FAILED): PayoutStatus.FAILED,
    (Source.CALLBACK, Said.PAID): PayoutStatus.PAID,
    (Source.PERSON, Said.PAID): PayoutStatus.PAID,
    (Source.PERSON, Said.FAILED): PayoutStatus.FAILED,
}
"""The status that each piece of evidence raises a payout to. The documentation's picture is drawn from it.

A query is a transaction status query, and its answer comes by a callback of its own. It says nothing if M-Pesa knows
nothing of the payout, and is unrecognised if M-Pesa refused the question. A callback that says nothing is the notice
that the request waited too long.
"""

_DUPLICATE: Final = "15"
"""At a payout's own address it says that another copy of the request was refused: the first one lives."""
_ALREADY_REVERSED: Final = "R000001"

_NOT_FOUND: Final = "25"
"""The code of a status query that found no transaction, with the words "The format of parameter null is invalid"."""
_PROBE_AT: Final = 2
"""The check at which the same id is sent once more: seven minutes after the payout was sent."""
_PROBE_FROM: Final = timedelta(minutes=5)
_PROBE_UNTIL: Final = timedelta(minutes=60)

_ENDED_UNPAID: Final[Mapping[str, Explanation]] = MappingProxyType(
    {
        word: Explanation(
            code=word,
            outcome=Outcome.FAILED,
            title=f"Status {word}",
            customer_message="Your money was not sent. We are looking into it, and you need not do anything.",
            merchant_message=f"M-Pesa calls the payment {word}. No money moved.",
            developer_hint=f"TransactionStatus is {word}. One such answer is asked about once more before it counts.",
            no_money_moved=True,
            source="Daraja, TransactionStatus; documented",
        )
        for word in ("cancelled", "declined", "expired")
    }
)
"""The statuses of a payment that ended without money. A status query has them in place of a result code."""


def explain_code(code: str, /) -> Explanation:
    """Explain a result code of any payout, or the word of a status query. All tables prove the same by a code."""
    if code in _ENDED_UNPAID:
        return _ENDED_UNPAID[code]
    found = explain("b2c", code)
    return explain("reversal", code) if found.outcome is Outcome.UNRECOGNISED else found


def accepted(answer: Accepted | None, at: datetime, /) -> Evidence:
    """Return the evidence that Daraja accepted the request.

    Args:
        answer: Its answer. None if it said that it has seen the id before, so that it accepted the first request.
        at: When it came.
    """
    facts: Mapping[str, str | None] = {} if answer is None else _ids(answer)
    return Evidence(source=Source.ANSWER, said=Said.ACCEPTED, at=at, facts=facts)


def _ids(answer: Accepted) -> Mapping[str, str | None]:
    return {
        "originator_conversation_id": answer.originator_conversation_id,
        "conversation_id": answer.conversation_id,
    }


def from_result(payout: Request, result: Result, at: datetime, /) -> Evidence:
    """Return the evidence of a result at the payout's own address.

    An OriginatorConversationID in it proves nothing, since Daraja sends ours or one of its own.
    """
    said = _said(result)
    facts: dict[str, str | None] = {}
    if result.result_code != _DUPLICATE:  # the ids of another copy are not ours
        facts = {"conversation_id": result.conversation_id}
    if said is Said.PAID and result.outcome is Outcome.PAID:
        named = "receipt" if result.receipt else "transaction_id"
        facts |= {named: result.receipt or result.transaction_id, "float_after": _float_after(payout, result)}
        facts |= _money(payout, result)
    return Evidence(
        source=Source.CALLBACK,
        said=said,
        at=at,
        facts=facts,
        result_code=result.result_code,
        result_description=result.result_description,
    )


def _said(result: Result) -> Said:
    """Code 0 means paid, and a code that proves it means failed. Any other code decides nothing."""
    if result.outcome is Outcome.PAID or (result.product == "reversal" and result.result_code == _ALREADY_REVERSED):
        return Said.PAID
    if result.outcome is Outcome.FAILED and result.explanation.pay_again:
        return Said.FAILED
    return Said.PROCESSING if result.outcome is Outcome.PROCESSING else Said.UNRECOGNISED


def from_status_answer(payout: Request, answer: StatusResult, at: datetime, /) -> Evidence:
    """Return the evidence of the answer to a status query about the payout.

    An answer that is unusable proves nothing in either direction. A question that was refused has no answer at all, so
    it confirms no failure, either.
    """
    said, code = Said.NOTHING, None
    if answer.outcome is not Outcome.ANSWERED and answer.result_code != _NOT_FOUND:
        known = explain("status", answer.result_code).outcome is not Outcome.UNRECOGNISED
        said = Said.UNRECOGNISED if known else Said.NOTHING
    elif answer.is_completed:
        said = Said.PAID
    elif answer.ended_unpaid:
        said, code = Said.FAILED, (answer.transaction_status or "").strip().casefold()
    elif answer.transaction_status is not None:
        said = Said.PROCESSING
    facts: dict[str, str | None] = {}
    if said is not Said.NOTHING:
        facts["conversation_id"] = answer.asked_conversation_id
    if said is Said.PAID:
        facts |= {"receipt": answer.receipt, **_money(payout, answer)}
    return Evidence(source=Source.QUERY, said=said, at=at, facts=facts, result_code=code)


def _money(payout: Request, result: Result) -> Mapping[str, str | None]:
    """Return the facts about the money in a result, to compare with the request."""
    receiver = number_seen(payout.to, None if result.receiver is None else result.receiver.id)
    return {"amount": _plain(result.amount), "receiver": receiver}


def _float_after(payout: Request, result: Result) -> str | None:
    """Return the available balance of the account that paid, if the result says so."""
    if isinstance(result, B2bResult):
        return _plain(result.balance_after)
    balance = result.balances.get(PRODUCTS[payout.product].account)
    return None if balance is None else _plain(balance.available)


def _plain(amount: Decimal | None) -> str | None:
    """Write an amount without an exponent and without zeros that mean nothing, as ``Payout.expected`` does."""
    return None if amount is None else f"{amount.normalize():f}"


# ------------------------------------------------------------------------------------------- how the engine sees them


class _Payout(Request, Protocol):
    """A payout, as far as its callbacks and questions need it."""

    facts: Mapping[str, str]
    status: PayoutStatus
    probes: bool
    checks: int
    sent_at: datetime | None


def _parse(body: bytes, at: datetime, purpose: Purpose, payout: _Payout | None) -> Evidence:
    """Read a callback. Without a record (nobody signed its address), only its ids are of use."""
    if purpose is Purpose.TIMEOUT:
        return Evidence(source=Source.CALLBACK, said=Said.NOTHING, at=at)  # it decides nothing, whatever it says
    if payout is None:
        facts = {"conversation_id": parse_result("b2c", body).conversation_id}
        return Evidence(source=Source.CALLBACK, said=Said.NOTHING, at=at, facts=facts)
    if purpose is Purpose.ANSWER:
        try:
            answer = parse_result("status", body)
        except CallbackMalformed:
            return Evidence(source=Source.QUERY, said=Said.UNRECOGNISED, at=at)
        return from_status_answer(payout, answer, at)
    return from_result(payout, parse_result(PRODUCTS[payout.product].result, body), at)


def _ask(payout: _Payout, config: Config) -> Flow[Evidence | None]:
    """Ask for the status; the answer comes by callback, to an address that is signed for it."""
    if payout.status is PayoutStatus.PENDING and payout.probes and payout.checks == _PROBE_AT:
        now = yield from Now()
        in_time = payout.sent_at is not None and _PROBE_FROM <= now - payout.sent_at <= _PROBE_UNTIL
        if in_time and PRODUCTS[payout.product].detects_duplicates:
            return (yield from _probe(payout, config))
    receipt = payout.facts.get("receipt")
    yield from TransactionStatus(
        receipt=receipt,
        originator_conversation_id=None if receipt else payout.facts["originator_conversation_id"],
        shortcode=payout.payer,
        result_url=signed_url(config, Purpose.ANSWER, payout.key),
        timeout_url=signed_url(config, Purpose.TIMEOUT, payout.key),
    ).flow(config)
    return None


def _probe(payout: _Payout, config: Config) -> Flow[Evidence]:
    """Send the same id once more. Daraja pays it now if it never had it, and else says that it has.

    A refusal of this copy says nothing about the first one. It happens at one check only, which one caller has leased.
    """
    answer, fault = None, ""
    try:
        answer = yield from request_for(payout, config).flow(config)
    except DuplicateRequest:
        answer = None  # Daraja had the first request
    except (ApiError, InvalidInput, NotSent, OutcomeUnknown, UnexpectedResponse) as error:
        fault = type(error).__name__
    now = yield from Now()
    return unanswered(f"the same id once more: {fault}", now) if fault else accepted(answer, now)


PAYOUT: Final = Kind(
    name="payout",
    purpose=Purpose.RESULT,
    other_purposes=(Purpose.TIMEOUT, Purpose.ANSWER),
    statuses=PayoutStatus,
    transitions=LADDER,
    unsent=frozenset({PayoutStatus.DRAFTED, PayoutStatus.HELD, PayoutStatus.CANCELLED}),
    success=PayoutStatus.PAID,
    denied=frozenset({PayoutStatus.FAILED}),
    stopped=PayoutStatus.UNCONFIRMED,
    unique=("originator_conversation_id", "conversation_id", "transaction_id", "receipt"),
    keeps_phone=True,
    asked_by="conversation_id",
    timing=Timing(
        pauses=tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 60)),
        open_for=timedelta(hours=24),
    ),
    parse=_parse,
    ask=_ask,
    explain=explain_code,
)
