"""The invariants of one attempt to be paid."""

from typing import Final

import attrs

from daraja.lifecycle.reconcile import Report
from daraja.payments.may_retry import may_retry
from daraja.payments.model import Payment, Status
from tests.support.crashes.outcomes import Outcome
from tests.support.crashes.shop import Purchase, Shop

__all__ = ["Attempt"]

_DENIED: Final = frozenset({Status.FAILED, Status.TIMEOUT})


@attrs.frozen
class Attempt:
    """The invariants of an attempt after any interruption.

    Args:
        shop: Where it was made.
        outcome: What became of the push.
        purchase: What was bought.
        began: The payment right after the interruption, once the customer had asked again.
    """

    shop: Shop
    outcome: Outcome
    purchase: Purchase
    began: Payment

    def check(self, report: Report | None) -> None:
        """Check the invariants that hold at any time; *report* is from a run just now."""
        payment = self._now()
        prompts = self.shop.prompts(self.purchase)
        assert len(prompts) <= 1, "prompted twice"
        if payment.status is Status.SUCCESS:
            assert [prompt.paid for prompt in prompts] == [True], "a success that nobody paid"
        if report is not None:
            listed = payment.key in {*report.unconfirmed, *report.conflicts}
            assert listed or payment.next_check_at is not None or self._is_over(payment), "forgotten"
        misled = self.outcome.called is Status.SUCCESS and self.outcome.asked in _DENIED
        if may_retry(payment, self.shop.clock.now()) and not misled:
            assert not any(prompt.paid for prompt in prompts), "may be asked again though it is paid"

    def check_end(self, report: Report) -> None:
        """Check the final state, and that another start changes none of it."""
        prompts = self.shop.prompts(self.purchase)
        again = self._now()
        if not (self.shop.charges and may_retry(again, self.shop.clock.now())):  # that would be the next attempt
            assert self.shop.start(self.purchase) == again
        assert again.key == self.began.key
        assert self.shop.prompts(self.purchase) == prompts
        wanted = self._wanted()
        assert again.status is wanted
        listed = again.key in {*report.unconfirmed, *report.conflicts}
        assert listed or self._is_over(again), "undecided in the end, and nobody is told"
        if wanted is not Status.SUCCESS and self._was_told_of_a_payment():
            assert listed, "a success is lost"
        self._check_fulfilment(again, once=wanted is Status.SUCCESS)

    def _check_fulfilment(self, payment: Payment, *, once: bool) -> None:
        store, fulfilments = self.shop.ledger.store, self.shop.ledger.fulfilments
        assert payment.paid is once
        assert sum(entry.became_success for entry in store.history(payment.key)) == once
        if fulfilments is not None:
            assert fulfilments(payment.key) == once
        told = self.shop.told.count(payment.key)
        assert (payment.notified_at is not None) is (once and self.shop.listens)
        at_most = 1 + len(self.shop.ends) if once and self.shop.listens else 0
        assert min(at_most, 1) <= told <= at_most, "told too often or not at all"

    def _now(self) -> Payment:
        payment = self.shop.ledger.store.load(self.began.key)
        assert payment is not None
        return payment

    def _is_over(self, payment: Payment) -> bool:
        told = payment.notified_at is not None or not self.shop.listens
        return payment.status in _DENIED or (payment.paid and told)

    def _was_told_of_a_payment(self) -> bool:
        return self.began.key in self.shop.heard and self.outcome.called is Status.SUCCESS

    def _wanted(self) -> Status:
        """Return the final status that follows from the information of the shop."""
        if not self.shop.prompts(self.purchase):
            return Status.FAILED if self.began.status is Status.FAILED else Status.UNCONFIRMED
        if self.began.key in self.shop.heard:
            confirmed = not self.shop.confirm or self.outcome.called is not Status.SUCCESS
            return self.outcome.called if confirmed else self.outcome.asked
        return Status.UNCONFIRMED if self.began.checkout_request_id is None else self.outcome.asked
