"""The shops in one file, as programs that a person starts."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.examples.programs import CALLED_BACK_AT_ONCE, opened, program, surroundings

pytestmark = pytest.mark.parametrize("name", ["flask", "fastapi"])


def ended(command: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, check=False)


@pytest.mark.usefixtures("interruptible")
def test_one_command_opens_a_shop_that_sells_until_ctrl_c(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path) as (process, phone, shop), requests.Session() as browser:
        order = browser.post(f"{shop}orders", data={"thing": "tea"}, timeout=30).url
        page = browser.post(f"{order}/pay", data={"phone": CALLED_BACK_AT_ONCE, "after": "0"}, timeout=30)
        picked_up = browser.get(phone, timeout=30)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)

    assert "Paid, thank you!" in page.text
    assert "Your receipt is " in page.text
    assert picked_up.status_code == 200
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
    assert "700008003" not in rest
    assert "/payments/callback/" not in rest


def test_a_shop_is_one_file_of_at_most_200_lines(name: str) -> None:
    assert len(Path(program(name)).read_text(encoding="utf-8").splitlines()) <= 200


def test_the_cron_command_reports_its_work(name: str, tmp_path: Path) -> None:
    if name != "flask":
        pytest.skip("it looks after its payments by itself")
    mpesa = {"CONSUMER_KEY": "k", "CONSUMER_SECRET": "s", "BUSINESS_SHORTCODE": "174379", "PASSKEY": "p"}
    variables = {f"MPESA_{part}": value for part, value in mpesa.items()}
    environ = surroundings(tmp_path, MPESA_CALLBACK_URL="https://shop.example/payments/callback/", **variables)
    end = ended([sys.executable, "-m", "flask", "--app", program(name), "reconcile"], environ)

    assert (end.returncode, end.stdout[:7]) == (0, "Report("), end.stderr
    assert "asked=0" in end.stdout


def test_settings_that_lack_something_are_named_at_the_end(name: str, tmp_path: Path) -> None:
    end = ended([sys.executable, program(name)], surroundings(tmp_path, MPESA_CONSUMER_KEY="a-key"))

    assert (end.returncode, end.stdout) == (1, "")
    assert "daraja.errors.ConfigurationError: The configuration has " in end.stderr
    assert "MPESA_PASSKEY" in end.stderr.rpartition("ConfigurationError")[2]
