"""The cost of the local Daraja: mounted against bare requests-mock, and served with many prompts against few."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Final

import requests
import requests_mock

from bench.figures import Figure, medians, ratio, seconds
from bench.pushes import ask
from daraja import Config, Daraja, Environment, PayBill
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Engine, LocalDaraja
from daraja.simulator.clock import WallClock
from daraja.testing import MountedDaraja, mount_requests
from daraja.transports.requests import RequestsTransport

__all__ = ["measure"]

_ADDRESS: Final = "http://127.0.0.1:8765"
_FEW, _MANY = 10, 1_000
_ID: Final = "ws_CO_23112026101530770712345678"
_IDS: Final = {"MerchantRequestID": "29115-34620561-1", "CheckoutRequestID": _ID}


def measure(*, quick: bool) -> list[Figure]:
    """Push and query on requests-mock with and without an engine; query a server with many and with few prompts."""
    rounds = 100 if quick else 2_000
    with _mounted() as simulated, _bare() as canned:
        ours, theirs = medians(rounds, partial(seconds, simulated), partial(seconds, canned))
    with _served(_MANY) as crowded, _served(_FEW) as quiet:
        many, few = medians(rounds, partial(seconds, crowded), partial(seconds, quiet))
    return [
        ratio("push and query, mounted", ours, theirs, "canned answers of requests-mock", at_most=2.0),
        ratio("query, many prompts open", many, few, f"{_MANY:,} open : {_FEW} open, over HTTP", at_most=1.5),
    ]


def _settings(base_url: str) -> Config:
    return Config(
        consumer_key="consumer-key-of-thirty-two-chars",
        consumer_secret="consumer-secret-",
        business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
        environment=Environment(base_url),
        callback_url="https://shop.example/api/payments/callback/",
    )


@contextmanager
def _shop(prepare: Callable[[requests_mock.Mocker], object]) -> Generator[Callable[[], object]]:
    with requests.Session() as session, requests_mock.Mocker(session=session) as mocker:
        prepare(mocker)
        with Daraja(_settings(_ADDRESS), transport=RequestsTransport(session)) as daraja:
            yield lambda: daraja.stk_query(ask(daraja).checkout_request_id)


def _mounted() -> AbstractContextManager[Callable[[], object]]:
    return _shop(lambda mocker: mount_requests(MountedDaraja(Engine(busy_seconds=0), WallClock()), mocker))


def _bare() -> AbstractContextManager[Callable[[], object]]:
    def prepare(mocker: requests_mock.Mocker) -> None:
        accepted = {"ResponseCode": "0", "ResponseDescription": "Accepted", **_IDS}
        mocker.get(f"{_ADDRESS}/oauth/v1/generate", json={"access_token": "A" * 28, "expires_in": "3599"})
        mocker.post(f"{_ADDRESS}/mpesa/stkpush/v1/processrequest", json={**accepted, "CustomerMessage": "Accepted"})
        mocker.post(
            f"{_ADDRESS}/mpesa/stkpushquery/v1/query",
            json={**accepted, "ResultCode": "4999", "ResultDesc": "The transaction is still under processing"},
        )

    return _shop(prepare)


@contextmanager
def _served(prompts: int) -> Generator[Callable[[], object]]:
    engine = Engine(busy_seconds=0, prompt_life=3_600)
    with LocalDaraja(engine=engine) as local, Daraja(_settings(local.base_url)) as daraja:
        asked = [ask(daraja).checkout_request_id for _ in range(prompts)]
        yield lambda: daraja.stk_query(asked[prompts // 2])
        if len(local.prompts) != prompts:
            message = "prompts ended while they were measured"
            raise OSError(message)
