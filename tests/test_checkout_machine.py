"""With all events in any order, a payment only climbs and is fulfilled once, only for money that was really paid."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import attrs
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from daraja import Status
from daraja.errors import ApiError, AttemptOpen, DarajaError, TooEarly
from daraja.http.messages import HttpRequest
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.lifecycle.record import Account
from daraja.lifecycle.state_machine import is_settled
from daraja.payments.model import Payment
from daraja.simulator import Answer, Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.simulator.products.stk.scenarios import (
    ANOTHER_AMOUNT,
    ANSWER_LOST,
    EARLY_CALLBACK,
    FAILED_THEN_PAID,
    HTML_503,
    NEVER_RESOLVED,
    NO_CALLBACK,
    NO_METADATA,
    PAID_LATE,
    PROCESSING_AS_ERROR,
    QUERY_CONTRADICTS,
    SPIKE_ARREST,
    THREE_CALLBACKS,
    UNKNOWN_TILL,
)
from daraja.testing import ManualClock
from tests.support.scripted import PASSKEY, PHONE, TILL, settings
from tests.support.shops import FailingStore, Shop, a_shop, callback_body, paid, token_for

SCENARIOS: Final[dict[str, Scenario | None]] = {
    f"2547000990{number:02}": scenario
    for number, scenario in enumerate(
        [
            None,
            None,
            None,
            NO_CALLBACK,
            THREE_CALLBACKS,
            EARLY_CALLBACK,
            PAID_LATE,
            FAILED_THEN_PAID,
            NEVER_RESOLVED,
            ANSWER_LOST,
            QUERY_CONTRADICTS,
            ANOTHER_AMOUNT,
            NO_METADATA,
            PROCESSING_AS_ERROR,
            UNKNOWN_TILL,
            SPIKE_ARREST,
            HTML_503,
        ]
    )
}
phones = st.sampled_from(sorted(SCENARIOS))
orders = st.sampled_from(["ORD-A", "ORD-B"])


def ours(callbacks: Iterable[HttpRequest]) -> list[HttpRequest]:
    return [callback for callback in callbacks if callback.headers["Businessshortcode"] == "600111"]


class Fulfilling:
    """The shop's own hook, which fails sometimes."""

    def __init__(self) -> None:
        self.works = True
        self.fulfilled: Final[Counter[str]] = Counter()
        self.refunds: Final[Counter[str]] = Counter()

    def __call__(self, payment: Payment) -> None:
        if not self.works:
            message = "the shop's database is down"
            raise RuntimeError(message)
        assert payment.paid
        self.fulfilled[payment.key] += 1

    def refund(self, payment: Payment) -> None:
        """Take in a payment whose refund is due."""
        if not self.works:
            message = "the shop's database is down"
            raise RuntimeError(message)
        assert payment.refund_due
        self.refunds[payment.key] += 1


