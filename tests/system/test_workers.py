"""Workers as shops deploy them: one token for simultaneous payments, and no request that blocks all others."""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from threading import Event
from typing import Final
from urllib.parse import urlsplit

import pytest
import requests

from daraja.stores.sql import SqlStore
from tests.support.servers import Conversation, Seen, http, raw_server
from tests.support.unmeasured import unmeasured

CUSTOMERS: Final = 6
TIMEOUT: Final = 30
"""Seconds until a test that hangs fails."""

GUNICORN: Final = ("gunicorn", "-b", "127.0.0.1:0", "tests.system.worker_shop:make_wsgi()")
EVENTLET: Final = """
import eventlet.wsgi
{first}
{then}
listener = eventlet.listen(("127.0.0.1", 0))
print("listening at http://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
eventlet.wsgi.server(listener, application)
"""
PATCH: Final = "eventlet.monkey_patch()"
LOAD: Final = "from tests.system.worker_shop import make_wsgi; application = make_wsgi()"

WORKERS: Final = {
    "gthread": ("-m", *GUNICORN, "-k", "gthread", "--threads", "20"),
    "gevent": ("-m", *GUNICORN, "-k", "gevent"),
    "gevent --preload": ("-m", *GUNICORN, "-k", "gevent", "--preload"),
    "eventlet": ("-c", EVENTLET.format(first=PATCH, then=LOAD)),
    "eventlet, patched late": ("-c", EVENTLET.format(first=LOAD, then=PATCH)),
    "uvicorn": ("-m", "uvicorn", "--port", "0", "--lifespan", "off", "--factory", "tests.system.worker_shop:make_asgi"),
}


class OneTokenDaraja:
    """A Daraja whose new tokens end the older ones, and that issues a token only when the test allows it."""

    def __init__(self) -> None:
        self.may_give: Final = Event()
        self.seen: Final[Counter[str]] = Counter()
        self.callbacks: Final[list[tuple[str, str]]] = []
        """The path of each callback, and the id of its push."""
        self._ids: Final = count(1)
        self._token = ""

    def __call__(self, conversation: Conversation, request: Seen) -> bool:
        if "/oauth/" in request.first_line:
            self.seen["tokens"] += 1
            assert self.may_give.wait(TIMEOUT)
            self._token = f"token-{next(self._ids)}"
            conversation.send(http("200 OK", json.dumps({"access_token": self._token, "expires_in": "3599"}).encode()))
        elif request.header("Authorization") != [f"Bearer {self._token}"]:
            self.seen["refused tokens"] += 1
            conversation.send(
                http("404 Not Found", b'{"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}')
            )
        else:
            checkout_request_id = f"ws_CO_{next(self._ids):010}"
            callback_url: str = json.loads(request.body)["CallBackURL"]
            self.callbacks.append((urlsplit(callback_url).path, checkout_request_id))
            accepted = {"MerchantRequestID": "1-2-3", "CheckoutRequestID": checkout_request_id, "ResponseCode": "0"}
            conversation.send(http("200 OK", json.dumps(accepted).encode()))
        return True


def body_of(checkout_request_id: str) -> bytes:
    """Write a callback that says that the customer has paid."""
    items = [{"Name": "Amount", "Value": 1}, {"Name": "MpesaReceiptNumber", "Value": f"R{checkout_request_id[-9:]}"}]
    result = {
        "CheckoutRequestID": checkout_request_id,
        "MerchantRequestID": "1-2-3",
        "ResultCode": 0,
        "ResultDesc": "d",
    }
    return json.dumps({"Body": {"stkCallback": {**result, "CallbackMetadata": {"Item": items}}}}).encode()


@contextmanager
def serving(worker: str, database: str, daraja: str) -> Generator[str]:
    """Serve the shop; yield its address."""
    variables = {
        "SHOP_DATABASE": database,
        "MPESA_BASE_URL": daraja,
        "MPESA_CONSUMER_KEY": "k" * 20,
        "MPESA_CONSUMER_SECRET": "s" * 20,
        "MPESA_BUSINESS_SHORTCODE": "600111",
        "MPESA_PASSKEY": "p" * 20,
        "MPESA_CALLBACK_URL": "https://shop.example/callback/",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, *WORKERS[worker]]
    with Popen(command, stdout=PIPE, stderr=STDOUT, text=True, env=unmeasured() | variables) as process:
        assert process.stdout is not None
        said = ""
        try:
            while not (found := re.search(r"(?:istening at:?|running on) (http://[\d.:]+)", said)):
                line = process.stdout.readline()
                said += line
                assert line, f"the server ended: {said}"
            yield found[1]
        finally:
            process.terminate()
            sys.stdout.write(said + process.communicate(timeout=TIMEOUT)[0])  # pytest shows it where the test fails


def wait_for(shop: str, words: str) -> None:
    """Call the shop until it answers *words*; each answer proves that it is not blocked."""
    said = ""
    while words not in said:
        said = requests.get(f"{shop}/", timeout=TIMEOUT).text
        assert "blocked" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("worker", "database"),
    [
        ("gthread", "sqlite"),
        ("gevent", "postgres"),
        ("gevent --preload", "sqlite"),
        ("gevent --preload", "postgres"),
        ("eventlet", "postgres"),
        ("eventlet, patched late", "sqlite"),
        ("uvicorn", "sqlite"),
        ("uvicorn", "postgres"),
    ],
)
def test_simultaneous_payments_share_a_token_and_no_hook_blocks_the_worker(
    request: pytest.FixtureRequest, tmp_path: Path, worker: str, database: str
) -> None:
    needed = re.split("[ ,]", worker)[0].replace("gthread", "gunicorn")
    if find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed; there is no wheel of it for this Python or machine")
    url: str = f"sqlite:///{tmp_path}/payments.db" if database == "sqlite" else request.getfixturevalue("postgres")
    daraja = OneTokenDaraja()
    with closing(SqlStore(url)) as store, raw_server(daraja) as server, ThreadPoolExecutor(2 * CUSTOMERS) as pool:
        store.create_schema()
        with serving(worker, url, server.address) as shop:

            def post(path: str, body: bytes = b"") -> "Future[requests.Response]":
                return pool.submit(requests.post, f"{shop}{path}", body, timeout=TIMEOUT)

            asked = [post(f"/pay?25471234567{number}") for number in range(CUSTOMERS)]
            wait_for(shop, f"{CUSTOMERS} payments")
            daraja.may_give.set()
            assert [one.result().text for one in asked] == ["initiated"] * CUSTOMERS
            assert daraja.seen == {"tokens": 1}

            sent = [post(path, body_of(its_id)) for path, its_id in daraja.callbacks * 2]  # Safaricom repeats itself
            wait_for(shop, f"{2 * CUSTOMERS} callbacks")
            wait_for(shop, "hooks")
            requests.get(f"{shop}/go-on", timeout=TIMEOUT)
            assert [one.result().status_code for one in sent] == [200] * 2 * CUSTOMERS
            wait_for(shop, f"{CUSTOMERS} hooks")
        paid = [store.find("checkout_request_id", its_id, server.address) for _, its_id in daraja.callbacks]
        assert [payment.status for payment in paid if payment] == ["success"] * CUSTOMERS
