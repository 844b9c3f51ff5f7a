"""What other libraries pay twice by is one request here: on real sockets, the server sees each payout once."""

from collections.abc import Callable
from typing import Final

import attrs
import pytest

from daraja import Daraja, Payouts, to
from daraja.disbursements import Payout, PayoutStatus
from daraja.lifecycle.record import Account
from daraja.stores import MemoryPayoutStore
from daraja.testing import sample_config, sample_initiator
from daraja.transports.requests import RequestsTransport
from tests.support.paying import CAPS
from tests.support.servers import Behaviour, Conversation, Seen, drop, hang, http, raw_server

_TOKEN: Final = http(body=b'{"access_token": "a-token", "expires_in": "3599"}')
_TIME_OUTS: Final = 5, 0.5


def answering(line: str, body: bytes) -> Behaviour:
    def behave(conversation: Conversation, _: Seen) -> bool:
        conversation.send(http(line, body))
        return True

    return behave


def then(behaviour: Behaviour) -> Behaviour:
    def behave(conversation: Conversation, seen: Seen) -> bool:
        if "/oauth/" in seen.first_line:
            conversation.send(_TOKEN)
            return True
        return behaviour(conversation, seen)

    return behave


FAULTS: Final[dict[str, Behaviour]] = {
    "the answer is lost": drop,
    "no answer comes in time": hang,
    "503": answering("503 Service Unavailable", b"<html>Incapsula</html>"),
    "500 internal": answering(
        "500 Internal Server Error", b'{"errorCode": "500.002.1001", "errorMessage": "System internal error."}'
    ),
    "500 busy": answering(
        "500 Internal Server Error", b'{"errorCode": "500.003.02", "errorMessage": "System is busy."}'
    ),
}


@attrs.frozen
class Bought:
    """A payment that somebody made to us."""

    account: Account
    receipt: str = "RKL51ZDR4F"
    amount: int = 500
    phone: str = "254712345678"
    is_success: bool = True


PAYING: Final[dict[str, Callable[[Payouts, Account], Payout]]] = {
    "B2C": lambda payouts, _: payouts.pay(phone="0712345678", amount=500, idempotency_key="one debt"),
    "Pochi": lambda payouts, _: payouts.pay(to=to.Pochi("0712345678"), amount=500, idempotency_key="one debt"),
    "B2B": lambda payouts, _: payouts.pay(to=to.TillNumber("5050505"), amount=500, idempotency_key="one debt"),
    "tax": lambda payouts, _: payouts.pay(to=to.Tax("PRN1234XN"), amount=500, idempotency_key="one debt"),
    "reversal": lambda payouts, account: payouts.refund(Bought(account), reason="broken", by="Wanjiku"),
}


@pytest.mark.parametrize("pay", PAYING.values(), ids=PAYING)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_line_or_of_daraja_is_doubt_and_one_request(
    pay: Callable[[Payouts, Account], Payout], fault: Behaviour
) -> None:
    with raw_server(then(fault)) as server:
        config = sample_config(base_url=server.address, initiator=sample_initiator())
        daraja = Daraja(config, transport=RequestsTransport(timeout=_TIME_OUTS))
        payouts = Payouts(daraja, MemoryPayoutStore(), caps=CAPS)
        payout = pay(payouts, Account.of(config))
        again = pay(payouts, Account.of(config))  # the same button once more
        asked = [seen for seen in server.seen if "/oauth/" not in seen.first_line]

    assert len(asked) == 1
    assert (payout.status, again.key) == (PayoutStatus.PENDING, payout.key)
    assert not payouts.may_pay_again(payout.key)
