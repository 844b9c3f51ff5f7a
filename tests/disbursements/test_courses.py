"""One debt, two requests, every course of each: it is paid at most once, and nothing paid is called failed.

The rules are checked twice: as a model, in which each short cut is shown to break them, and in the library itself.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from daraja import Daraja, Payouts
from daraja.api.addresses import Purpose, sign
from daraja.disbursements import Payout, PayoutStatus
from daraja.errors import DarajaError, NotSent
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.stores import MemoryPayoutStore
from daraja.testing import ManualClock, b2c_result, sample_config, sample_initiator, status_result
from tests.support.paying import CAPS
from tests.support.payments import START
from tests.support.payout_courses import COURSES, SHORT_CUTS, Course, Request, ShortCut, ends_of
from tests.support.scripted import answer, refusal, token

RECEIPTS = {False: "UKN7X2M4QA", True: "UKN7X2M4QB"}


def test_there_are_768_courses() -> None:
    assert len(COURSES) == len(set(COURSES)) == 768


def test_by_the_rules_a_debt_is_paid_at_most_once_and_nothing_paid_is_called_failed() -> None:
    assert {ends_of(course) for course in COURSES} == {(0, False), (1, False)}


@pytest.mark.parametrize("short_cut", SHORT_CUTS)
def test_each_short_cut_pays_twice_and_calls_failed_what_was_paid(short_cut: ShortCut) -> None:
    ends = [ends_of(course, frozenset({short_cut})) for course in COURSES]

    assert any(times_paid > 1 for times_paid, _ in ends)
    assert any(called_failed_though_paid for _, called_failed_though_paid in ends)


@attrs.define
class ScriptedDaraja:
    """Takes each request by the course that is due, and keeps what it has to post for it."""

    courses: list[Request]
    clock: ManualClock
    deliver: Callable[[Purpose, str, bytes], object] = attrs.field(init=False)
    taken: dict[str, tuple[Request, bool, list[str]]] = attrs.field(
        init=False, factory=dict[str, tuple[Request, bool, list[str]]]
    )
    money: int = 0

    def send(self, request: HttpRequest, /) -> HttpResponse:
        if "/oauth/" in request.url:
            return token(expires_in="999999")
        fields: Mapping[str, Any] = json.loads(request.body)  # Any: what a request holds
        if "/transactionstatus/" in request.url:
            return self._question(fields)
        return self._payment(fields["OriginatorConversationID"])

    def _payment(self, key: str) -> HttpResponse:
        if key not in self.taken:  # what surely was not sent is sent again
            course = self.courses.pop(0)
            queries: list[str] = list(course.query.split(", then "))
            self.taken[key] = course, bool(self.taken), queries
            self.money += course.paid
        course, second, _ = self.taken[key]
        if course.answer == "not sent":
            raise NotSent("no network")
        if course.answer == "refused":
            return refusal(400, "400.002.02", "Bad Request - Invalid Remarks")
        return _acknowledged(key, second) if course.answer == "accepted" else answer(503, b"<html>")

    def _question(self, fields: Mapping[str, Any]) -> HttpResponse:  # Any: as above
        key = fields["OriginalConversationID"]
        _, second, queries = self.taken[key]
        said = queries.pop(0) if len(queries) > 1 else queries[0]
        if said == "unusable":
            body = status_result(result_code=25).body
        else:
            named = {"ConversationID": _conversation(second), "OriginatorConversationID": key}
            receipt = RECEIPTS[second]
            asked = status_result(transaction_status=said, amount=500, receipt=receipt, parameters=named)
            body = asked.body
        self.clock.advance(1)
        self.deliver(Purpose.ANSWER, key, body)
        return _acknowledged("the question's own", second)

    def post(self, key: str) -> None:
        """Post what comes to the addresses of a request."""
        course, second, _ = self.taken[key]
        ids: dict[str, Any] = {
            "originator_conversation_id": key,
            "conversation_id": _conversation(second),
        }  # Any: as above
        for part in course.heard.split(", then "):
            code = {"success": 0, "failure": 1, "17": 17, "15": 15}.get(part)
            if part == "notice":
                self.deliver(Purpose.TIMEOUT, key, b'{"OriginatorConversationID": "1"}')
            elif code is not None:
                self.deliver(Purpose.RESULT, key, b2c_result(code, amount=500, receipt=RECEIPTS[second], **ids).body)
            self.clock.advance(5)


def _conversation(second: bool) -> str:  # noqa: FBT001 - it is the number of the request
    return f"AG_20261130_{int(second)}"


def _acknowledged(key: str, second: bool) -> HttpResponse:  # noqa: FBT001 - as above
    ids = {"OriginatorConversationID": key, "ConversationID": _conversation(second)}
    return answer(200, {**ids, "ResponseCode": "0", "ResponseDescription": "Accepted."})


@attrs.define
class Debtor:
    """Pays one debt with the library: once more if, and only if, the library says that money may go again."""

    daraja: ScriptedDaraja
    payouts: Payouts
    called_failed: set[str]

    def pay(self, number: int, instead_of: str | None = None) -> Payout:
        key = f"debt, attempt {number}"
        try:
            payout = self.payouts.pay(phone="0712345678", amount=500, idempotency_key=key, instead_of=instead_of)
        except DarajaError as error:
            if not isinstance(error.payout, Payout):
                raise
            return error.payout
        self.daraja.post(payout.key)
        return payout

    def follow(self, payout: Payout) -> bool:
        """Let a day pass, and tell whether money may go again."""
        for _ in range(40):
            if self.payouts.may_pay_again(payout.key):
                return True
            self.daraja.clock.advance(3000)
            self.payouts.reconcile()
        return bool(self.payouts.may_pay_again(payout.key))


def debtor(course: Course) -> Debtor:
    clock, called_failed = ManualClock(START), set[str]()
    config = sample_config(initiator=sample_initiator())
    daraja = ScriptedDaraja([course.first, course.second], clock)
    payouts = Payouts(
        Daraja(config, transport=daraja, clock=clock),
        MemoryPayoutStore(),
        caps=CAPS,
        on_failed=lambda payout: called_failed.add(payout.key),
    )

    def deliver(purpose: Purpose, key: str, body: bytes) -> object:
        return payouts.receive(body, token=sign(config, purpose, key))

    daraja.deliver = deliver
    return Debtor(daraja, payouts, called_failed)


def follow(course: Course) -> None:
    """Let the library pay the debt, and check what becomes of it."""
    one = debtor(course)
    payout = one.pay(1)
    sent = [(payout, course.first)]
    if one.follow(payout):
        second = one.pay(2, instead_of=payout.key)
        one.follow(second)
        sent.append((second, course.second))

    assert one.daraja.money == ends_of(course)[0] <= 1
    for each, request in sent:
        now = one.payouts.payout(each.key)
        assert request.paid <= (each.key not in one.called_failed)
        assert request.paid <= (now.status is not PayoutStatus.FAILED or now.needs_attention)
        assert request.paid >= (now.status is PayoutStatus.PAID)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, id=str(first), marks=pytest.mark.slow if number % 5 else [])
        for number, first in enumerate(dict.fromkeys(course.first for course in COURSES))
    ],
)
def test_the_library_pays_a_debt_at_most_once_and_calls_nothing_failed_that_was_paid(first: Request) -> None:
    for course in COURSES:
        if course.first == first:
            follow(course)
