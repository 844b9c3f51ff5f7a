"""One payment as it stands in the books, and as it has to be by what really happened."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import attrs

from daraja import Payment, Status
from daraja.simulator import Prompt
from tests.chaos.books import Callback
from tests.chaos.plan import Answer, Recipe

__all__ = ["Case"]

_REFUSALS: Final = {"AuthenticationError", "NotSent", "RateLimited"}
"""What ``start`` raises where tokens are revoked, spikes arrested and machines slow."""
_ASK_AGAIN: Final = "StoreFailed"
_UNANSWERED: Final = 1037


@attrs.frozen(kw_only=True)
class Case:
    """A payment with everything that is known of it."""

    payment: Payment
    recipe: Recipe
    prompts: Sequence[Prompt]
    arrived: int
    start_said: Collection[str]
    interrupted: bool
    events: Sequence[str]
    callbacks: Sequence[Callback]
    successes: int
    fulfilled: int
    told: int

    @property
    def is_refused(self) -> bool:
        """Whether Daraja proved that it asked nobody."""
        return "answer refused" in self.events

    @property
    def is_lost(self) -> bool:
        """Whether neither an answer nor a callback was written down, so that nobody can know more."""
        return not self.is_refused and "answer accepted" not in self.events and not self.callbacks

    @property
    def status(self) -> Status:
        """What it has to be."""
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
        """The receipt that it has to have: only callbacks bring one, and a query none."""
        heard = any(b"MpesaReceiptNumber" in callback.body for callback in self.callbacks)
        decision = self.prompts[0].decision if self.prompts else None
        return decision.receipt if heard and decision else None

    def faults(self) -> Iterator[str]:
        """Say what is wrong with it."""
        if len(self.prompts) > 1:
            yield "its phone was asked more than once"
            return
        yield from self._faults_of_the_payment()
        yield from self._faults_of_the_shop()
        yield from self._faults_of_what_was_lost()

    def _faults_of_the_payment(self) -> Iterator[str]:
        payment = self.payment
        if payment.status is not self.status:
            yield f"it is {payment.status}, and should be {self.status}"
        if payment.receipt != self.receipt:
            yield "its receipt is not the one that arrived"
        if payment.conflicts or payment.next_check_at is not None:
            yield "it has a conflict, or is still looked after"
        if self.is_refused and self.prompts:
            yield "its phone was asked, though start said that nobody was"

    def _faults_of_the_shop(self) -> Iterator[str]:
        paid = int(self.status is Status.SUCCESS)
        if self.successes != paid:
            yield f"it became a success {self.successes} times"
        if self.fulfilled != paid:
            yield f"it was fulfilled {self.fulfilled} times"
        if bool(self.told) != bool(paid) or (self.payment.notified_at is not None) != bool(paid):
            yield "the shop was not told of a success, or of one that is none"
        for said in self.start_said:
            if not self._is_right(said):
                yield f"start said {said}, and it is {self.payment.status}"

    def _is_right(self, said: str) -> bool:
        if said in _REFUSALS:
            return self.is_refused
        if said in {Status.PENDING, _ASK_AGAIN}:
            return True
        if said == Status.INITIATED:
            return not self.is_refused and not self.is_lost
        return said == self.status

    def _faults_of_what_was_lost(self) -> Iterator[str]:
        if len(self.callbacks) < self.arrived:
            yield "a callback was answered, and is not kept"
        if any(callback.note is None for callback in self.callbacks):
            yield "a callback is kept, and was never heard"
        if self.is_lost and not (self.interrupted or self.recipe.answer is Answer.LOST):
            yield "an answer was lost on no account"
        if self.recipe.loses_both and self.prompts and not self.is_lost:
            yield "something was heard of it, though nothing was said"
