"""The demo starts with nothing, sells something, ends quietly, starts again, and says in one sentence what is wrong."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest
import requests

import shop
from daraja.simulator import SANDBOX_PASSKEY, LocalDaraja

DEMO: Final = Path(shop.__file__).parents[1] / "demo"
CUSTOMER: Final = {"email": "wanjiku@example.com", "password": "karibu-sana"}
PUSH: Final = {"order_id": "ORD-001", "amount": "500", "phone": "0712345678"}


def environ(folder: Path, **variables: str) -> dict[str, str]:
    """Give the variables of a machine on which nothing of the shop is set."""
    others = ("COVERAGE_", "DEBUG", "DJANGO_", "MPESA_")  # measuring the coverage of the demo would only slow it
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    places = {"LOG_FILE": str(folder / "debug.log"), "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}"}
    return kept | places | variables


def demo(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(DEMO), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environ(folder, **variables),
    )


class Running:
    """A demo that waits for customers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.welcome = ""
        while "Ctrl-C" not in self.welcome:
            line = process.stdout.readline()
            assert line, process.communicate(timeout=60)
            self.welcome += line
        self.shop, self.phone = re.findall(r"(http://127.0.0.1:\d+)/ ?(?:\n|-)", self.welcome)

    def call(self, path: str, token: str = "", **asked: str) -> requests.Response:
        headers = {"Authorization": f"Token {token}"} if token else {}
        return requests.request(
            "POST" if asked else "GET", f"{self.shop}{path}", json=asked or None, headers=headers, timeout=60
        )

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Press Ctrl-C; give the exit status and what was said on the way out."""
        self.process.send_signal(how)
        _, complaints = self.process.communicate(timeout=60)
        return self.process.returncode, complaints


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Generator[Running]:
    command = [sys.executable, "-W", "error", str(DEMO), "--port", "0", "--daraja-port", "0", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environ(folder, **variables)) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Have it buy something by itself; give the folder, in which everything lies, and what was said."""
    folder = tmp_path_factory.mktemp("sold")
    return folder, demo(folder, "--check", LOG_LEVEL="DEBUG")


def test_it_pays_by_a_prompt_and_by_hand_and_pays_a_rider(sold: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, run = sold

    assert (run.returncode, run.stderr) == (0, "")
    steps = (
        *("logged in", "asked as ws_CO_", "PIN is typed", "is success, receipt", "paid by hand to account"),
        *("asks for KES 800", "approves it, and Brian Mwangi is paid", "A purchase works"),
    )
    places = [run.stdout.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert "Subject: Your payment of KES 12,450" in run.stdout
    assert "SMS to 2547*****678: We have received KES 12,450" in run.stdout


def test_the_log_of_a_purchase_holds_no_secret_and_no_number(
    sold: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    log = (sold[0] / "debug.log").read_text()

    assert "INFO daraja payment.moved key=" in log
    assert "INFO payments receipt.sent key=" in log
    assert [secret for secret in ("any-secret", "any-key", SANDBOX_PASSKEY, "712345678") if secret in log] == []
    assert not re.search("[0-9a-f]{33}|Bearer|Basic", log)


@pytest.mark.slow
def test_the_demo_refuses_the_database_of_another_shop(
    sold: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = sold
    with closing(sqlite3.connect(folder / "demo.sqlite3")) as database, database:
        database.execute("UPDATE shop_user SET email = 'somebody@example.com' WHERE is_superuser")
    run = demo(folder, "--check")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("This database has customers of its own")
    with closing(sqlite3.connect(folder / "demo.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM shop_user").fetchone() == (4,)


@pytest.mark.slow
def test_a_customer_pays_and_ctrl_c_ends_it_and_it_starts_again(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        assert all(word in first.welcome for word in ("wanjiku@example.com", "admin@example.com", "karibu-sana"))
        token = first.call("/api/users/login/", **CUSTOMER).json()["token"]
        assert first.call("/api/payments/mpesa/stk-push/", token, **PUSH).status_code == 200
        assert first.call("/admin/login/").status_code == 200
        assert first.call("/static/admin/css/base.css").status_code == 200
        assert first.end() == (0, "")

    with running(tmp_path) as second:
        token = second.call("/api/users/login/", **CUSTOMER).json()["token"]
        status = second.call("/api/orders/ORD-001/payment-status/", token).json()
        assert (status["status"], status["may_retry"]) == ("unpaid", True), "it begins anew"
        assert second.call("/api/payments/", token).json() == []
        assert second.end(signal.SIGTERM) == (0, "")


@pytest.mark.slow
def test_with_credentials_it_starts_no_daraja_of_its_own(tmp_path: Path) -> None:
    with LocalDaraja() as ours:
        where = {"MPESA_BASE_URL": ours.base_url, "MPESA_CALLBACK_URL": "http://127.0.0.1:9/api/payments/callback/"}
        where["MPESA_REGISTERED_SECRET"] = "a-secret-for-years-and-years"
        with running(tmp_path, **{**SANDBOX, **where}) as shop:
            assert shop.phone == ours.base_url
            token = shop.call("/api/users/login/", **CUSTOMER).json()["token"]
            assert shop.call("/api/payments/mpesa/stk-push/", token, **PUSH).status_code == 200
            assert [push.phone for push in ours.pushes] == ["254712345678"]
            assert shop.end() == (0, "")


def test_a_port_in_use_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = demo(tmp_path, "--port", str(port))

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in run.stderr
    assert 'make demo ARGS="--port ' in run.stderr


SANDBOX: Final = {
    "MPESA_CONSUMER_KEY": "never-shown-key",
    "MPESA_CONSUMER_SECRET": "never-shown-secret",
    "MPESA_BUSINESS_SHORTCODE": "174379",
    "MPESA_PASSKEY": SANDBOX_PASSKEY,
    "MPESA_CALLBACK_URL": "https://shop.example/api/payments/callback/",
}


OF_OUR_OWN: Final = {"MPESA_ENVIRONMENT": "production", "MPESA_BUSINESS_SHORTCODE": "600111", "MPESA_PASSKEY": "p"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"MPESA_PASSKEY": ""}, "MPESA_PASSKEY"),
        pytest.param({}, "Add shop.example to ALLOWED_HOSTS", marks=pytest.mark.slow),
        pytest.param(
            {"ALLOWED_HOSTS": "shop.example"}, "--check types the PIN on a simulated phone", marks=pytest.mark.slow
        ),
        pytest.param(
            {"MPESA_ENVIRONMENT": "production", "MPESA_BUSINESS_SHORTCODE": "600111", "MPESA_PASSKEY": "p"},
            "sandbox only",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_with_credentials_it_asks_the_sandbox_and_says_what_is_wrong_with_them(
    tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    ways = ["--check"] if "--check" in complaint else ["--port=0"]
    run = demo(tmp_path, *ways, **{**SANDBOX, **changes})

    assert run.returncode == 1
    assert complaint in run.stderr
    assert "Traceback" not in run.stderr
    assert "never-shown" not in run.stdout + run.stderr


@pytest.mark.slow
def test_an_invalid_port_is_refused(tmp_path: Path) -> None:
    run = demo(tmp_path, "--port=70000")

    assert run.returncode == 1
    assert "port 70000 of 127.0.0.1 cannot be used" in run.stderr
    assert "0-65535" in run.stderr
