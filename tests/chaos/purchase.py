"""One attempt of an order: the stored payment, and what it has to be."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import attrs

from daraja import Payment, Status
from daraja.simulator import Prompt
from tests.chaos.database import Callback
from tests.chaos.plan import Answer, Plan

__all__ = ["Purchase"]

_REFUSALS: Final = {"AuthenticationError", "NotSent", "RateLimited"}
"""The errors of ``charge`` when tokens are revoked, spikes are arrested or the machine is slow."""
_ASK_AGAIN: Final = "StoreFailed"
_UNANSWERED: Final = 1037


@attrs.frozen(kw_only=True)
class Purchase:
    """A payment with all known facts about it."""

    payment: Payment
    plan: Plan
    prompts: Sequence[Prompt]
    arrived: int
    results: Collection[str]
    interrupted: bool
    events: Sequence[str]
    callbacks: Sequence[Callback]
    successes: int
    fulfilled: int
    notified: int

    @property
    def is_refused(self) -> bool:
        """Whether Daraja proved that it prompted nobody."""
        return "answer refused" in self.events

    @property
    def is_lost(self) -> bool:
        """Whether neither an answer nor a callback was stored, so nothing more is known."""
        return not self.is_refused and "answer accepted" not in self.events and not self.callbacks

    @property
    def status(self) -> Status:
        """The status that it has to have."""
        if self.is_refused:
            return Status.FAILED
        if self.is_lost or not self.prompts:
            return Status.UNCONFIRMED
        (prompt,) = self.prompts
        if prompt.paid:
            return Status.SUCCESS
        return Status.TIMEOUT if prompt.scenario.result.code == _UNANSWERED else Status.FAILED

    @property
    def receipt(self) -> str | None:
        """The receipt that it has to have. Only callbacks have one; the answer to a query has none."""
        heard = any(b"MpesaReceiptNumber" in callback.body for callback in self.callbacks)
        decision = self.prompts[0].decision if self.prompts else None
        return decision.receipt if heard and decision else None

    def violations(self) -> Iterator[str]:
        """Yield the violated invariants."""
        if len(self.prompts) > 1:
            yield "its phone got more than one prompt"
            return
        yield from self._violations_of_the_payment()
        yield from self._violations_of_the_shop()
        yield from self._violations_of_lost_messages()

    def _violations_of_the_payment(self) -> Iterator[str]:
        payment = self.payment
        if payment.status is not self.status:
            yield f"it is {payment.status}, and should be {self.status}"
        if payment.receipt != self.receipt:
            yield "its receipt is not the one that arrived"
        if payment.conflicts or payment.next_check_at is not None:
            yield "it has a conflict, or is still open"
        if self.is_refused and self.prompts:
            yield "its phone got a prompt, although charge said that nobody was prompted"

    def _violations_of_the_shop(self) -> Iterator[str]:
        paid = int(self.status is Status.SUCCESS)
        if self.successes != paid:
            yield f"it became a success {self.successes} times"
        if self.fulfilled != paid:
            yield f"it was fulfilled {self.fulfilled} times"
        if bool(self.notified) != bool(paid) or (self.payment.notified_at is not None) != bool(paid):
            yield "a success was not delivered, or a delivery was not a success"
        for said in self.results:
            if not self._is_right(said):
                yield f"charge said {said}, and it is {self.payment.status}"

    def _is_right(self, said: str) -> bool:
        if said in _REFUSALS:
            return self.is_refused
        if said in {Status.PENDING, Status.UNCONFIRMED, _ASK_AGAIN}:
            return True
        if said == Status.INITIATED:
            return not self.is_refused and not self.is_lost
        return said == self.status

    def _violations_of_lost_messages(self) -> Iterator[str]:
        if len(self.callbacks) < self.arrived:
            yield "a callback was answered and is not stored"
        if any(callback.note is None for callback in self.callbacks):
            yield "a callback is stored and was never processed"
        if self.is_lost and not (self.interrupted or self.plan.answer is Answer.LOST):
            yield "an answer was lost without a reason"
        if self.plan.loses_both and self.prompts and not self.is_lost:
            yield "it has evidence, although no message arrived"
