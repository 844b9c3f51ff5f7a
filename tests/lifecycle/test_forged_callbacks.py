"""Whatever is sent to a callback address, nothing is fulfilled by it that was not paid, and nothing is raised."""

import json
from collections.abc import Callable
from typing import Final

import attrs
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from daraja import Status
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.ports import ReceivedCallback
from daraja.payments.model import Payment
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, THREE_CALLBACKS
from daraja.simulator.results import CANCELLED
from daraja.stores import MemoryStore
from tests.support.payments import with_facts
from tests.support.scripted import PASSKEY, PHONE, TILL, settings
from tests.support.shops import RECEIPT, Shop, a_shop, callback_body, paid, token_for

ANOTHER: Final = "254712345679"
LOST: Final = "254712345680"
some = hypothesis_settings(max_examples=50)
"""Each example opens a shop, so that a hundred take long; every run draws others."""
KINDS: Final = ["asked", "lost", "cancelled"]
kinds = st.sampled_from(KINDS)


class Watching(MemoryStore):
    """Keeps account of what is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: Final[list[ReceivedCallback]] = []

    def record(self, callback: ReceivedCallback, /) -> str:
        self.recorded.append(callback)
        return super().record(callback)


@attrs.frozen
class Target:
    """A shop under fire, and the payment that is not paid."""

    shop: Shop
    store: Watching
    payment: Payment
    another: Payment
    """A payment of somebody else's at the same shop."""

    def hit(self, body: bytes, token: str | None = None, remote_ip: str = "") -> Reply[Payment]:
        reply = self.shop.checkout.receive(body, token=token, remote_ip=remote_ip)
        assert json.loads(reply.body).keys() == {"ResultCode", "ResultDesc"}
        kept = self.store.recorded[-1]
        assert len(kept.body) <= (65_536 if kept.key else 4_096)
        assert len(kept.remote_ip) <= 45
        return reply

    @property
    def token(self) -> str:
        return token_for(self.shop.config, self.payment.key)

    def is_unharmed(self) -> None:
        """Let everything come to its end, and see that nobody was given anything."""
        for _ in range(3):
            self.shop.clock.advance(600)
            self.shop.checkout.reconcile()
        assert self.shop.told == []
        assert not self.shop.now(self.payment).paid
        assert not self.shop.now(self.another).paid


def forged(payment: Payment, *, amount: object = None, **fields: object) -> bytes:
    """Give what somebody may post who knows the ids of a payment; *fields* are the callback's, of any type."""
    ids = {"MerchantRequestID": payment.merchant_request_id, "CheckoutRequestID": payment.checkout_request_id}
    items = {"Amount": payment.amount if amount is None else amount, "MpesaReceiptNumber": RECEIPT}
    return callback_body({**ids, "ResultCode": 0, "ResultDesc": "Processed.", **fields}, items)


def target(kind: str = "asked", *, confirm: bool = False) -> Target:
    store = Watching()
    lost = attrs.evolve(ANSWER_LOST, result=CANCELLED, callbacks=())
    engine = Engine(shortcodes={"600111": PASSKEY}, scenarios={LOST: lost})
    shop = a_shop(engine=engine, store=store, confirm=confirm)
    payment = shop.start(phone=LOST if kind == "lost" else PHONE)
    another = shop.start(phone=ANOTHER, amount=700, reference="ORD-2")
    if kind == "cancelled":
        shop.engine.answer(PHONE, Answer.CANCEL, shop.clock.now())
        shop.deliver()
    return Target(shop, store, shop.now(payment), another)


texts = st.text(max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
RUBBISH: Final = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"true",
    b"0",
    b'"Body"',
    b"[" * 65_536,
    b"[" * 70_000,
    b'{"Body":' * 9_000,
    b"\xff\xfe{}",
    b"\xed\xa0\x80",
    b"\x00",
    b'{"Body": "stkCallback"}',
    b'{"Body": []}',
    b'{"Body": null}',
    b'{"Body": {"stkCallback": "paid"}}',
    b'{"Body": {"stkCallback": null}}',
    b'{"Body": {"stkCallback": {"ResultCode": 0, "CallbackMetadata": "Item"}}}',
    b'{"Body": {"stkCallback": {"ResultCode": 0, "CallbackMetadata": {"Item": {"Name": "Amount", "Value": []}}}}}',
    b'{"Body": {"stkCallback": {"ResultCode": 1e999999999}}}',
    b'{"Body": {"stkCallback": {"ResultCode": 0, "ResultCode": 0}}}',
    b"<html></html>",
]
rubbish = st.one_of(
    st.sampled_from(RUBBISH),
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    json_values.map(lambda value: json.dumps({"Body": value}).encode()),
    json_values.map(lambda value: json.dumps({"Body": {"stkCallback": value}}).encode()),
)
remote_ips = st.sampled_from(["", "196.201.214.200", "a\nb", "f" * 100]) | texts


