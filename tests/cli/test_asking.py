"""The commands ``push``, ``query``, ``status``, ``balance`` and ``register``, against a local Daraja."""

import io
import json
import sys
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Answer, Engine, LocalDaraja, certificate
from tests.cli.conftest import Run

INVENTED = "ws_CO_01012026101112000712345678"


@pytest.fixture
def _initiator(local: LocalDaraja, monkeypatch: pytest.MonkeyPatch) -> None:
    del local  # it sets the other variables
    monkeypatch.setenv("MPESA_INITIATOR_NAME", SANDBOX_INITIATOR)
    monkeypatch.setenv("MPESA_INITIATOR_PASSWORD", SANDBOX_PASSWORD)
    monkeypatch.setenv("MPESA_CERTIFICATE", certificate().decode().strip())
    monkeypatch.setenv("MPESA_RESULTS_URL", "http://127.0.0.1:9/results/")


@pytest.mark.usefixtures("local")
def test_push_names_the_next_command_and_query_answers_it(run: Run) -> None:
    ended = run("push", "0712345678", "500", "--reference", "ORD-1")
    assert (ended.status, ended.err) == (0, "")
    following = ended.out.split("Next:\n  daraja-kit ")[1].split()
    assert following[0] == "query"
    answer = run(*following)
    assert answer.status == 0
    assert "paid" in answer.out
    assert following[1] in answer.out


@pytest.mark.usefixtures("local")
def test_push_prints_only_json_to_programs(run: Run) -> None:
    (row,) = run("push", "0712345678", "500", "--reference", "ORD-1", "--json").rows
    assert row["outcome"] == "processing"


@pytest.mark.usefixtures("local")
def test_push_waits_for_the_result(run: Run) -> None:
    ended = run("push", "0712345678", "500", "--reference", "ORD-1", "--wait", "--json")
    assert (ended.status, ended.rows[0]["outcome"]) == (0, "paid")
    ended = run("push", "254700001032", "500", "--reference", "ORD-2", "--wait", "--json")
    assert (ended.status, ended.rows[0]["outcome"], ended.rows[0]["charge_again"]) == (1, "cancelled", True)


class PaysLate(Engine):
    """A Daraja whose customer types the PIN once a query has found nothing."""

    queries = 0

    def handle(self, request: HttpRequest, now: datetime) -> HttpResponse:
        answered = super().handle(request, now)
        if "stkpushquery" in request.url:
            self.queries += 1
            if self.queries == 1:
                self.answer("0712345678", Answer.PAY, now)
        return answered


@pytest.mark.usefixtures("local")
def test_push_queries_until_the_result_is_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PaysLate(delay=0)
    with LocalDaraja(engine=engine) as slow:
        monkeypatch.setenv("MPESA_BASE_URL", slow.base_url)
        ended = run("push", "0712345678", "500", "--reference", "ORD-1", "--wait", "--json")
    assert (ended.status, ended.rows[0]["outcome"]) == (0, "paid")
    assert engine.queries > 1


@pytest.mark.usefixtures("local")
def test_query_says_that_nothing_is_decided(run: Run) -> None:
    ended = run("query", INVENTED)
    assert ended.status == 0
    assert "Nothing is decided yet" in ended.out


@pytest.mark.usefixtures("local")
def test_a_mistyped_number_is_wrong_use(run: Run) -> None:
    ended = run("push", "071234", "500", "--reference", "ORD-1")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("Error: The input cannot be used: phone: '***234' is not a Kenyan mobile number")


@pytest.mark.usefixtures("local")
def test_a_refusal_of_daraja_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_PASSKEY", "wrong-passkey-0123456789")
    ended = run("query", INVENTED)
    assert ended.status == 2
    assert "Wrong credentials" in ended.err
    assert "Traceback" not in ended.err


def test_missing_settings_are_named(run: Run, local: LocalDaraja, monkeypatch: pytest.MonkeyPatch) -> None:
    del local
    monkeypatch.delenv("MPESA_PASSKEY")
    ended = run("balance")
    assert ended.status == 2
    assert "MPESA_PASSKEY" in ended.err


