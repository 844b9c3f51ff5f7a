"""Anybody can call an address. What they post moves no payout: nothing is paid, failed or sent by it."""

import json
from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest

from daraja.api.addresses import Purpose, sign
from daraja.disbursements import Payout, PayoutStatus
from daraja.testing import b2c_result, sample_config
from tests.support.paying import BULK, Paymaster, paymaster

RECEIPT: Final = "UKN7X2M4QA"


@attrs.frozen
class Target:
    """An organisation under fire: its payout is accepted, and another one is paid."""

    one: Paymaster
    payout: Payout
    another: Payout

    def token(self, purpose: Purpose, key: str | None = None) -> str:
        return sign(self.one.daraja.config, purpose, key or self.payout.key)

    def foreign(self, **settings: Any) -> str:  # noqa: ANN401 - as Config has them
        """Sign with other settings than ours."""
        return sign(sample_config(**settings), Purpose.RESULT, self.payout.key)


def result(payout: Payout, code: int = 0, **changed: Any) -> bytes:  # noqa: ANN401 - fields of many types
    """Return what somebody posts who knows the ids of a payout."""
    usual: dict[str, Any] = {  # Any: as above
        "originator_conversation_id": payout.key,
        "conversation_id": payout.conversation_id or "",
        "amount": payout.amount,
        "phone": "254712345678",
        "receipt": RECEIPT,
    }
    return b2c_result(code, **(usual | changed)).body


def status(payout: Payout, word: str) -> bytes:
    """Return an answer to a status query that nobody asked."""
    values = {"TransactionStatus": word, "ReceiptNo": RECEIPT, "Amount": payout.amount}
    items = [{"Key": name, "Value": value} for name, value in values.items()]
    fields = {
        "ResultType": 0,
        "ResultCode": 0,
        "ConversationID": "AG_9",
        "ResultParameters": {"ResultParameter": items},
    }
    return json.dumps({"Result": fields}).encode()


Forgery = Callable[[Target], tuple[bytes, str | None]]

NO_EFFECT: Final[dict[str, Forgery]] = {
    "a success without a token": lambda at: (result(at.payout), None),
    "a failure without a token": lambda at: (result(at.payout, 2001), None),
    "a success at a token of another secret": lambda at: (
        result(at.payout),
        at.foreign(consumer_secret="x1y2z3a4b5c6d7e8"),
    ),
    "a success at a token of another shop": lambda at: (result(at.payout), at.foreign(base_url="http://127.0.0.1:1")),
    "a success at a token that was cut": lambda at: (result(at.payout), at.token(Purpose.RESULT)[:-1]),
    "a success at a token whose purpose was changed": lambda at: (
        result(at.payout),
        at.token(Purpose.TIMEOUT).replace("1c", "1b", 1),
    ),
    "a success at the token of a payment": lambda at: (result(at.payout), at.token(Purpose.PAYMENT)),
    "a success at the token of a notice": lambda at: (result(at.payout), at.token(Purpose.TIMEOUT)),
    "a failure at the token of a notice": lambda at: (result(at.payout, 2001), at.token(Purpose.TIMEOUT)),
    "a success at the token of an answer": lambda at: (result(at.payout), at.token(Purpose.ANSWER)),
    "a failure at the token of an answer": lambda at: (result(at.payout, 2001), at.token(Purpose.ANSWER)),
    "a status answer at the token of a notice": lambda at: (status(at.payout, "Completed"), at.token(Purpose.TIMEOUT)),
    "a success for a key that nobody has": lambda at: (result(at.payout), at.token(Purpose.RESULT, "e" * 32)),
    "a request that comes back, without a token": lambda _: (b'{"SecurityCredential": "QUJD"}', None),
    "no JSON": lambda at: (b"\x00\xff", at.token(Purpose.ANSWER)),
}


def target() -> Target:
    one = paymaster()
    another = one.payouts.pay(phone="0722000000", amount=700, idempotency_key="another")
    one.wait()
    one.deaf = True
    payout = one.payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt")
    return Target(one, payout, one.now(another))


@pytest.mark.parametrize("name", NO_EFFECT)
def test_a_forged_callback_has_no_effect(name: str) -> None:
    at = target()
    body, token = NO_EFFECT[name](at)
    sent = at.one.asked_to_pay
    for _ in range(3):
        at.one.payouts.receive(body, token=token)
    now = at.one.now(at.payout)

    assert (now.status, now.conflicts) == (PayoutStatus.ACCEPTED, frozenset())
    assert now.charges
    assert not at.one.payouts.may_pay_again(at.payout.key)
    assert at.one.paid == [at.another.key]
    assert at.one.failed == []
    assert at.one.now(at.another) == at.another
    assert at.one.asked_to_pay == sent


def test_a_forged_callback_makes_a_question_due_no_oftener_than_once_a_minute() -> None:
    at = target()
    for _ in range(60):
        at.one.payouts.receive(result(at.payout), token=None)
        at.one.payouts.reconcile()
        at.one.clock.advance(1)
    asked = [request for request in at.one.mounted.requests if "transactionstatus" in request.url]

    assert len(asked) == 1


def test_a_result_of_another_payout_is_a_conflict() -> None:
    at = target()
    body = result(at.payout, conversation_id=at.another.conversation_id, receipt=at.another.receipt)
    at.one.payouts.receive(body, token=at.token(Purpose.RESULT))

    assert at.one.now(at.payout).needs_review
    assert at.one.paid == [at.another.key]
    assert at.one.now(at.another) == at.another


def test_a_security_credential_that_comes_back_is_cut_out_before_the_body_is_stored() -> None:
    at = target()
    request = next(request for request in at.one.mounted.requests if "b2c" in request.url)
    credential = json.loads(request.body)["SecurityCredential"]
    for token in (at.token(Purpose.TIMEOUT), at.token(Purpose.RESULT), None):
        at.one.payouts.receive(request.body, token=token)
    stored = repr(vars(at.one.store))

    assert credential not in stored
    assert BULK in stored


def test_a_success_of_another_amount_or_receiver_at_the_right_address_is_never_told_as_paid() -> None:
    wrong: list[dict[str, Any]] = [{"amount": 5}, {"phone": "254722000000"}]  # Any: fields of many types
    for changed in wrong:
        at = target()
        at.one.payouts.receive(result(at.payout, **changed), token=at.token(Purpose.RESULT))

        assert at.one.now(at.payout).needs_review
        assert at.one.paid == [at.another.key]


@pytest.mark.parametrize("nobody", ["000000000000", "none"])
def test_a_success_that_names_no_receiver_contradicts_nothing(nobody: str) -> None:
    at = target()
    at.one.payouts.receive(result(at.payout, phone=nobody), token=at.token(Purpose.RESULT))

    assert at.one.now(at.payout).conflicts == frozenset()
    assert at.one.paid == [at.another.key, at.payout.key]


def test_the_reply_does_not_tell_whether_a_payout_exists() -> None:
    at = target()
    replies = {
        at.one.payouts.receive(result(payout), token=None).body
        for payout in (at.payout, attrs.evolve(at.payout, facts={"conversation_id": "AG_unknown"}))
    }

    assert len(replies) == 1