# At the payment's own address


@some
@given(kind=kinds, body=rubbish, remote_ip=remote_ips)
def test_an_unreadable_body_at_a_payment_s_own_address_pays_for_nothing(kind: str, body: bytes, remote_ip: str) -> None:
    here = target(kind)
    reply = here.hit(body, here.token, remote_ip)

    assert reply.status_code == 200
    assert here.store.recorded[-1].body == body[:65_536]
    assert here.store.recorded[-1].key == here.payment.key
    here.is_unharmed()


WRONG_AMOUNTS: Final[list[object]] = [
    *(499, 501, 0, 1, -500, 500.5, 5e10, 1e300, True, False),
    *("499", "500.01", "five hundred", "0x1f4", [500], {"Amount": 500}),
]
WRONG_IDS: Final[list[object]] = ["ws_CO_1", "x", "\x00", "\ud800", 7, True, ["x"], {"x": 1}, "w" * 5_000, "WS_co_9"]
NO_NOUGHT: Final[list[object]] = [
    *(False, True, 0.0, -0.0, None, [0], {"code": 0}),
    *("", "00", " 0", "0 ", "0.0", "O", "\u0660", "success"),
]
wrong_amounts = st.sampled_from(WRONG_AMOUNTS)
wrong_ids = st.sampled_from(WRONG_IDS) | texts.filter(str.strip)
codes = st.sampled_from([0, "0"])


@some
@given(kind=kinds, amount=wrong_amounts, code=codes)
def test_another_amount_never_fulfils(kind: str, amount: object, code: object) -> None:
    here = target(kind)
    reply = here.hit(forged(here.payment, amount=amount, ResultCode=code), here.token)

    assert reply.status_code == 200
    here.is_unharmed()


@some
@given(kind=st.sampled_from(["asked", "cancelled"]), checkout_request_id=wrong_ids, code=codes)
def test_another_id_never_fulfils(kind: str, checkout_request_id: object, code: object) -> None:
    here = target(kind)
    reply = here.hit(forged(here.payment, CheckoutRequestID=checkout_request_id, ResultCode=code), here.token)

    assert reply.status_code == 200
    here.is_unharmed()


@pytest.mark.parametrize("kind", KINDS)
def test_the_id_of_another_payment_never_fulfils(kind: str) -> None:
    here = target(kind)
    reply = here.hit(paid(here.payment, checkout_request_id=here.another.checkout_request_id), here.token)

    assert reply.status_code == 200
    assert here.shop.now(here.payment).needs_review
    assert here.shop.now(here.another).conflicts == frozenset()
    here.is_unharmed()


@pytest.mark.parametrize("code", NO_NOUGHT)
def test_only_an_exact_zero_means_paid(code: object) -> None:
    here = target()

    assert here.hit(forged(here.payment, ResultCode=code), here.token).status_code == 200
    here.is_unharmed()


@given(st.lists(st.sampled_from(["true", "amount", "id", "rubbish", "cancelled"]), min_size=1, max_size=6))
def test_a_true_callback_among_forgeries_fulfils_once_or_needs_a_person(said: list[str]) -> None:
    here = target()
    bodies = {
        "true": paid(here.payment),
        "amount": paid(here.payment, amount=1),
        "id": paid(here.payment, checkout_request_id="ws_CO_9"),
        "rubbish": b"[",
        "cancelled": callback_body({"CheckoutRequestID": here.payment.checkout_request_id, "ResultCode": 1032}),
    }
    for each in said:
        here.hit(bodies[each], here.token)
    after = here.shop.now(here.payment)
    first_lie = next((place for place, each in enumerate(said) if each in {"amount", "id"}), len(said))

    assert len(here.shop.told) == ("true" in said[:first_lie])
    denied_later = {"true", "cancelled"} <= set(said) and said.index("true") < said.index("cancelled")
    assert after.needs_review is (first_lie < len(said) or denied_later)


# At any other address


Forger = Callable[[Target], str]
"""Makes a token that the payment's address does not have, or that no address has."""

FORGERS: Final[list[Forger]] = [
    lambda here: here.token.upper(),
    lambda here: here.token[:-1],
    lambda here: here.token + "x/",
    lambda here: here.token + "/x",
    lambda _: "",
    lambda _: "/",
    lambda here: here.token + here.token,
    lambda here: here.payment.key,
    lambda here: here.payment.key + token_for(here.shop.config, here.another.key)[32:],
    lambda here: token_for(settings(business=TILL), here.payment.key),
    lambda here: token_for(settings(environment="sandbox"), here.payment.key),
]


