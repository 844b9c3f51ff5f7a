"""The client from end to end: a real local Daraja, real callbacks, real sockets."""

from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import Any

import httpx2
import pytest
import requests

from daraja import AsyncDaraja, Config, Daraja, Environment, Outcome, PayBill, StkCallback, Till, parse_stk_callback
from daraja.config import Business
from daraja.errors import AuthenticationError, ConfigurationError
from daraja.http.flow import Flow, Now
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Answer, Engine, LocalDaraja, TokenIssuer
from daraja.testing import ManualClock, assert_pushed
from daraja.tokens import MemoryTokens
from tests.support.scripted import ScriptedTransport, accepted, settings, token

PAY_BILL = PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY)
TILL = Till(store="600222", till="5050505", passkey="a-passkey")


def config_for(local: LocalDaraja, business: Business, callback_url: str = "http://127.0.0.1:9/callback/") -> Config:
    return Config(
        consumer_key="key",
        consumer_secret="secret",
        business=business,
        environment=Environment(local.base_url),
        callback_url=callback_url,
    )


@pytest.mark.parametrize("business", [PAY_BILL, TILL])
def test_a_payment_from_the_push_to_the_receipt(business: Business) -> None:
    received: SimpleQueue[bytes] = SimpleQueue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            """Print nothing."""

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    serving = Thread(target=receiver.serve_forever)
    serving.start()
    engine = Engine(
        shortcodes={SANDBOX_SHORTCODE: SANDBOX_PASSKEY, "600222": "a-passkey"},
        tills={"600222": "5050505"},
        tokens=TokenIssuer(consumer_key="key", consumer_secret="secret"),
    )
    try:
        with LocalDaraja(engine=engine) as local:
            config = config_for(local, business, f"http://127.0.0.1:{receiver.server_port}/callback/")
            with Daraja(config) as daraja:
                push = daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-1")
                before = daraja.stk_query(push.checkout_request_id)
                local.answer("0712345678", Answer.PAY)
                callback: StkCallback = parse_stk_callback(received.get(timeout=30))
                after = daraja.stk_query(push.checkout_request_id)
    finally:
        receiver.shutdown()
        serving.join()
        receiver.server_close()

    assert (before.outcome, after.outcome, callback.outcome) == (Outcome.PROCESSING, Outcome.PAID, Outcome.PAID)
    assert callback.checkout_request_id == push.checkout_request_id == after.checkout_request_id
    assert callback.merchant_request_id == push.merchant_request_id
    assert (callback.amount, callback.phone) == (Decimal(500), "254712345678")
    assert callback.receipt
    assert callback.transaction_date is not None
    assert engine.stk.pushes[0].receiver == (business.till if isinstance(business, Till) else SANDBOX_SHORTCODE)


def test_a_revoked_token_is_replaced_without_a_second_prompt(daraja_server: LocalDaraja, daraja_client: Daraja) -> None:
    daraja_client.stk_push(phone="0712345678", amount=1, reference="A")
    daraja_server.revoke_tokens()
    daraja_client.stk_push(phone="0722345678", amount=1, reference="B")

    assert [push.phone for push in daraja_server.pushes] == ["254712345678", "254722345678"]


def test_wrong_keys_and_a_wrong_passkey_are_different_errors() -> None:
    with (
        LocalDaraja(engine=Engine(tokens=TokenIssuer(consumer_key="other"))) as local,
        Daraja(config_for(local, PAY_BILL)) as daraja,
        pytest.raises(AuthenticationError, match="consumer key and secret were not accepted"),
    ):
        daraja.stk_push(phone="0712345678", amount=1, reference="A")
    with (
        LocalDaraja() as local,
        Daraja(config_for(local, PayBill(SANDBOX_SHORTCODE, passkey="wrong"))) as daraja,
        pytest.raises(AuthenticationError, match="Wrong credentials"),
    ):
        daraja.stk_push(phone="0712345678", amount=1, reference="A")