@pytest.mark.usefixtures("local")
def test_push_asks_a_person_before_it_spends_real_money(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPESA_BASE_URL")
    monkeypatch.setenv("MPESA_ENVIRONMENT", "production")
    monkeypatch.setenv("MPESA_BUSINESS_SHORTCODE", "600222")
    monkeypatch.setenv("MPESA_PASSKEY", "0123456789abcdef")
    monkeypatch.setenv("MPESA_CALLBACK_URL", "https://pay.duka.co.ke/payments/callback/")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    ended = run("push", "0712345678", "500", "--reference", "ORD-1")
    assert ended.status == 1
    assert "Ask 07*****678 for KES 500 of real money?" in ended.err


@pytest.mark.usefixtures("_initiator")
def test_status_and_balance_say_where_the_answer_goes(run: Run) -> None:
    for arguments in (["balance"], ["status", "UKN7X2M4QA"], ["status", "--id", "payout-17"]):
        ended = run(*arguments)
        assert ended.status == 0
        assert "conversation id" in ended.out
        assert "Daraja posts the answer to http://127.0.0.1:9/results/, in a moment." in ended.out


@pytest.mark.usefixtures("_initiator")
def test_status_and_balance_wait_for_the_answer_of_a_local_daraja(run: Run, local: LocalDaraja) -> None:
    ended = run("balance", "--wait", "20")
    assert (ended.status, ended.err) == (0, "")
    assert "Merchant Account 1,000,000.00" in ended.out
    payment = local.buy_goods("0712345678", till="174379", amount=50)
    (answer,) = run("status", payment.receipt, "--wait", "20", "--json").rows
    assert (answer["product"], answer["outcome"], answer["receipt"]) == ("status", "answered", payment.receipt)
    assert (answer["phone"], answer["receiver"]) == (None, "174379")


class AnswersLate(LocalDaraja):
    """A local Daraja that holds its callbacks back until somebody has looked for them in vain."""

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        answered = super().handle(request)
        if request.url.endswith("/simulator/callbacks"):
            self.set_held(held=False)
        return answered


@pytest.mark.usefixtures("_initiator")
def test_the_answer_is_looked_for_until_it_is_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with AnswersLate(engine=Engine(delay=0)) as late:
        late.set_held(held=True)
        monkeypatch.setenv("MPESA_BASE_URL", late.base_url)
        ended = run("balance", "--wait", "60")
    assert (ended.status, ended.err) == (0, "")
    assert "Merchant Account" in ended.out


@pytest.mark.usefixtures("_initiator")
def test_an_answer_that_is_no_answer_is_explained(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_INITIATOR_PASSWORD", "another-password")
    ended = run("balance", "--wait", "20")
    assert ended.status == 1
    assert "Initiator not accepted" in ended.out
    assert "\ndeveloper " in ended.out


@pytest.mark.usefixtures("_initiator")
def test_an_answer_that_does_not_come_in_time_is_said(run: Run, local: LocalDaraja) -> None:
    local.set_held(held=True)
    ended = run("balance", "--wait", "0.3")
    assert (ended.status, ended.out) == (1, "")
    assert "No answer came within 0.3 seconds." in ended.err


class Another(BaseHTTPRequestHandler):
    """A server that accepts every request of Daraja's and has no page of callbacks."""

    def do_GET(self) -> None:
        self._reply({"access_token": "token-1", "expires_in": "3599"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        ids = {"ConversationID": "AG_1", "OriginatorConversationID": "1-2-3"}
        self._reply({"ResponseCode": "0", "ResponseDescription": "Accepted", **ids})

    def _reply(self, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object, **__: object) -> None: ...


@pytest.mark.usefixtures("_initiator")
def test_another_server_that_lists_no_callbacks_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Another) as server:
        serving = Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        monkeypatch.setenv("MPESA_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        ended = run("balance", "--wait", "5")
        server.shutdown()
        serving.join()
    assert ended.status == 2
    assert "does not list its callbacks" in ended.err


@pytest.mark.usefixtures("_initiator")
def test_nobody_waits_for_an_answer_that_only_the_server_gets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPESA_BASE_URL")
    monkeypatch.setenv("MPESA_RESULTS_URL", "https://pay.duka.co.ke/results/")
    monkeypatch.setenv("MPESA_CALLBACK_URL", "https://pay.duka.co.ke/payments/callback/")
    for command in (["balance"], ["status", "UKN7X2M4QA"]):
        ended = run(*command, "--wait", "5")
        assert (ended.status, ended.out) == (2, "")
        assert "--wait needs a local Daraja." in ended.err
        assert "https://pay.duka.co.ke/results/" in ended.err
    assert run("status").status == 2


@pytest.mark.usefixtures("local")
def test_keys_that_daraja_does_not_accept_are_wrong_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_ENVIRONMENT", "prod")
    ended = run("query", INVENTED)
    assert ended.status == 2
    assert "MPESA_ENVIRONMENT" in ended.err


def test_register_registers_the_addresses_and_says_whether_there_were_any(
    run: Run, monkeypatch: pytest.MonkeyPatch, local: LocalDaraja
) -> None:
    del local  # it sets the variables
    assert "registered_secret: is missing" in run("register").err
    monkeypatch.setenv("MPESA_REGISTERED_SECRET", "a-secret-for-years-and-years")
    ended = run("register", "--json")
    assert (ended.status, ended.rows) == (0, [{"shortcode": "174379", "already": False}])


def test_register_says_what_nobody_can_know(run: Run, monkeypatch: pytest.MonkeyPatch, local: LocalDaraja) -> None:
    del local
    monkeypatch.setenv("MPESA_REGISTERED_SECRET", "a-secret-for-years-and-years")
    with LocalDaraja(engine=Engine(c2b_register_once=True)) as strict:
        monkeypatch.setenv("MPESA_BASE_URL", strict.base_url)
        run("register")
        assert "Nobody can ask whose addresses these are" in run("register").out
