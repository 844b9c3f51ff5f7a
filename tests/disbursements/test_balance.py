"""What our accounts hold is told only as Daraja says it, and a broken hook of the shop changes no reply."""

import logging
from collections.abc import Sequence

import attrs
import pytest

from daraja.http.messages import HttpRequest
from daraja.lifecycle.ports import FloatReading
from daraja.testing import balance_result
from tests.support.paying import Paymaster, paymaster

SAFARICOM, STRANGER = "196.201.214.200", "203.0.113.9"


@attrs.define
class Asked:
    """An organisation that has asked for its balances, and the answer that is on its way."""

    one: Paymaster
    answer: HttpRequest
    heard: list[str]

    def receive(self, body: bytes | None = None, remote_ip: str = SAFARICOM) -> int:
        """Receive the answer, or another body at its address; return the HTTP status of the reply."""
        body = self.answer.body if body is None else body
        return self.one.payouts.receive(body, token=self.answer.url, remote_ip=remote_ip).status_code


def asked(*, broken: bool = False) -> Asked:
    heard = list[str]()

    def on_balance(readings: Sequence[FloatReading]) -> None:
        if broken:
            raise LookupError
        heard.extend(reading.account for reading in readings)

    one = paymaster(on_balance=on_balance, low_float=2_000_000, senders=[SAFARICOM])
    one.deaf = True
    one.payouts.balance()
    one.wait()
    return Asked(one, one.heard[-1], heard)


def test_an_answer_from_another_address_is_not_believed() -> None:
    at = asked()
    assert at.receive(remote_ip=STRANGER) == 200
    assert (at.heard, at.one.floats) == ([], [])
    assert at.receive() == 200
    assert "Utility Account" in at.heard


@pytest.mark.parametrize(
    ("body", "event"),
    [(b"<html>", "payout.balance_unreadable"), (balance_result(2001).body, "payout.balance_refused")],
    ids=["unreadable", "refused"],
)
def test_an_answer_that_names_no_balance_is_logged_and_nothing_is_told(
    body: bytes, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    at = asked()
    with caplog.at_level(logging.WARNING):
        status = at.receive(body)

    assert (status, at.heard, at.one.floats) == (200, [], [])
    assert [record.getMessage().split()[0] for record in caplog.records] == [event]


def test_a_hook_that_fails_is_logged_and_the_low_float_is_told_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    at = asked(broken=True)
    with caplog.at_level(logging.WARNING):
        status = at.receive()

    assert (status, len(at.one.floats)) == (200, 2)
    (line,) = (record.getMessage() for record in caplog.records)
    assert "payout.hook_failed" in line
    assert "on_balance" in line
    assert "LookupError" in line
