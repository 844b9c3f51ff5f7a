"""The shops in one file, as programs that a person starts."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

EXAMPLES = Path(__file__).parents[2] / "examples"
CALLED_BACK_AT_ONCE = "0700 008 003"

pytestmark = pytest.mark.parametrize("name", ["flask", "fastapi"])


def program(name: str) -> str:
    return str(EXAMPLES / f"{name}_checkout" / "app.py")


def surroundings(folder: Path, **variables: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MPESA_")}
    ours = {"DATABASE_URL": f"sqlite:///{folder / 'shop.db'}", "DARAJA_PORT": 0, **variables}
    return kept | {name: str(value) for name, value in ours.items()}


def ended(command: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, check=False)


@pytest.fixture
def interruptible() -> Generator[None]:
    """Let a program started here hear Ctrl-C, even where a shell began these tests in the background, deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Generator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("interruptible")
def test_one_command_opens_a_shop_that_sells_until_ctrl_c(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", program(name)]
    with running(command, surroundings(tmp_path, PORT=free_port())) as process, requests.Session() as browser:
        assert process.stdout is not None
        phone, shop = (re.sub(r".*(http://\S+).*\n", r"\1", process.stdout.readline()) for _ in range(2))
        order = browser.post(f"{shop}orders", data={"thing": "tea"}, timeout=30).url
        page = browser.post(f"{order}/pay", data={"phone": CALLED_BACK_AT_ONCE, "after": ""}, timeout=30)
        status = browser.get(f"{order}/status", timeout=30).json()
        picked_up = browser.get(phone, timeout=30)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)

    assert "Paid, thank you!" in page.text
    assert (status["state"], status["words"][:16]) == ("paid", "Your receipt is ")
    assert picked_up.status_code == 200
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
    assert "700008003" not in rest
    assert "/payments/callback/" not in rest


def test_without_what_it_needs_it_says_in_a_line_what_to_install(name: str, tmp_path: Path) -> None:
    run = f"import runpy, sys; sys.modules[{name!r}] = None; runpy.run_path({program(name)!r}, run_name='__main__')"
    end = ended([sys.executable, "-c", run], surroundings(tmp_path))

    assert (end.returncode, end.stdout) == (1, "")
    assert end.stderr.startswith(f"This shop needs {name}; install it with: pip install -r ")
    assert Path(end.stderr.split()[-1]).read_text(encoding="utf-8").splitlines()[-1]
    assert end.stderr.count("\n") == 1


def test_what_cron_runs_says_what_it_did(name: str, tmp_path: Path) -> None:
    if name != "flask":
        pytest.skip("it looks after its payments by itself")
    mpesa = {"CONSUMER_KEY": "k", "CONSUMER_SECRET": "s", "BUSINESS_SHORTCODE": "174379", "PASSKEY": "p"}
    variables = {f"MPESA_{part}": value for part, value in mpesa.items()}
    environ = surroundings(tmp_path, MPESA_CALLBACK_URL="https://shop.example/payments/callback/", **variables)
    end = ended([sys.executable, "-m", "flask", "--app", program(name), "reconcile"], environ)

    assert (end.returncode, end.stdout[:7]) == (0, "Report("), end.stderr
    assert "asked=0" in end.stdout


def test_settings_that_lack_something_are_one_clear_message(name: str, tmp_path: Path) -> None:
    end = ended([sys.executable, program(name)], surroundings(tmp_path, MPESA_CONSUMER_KEY="a-key"))

    assert (end.returncode, end.stdout) == (1, "")
    assert "MPESA_PASSKEY" in end.stderr
    assert "Traceback" not in end.stderr
