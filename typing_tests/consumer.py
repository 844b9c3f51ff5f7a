"""What a type checker makes of a program that uses daraja; it is read by the checkers and never run."""

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, assert_type

import daraja
from daraja import (
    SAFARICOM_ADDRESSES,
    B2bResult,
    B2cResult,
    Balance,
    BalanceResult,
    Bulk,
    Charge,
    Checkout,
    Config,
    Daraja,
    Environment,
    Explanation,
    ExpressResult,
    IncomingPayment,
    Initiator,
    Outcome,
    Party,
    PayBill,
    Payment,
    Result,
    ReversalResult,
    Secret,
    StandingOrderResult,
    Status,
    StatusResult,
    StkCallback,
    StkPush,
    StkPushResponse,
    StkQuery,
    StkQueryResponse,
    Till,
    TimeoutNotice,
    client_ip,
    errors,
    explain,
    mask_phone,
    normalise_phone,
    parse_incoming,
    parse_result,
    parse_stk_callback,
    parse_timeout,
    security_credential,
    short_reference,
    stk_password,
    stk_timestamp,
)
from daraja.http.flow import Effect, Flow, Operation
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.transitions import Transition
from daraja.simulator import Engine, LocalDaraja
from daraja.stores import MemoryStore, PaymentStore
from daraja.system.machine import Clock
from daraja.testing import ManualClock, MountedDaraja, SharedTokenCacheContract, StoreContract, sample_config
from daraja.tokens import CacheTokens, MemoryTokens, SharedTokenCache, TokenCache
from daraja.transports.base import Transport
from daraja.transports.requests import RequestsTransport


def values(now: datetime) -> None:
    """Helpers take and give plain types."""
    assert_type(normalise_phone("0712345678"), str)
    assert_type(mask_phone("0712345678"), str)
    assert_type(short_reference("ORDER-1"), str)
    assert_type(stk_timestamp(now), str)
    assert_type(stk_password("174379", Secret("x"), now), str)
    assert_type(security_credential("password", b"certificate"), str)
    assert_type(Secret("x").reveal(), str)
    assert_type(daraja.__version__, str)


def settings(environ: Mapping[str, str]) -> Config:
    """Settings take text or values of ours."""
    Config(
        consumer_key="k", consumer_secret="s", business=PayBill("174379", passkey="p"), callback_url="https://a.example"
    )
    config = Config(
        consumer_key=Secret("k"),
        consumer_secret=Secret("s"),
        business=Till(store="174379", till="5050505", passkey=Secret("p")),
        environment=Environment("https://daraja.example"),
        callback_url="https://a.example",
        callback_secrets=["0123456789abcdef", Secret("0123456789abcdef")],
        initiator=Initiator("testapi", "c"),
        max_amount=1000,
    )
    assert_type(config.business, PayBill | Till | Bulk)
    assert_type(config.business.shortcode, str)
    assert_type(config.environment, Environment)
    assert_type(config.consumer_key, Secret)
    assert_type(Config.from_env(environ), Config)
    return Config.from_env()


def operations(client: Daraja) -> None:
    """Operations give their own answers, by method or as values."""
    push = client.stk_push(phone="0712345678", amount=Decimal(500), reference="ORD-1")
    assert_type(push, StkPushResponse)
    assert_type(push.checkout_request_id, str)
    assert_type(client.run(StkPush(phone="0712345678", amount=500, reference="ORD-1")), StkPushResponse)
    assert_type(client.stk_query("ws_CO_1"), StkQueryResponse)
    assert_type(client.run(StkQuery("ws_CO_1")).outcome, Outcome)
    assert_type(client.run(Ping()), int)
    with client as same:
        assert_type(same, Daraja)


class Ping:
    """An operation of one's own."""

    def flow(self, config: Config, /) -> Flow[int]:
        """Do nothing at all."""
        answer: Generator[Effect[Any], Any, int] = self._nothing(config)  # Any: as in Flow
        return answer

    def _nothing(self, config: Config) -> Flow[int]:
        yield from ()
        return len(config.callback_url)


