"""The scenarios of an initiator's request that have a name and a number of their own."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Final

import attrs

from daraja.simulator.errors import HttpError, Json
from daraja.simulator.gateway import always, in_turn, lost, soap_fault, spike_arrest, token_refused, unavailable
from daraja.simulator.products.base import MagicNumber
from daraja.simulator.products.initiator.scenario import Notice, ResultPayload, ResultScenario, acknowledge
from daraja.simulator.results import Result, result, result_of_number

Change = Callable[[ResultPayload], ResultPayload]
"""Makes another payload of the usual one."""

_LATE: Final = 300.0
_OLDER_KEYS: Final = {
    "ReceiverPartyPublicName": "CreditPartyPublicName",
    "InitiatorAccountCurrentBalance": "DebitAccountCurrentBalance",
}
_AMOUNTS: Final = ("TransactionAmount", "Amount")
_NUMBER: Final = re.compile(r"(?:25470000|990)([0-9]{2})([0-9]{2})")
"""A phone or a shortcode that may stand for something."""

_OF_STK_PUSH: Final = "80"
_LOCKED: Final = "06"


# Bodies


def altered(change: Change) -> Callable[[ResultPayload], Json]:
    """Make the body of a result with a change to the usual payload."""
    return lambda payload: change(payload).body()


def saying(code: int) -> Change:
    """Claim another result, without parameters."""
    return lambda payload: attrs.evolve(payload, result=result(code), parameters={})


def more_will_follow(payload: ResultPayload) -> ResultPayload:
    """Say that this is progress, and no result yet."""
    return attrs.evolve(payload, result_type=1, parameters={})


def with_another_amount(payload: ResultPayload) -> ResultPayload:
    """Name one shilling more than was asked for."""
    changed = {name: float(str(payload.parameters[name])) + 1 for name in _AMOUNTS if name in payload.parameters}
    return attrs.evolve(payload, parameters={**payload.parameters, **changed})


def as_text(payload: ResultPayload) -> ResultPayload:
    """Write every number as text, the codes as well."""
    texts = {name: None if value is None else str(value) for name, value in payload.parameters.items()}
    code = attrs.evolve(payload.result, code=str(payload.result.code))
    return attrs.evolve(payload, result=code, result_type=str(payload.result_type), parameters=texts)


def without_parameters(payload: ResultPayload) -> ResultPayload:
    """Say nothing but the result code."""
    return attrs.evolve(payload, parameters={})


def with_another_id(payload: ResultPayload) -> ResultPayload:
    """Name an OriginatorConversationID of Daraja's own."""
    return attrs.evolve(payload, originator_conversation_id=f"1-{payload.request.conversation_id[-16:]}-1")


def with_masked_party(payload: ResultPayload) -> ResultPayload:
    """Mask the numbers of customers, as Daraja does since 2026."""
    masked = {
        name: f"{value[:4]}*****{value[9:]}" if isinstance(value, str) and value[:4] in {"2547", "2541"} else value
        for name, value in payload.parameters.items()
    }
    return attrs.evolve(payload, parameters=masked)


def with_older_keys(payload: ResultPayload) -> ResultPayload:
    """Name things as results of 2021 do, which have no amount."""
    renamed = {_OLDER_KEYS.get(name, name): value for name, value in payload.parameters.items() if name != "Amount"}
    return attrs.evolve(payload, parameters=renamed)


def bare(payload: ResultPayload) -> Json:
    """Leave out the envelope."""
    return payload.fields()


def echoed_request(payload: ResultPayload) -> Json:
    """Send the request back, with its security credential, as one payer reports of timeout notices."""
    return payload.request.fields


def timed_out(payload: ResultPayload) -> Json:
    """Make a timeout notice in the form of a result."""
    waited = Result(1, "The service request timed out in the queue.")
    return attrs.evolve(payload, result=waited, parameters={}).body()


# Errors


def _not_authorised() -> HttpError:
    words = "You are not authorized to initiate this transaction"
    return HttpError(403, "403.002.1001", words, "its scenario is a product that is not enabled")


def _maintenance() -> HttpError:
    words = "Service is currently under maintenance. Please try again later"
    return HttpError(500, "500.002.1001", words, "its scenario is an outage that proves nothing")


def _acknowledged(code: str, words: str) -> ResultScenario:
    return ResultScenario(reply=lambda request: acknowledge(request, code, words))


_TIMEOUT: Final = Notice(timeout=True, body=echoed_request)

