"""The balances of our accounts: a question whose answer comes by callback, to an address that is signed for it."""

from typing import Final

from daraja.api.account_balance import AccountBalance
from daraja.api.addresses import Purpose, read_token, signed_url
from daraja.api.initiator import Accepted
from daraja.api.parse import parse_result
from daraja.disbursements.kind import PAYOUT
from daraja.disbursements.policy import PayoutPolicy
from daraja.disbursements.products import PRODUCTS
from daraja.errors import CallbackMalformed
from daraja.http.flow import Flow, Log
from daraja.lifecycle.callbacks import is_believed
from daraja.lifecycle.ports import FloatReading
from daraja.lifecycle.transitions import announce
from daraja.result_codes import Outcome

_KEY: Final = "0" * 32
"""The key in the address of the answer. No payout has it: keys are 128 random bits."""
_PAY: Final = frozenset(row.account for row in PRODUCTS.values())
"""The accounts that pay out."""


def ask_for_balance(policy: PayoutPolicy, /) -> Flow[Accepted]:
    """Ask Daraja for the balances of our accounts."""
    question = AccountBalance(
        result_url=signed_url(policy.config, Purpose.RESULT, _KEY),
        timeout_url=signed_url(policy.config, Purpose.TIMEOUT, _KEY),
    )
    return (yield from question.flow(policy.config))


def is_balance(segment: str, policy: PayoutPolicy, /) -> bool:
    """Tell whether an address is one of a balance question."""
    signed = read_token(policy.config, segment)
    return signed is not None and signed[1] == _KEY


def take_balance(body: bytes, remote_ip: str, policy: PayoutPolicy, /) -> Flow[None]:
    """Give the balances to the shop. Nothing is stored, since a balance is no money that moved."""
    if not is_believed(remote_ip, policy):
        return
    try:
        answer = parse_result("balance", body)
    except CallbackMalformed as malformed:
        yield from Log("payout.balance_unreadable", {"path": malformed.path}, warning=True)
        return
    if answer.outcome is not Outcome.ANSWERED:
        yield from Log("payout.balance_refused", {"code": answer.result_code}, warning=True)
        return
    readings = [FloatReading(account=name, available=one.available) for name, one in answer.balances.items()]
    yield from _tell("on_balance", readings, policy)
    for reading in readings:
        if reading.account in _PAY and reading.available is not None and reading.available < policy.low_float:
            yield from _tell("on_low_float", reading, policy)


def _tell(hook: str, news: object, policy: PayoutPolicy) -> Flow[None]:
    if hook in policy.hooks:
        yield from announce(PAYOUT, hook, news, {})