def callbacks(body: bytes) -> None:
    """A callback is typed down to its optional parts."""
    assert_type(parse_stk_callback(body), StkCallback)
    assert_type(parse_stk_callback(body.decode()), StkCallback)
    callback = parse_stk_callback({"Body": {}})
    assert_type(callback.amount, Decimal | None)
    assert_type(callback.receipt, str | None)
    assert_type(callback.transaction_date, datetime | None)
    assert_type(callback.outcome, Outcome)
    assert_type(explain("stk", callback.result_code), Explanation)


def results(body: bytes, product: str) -> None:
    """A result has the type of its product."""
    assert_type(parse_result("b2c", body), B2cResult)
    assert_type(parse_result("b2b", body.decode()), B2bResult)
    assert_type(parse_result("tax", {"Result": {}}), B2bResult)
    assert_type(parse_result("reversal", body), ReversalResult)
    assert_type(parse_result("status", body), StatusResult)
    assert_type(parse_result("balance", body), BalanceResult)
    assert_type(parse_result("express", body), ExpressResult)
    assert_type(parse_result("standing_order", body), StandingOrderResult)
    assert_type(parse_result(product, body), Result)
    result = parse_result("b2c", body)
    assert_type(result.outcome, Outcome)
    assert_type(result.explanation, Explanation)
    assert_type(result.explanation.pay_again, bool)
    assert_type(result.receipt, str | None)
    assert_type(result.amount, Decimal | None)
    assert_type(result.completed_at, datetime | None)
    assert_type(result.receiver, Party | None)
    assert_type(result.receiver_is_registered, bool | None)
    assert_type(result.balances["Utility Account"], Balance)
    assert_type(result.balances["Utility Account"].available, Decimal | None)
    assert_type(result.charges, tuple[Charge, ...])
    assert_type(result.parameters["TransactionAmount"], object)
    assert_type(parse_result("status", body).is_completed, bool)
    assert_type(parse_result("reversal", body).already_reversed, bool)


def announcements(body: bytes) -> None:
    """Money that came in, and notices of what waited too long."""
    paid = parse_incoming(body)
    assert_type(paid, IncomingPayment)
    assert_type(paid.receipt, str)
    assert_type(paid.amount, Decimal)
    assert_type(paid.payer, str | None)
    assert_type(parse_incoming(body.decode()).paid_at, datetime | None)
    assert_type(parse_timeout(None), TimeoutNotice)
    assert_type(parse_timeout(body).originator_conversation_id, str | None)


def complaints(error: errors.ApiError) -> str:
    """Errors carry Daraja's words."""
    assert_type(error.status, int)
    assert_type(error.code, str | None)
    if isinstance(error, errors.RateLimited):
        assert_type(error.retry_after, float | None)
    return error.message


def fulfil(payment: Payment) -> None:
    """What a shop does with a payment that was paid."""
    assert_type(payment.paid, bool)
    assert_type(payment.status, Status)
    assert_type(payment.amount, int)
    assert_type(payment.metadata, dict[str, Any])  # Any: whatever JSON can hold
    assert_type(payment.receipt, str | None)
    assert_type(payment.next_check_at, datetime | None)
    assert_type(payment.conflicts, frozenset[str])