_SCENARIOS: Final[Mapping[str, ResultScenario]] = {
    "NO_RESULT": ResultScenario(notices=()),
    "THREE_RESULTS": ResultScenario(notices=(Notice(), Notice(), Notice())),
    "EARLY_RESULT": ResultScenario(early=True),
    "LATE_RESULT": ResultScenario(after=_LATE),
    "ANOTHER_AMOUNT": ResultScenario(notices=(Notice(body=altered(with_another_amount)),)),
    "TIMEOUT_THEN_RESULT": ResultScenario(notices=(_TIMEOUT, Notice(after=_LATE))),
    "TIMEOUT_BUT_DONE": ResultScenario(notices=(_TIMEOUT,)),
    "TIMEOUT_NOT_DONE": ResultScenario(notices=(_TIMEOUT,), expires=True),
    "TIMEOUT_AS_RESULT": ResultScenario(notices=(Notice(timeout=True, body=timed_out), Notice(after=_LATE))),
    "FAILED_THEN_DONE": ResultScenario(notices=(Notice(body=altered(saying(17))), Notice(after=5))),
    "SEEN_BEFORE_THEN_DONE": ResultScenario(notices=(Notice(body=altered(saying(15))), Notice(after=5))),
    "PROGRESS_FIRST": ResultScenario(notices=(Notice(body=altered(more_will_follow)), Notice(after=5))),
    "CODE_AS_TEXT": ResultScenario(notices=(Notice(body=altered(as_text)),)),
    "NO_PARAMETERS": ResultScenario(notices=(Notice(body=altered(without_parameters)),)),
    "NO_ENVELOPE": ResultScenario(notices=(Notice(body=bare),)),
    "ANOTHER_ID": ResultScenario(notices=(Notice(body=altered(with_another_id)),)),
    "MASKED_PARTY": ResultScenario(notices=(Notice(body=altered(with_masked_party)),)),
    "OLDER_KEYS": ResultScenario(notices=(Notice(body=altered(with_older_keys)),)),
    "DOUBTFUL_ANSWER": _acknowledged("100000000", "Request cached, waiting for resending."),
    "TOKEN_REFUSED_ONCE": ResultScenario(refuse=in_turn(token_refused)),
    "SPIKE_ARREST": ResultScenario(refuse=always(spike_arrest)),
    "HTML_503": ResultScenario(refuse=always(unavailable)),
    "SOAP_FAULT": ResultScenario(refuse=always(soap_fault)),
    "ANSWER_LOST": ResultScenario(reply=lost),
    "NOT_AUTHORISED": ResultScenario(refuse=always(_not_authorised)),
    "MAINTENANCE": ResultScenario(refuse=always(_maintenance)),
}

_TABLE: Final = """\
01  NO_RESULT  It is done, but no result comes.
02  THREE_RESULTS  It is done, and the same result comes three times.
03  EARLY_RESULT  It is done, and the result comes before the answer to the request.
04  LATE_RESULT  It is done after five minutes.
05  ANOTHER_AMOUNT  It is done, but the result names one shilling more than was asked for.
07  TIMEOUT_THEN_RESULT  A timeout notice comes that repeats the request, five minutes later the result: it is done.
08  TIMEOUT_BUT_DONE  It is done, but only a timeout notice comes.
09  TIMEOUT_NOT_DONE  It waits too long in the queue and is never done; only a timeout notice comes.
10  TIMEOUT_AS_RESULT  A timeout notice comes in the form of a result, five minutes later the result: it is done.
11  FAILED_THEN_DONE  A result says that it failed (17), another 5 s later that it is done.
12  SEEN_BEFORE_THEN_DONE  A result refuses another copy of it (15), another 5 s later says that it is done.
13  PROGRESS_FIRST  A result says that more will follow (ResultType 1), another 5 s later that it is done.
14  CODE_AS_TEXT  It is done, and the result writes its code and all numbers as text.
15  NO_PARAMETERS  It is done, and the result has nothing but its code and ids.
16  NO_ENVELOPE  It is done, and the result comes without the envelope around it.
17  ANOTHER_ID  It is done, and the result names an OriginatorConversationID of Daraja's own.
18  MASKED_PARTY  It is done, and the result masks the customer's number.
19  DOUBTFUL_ANSWER  The answer has ResponseCode 100000000, and it is done all the same.
20  OLDER_KEYS  It is done, and the result has the names of 2021, without an amount of a payment to a business.
31  TOKEN_REFUSED_ONCE  The access token is refused; with a new one the request is accepted, and done.
32  SPIKE_ARREST  The gateway refuses every request for its rate.
33  HTML_503  Every request is answered with a page of HTML and status 503.
34  SOAP_FAULT  Every request is answered with a SOAP fault and status 500.
35  ANSWER_LOST  It is done, but the connection is dropped before the answer.
36  NOT_AUTHORISED  Every request is refused: the product is not enabled (403.002.1001).
37  MAINTENANCE  Every request gets the error 'under maintenance' (500.002.1001), which proves nothing.
"""

MISBEHAVIOURS: Final = tuple(tuple(line.split("  ")) for line in _TABLE.splitlines())
"""The last two digits, the name and what happens."""

_BY_DIGITS: Final = {digits: _SCENARIOS[name] for digits, name, _ in MISBEHAVIOURS}


def magic_numbers(
    block: str, prefix: str, whom: str, *, without: Container[str] = frozenset()
) -> Sequence[MagicNumber]:
    """List the misbehaviours of a product.

    Args:
        block: The two digits before those of the misbehaviour, such as ``81``.
        prefix: What stands before them: ``25470000`` of a phone, ``990`` of a shortcode.
        whom: Who has the number, in the title of the list.
        without: The misbehaviours that this product does not have.
    """
    return tuple(
        MagicNumber(f"{prefix}{block}{digits}", name, f"{whom}: {about[0].lower()}{about[1:]}")
        for digits, name, about in MISBEHAVIOURS
        if name not in without
    )


def scenario_for(number: str, block: str, *, codes: bool = True) -> ResultScenario:
    """Return the scenario that a number stands for; it is usual for every other number.

    Args:
        number: A phone or a shortcode.
        block: The two digits of the product's misbehaviours.
        codes: Whether other numbers of the form stand for a result code.
    """
    found = _NUMBER.fullmatch(number)
    if found is None:
        return ResultScenario()
    first, last = found.groups()
    if first == block:
        return _BY_DIGITS.get(last, ResultScenario())
    is_a_code = codes and (first != _OF_STK_PUSH or last == _LOCKED)
    named = result_of_number(number) if is_a_code else None
    return ResultScenario(result=None if named is None or named.paid else named)
