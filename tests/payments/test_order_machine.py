"""One order, several attempts, and everything that callers, callbacks, persons and dying processes do to them."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import attrs
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from daraja import Order, Payment
from daraja.errors import AttemptOpen, DarajaError, TooEarly
from daraja.http.flow import Flow
from daraja.lifecycle.callbacks import Reply, receive_callback
from daraja.lifecycle.policy import Policy
from daraja.lifecycle.reconcile import reconcile
from daraja.payments.charge import ChargeOrder, make_charge
from daraja.runtime.base import RecordRuntime
from daraja.simulator import Engine
from tests.support.scripted import PASSKEY
from tests.support.shops import Shop, a_shop, by_turns, paid, token_for

ORDER: Final = "ORD-2025-001"
PHONES: Final = ["254712345678", "254722345678"]

turns = st.lists(st.integers(0, 1), max_size=40)
codes = st.sampled_from(["1032", "1037", "8006"])  # the last one does not prove that nobody was charged


class OrderMachine(RuleBasedStateMachine):
    """A shop that charges one order; its hooks fail at times, and its processes die."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks_work = True
        self.fulfilled: Final[Counter[str]] = Counter()
        self.refunds: Final[Counter[str]] = Counter()
        self.denials = 0
        self.kills = 0
        self.shop: Final[Shop] = a_shop(
            engine=Engine(shortcodes={"600111": PASSKEY}, busy_seconds=0),
            on_success=self.fulfil,
            on_refund_due=self.refund,
        )

    def fulfil(self, payment: Payment) -> None:
        assert payment.paid
        self.note(self.fulfilled, payment)

    def refund(self, payment: Payment) -> None:
        assert payment.refund_due
        self.note(self.refunds, payment)

    def note(self, calls: Counter[str], payment: Payment) -> None:
        if not self.hooks_work:
            message = "the shop's mail server is down"
            raise RuntimeError(message)
        calls[payment.key] += 1

    @property
    def order(self) -> Order:
        return self.shop.checkout.order(ORDER)

    @property
    def policy(self) -> Policy[Payment]:
        return attrs.evolve(self.shop.policy, hooks=frozenset({"on_refund_due"}))

    @property
    def office(self) -> RecordRuntime:
        return attrs.evolve(self.shop.office, on_success=self.fulfil, hooks={"on_refund_due": self.refund})

    def one_of(self, which: int) -> Payment:
        attempts = self.order.attempts
        return attempts[which % len(attempts)]

    def charging(self, phone: str, amount: int) -> ChargeOrder:
        return make_charge(order=ORDER, phone=phone, amount=amount, reference=None, description="Tea", metadata=None)

    def receiving(self, payment: Payment, body: bytes) -> Flow[Reply[Payment]]:
        return receive_callback(body, token_for(self.shop.config, payment.key), "", self.policy)

    # What the shop does

    @initialize()
    def the_order_is_charged(self) -> None:
        self.charge(PHONES[0], 500)

    @rule()
    def the_last_attempt_fails_and_another_one_is_asked(self) -> None:
        self.an_attempt_fails(-1, "1032")
        self.time_passes(200)
        self.charge(PHONES[1], 500)

    @rule(phone=st.sampled_from(PHONES), amount=st.sampled_from([500, 700]))
    def charge(self, phone: str, amount: int) -> None:
        before = self.order
        with suppress(AttemptOpen, TooEarly):
            payment = self.shop.checkout.charge(order=ORDER, phone=phone, amount=amount)
            assert payment in self.order.attempts
        added = len(self.order.attempts) - len(before.attempts)
        assert added == bool(before.may_charge)
        assert self.shop.pushes <= len(self.order.attempts), "no attempt asks twice"

    @rule(chosen=turns, phones=st.tuples(st.sampled_from(PHONES), st.sampled_from(PHONES)))
    def charge_twice_at_the_same_time(self, chosen: Sequence[int], phones: tuple[str, str]) -> None:
        before = self.order
        flows = [self.charging(phone, 500).flow(self.policy) for phone in phones]
        with suppress(AttemptOpen, TooEarly):
            payments = by_turns(self.office, flows, chosen)
            assert len({payment.key for payment in payments}) == 1
        assert len(self.order.attempts) - len(before.attempts) == bool(before.may_charge)

    @rule(effects=st.integers(0, 25))
    def reconcile_and_be_killed(self, effects: int) -> None:
        self.kills += 1
        flow, answer = reconcile(100, self.policy), object()
        with suppress(StopIteration, DarajaError, RuntimeError):
            answer = self.office.answer(next(flow))
            for _ in range(effects):
                answer = self.office.answer(flow.send(answer))
        flow.close()

    @rule()
    def reconcile(self) -> None:
        report = self.shop.checkout.reconcile()
        order = self.order
        assert set(report.refunds_due) == {one.key for one in order.refunds_due}
        assert not order.refunds_due or any(one.counts for one in order.attempts)

    @rule()
    def the_hooks_break_or_are_mended(self) -> None:
        self.hooks_work = not self.hooks_work

    @rule(which=st.integers(0, 5), is_paid=st.booleans())
    def a_person_decides(self, which: int, is_paid: bool) -> None:  # noqa: FBT001 - Hypothesis gives it by name
        payment = self.one_of(which)
        self.denials += not is_paid
        self.shop.checkout.resolve(payment.key, paid=is_paid, note="looked at the statement", by="Wanjiku")

    # What others do

    @rule(seconds=st.sampled_from([1, 61, 200]))
    def time_passes(self, seconds: int) -> None:
        self.shop.clock.advance(seconds)

    @rule(which=st.integers(0, 5))
    def an_attempt_is_paid(self, which: int) -> None:
        self.shop.claim(self.one_of(which))

    @rule(which=st.integers(0, 5), code=codes)
    def an_attempt_fails(self, which: int, code: str) -> None:
        self.shop.claim(self.one_of(which), result_code=code, receipt=None)

    @rule(which=st.integers(0, 5))
    def another_amount_is_paid(self, which: int) -> None:
        self.shop.claim(self.one_of(which), amount=499)

    @rule(chosen=turns, which=st.tuples(st.integers(0, 5), st.integers(0, 5)))
    def two_attempts_are_paid_at_the_same_time(self, chosen: Sequence[int], which: tuple[int, int]) -> None:
        payments = [self.one_of(one) for one in which]
        by_turns(self.office, [self.receiving(one, paid(one)) for one in payments], chosen)

    # What is always so

    @invariant()
    def one_attempt_at_most_is_open_and_one_counts(self) -> None:
        order = self.order
        assert [one.attempt for one in order.attempts] == list(range(1, len(order.attempts) + 1))
        assert sum(one.open_order is not None for one in order.attempts) <= 1
        assert sum(one.counts for one in order.attempts) <= 1

    @invariant()
    def a_paid_order_is_not_charged(self) -> None:
        order = self.order
        if order.paid:
            assert order.payment is not None
            assert order.payment.counts
        assert not (order.may_charge and any(one.is_success and not one.denied_by_a_person for one in order.attempts))

    @invariant()
    def an_order_is_fulfilled_once_unless_a_person_denies_a_payment(self) -> None:
        attempts = self.order.attempts
        assert sum(one.succeeded_at is not None for one in attempts) <= 1 + self.denials
        for one in attempts:
            became = [entry.became_success for entry in self.shop.store.history(one.key)].count(True)
            assert became == (one.succeeded_at is not None)
            assert self.fulfilled[one.key] <= became * (1 + self.kills)
            assert (one.notified_at is None) or self.fulfilled[one.key]
            assert (one.refund_notified_at is None) or self.refunds[one.key]

    def teardown(self) -> None:
        """Let everything come to its end: each payment that arrived is fulfilled or its refund is due."""
        self.hooks_work = True
        for _ in range(30):
            self.shop.clock.advance(3_600)
            self.shop.checkout.reconcile()
        report = self.shop.checkout.reconcile()
        for one in self.order.attempts:
            assert (one.key in report.refunds_due) is one.refund_due
            assert (one.key in report.conflicts) is one.needs_review
            assert not one.paid or one.notified_at is not None
            assert not one.refund_due or one.refund_notified_at is not None
        self.one_attempt_at_most_is_open_and_one_counts()
        self.an_order_is_fulfilled_once_unless_a_person_denies_a_payment()


TestOrder = OrderMachine.TestCase
TestOrder.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)