def checkout(client: Daraja, body: bytes, headers: list[str]) -> Checkout:
    """A checkout takes plain arguments and gives typed payments, transitions, replies and reports."""
    plain = Checkout(client, MemoryStore())
    assert_type(plain.store, PaymentStore)
    whole = Checkout(client, plain.store, confirm=True, on_success=fulfil, senders=SAFARICOM_ADDRESSES)

    payment = whole.start(phone="0712345678", amount=Decimal(500), reference="ORD-1")
    assert_type(payment, Payment)
    assert_type(whole.charge(order="ORD-1", phone="0712345678", amount=500, metadata={"table": 7}), Payment)
    order = whole.order("ORD-1")
    assert_type(order.payment, Payment | None)
    assert_type(order.paid, bool)
    assert_type(order.may_charge.not_before, datetime | None)
    assert_type(order.refunds_due, tuple[Payment, ...])
    assert_type(payment.to_dict(view="staff"), dict[str, Any])  # Any: whatever JSON can hold
    whole.start(
        phone="0712345678",
        amount=500,
        reference="ORD-1",
        description="Laundry",
        idempotency_key="attempt-1",
        metadata={"order_id": 7, "items": ["shirt"]},
    )
    remote_ip = client_ip("10.0.0.1", headers, proxies=1)
    assert_type(remote_ip, str)
    reply = whole.receive(body, token="token", remote_ip=remote_ip)
    assert_type(reply.status_code, int)
    assert_type(reply.body, str)
    assert_type(reply.transition, Transition[Payment] | None)
    whole.receive(body.decode())
    whole.receive({"Body": {}})
    transition = whole.refresh(payment.key)
    assert_type(transition.before, Payment)
    assert_type(transition.became_success, bool)
    assert_type(whole.resolve(payment.key, paid=True, note="on the statement", by="Wanjiku"), Transition[Payment])
    assert_type(whole.wait(payment.key, timeout=30), Payment)
    again = whole.may_retry(payment.key)
    assert_type(again.reason, str)
    assert_type(again.not_before, datetime | None)
    if again:
        assert_type(whole.reconcile(limit=10, progress=print).unconfirmed, tuple[str, ...])
    assert_type(whole.purge_callbacks(timedelta(days=90)), int)
    whole.dismiss("1", note="a test of ours")
    return whole


def refusals(client: Checkout) -> errors.PaymentView | None:
    """Whatever a start raises may be about a payment."""
    try:
        return client.start(phone="0712345678", amount=500, reference="ORD-1")
    except errors.RateLimited as error:
        assert_type(error.retry_after, float | None)
        return error.payment
    except errors.AttemptOpen as error:
        assert_type(error.ends_at, datetime)
        return error.payment
    except errors.TooEarly as error:
        assert_type(error.seconds, int)
        return error.payment
    except errors.DarajaError as error:
        assert_type(error.payment, errors.PaymentView | None)
        return error.payment


def seams() -> Daraja:
    """What fits where one may put something of one's own."""
    clock: Clock = ManualClock()
    tokens: TokenCache = MemoryTokens(clock)
    transport: Transport = RequestsTransport(timeout=(1, 2), clock=clock)
    operation: Operation[StkQueryResponse] = StkQuery("ws_CO_1")
    del operation
    assert_type(transport.send(HttpRequest("GET", "https://a.example")), HttpResponse)
    with LocalDaraja(engine=Engine()) as local:
        assert_type(local.base_url, str)
    return Daraja(Config.from_env(), transport=transport, tokens=tokens, clock=clock)


class Memcached:
    """A cache of the consumer's, as a client of memcached has its methods."""

    def get(self, key: str, default: object = None) -> object:
        """Look a value up."""
        raise NotImplementedError

    def set(self, key: str, value: object, expire: int = 0) -> bool:
        """Keep a value."""
        raise NotImplementedError

    def add(self, key: str, value: object, expire: int = 0) -> bool:
        """Keep a value unless there is one."""
        raise NotImplementedError

    def delete(self, key: str) -> bool:
        """Delete a value."""
        raise NotImplementedError


def share_tokens() -> SharedTokenCache:
    """Share tokens through a cache."""
    return CacheTokens(Memcached())


class TestTokens(SharedTokenCacheContract):
    """Prove that cache."""

    def make_tokens(self, clock: Clock, /) -> SharedTokenCache:
        """Make what one process would have."""
        return CacheTokens(Memcached(), clock=clock)


class TestStore(StoreContract):
    """Prove a store."""

    def make_store(self) -> MemoryStore:
        """Make an empty one."""
        return MemoryStore()


def test_in_process() -> None:
    """Have a bad day without a socket."""
    clock = ManualClock()
    mounted = MountedDaraja(Engine(), clock)
    mounted.respond_with(errors.NotSent("no route"))
    Daraja(sample_config(max_amount=1_000), transport=mounted, clock=clock)
    assert [request.url for request in mounted.requests] == []
