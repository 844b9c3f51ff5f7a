"""An order: it is paid once, by one of several attempts."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from daraja.lifecycle.record import masked
from daraja.payments.may_retry import MayRetry, may_retry
from daraja.payments.model import Payment, Status

__all__ = ["Order"]

_PROMPTED = frozenset({Status.PENDING, Status.INITIATED})
_NOBODY_ASKED = "This order is not paid yet."
_TWICE = "{} You have paid more than once, and we will send the rest back."


@attrs.frozen(kw_only=True)
class Order:
    """What is known of an order, judged over all its attempts.

    Args:
        order: The shop's own id of the order.
        attempts: The payments that were to pay it, the first one first.
        as_of: When it was read. ``may_charge`` is about that moment.
    """

    order: str = attrs.field(repr=masked)
    attempts: Sequence[Payment]
    as_of: datetime

    @property
    def paid(self) -> bool:
        """Whether one of its payments counts and nothing contradicts it."""
        return any(attempt.paid for attempt in self.attempts)

    @property
    def payment(self) -> Payment | None:
        """The attempt to show: the one that paid, else one that may still pay, else the last one; None without any."""
        return self.standing or next(reversed(self.attempts), None)

    @property
    def refunds_due(self) -> tuple[Payment, ...]:
        """The payments that came after another one had paid the order. Each of them has to go back."""
        return tuple(attempt for attempt in self.attempts if attempt.refund_due)

    @property
    def may_charge(self) -> MayRetry:
        """Whether ``charge`` would ask a phone now, with the reason, and with the time before which it would not."""
        if self.standing is not None:
            return may_retry(self.standing, self.as_of)
        verdicts = [may_retry(attempt, self.as_of) for attempt in self.attempts]
        waits = [verdict for verdict in verdicts if verdict.not_before is not None]
        nobody = MayRetry(allowed=True, reason="nobody was asked yet", proved=True)
        longest = max(waits, key=lambda verdict: verdict.not_before or self.as_of, default=None)
        return longest or next(reversed(verdicts), nobody)

    @property
    def customer_message(self) -> str:
        """How it stands, in a sentence or two for the customer."""
        if self.payment is None:
            return _NOBODY_ASKED
        words = self.payment.customer_message
        return _TWICE.format(words) if self.paid and self.refunds_due else words

    @property
    def standing(self) -> Payment | None:
        """The attempt because of which nobody else is asked: it has paid, is open, or may have charged somebody."""
        return next((one for one in self.attempts if one.counts), None) or self.prompted or self._in_doubt

    @property
    def prompted(self) -> Payment | None:
        """The attempt whose prompt may be on a phone."""
        return next((one for one in self.attempts if one.status in _PROMPTED), None)

    @property
    def _in_doubt(self) -> Payment | None:
        return next((one for one in reversed(self.attempts) if not may_retry(one, self.as_of).proved), None)