class CheckoutMachine(RuleBasedStateMachine):
    """Two checkouts in one store, with every event that can happen to them."""

    confirm = False
    payments: Bundle[Payment] = Bundle("payments")
    on_the_way: Bundle[HttpRequest] = Bundle("on_the_way")
    arrived: Bundle[HttpRequest] = Bundle("arrived")

    def __init__(self) -> None:
        super().__init__()
        self.clock: Final = ManualClock()
        self.store: Final = FailingStore()
        self.engine: Final = Engine(
            shortcodes={"600111": PASSKEY, "600222": PASSKEY},
            tills={"600222": "5050505"},
            busy_seconds=0,
            scenarios={phone: scenario for phone, scenario in SCENARIOS.items() if scenario is not None},
        )
        self.hook: Final = Fulfilling()
        self.shop: Final = a_shop(
            engine=self.engine,
            store=self.store,
            clock=self.clock,
            on_success=self.hook,
            on_refund_due=self.hook.refund,
            confirm=self.confirm,
        )
        self.known: Final[dict[str, Payment]] = {}
        self.said_to_be_paid: Final[set[str]] = set()
        self.denied: Final[Counter[str]] = Counter()
        """How often a person denied an attempt of each order."""
        self.kills = 0

    @initialize()
    def somebody_else_shares_the_store(self) -> None:
        self.other: Shop = a_shop(
            engine=self.engine, store=self.store, clock=self.clock, config=settings(business=TILL)
        )
        self.theirs: list[Payment] = [self.other.start(phone=PHONE), self.other.start(phone="254712345679")]
        self.other.claim(self.theirs[0], amount=1)
        self.theirs[0] = self.other.now(self.theirs[0])

    # What the shop does

    @rule(target=payments, phone=phones)
    def start(self, phone: str) -> Payment:
        reference = f"ORD-{len(self.known)}"
        payment = self.asked(phone, reference)
        self.known[payment.key] = payment
        return payment

    @rule(payment=payments)
    def start_again(self, payment: Payment) -> None:
        if payment.order is not None:
            return
        before = self.shop.pushes
        assert self.asked(payment.phone, payment.reference).key == payment.key
        assert self.shop.pushes == before

    @rule(target=payments, order=orders, phone=phones, amount=st.sampled_from([500, 500, 500, 700]))
    def charge(self, order: str, phone: str, amount: int) -> MultipleResults[Payment]:
        before, pushes = self.shop.checkout.order(order), self.shop.pushes
        reference = f"ORD-{len(self.known)}"
        payment: object
        try:
            payment = self.shop.checkout.charge(order=order, phone=phone, amount=amount, reference=reference)
        except AttemptOpen as error:
            assert before.prompted is not None
            assert (before.prompted.phone, before.prompted.amount) != (phone, amount)
            payment = error.payment
        except TooEarly as error:
            payment = error.payment
        except ApiError as refusal:
            payment = refusal.payment
        assert isinstance(payment, Payment)
        is_new = payment.key not in {attempt.key for attempt in before.attempts}
        assert is_new is bool(before.may_charge)
        assert is_new or self.shop.pushes == pushes
        assert payment.attempt == (len(before.attempts) + 1 if is_new else payment.attempt)
        if is_new:
            self.known[payment.key] = payment
        return multiple(*[payment] * is_new)

    def asked(self, phone: str, reference: str) -> Payment:
        """Start a payment; return it also after a refusal of Daraja."""
        payment: object
        try:
            payment = self.shop.checkout.start(phone=phone, amount=500, reference=reference, idempotency_key=reference)
        except ApiError as refusal:
            payment = refusal.payment
        assert isinstance(payment, Payment)
        return payment

    @rule(payment=payments)
    def refresh(self, payment: Payment) -> None:
        before = self.shop.now(payment)
        try:
            transition = self.shop.checkout.refresh(payment.key)
        except DarajaError:
            assert self.shop.now(payment) == before
        else:
            assert transition.after == self.shop.now(payment)

    @rule(payment=payments, seconds=st.sampled_from([0, 1.5, 20]))
    def wait(self, payment: Payment, seconds: float) -> None:
        self.shop.checkout.wait(payment.key, timeout=seconds)

    @rule(limit=st.sampled_from([0, 1, 2, 100]))
    def reconcile(self, limit: int) -> None:
        report = self.shop.checkout.reconcile(limit=limit)
        assert report.asked <= limit
        assert {*report.conflicts, *report.unconfirmed, *report.refunds_due} <= self.known.keys()

    @rule(effects=st.integers(0, 30))
    def reconcile_and_be_killed(self, effects: int) -> None:
        policy = attrs.evolve(self.shop.policy, confirm=self.confirm, hooks=frozenset({"on_refund_due"}))
        office = attrs.evolve(self.shop.office, on_success=self.hook, hooks={"on_refund_due": self.hook.refund})
        flow = reconcile(100, policy)
        self.kills += 1
        answer: object = None
        for _ in range(effects):
            try:
                effect = flow.send(answer)
            except StopIteration:
                return
            try:
                answer = office.answer(effect)
            except (DarajaError, RuntimeError):
                break
        flow.close()

    @rule()
    def reconcile_with_a_terminal_that_is_gone(self) -> None:
        def progress(_: Report) -> None:
            raise BrokenPipeError

        try:
            self.shop.checkout.reconcile(progress=progress)
        except BrokenPipeError:
            return

    @rule(payment=payments, paid=st.booleans())
    def resolve(self, payment: Payment, paid: bool) -> None:  # noqa: FBT001 - Hypothesis gives it by name
        if paid:
            self.said_to_be_paid.add(payment.key)
        elif payment.order is not None:
            self.denied[payment.order] += 1
        self.shop.checkout.resolve(payment.key, paid=paid, note="looked at the statement", by="Wanjiku")

    @rule()
    def the_shop_s_database_breaks_or_is_mended(self) -> None:
        self.hook.works = not self.hook.works

    # What others do

    @rule(phone=phones, answer=st.sampled_from(Answer))
    def press(self, phone: str, answer: Answer) -> None:
        with suppress(LookupError):  # no prompt is open there
            self.engine.answer(phone, answer, self.clock.now())

    @rule(target=on_the_way, seconds=st.sampled_from([0, 1, 31, 61, 181, 400, 3_600, 90_000]))
    def time_passes(self, seconds: int) -> MultipleResults[HttpRequest]:
        self.clock.advance(seconds)
        return multiple(*ours(self.engine.due(self.clock.now())))

    @rule(target=arrived, callback=consumes(on_the_way))
    def a_callback_arrives(self, callback: HttpRequest) -> HttpRequest:
        assert self.shop.take_in(callback).status_code == 200
        return callback

    @rule(callback=arrived)
    def it_arrives_again(self, callback: HttpRequest) -> None:
        assert self.shop.take_in(callback).status_code == 200

    @rule(target=arrived, callback=consumes(on_the_way), failing=st.sampled_from(["record", "load", "swap"]))
    def it_arrives_while_the_store_fails(self, callback: HttpRequest, failing: str) -> HttpRequest:
        self.store.failing[failing] = RuntimeError("the line to the database broke")
        reply = self.shop.take_in(callback)
        self.store.failing.clear()
        assert reply.status_code in ({503} if failing == "record" else {200})
        assert reply.transition is None or not reply.transition.changed
        return callback

    @rule(payment=payments)
    def somebody_forges_one_without_a_token(self, payment: Payment) -> None:
        assert self.shop.checkout.receive(paid(self.shop.now(payment))).status_code == 200

    @rule(payment=payments, victim=payments)
    def somebody_forges_one_with_a_wrong_token(self, payment: Payment, victim: Payment) -> None:
        theirs = token_for(self.other.config, victim.key)
        mixed = payment.key + token_for(self.shop.config, victim.key)[32:]
        for token in {theirs, "0" * 96, mixed} - {token_for(self.shop.config, payment.key)}:
            assert self.shop.checkout.receive(paid(self.shop.now(victim)), token=token).status_code == 404

    @rule(payment=payments, body=st.sampled_from([b"[", b"null", b"\xff", b'{"Body": "stkCallback"}']))
    def rubbish_comes_to_a_payment_s_own_address(self, payment: Payment, body: bytes) -> None:
        assert self.shop.claim(payment, body).status_code == 200

    @rule(payment=payments, amount=st.sampled_from([499, 501]))
    def another_amount_comes_to_a_payment_s_own_address(self, payment: Payment, amount: int) -> None:
        assert self.shop.claim(self.shop.now(payment), amount=amount).status_code == 200

    @rule(payment=payments)
    def another_id_comes_to_a_payment_s_own_address(self, payment: Payment) -> None:
        body = callback_body({"CheckoutRequestID": self.theirs[1].checkout_request_id, "ResultCode": 0})
        assert self.shop.claim(payment, body).status_code == 200

    # What is always so

    def really_paid(self, payment: Payment) -> bool:
        references = {push.checkout_request_id: push.reference for push in self.engine.stk.pushes}
        return any(
            prompt.paid and references[prompt.push.checkout_request_id] == payment.reference
            for prompt in self.engine.stk.decided
            if prompt.push.shortcode == "600111"
        )

    @invariant()
    def a_payment_only_climbs(self) -> None:
        for key, before in self.known.items():
            after = self.shop.now(before)
            assert Payment.kind.ranks[after.status] >= Payment.kind.ranks[before.status]
            assert after.conflicts >= before.conflicts
            assert after.version >= before.version
            self.known[key] = after

    @invariant()
    def nothing_counts_as_paid_that_nobody_paid(self) -> None:
        for payment in self.known.values():
            if payment.paid or self.hook.fulfilled[payment.key]:
                assert self.really_paid(payment) or payment.key in self.said_to_be_paid

    @invariant()
    def it_became_a_success_once(self) -> None:
        for payment in self.known.values():
            became = [entry.became_success for entry in self.store.history(payment.key)]
            assert became.count(True) == (payment.succeeded_at is not None)
            assert self.hook.fulfilled[payment.key] <= 1 + self.kills
            if payment.notified_at is not None:
                assert self.hook.fulfilled[payment.key] >= 1

    @invariant()
    def nobody_is_asked_twice_for_one_attempt(self) -> None:
        pushed = Counter(push.reference for push in self.engine.stk.pushes if push.shortcode == "600111")
        assert set(pushed.values()) <= {1}

    @invariant()
    def at_most_one_attempt_of_an_order_is_open_and_one_counts(self) -> None:
        for name in ("ORD-A", "ORD-B"):
            order = self.shop.checkout.order(name)
            assert [one.attempt for one in order.attempts] == list(range(1, len(order.attempts) + 1))
            assert sum(one.status in Payment.kind.open for one in order.attempts) <= 1
            counting = [one for one in order.attempts if one.counts]
            assert len(counting) <= 1
            assert order.payment in [*counting, order.payment]
            assert not (order.may_charge and counting)

    @invariant()
    def an_order_is_fulfilled_once_unless_a_person_denies_a_payment(self) -> None:
        for name in ("ORD-A", "ORD-B"):
            attempts = self.shop.checkout.order(name).attempts
            assert sum(one.succeeded_at is not None for one in attempts) <= 1 + self.denied[name]
            for one in attempts:
                assert not (self.hook.refunds[one.key] and not one.is_success)
                if one.refund_notified_at is not None:
                    assert self.hook.refunds[one.key] >= 1
                if one.refund_due and one.succeeded_at is None:
                    assert self.hook.fulfilled[one.key] == 0

    @invariant()
    def what_is_open_is_looked_at_again(self) -> None:
        for payment in self.known.values():
            if not is_settled(payment, self.clock.now()):
                assert payment.next_check_at is not None
            if payment.paid and payment.notified_at is None:
                assert payment.next_check_at is not None

    @invariant()
    def the_other_account_is_untouched(self) -> None:
        if hasattr(self, "theirs"):
            assert [self.other.now(payment) for payment in self.theirs] == self.theirs
            assert self.other.told == []

    def teardown(self) -> None:
        """Finish everything: no paid payment is lost, and every unknown one is listed."""
        self.hook.works = True
        for hour in range(30):
            self.clock.advance(3_600)
            self.engine.due(self.clock.now())
            for callback in ours(self.engine.callbacks) if hour == 1 else ():
                self.shop.take_in(callback)
            self.shop.checkout.reconcile()
        report = self.shop.checkout.reconcile()
        self.a_payment_only_climbs()
        self.nothing_counts_as_paid_that_nobody_paid()
        self.it_became_a_success_once()
        for payment in self.known.values():
            if payment.resolution is None and not payment.conflicts and self.really_paid(payment):
                # After a day without a check, only the statement may be left.
                told = payment.notified_at is not None or payment.refund_notified_at is not None
                assert told or payment.key in report.unconfirmed
            assert payment.status in {Status.SUCCESS, Status.FAILED, Status.TIMEOUT, Status.UNCONFIRMED}
            if payment.status is Status.UNCONFIRMED and payment.resolution is None and not payment.conflicts:
                assert payment.key in report.unconfirmed
            assert (payment.key in report.conflicts) is payment.needs_review
            assert (payment.key in report.refunds_due) is payment.refund_due
            if payment.refund_due and payment.order is not None:
                assert any(one.counts for one in self.shop.checkout.order(payment.order).attempts)
        assert self.shop.store.due(self.clock.now(), 100, Account.of(self.shop.config)) == []


class ConfirmingMachine(CheckoutMachine):
    """The same with ``confirm=True``: a query has to confirm a callback."""

    confirm = True

    @rule(payment=CheckoutMachine.payments)
    def a_perfect_forgery_comes_to_a_payment_s_own_address(self, payment: Payment) -> None:
        assert self.shop.claim(self.shop.now(payment)).status_code == 200


TestCheckout = CheckoutMachine.TestCase
TestCheckout.settings = hypothesis_settings(max_examples=30, stateful_step_count=30, deadline=None)
TestConfirmingCheckout = ConfirmingMachine.TestCase
TestConfirmingCheckout.settings = hypothesis_settings(max_examples=30, stateful_step_count=30, deadline=None)
