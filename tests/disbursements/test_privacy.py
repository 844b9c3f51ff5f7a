"""No log line, error or repr of a payout shows a phone, a name of a person, or a secret."""

import json
import logging

import pytest

from daraja import to
from daraja.api.addresses import Purpose
from daraja.disbursements import Payout
from daraja.errors import DarajaError, NotSent
from daraja.http.json_body import without_secrets
from daraja.lifecycle.ports import ReceivedCallback
from tests.support.leaks import everything_shown
from tests.support.paying import PHONE, Paymaster, paymaster

NATIONAL_ID = "87654321"


def credential_of(one: Paymaster) -> str:
    request = next(request for request in one.mounted.requests if "b2c" in request.url)
    credential: str = json.loads(request.body)["SecurityCredential"]
    return credential


def fail(_: Payout) -> None:
    raise ValueError("the shop's own fault")


def hidden(one: Paymaster) -> list[str]:
    digits = PHONE.removeprefix("254")
    return [digits, NATIONAL_ID, credential_of(one), one.daraja.config.consumer_secret.reveal()]


def test_the_log_of_a_whole_life_shows_nobody(caplog: pytest.LogCaptureFixture) -> None:
    one = paymaster(on_paid=fail)
    with caplog.at_level(logging.DEBUG):
        one.payouts.pay(
            to=to.Mobile(PHONE, id_number=NATIONAL_ID),
            amount=500,
            idempotency_key=f"rider {PHONE}",
            metadata={"to": PHONE},
        )
        one.payouts.pay(phone="254700008105", amount=500, idempotency_key="another amount")
        one.reconcile_for(hours=1, every=600)
    shown = caplog.text

    assert "payout.moved" in shown
    assert "payout.notify_failed" in shown
    assert "payout.needs_review" in shown
    assert not [secret for secret in hidden(one) if secret in shown]


def test_an_error_and_the_payout_on_it_show_nobody() -> None:
    one = paymaster()
    one.payouts.pay(phone=PHONE, amount=500, idempotency_key="first")
    one.mounted.respond_with(NotSent("no network"))
    with pytest.raises(DarajaError) as caught:
        one.payouts.pay(
            to=to.Mobile(PHONE, id_number=NATIONAL_ID), amount=501, idempotency_key="second", by=f"me {PHONE}"
        )
    shown = everything_shown(caught.value) + repr(caught.value.payout)

    assert not [secret for secret in hidden(one) if secret in shown]
    assert isinstance(caught.value.payout, Payout)
    assert PHONE not in json.dumps(caught.value.payout.to_dict()["receiver"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"InitiatorName": "testapi", "SecurityCredential": "%s", "Amount": 10}',
        b'{"Security Credential":"%s"}',
        b"{'securitycredential': '%s'}",
        b'{"Result": {"Something": "%s"}}',
        b"InitiatorName=testapi&SecurityCredential=%s&Amount=10",
        b'{"SecurityCredential": "%s',
    ],
)
def test_a_credential_is_cut_out_of_every_form_of_a_body(body: bytes) -> None:
    one = paymaster()
    payout = one.payouts.pay(phone=PHONE, amount=500, idempotency_key="first")
    one.deaf = True
    credential = credential_of(one).encode()
    one.payouts.receive(body % credential, token=one.token(Purpose.RESULT, payout))
    stored = [one for one in one.store.callbacks(payout.key) if isinstance(one, ReceivedCallback)]

    assert stored
    assert not [callback for callback in stored if credential[:40] in callback.body]
    assert b"***" in without_secrets(body % credential)


def test_a_body_without_a_secret_is_stored_as_it_came() -> None:
    text = json.dumps({"Result": {"ResultCode": 0, "ConversationID": "AG_20260825_010020480ucukatfpxp2"}})
    for body in (text.encode(), text.encode("utf-16"), b"\0\xff"):
        assert without_secrets(body) == body


def test_a_credential_is_cut_out_of_utf_16_as_well() -> None:
    body = json.dumps({"SecurityCredential": "QkFTRTY0", "Amount": 10}).encode("utf-16-le")

    assert without_secrets(body) == b'{"SecurityCredential": "***", "Amount": 10}'


def test_a_callback_from_a_stranger_is_asked_about_and_not_believed() -> None:
    one = paymaster(senders=["196.201.214.200"])
    payout = one.payouts.pay(phone=PHONE, amount=500, idempotency_key="first")
    one.deaf = True
    one.wait()
    (result,) = one.heard
    one.payouts.receive(result.body, token=result.url, remote_ip="203.0.113.9")
    assert not one.now(payout).paid
    one.payouts.receive(result.body, token=result.url, remote_ip="196.201.214.200")

    assert one.now(payout).paid
