"""A payout is written down before it is sent, is sent once, and fits under its caps."""

from typing import Any

import pytest

from daraja import Bulk, Caps, to
from daraja.disbursements import PayoutStatus
from daraja.errors import (
    CapReached,
    ConfigurationError,
    DuplicatePayout,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    RepeatedPayout,
    UnknownPayment,
)
from daraja.http.messages import HttpResponse
from daraja.lifecycle.filter import Filter
from daraja.simulator import Account
from daraja.values.nairobi_time import EAT
from tests.support.paying import PHONE, paymaster

ONE: dict[str, Any] = {
    "phone": "0712 345 678",
    "amount": 500,
    "idempotency_key": "rider 17, 30 November",
}  # Any: as pay has them


def another(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - as pay has them
    """Return the arguments for another debt to the same rider."""
    return {**ONE, "idempotency_key": "another", **changed}


def test_a_payout_is_accepted_and_its_key_is_the_id_that_daraja_gets() -> None:
    one = paymaster()
    payout = one.payouts.pay(**ONE, purpose="salary", remarks="November", by="Wanjiku")

    assert payout.status is PayoutStatus.ACCEPTED
    assert payout.originator_conversation_id == payout.key
    assert payout.key.encode() in one.mounted.requests[-1].body
    assert b"SalaryPayment" in one.mounted.requests[-1].body
    assert PHONE not in repr(payout)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": None}, "to"),
        ({"to": to.TillNumber("5050505")}, "to"),
        ({"amount": 0}, "amount"),
        ({"amount": 9}, "amount"),
        ({"amount": 500.0}, "amount"),
        ({"purpose": "gift"}, "purpose"),
        ({"remarks": "!"}, "remarks"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"idempotency_key": None}, "idempotency_key"),
        ({"metadata": {1: 2}}, "metadata"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored_or_sent(wrong: dict[str, Any], field: str) -> None:
    one = paymaster()
    with pytest.raises(InvalidInput) as caught:
        one.payouts.pay(**{**ONE, **wrong})

    assert field in caught.value.faults
    assert (one.payouts.list(), one.asked_to_pay) == ([], 0)


def test_the_same_key_and_content_sends_nothing_and_other_content_is_refused() -> None:
    one = paymaster()
    first = one.payouts.pay(**ONE)
    again = one.payouts.pay(**ONE)
    with pytest.raises(DuplicatePayout) as caught:
        one.payouts.pay(**another(idempotency_key=ONE["idempotency_key"], amount=501))

    assert again.key == first.key
    assert caught.value.payout is not None
    assert caught.value.payout.key == first.key
    assert one.asked_to_pay == 1


def test_a_failed_payout_keeps_its_key_and_a_new_one_may_replace_it_once() -> None:
    one = paymaster()
    one.mounted.respond_with(NotSent("no network"))
    with pytest.raises(NotSent) as caught:
        one.payouts.pay(**ONE)
    one.mounted.respond_with(None)
    failed = caught.value.payout
    assert failed is not None
    with pytest.raises(NotSent):
        one.payouts.pay(**ONE)
    replacing = another(instead_of=failed.key)
    new = one.payouts.pay(**replacing)

    assert new.status is PayoutStatus.ACCEPTED
    with pytest.raises(InvalidInput, match="another one has replaced"):
        one.payouts.pay(**another(idempotency_key="and again", instead_of=failed.key, again=True))


def test_a_debt_that_failed_twice_is_paid_once_since_only_the_last_payout_is_replaced() -> None:
    one = paymaster()
    failed: list[str] = []
    one.mounted.respond_with(NotSent("no network"))
    for place in range(2):
        instead_of = failed[-1] if failed else None
        with pytest.raises(NotSent) as caught:
            one.payouts.pay(**another(idempotency_key=f"try {place}", instead_of=instead_of))
        assert caught.value.payout is not None
        failed.append(caught.value.payout.key)
    one.mounted.respond_with(None)
    one.clock.advance(24 * 3600)  # the next day, on which the same amount may go to the same receiver
    with pytest.raises(InvalidInput, match="another one has replaced already; name that one"):
        one.payouts.pay(**another(idempotency_key="try 3", instead_of=failed[0]))
    assert one.payouts.pay(**another(idempotency_key="try 4", instead_of=failed[1])).status is PayoutStatus.ACCEPTED

    assert one.asked_to_pay == 1


@pytest.mark.parametrize("other", [{"amount": 501}, {"phone": "0722 000 000"}])
def test_another_amount_and_another_receiver_replace_no_failed_payout(other: dict[str, Any]) -> None:
    one = paymaster()
    one.mounted.respond_with(NotSent("no network"))
    with pytest.raises(NotSent) as caught:
        one.payouts.pay(**ONE)
    one.mounted.respond_with(None)
    assert caught.value.payout is not None
    with pytest.raises(InvalidInput, match="of another amount, or to somebody else"):
        one.payouts.pay(**another(instead_of=caught.value.payout.key, **other))

    assert one.asked_to_pay == 0


def test_a_payout_that_may_have_paid_is_not_replaced() -> None:
    one = paymaster()
    first = one.payouts.pay(**ONE)
    with pytest.raises(InvalidInput, match="cannot be replaced"):
        one.payouts.pay(**another(instead_of=first.key))
    with pytest.raises(UnknownPayment):
        one.payouts.pay(**another(instead_of="f" * 32))
    assert one.asked_to_pay == 1


def test_the_same_amount_to_the_same_phone_on_one_day_has_to_be_meant() -> None:
    one = paymaster()
    one.payouts.pay(**ONE)
    with pytest.raises(RepeatedPayout, match="again=True"):
        one.payouts.pay(**another())
    second = one.payouts.pay(**another(again=True))
    one.clock.advance(24 * 3600)
    next_day = one.payouts.pay(**another(idempotency_key="tomorrow"))

    assert (second.status, next_day.status, one.asked_to_pay) == (PayoutStatus.ACCEPTED, PayoutStatus.ACCEPTED, 3)


@pytest.mark.parametrize(
    ("caps", "cap"),
    [
        (Caps(per_payout=499, per_day=1000, per_recipient_day=1000), "per_payout"),
        (Caps(per_payout=500, per_day=999, per_recipient_day=1000), "per_day"),
        (Caps(per_payout=500, per_day=1000, per_recipient_day=999), "per_recipient_day"),
    ],
)
def test_a_cap_has_room_or_nothing_is_stored_or_sent(caps: Caps, cap: str) -> None:
    one = paymaster(caps=caps)
    fit = 0 if cap == "per_payout" else 1
    for number in range(fit):
        one.payouts.pay(**another(idempotency_key=f"debt {number}"))
    with pytest.raises(CapReached) as caught:
        one.payouts.pay(**ONE, again=True)

    assert caught.value.cap == cap
    assert len(one.payouts.list()) == one.asked_to_pay == fit


def test_a_safe_failure_gives_its_part_of_the_caps_back_and_doubt_keeps_it() -> None:
    caps = Caps(per_payout=500, per_day=500, per_recipient_day=500)
    one = paymaster(caps=caps)
    payout = one.payouts.pay(phone="254700000001", amount=500, idempotency_key="debt 1")
    one.wait()
    with pytest.raises(CapReached):
        one.payouts.pay(**ONE)  # it failed, and no query has confirmed that yet
    one.reconcile_for(hours=0.2)
    assert one.payouts.may_pay_again(payout.key)
    assert one.payouts.pay(**ONE).status is PayoutStatus.ACCEPTED


@pytest.mark.parametrize(
    "answer",
    [
        OutcomeUnknown("the line broke"),
        HttpResponse(503, {}, b"Service Unavailable"),
        HttpResponse(500, {}, b'{"errorCode": "500.003.02", "errorMessage": "System is busy. Please try again"}'),
        HttpResponse(500, {}, b'{"errorCode": "500.002.1001", "errorMessage": "System internal error."}'),
        HttpResponse(200, {}, b'{"ResponseCode": "26", "ResponseDescription": "Traffic blocked"}'),
        HttpResponse(200, {}, b'{"ResponseCode": "100000000", "ResponseDescription": "cached"}'),
        HttpResponse(200, {}, b"<html>"),
    ],
    ids=str,
)
def test_an_answer_that_proves_nothing_leaves_the_payout_pending(answer: HttpResponse | OutcomeUnknown) -> None:
    one = paymaster()
    one.payouts.balance()  # so that the token is there
    one.mounted.respond_with(answer)
    payout = one.payouts.pay(**ONE)

    assert payout.status is PayoutStatus.PENDING
    assert not one.payouts.may_pay_again(payout.key)
    assert one.asked_to_pay == 1


def test_a_duplicate_id_proves_that_the_first_request_was_accepted() -> None:
    one = paymaster()
    one.payouts.balance()
    seen = b'{"requestId": "1", "errorCode": "500.002.1001", "errorMessage": "Duplicate OriginatorConversationID."}'
    one.mounted.respond_with(HttpResponse(500, {}, seen))

    assert one.payouts.pay(**ONE).status is PayoutStatus.ACCEPTED


def test_payouts_are_off_in_production_until_they_are_switched_on() -> None:
    one = paymaster(settings={"environment": "production", "business": Bulk("600992"), "bulk": None})
    with pytest.raises(ConfigurationError, match="payouts"):
        one.payouts.pay(**ONE)
    assert one.payouts.list() == []


def test_the_newest_payout_stands_first_in_the_list_and_a_filter_finds_one() -> None:
    one = paymaster()
    first = one.payouts.pay(**ONE)
    one.wait(10)
    second = one.payouts.pay(phone="0722000000", amount=700, idempotency_key="another")

    assert [payout.key for payout in one.payouts.list()] == [second.key, first.key]
    assert [payout.key for payout in one.payouts.list(Filter(phone="0722 000 000"))] == [second.key]
    assert [payout.key for payout in one.payouts.list(Filter(status="paid"))] == [first.key]


def test_the_history_tells_every_change() -> None:
    one = paymaster()
    payout = one.payouts.pay(**ONE)
    one.wait()

    assert [entry.event for entry in one.payouts.history(payout.key)] == [
        "answer accepted",
        "callback paid",
        "notified",
    ]
    with pytest.raises(UnknownPayment):
        one.payouts.history("f" * 32)


def test_money_between_our_own_accounts_uses_up_no_cap() -> None:
    one = paymaster(caps=Caps(per_payout=500, per_day=500, per_recipient_day=500))
    moved = one.payouts.pay(to=to.OwnUtility(), amount=700, idempotency_key="float of 30 November")
    one.payouts.pay(**ONE)
    one.wait()

    assert one.status(moved) is PayoutStatus.PAID
    assert (one.spent(Account.WORKING), one.spent(Account.UTILITY)) == (700, 500 - 700)
    with pytest.raises(RepeatedPayout):
        one.payouts.pay(to=to.OwnUtility(), amount=700, idempotency_key="once more")


def test_the_day_of_a_cap_is_one_in_nairobi() -> None:
    one = paymaster()
    payout = one.payouts.pay(**ONE)

    assert payout.sent_at is not None
    assert f"day {payout.sent_at.astimezone(EAT):%Y-%m-%d}" in {charge.counter for charge in payout.charges}
    assert all(PHONE not in charge.counter for charge in payout.charges)


def test_one_account_at_a_pay_bill_in_two_spellings_is_one_recipient() -> None:
    one = paymaster()
    one.payouts.pay(to=to.PayBillAccount("600999", account="ACC1"), amount=500, idempotency_key="a")
    with pytest.raises(RepeatedPayout):
        one.payouts.pay(to=to.PayBillAccount("600999", account="acc 1"), amount=500, idempotency_key="b")
    one.payouts.pay(to=to.PayBillAccount("600999", account="ACC2"), amount=500, idempotency_key="c")