def changing(place: int, digit: str) -> Forger:
    def forge(here: Target) -> str:
        changed = here.token[:place] + digit + here.token[place + 1 :]
        return changed if changed != here.token else "0" * 96

    return forge


def inventing(text: str) -> Forger:
    return lambda _: text


other_tokens = st.one_of(
    st.sampled_from(FORGERS),
    st.builds(changing, st.integers(0, 95), st.sampled_from("0123456789abcdef")),
    st.text(min_size=1, max_size=120).map(inventing),
)


@some
@given(kind=kinds, body=st.none() | rubbish, token=other_tokens, remote_ip=remote_ips)
def test_a_token_that_we_did_not_sign_changes_nothing(
    kind: str, body: bytes | None, token: Forger, remote_ip: str
) -> None:
    here = target(kind)
    content = paid(here.payment) if body is None else body
    reply = here.hit(content, token(here), remote_ip)

    assert reply.status_code == 404
    assert reply.transition is None
    assert here.shop.now(here.payment).known() == here.payment.known()
    assert here.store.recorded[-1].key is None
    here.is_unharmed()


@some
@given(kind=kinds, body=st.none() | rubbish, remote_ip=remote_ips)
def test_a_callback_without_a_token_is_not_trusted(kind: str, body: bytes | None, remote_ip: str) -> None:
    here = target(kind)
    reply = here.hit(paid(here.payment) if body is None else body, None, remote_ip)

    assert reply.status_code == 200
    assert reply.transition is None
    assert here.shop.now(here.payment).status is here.payment.status
    assert here.shop.now(here.payment).conflicts == frozenset()
    here.is_unharmed()


@pytest.mark.parametrize("kind", KINDS)
def test_a_callback_at_the_address_of_another_payment_fulfils_neither(kind: str) -> None:
    here = target(kind)
    reply = here.hit(paid(here.payment), token_for(here.shop.config, here.another.key))

    assert reply.status_code == 200
    assert here.shop.now(here.payment) == here.payment
    assert here.shop.now(here.another).needs_review  # 500 is not what it was asked for, and perhaps the id neither
    here.is_unharmed()


def test_a_callback_for_another_account_fulfils_neither() -> None:
    here = target()
    theirs = a_shop(store=here.store, config=settings(business=TILL))
    for token in (here.token, token_for(theirs.config, here.payment.key)):
        theirs.checkout.receive(paid(here.payment), token=token)
    theirs.checkout.receive(paid(here.payment))

    assert here.shop.now(here.payment) == here.payment
    assert theirs.told == []
    here.is_unharmed()


# Again and again


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_a_replayed_callback_fulfils_nothing_again(order: list[int]) -> None:
    shop = a_shop(engine=Engine(shortcodes={"600111": PASSKEY}, scenarios={PHONE: THREE_CALLBACKS}))
    payment = shop.start()
    shop.clock.advance(10)
    callbacks = shop.engine.due(shop.clock.now())
    bodies = [*(callback.body for callback in callbacks), paid(payment)]
    replies = [shop.claim(payment, bodies[number]) for number in order]

    assert all(reply.status_code == 200 for reply in replies)
    became = [reply.transition is not None and reply.transition.became_success for reply in replies]
    assert became == [True] + [False] * (len(order) - 1)
    assert len(shop.told) == 1
    shop.clock.advance(86_400)
    shop.checkout.reconcile()
    assert len(shop.told) == 1


# Where a query has to confirm


@some
@given(kind=kinds, body=st.none() | rubbish, wait=st.sampled_from([0, 30, 400, 90_000]), times=st.integers(1, 3))
@example(kind="asked", body=None, wait=0, times=1)
def test_with_confirm_a_perfect_forgery_does_not_fulfil_a_payment_that_daraja_denies(
    kind: str, body: bytes | None, wait: int, times: int
) -> None:
    here = target(kind, confirm=True)
    here.shop.clock.advance(wait)
    asked = here.shop.now(here.payment)
    pushed = here.shop.engine.stk.pushes[0]
    perfect = paid(with_facts(asked, checkout_request_id=pushed.checkout_request_id))
    for _ in range(times):
        reply = here.hit(perfect if body is None else body, here.token)
        assert reply.status_code == 200
        here.shop.checkout.reconcile()

    here.is_unharmed()
    here.shop.clock.advance(86_400)
    report = here.shop.checkout.reconcile()
    after = here.shop.now(here.payment)
    if body is None:
        assert here.payment.key in report.conflicts
        assert after.status in {Status.FAILED, Status.TIMEOUT, Status.UNCONFIRMED}
