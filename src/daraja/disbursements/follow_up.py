"""A payout after it was sent: callbacks arrive, status queries are sent, people look at it."""

from collections.abc import Sequence

import attrs

from daraja.api.addresses import last_segment
from daraja.disbursements import may_pay_again
from daraja.disbursements.balance import is_balance, take_balance
from daraja.disbursements.may_pay_again import MayPayAgain
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.policy import PayoutPolicy
from daraja.http.flow import Flow, Now, ask
from daraja.lifecycle.callbacks import ACCEPTED, Reply, receive_callback
from daraja.lifecycle.check_status import check_leased, lease, load
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import Unreadable
from daraja.lifecycle.transitions import Transition


def receive(body: bytes, token: str | None, remote_ip: str, policy: PayoutPolicy, /) -> Flow[Reply[Payout]]:
    """Take a callback: of a payout, or the answer to a question about our balances."""
    if is_balance(last_segment(token), policy):
        yield from take_balance(body, remote_ip, policy)
        return Reply(200, ACCEPTED)
    return (yield from receive_callback(body, token, remote_ip, policy))


def refresh(key: str, policy: PayoutPolicy, /, *, if_due: bool) -> Flow[Transition[Payout]]:
    """Ask Daraja now. Each question is a check that one caller has taken, so that nothing is probed twice."""
    payout = yield from load(key, policy)
    now = yield from Now()
    due = payout.next_check_at is not None and payout.next_check_at <= now
    if payout.is_success or not payout.may_be_asked or (if_due and not due):
        return Transition(payout, payout)
    leased = yield from lease(payout, policy)
    if leased is None:
        payout = yield from load(key, policy)
        return Transition(payout, payout)  # another caller asks
    return (yield from check_leased(leased, policy))


def list_payouts(
    which: Filter | None, limit: int, after: str | None, policy: PayoutPolicy, /
) -> Flow[Sequence[Payout | Unreadable]]:
    """Return our payouts, the newest first."""
    mine = attrs.evolve(Filter() if which is None else which, account=policy.account)
    return (yield from ask(PayoutStore.list, mine, limit, after))


def judge(key: str, policy: PayoutPolicy, /) -> Flow[MayPayAgain]:
    """Decide whether money may go again instead of one of our payouts."""
    return may_pay_again.may_pay_again((yield from load(key, policy)))