def test_a_till_that_does_not_belong_to_the_store_is_accepted_and_the_query_says_so() -> None:
    engine = Engine(shortcodes={"600222": "a-passkey"}, tills={"600222": "5050505"})
    wrong = Till(store="600222", till="6060606", passkey="a-passkey")
    with (
        LocalDaraja(engine=engine) as local,
        Daraja(config_for(local, wrong)) as daraja,
    ):
        accepted = daraja.stk_push(phone="0712345678", amount=1, reference="A")
        answer = daraja.stk_query(accepted.checkout_request_id)
    assert (answer.outcome, answer.result_code) == (Outcome.FAILED, "2002")
    assert "do not belong together" in answer.explanation.merchant_message


def test_a_user_s_own_operation_can_be_run() -> None:
    class Hour:
        def flow(self, config: Config, /) -> Flow[str]:
            now = yield from Now()
            return f"{now:%H} at {config.business.shortcode}"

    daraja = Daraja(settings(), transport=ScriptedTransport([]), clock=ManualClock())

    assert daraja.run(Hour()) == "09 at 600111"


def test_the_user_s_own_transport_and_token_cache_are_used_and_never_closed() -> None:
    class Forgetful:
        def __init__(self) -> None:
            self.put_for: list[float] = []

        def get(self, _: str, /) -> None:
            return None

        def put(self, _: str, __: object, seconds: float, /) -> None:
            self.put_for.append(seconds)

        def __len__(self) -> int:
            return 0  # an empty cache is falsy and must still be used

    tokens = Forgetful()
    transport = ScriptedTransport([token(), accepted(), token(), accepted()])
    with Daraja(settings(), transport=transport, tokens=tokens, clock=ManualClock()) as daraja:
        daraja.stk_push(phone="0712345678", amount=1, reference="A")
    daraja.stk_push(phone="0712345678", amount=1, reference="A")

    assert transport.paths == ["generate", "processrequest"] * 2
    assert tokens.put_for == [3539.0, 3539.0]


def test_a_client_can_be_closed_twice_and_used_again(daraja_server: LocalDaraja, daraja_client: Daraja) -> None:
    daraja_client.close()
    daraja_client.close()
    daraja_client.stk_push(phone="0712345678", amount=1, reference="A")
    daraja_client.close()

    assert_pushed(daraja_server, phone="0712345678")


WRONG: list[tuple[dict[str, object], str]] = [
    ({"config": None}, r"config: is NoneType; give Config\(...\) or Config.from_env\(\)"),
    ({"config": "sandbox"}, "config: is str"),
    ({"tokens": "redis://127.0.0.1:6379/0"}, r'tokens: is str, which has no get\(\) and no put\(\); .* RedisTokens\("'),
    ({"tokens": {}}, r"tokens: is dict, which has no put\(\)"),
    ({"tokens": MemoryTokens}, "tokens: is the class MemoryTokens; "),
    ({"clock": datetime}, r"clock: is the class datetime, which has no monotonic\(\) and no sleep\(\)"),
    ({"transport": object()}, r"transport: is object, which has no a?send\(\)"),
    ({"transport": requests.Session()}, r"transport: is Session of another library; .* RequestsTransport\(session\)"),
    (
        {"transport": httpx2.AsyncClient()},
        r"transport: is AsyncClient of another library; .* Httpx2Transport\(client\)",
    ),
]


@pytest.mark.parametrize("client", [Daraja, AsyncDaraja])
@pytest.mark.parametrize(("wrong", "words"), WRONG, ids=lambda one: one if isinstance(one, str) else "")
def test_a_wrong_part_is_refused_before_anybody_is_prompted(
    wrong: dict[str, object], words: str, client: type[Daraja | AsyncDaraja]
) -> None:
    parts: dict[str, Any] = {"config": settings(), **wrong}  # Any: wrong on purpose
    with pytest.raises(ConfigurationError, match=words):
        client(**parts)


def test_all_wrong_parts_are_named_at_once() -> None:
    parts: dict[str, Any] = {"config": 1, "transport": 2, "tokens": 3, "clock": 4}  # Any: wrong on purpose
    with pytest.raises(ConfigurationError) as caught:
        Daraja(**parts)

    assert caught.value.faults.keys() == parts.keys()
