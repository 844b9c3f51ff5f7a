"""The command ``doctor``, and the checks behind it."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from daraja.config.checks import VARIABLES
from daraja.doctor import Finding, diagnose
from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import LocalDaraja
from daraja.stores import MemoryStore
from tests.cli.conftest import Run, settings_for
from tests.simulator.receiver import Receiver
from tests.support.certificates import DER, KEY, PEM, certificate

SHOP = {
    "MPESA_CONSUMER_KEY": "any-key",
    "MPESA_CONSUMER_SECRET": "any-secret",
    "MPESA_BUSINESS_SHORTCODE": "600222",
    "MPESA_PASSKEY": "0123456789abcdef",
    "MPESA_CALLBACK_URL": "https://pay.duka.co.ke/payments/callback/",
}
GRANTED = HttpResponse(200, {}, b'{"access_token": "token-1", "expires_in": "3599"}')
UNDECIDED = HttpResponse(
    500, {}, b'{"errorCode": "500.001.1001", "errorMessage": "The transaction is being processed"}'
)


class Scripted:
    """Answers token, query and callback, in this order."""

    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self.answers = list(answers)

    def send(self, request: HttpRequest, /) -> HttpResponse:
        del request
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def found(check: str, findings: list[Finding]) -> Finding:
    (finding,) = [finding for finding in findings if finding.check == check]
    return finding


def examined(*answers: HttpResponse | Exception, **variables: str) -> list[Finding]:
    return list(diagnose({**SHOP, **variables}, live=True, transport=Scripted(*answers)))


def test_all_is_well(run: Run, local: LocalDaraja, monkeypatch: pytest.MonkeyPatch) -> None:
    del local
    with Receiver(404) as shop:
        monkeypatch.setenv("MPESA_CALLBACK_URL", shop.url)
        ended = run("doctor", "--live", "--json")
        forged = shop.next()
    assert ended.status == 0
    assert {row["check"]: row["state"] for row in ended.rows} == {
        "settings": "good",
        "token": "good",
        "passkey": "good",
        "clock": "good",
        "callback address": "good",
    }
    assert forged.body == b"{}"


def test_without_live_nothing_is_sent(run: Run, local: LocalDaraja) -> None:
    ended = run("doctor")
    assert ended.status == 0
    assert "--live checks them, too. It costs nothing and prompts nobody." in " ".join(ended.out.split())
    assert local.engine.log.events == ()


def test_a_missing_store_is_a_fault_beside_keys_that_work(
    run: Run, local: LocalDaraja, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del local
    monkeypatch.setenv("MPESA_STORE", f"sqlite:///{tmp_path / 'none.db'}")
    ended = run("doctor", "--live", "--json")
    assert ended.status == 1
    states = {row["check"]: row["state"] for row in ended.rows}
    assert (states["token"], states["passkey"], states["store"]) == ("good", "good", "fault")


def test_faults_of_the_settings_end_the_examination(
    run: Run, local: LocalDaraja, monkeypatch: pytest.MonkeyPatch
) -> None:
    del local
    monkeypatch.delenv("MPESA_PASSKEY")
    ended = run("doctor", "--live")
    assert ended.status == 2
    assert "passkey is missing" in ended.out
    assert "MPESA_PASSKEY" in ended.out
    assert "Mend the settings first." in ended.out


def test_who_has_no_settings_reads_about_the_local_daraja(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    ended = run("doctor")
    assert ended.status == 2
    assert "python -m daraja.simulator serves a local Daraja" in " ".join(ended.out.split())


def test_a_store_whose_database_fails_is_a_fault() -> None:
    class Store(MemoryStore):
        def count_due(self, *_: object) -> int:
            raise OSError("the disk is away")

    finding = found("store", list(diagnose(SHOP, store=Store())))
    assert (finding.state, finding.words) == ("fault", "cannot be read: OSError")


def test_a_doubtful_setting_is_a_warning() -> None:
    findings = list(diagnose({**SHOP, "MPESA_CALLBACK_URL": "https://duka.co.ke/mpesa/"}))
    assert [finding.state for finding in findings] == ["warning", "good", "skipped"]


def test_wrong_keys_and_a_wrong_passkey_are_told_apart(
    run: Run, local: LocalDaraja, monkeypatch: pytest.MonkeyPatch
) -> None:
    del local
    monkeypatch.setenv("MPESA_PASSKEY", "0123456789abcdef")
    states = {row["check"]: row["state"] for row in run("doctor", "--live", "--json").rows}
    assert (states["token"], states["passkey"]) == ("good", "fault")
    findings = examined(HttpResponse(400), HttpResponse(404))
    assert "consumer key and secret were not accepted" in found("token", findings).words
    assert found("passkey", findings).state == "skipped"


def test_an_answer_about_the_id_alone_proves_no_passkey() -> None:
    invalid = b'{"errorCode": "400.002.02", "errorMessage": "Bad Request - Invalid CheckoutRequestID"}'
    finding = found("passkey", examined(GRANTED, HttpResponse(400, {}, invalid), HttpResponse(404)))
    assert (finding.state, finding.words) == ("warning", "not proved: Daraja looked only at the invented id")


def test_a_shortcode_that_only_pays_out_needs_no_passkey() -> None:
    variables = {**SHOP, "MPESA_PASSKEY": "", "MPESA_CALLBACK_URL": "", "MPESA_REGISTERED_SECRET": "8f0a3c61d94e7b25"}
    findings = list(diagnose(variables, live=True, transport=Scripted(GRANTED)))
    assert found("passkey", findings).state == "skipped"
    assert "callback address" not in {finding.check for finding in findings}


@pytest.mark.parametrize(
    ("minutes", "words"), [(5, "300 s behind Daraja's"), (-5, "300 s ahead of Daraja's"), (0, "agrees with Daraja's")]
)
def test_the_clock_is_compared_with_the_time_in_the_answers(minutes: int, words: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes, seconds=1), usegmt=True)
    granted = HttpResponse(200, {"Date": date}, GRANTED.body)
    finding = found("clock", examined(granted, UNDECIDED, HttpResponse(404)))
    assert re.sub(r"\b(29\d|30[01]) s", "300 s", finding.words) == words
    assert (finding.state == "good") is (minutes == 0)


def test_answers_without_a_time_prove_nothing_about_the_clock() -> None:
    assert found("clock", examined(GRANTED, UNDECIDED, HttpResponse(404))).state == "skipped"


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (HttpResponse(404), "good", "refuses a forged callback"),
        (HttpResponse(200), "warning", "takes a forged callback (HTTP 200)"),
        (HttpResponse(301), "fault", "Safaricom follows no redirect"),
        (HttpResponse(403), "fault", "CSRF"),
        (HttpResponse(500), "fault", "has to answer 200"),
        (OutcomeUnknown("the answer is too large"), "fault", "gives no usable answer: the answer is too large"),
    ],
)
def test_the_callback_address_gets_a_forged_callback(answer: Any, state: str, words: str) -> None:  # noqa: ANN401 - of two types
    finding = found("callback address", examined(GRANTED, UNDECIDED, answer))
    assert finding.state == state
    assert words in f"{finding.words} {finding.hint}"


def test_a_shop_that_is_not_running_is_a_warning(local: LocalDaraja) -> None:
    finding = found("callback address", list(diagnose(settings_for(local), live=True)))
    assert (finding.state, finding.words) == ("warning", "cannot be reached from here")
    far = examined(GRANTED, UNDECIDED, NotSent("pay.duka.co.ke was not found"))
    assert found("callback address", far).words == "cannot be reached from here: pay.duka.co.ke was not found"


@pytest.mark.parametrize("content", [PEM, DER])
def test_a_certificate_past_its_end_is_a_warning(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "certificate"
    file.write_bytes(content)
    finding = found("certificate", list(diagnose({**SHOP, **initiator(str(file))})))
    assert (finding.state, finding.words) == ("warning", "ended on 2016-11-11")


def test_a_certificate_can_be_given_as_text() -> None:
    text = certificate(KEY, encoding=Encoding.PEM, expired=False).decode().replace("\n", "\\n")
    assert found("certificate", list(diagnose({**SHOP, **initiator(text)}))).state == "good"


def initiator(certificate: str) -> dict[str, str]:
    return {
        "MPESA_INITIATOR_NAME": "testapi",
        "MPESA_INITIATOR_PASSWORD": "Safaricom123!!",
        "MPESA_CERTIFICATE": certificate,
    }
