"""The quickstart as a person runs it."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Answer, Engine, LocalDaraja
from examples.quickstart import PAYS, callback_receiver, local_settings, pay
from tests.support.unmeasured import unmeasured

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.py"


def quickstart(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in unmeasured().items() if not name.startswith("MPESA_")}
    return subprocess.run(
        [sys.executable, str(QUICKSTART), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**environ, **variables},
        check=False,
    )


def test_it_prints_each_step_and_ends_with_the_receipt() -> None:
    run = quickstart()
    steps = ["token: ", "push: ", "push accepted", "decided: ", "callback: ", "callback says: paid", "query says: paid"]
    places = [run.stdout.find(step) for step in [*steps, "\nReceipt "]]

    assert (run.returncode, run.stderr) == (0, "")
    assert -1 not in places
    assert places == sorted(places)
    assert "KES 1, 2" in run.stdout
    assert "700000000" not in run.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("254700001032", "Cancelled by the customer"),
        ("0700 002 001", "Wrong PIN"),
        ("0712345678", "Receipt "),
    ],
)
def test_the_phone_chooses_the_outcome(phone: str, said: str) -> None:
    run = quickstart("--phone", phone)

    assert (run.returncode, run.stderr) == (0, "")
    assert said in run.stdout
    assert ("Receipt" in run.stdout) is (said == "Receipt ")


class Unasked(Engine):
    """A Daraja that calls back, and refuses to be asked what became of a payment."""

    def handle(self, request: HttpRequest, now: datetime) -> HttpResponse:
        if "stkpushquery" not in request.url:
            return super().handle(request, now)
        return HttpResponse(400, {}, b'{"requestId": "1", "errorCode": "400.002.02", "errorMessage": "Bad Request"}')


def test_a_query_that_fails_takes_nothing_back_of_what_the_callback_said(capsys: pytest.CaptureFixture[str]) -> None:
    engine = Unasked(answer=Answer.PAY, delay=0.1)
    with callback_receiver(0) as (receiver, callbacks), LocalDaraja(engine=engine) as local:
        pay(local_settings(local, receiver), callbacks, PAYS, 1)
    said = capsys.readouterr().out

    assert "the query failed" in said
    assert "\nReceipt " in said


@pytest.mark.parametrize(
    ("arguments", "variables", "complaint"),
    [
        (["--phone", "0812345678"], {}, "is not a Kenyan mobile number"),
        pytest.param(["--amount", "0"], {}, "outside the limits", marks=pytest.mark.slow),
        pytest.param(["--live"], {}, "--live needs --phone", marks=pytest.mark.slow),
        pytest.param(["--callback-port", "70000"], {}, "from 0 (any free one) to 65535", marks=pytest.mark.slow),
        (["--live", "--phone", "0712345678"], {}, "MPESA_CONSUMER_KEY"),
    ],
)
def test_a_wrong_argument_is_one_clear_message(arguments: list[str], variables: dict[str, str], complaint: str) -> None:
    run = quickstart(*arguments, **variables)

    assert run.returncode != 0
    assert complaint in run.stderr
    assert "Traceback" not in run.stderr


def test_live_asks_the_sandbox_and_nothing_else() -> None:
    run = quickstart(
        "--live",
        "--phone",
        "0712345678",
        MPESA_CONSUMER_KEY="k",
        MPESA_CONSUMER_SECRET="s",
        MPESA_BUSINESS_SHORTCODE="600111",
        MPESA_PASSKEY="p",
        MPESA_CALLBACK_URL="https://shop.example/",
        MPESA_ENVIRONMENT="production",
    )

    assert run.returncode != 0
    assert "sandbox only" in run.stderr
