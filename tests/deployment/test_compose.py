"""The commands of the compose file and of the image, run together without Docker: a customer buys something."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import yaml

from tests.examples.programs import EXAMPLES
from tests.support.ports import free_port
from tests.support.unmeasured import unmeasured

SHOP: Final = EXAMPLES / "django_checkout"
DEPLOY: Final = SHOP / "deploy"
PATIENCE: Final = 120

pytestmark = pytest.mark.slow


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Generator[None]:
    with subprocess.Popen(command, cwd=SHOP, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def run(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=SHOP, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=30).ok
    except requests.RequestException:
        return False


def wait_for(address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(address):
        assert time.monotonic() < deadline, f"{address} did not answer"
        time.sleep(0.1)


def commands(*changes: tuple[str, str]) -> dict[str, list[str]]:
    """Return the command of each service by its name, with another text in some places; the shop's is the image's."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    found = {name: list(service["command"]) for name, service in services.items() if "command" in service}
    found["shop"] = json.loads(re.findall(r"(?m)^CMD (.*)$", (DEPLOY / "Dockerfile").read_text())[-1])
    texts = json.dumps(found)
    for old, new in changes:
        assert old in texts, old
        texts = texts.replace(old, new)
    programs = {"python": [sys.executable], "gunicorn": [sys.executable, "-m", "gunicorn"]}
    made: dict[str, list[str]] = json.loads(texts)
    return {name: [*programs.get(words[0], words[:1]), *words[1:]] for name, words in made.items()}


def settings(*changes: tuple[str, str]) -> dict[str, str]:
    """Return the variables of the shop, with another text in some places."""
    variables: dict[str, str] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["x-shop"]["environment"]
    texts = json.dumps(variables)
    for old, new in changes:
        assert old in texts, old
        texts = texts.replace(old, new)
    kept = {name: value for name, value in unmeasured().items() if not name.startswith("MPESA_")}
    changed: dict[str, str] = json.loads(texts)
    return kept | changed


def test_the_services_work_together(postgres: str, redis_url: str, tmp_path: Path) -> None:
    at_shop, at_daraja = (f"127.0.0.1:{free_port()}" for _ in range(2))
    environ = settings(
        ("postgresql://shop:shop@postgres/shop", postgres.replace("+psycopg", "")),
        ("redis://redis:6379/0", redis_url),
        ("daraja:8765", at_daraja),
        ("shop:8000", at_shop),
        ("/tmp/debug.log", str(tmp_path / "debug.log")),  # noqa: S108 - in the container
    )
    services = commands(
        ("0.0.0.0:8000", at_shop),
        ('"--host", "0.0.0.0"', json.dumps(["--port", at_daraja.partition(":")[2], "--delay", "0"])[1:-1]),
    )
    with ExitStack() as stack:
        stack.enter_context(running(services["daraja"], environ))
        run(services["migrate"], environ)
        run([sys.executable, "manage.py", "shell", "-c", "from demo.goods import lay_out; lay_out()"], environ)
        stack.enter_context(running(services["shop"], environ))
        stack.enter_context(running(services["worker"], environ))
        wait_for(f"http://{at_daraja}/")
        wait_for(f"http://{at_shop}/")
        assert buy(f"http://{at_shop}") == "success"


def buy(shop: str) -> str:
    """Pay an order of the demo from a number that pays by itself; return its status when it is final."""
    with requests.Session() as session:

        def call(method: str, path: str, **asked: str) -> dict[str, Any]:  # Any: what JSON holds
            response = session.request(method, f"{shop}{path}", json=asked or None, timeout=PATIENCE)
            assert response.ok, response.text
            answer: dict[str, Any] = response.json()
            return answer

        token = call("POST", "/api/users/login/", email="wanjiku@example.com", password="karibu-sana")["token"]
        session.headers["Authorization"] = f"Token {token}"
        call("POST", "/api/payments/mpesa/stk-push/", order_id="ORD-001", amount="500", phone="0700 000 000")
        deadline = time.monotonic() + PATIENCE
        while not (status := call("GET", "/api/orders/ORD-001/payment-status/"))["final"]:
            assert time.monotonic() < deadline, status
            time.sleep(0.1)
        return str(status["status"])
