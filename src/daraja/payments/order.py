"""An order: it is paid once, by one of several attempts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol, TypeVar

import attrs

from daraja.lifecycle.record import masked
from daraja.payments.customer_messages import REVIEW
from daraja.payments.may_retry import MayRetry, may_retry
from daraja.payments.model import Payment, Status
from daraja.result_codes import Outcome, explain

_IN_VAIN: Final = timedelta(minutes=1)
"""A prompt that nobody has answered after this time most likely did not come."""
_PROMPTED: Final = frozenset({Status.PENDING, Status.INITIATED})
_THANKS: Final = "Thank you, your payment has arrived."
_NOBODY_ASKED: Final = "This order is not paid yet."
_PART: Final = "A part of this order is paid. Please pay the rest."
_TWICE: Final = "{} You have paid more than once, and we will send the rest back."
_IGNORE: Final = "{} Ignore any M-Pesa request that is still on your phone."


class HandReceipt(Protocol):
    """Money that a customer paid by hand, as an order sees it: a ``daraja.Receipt``."""

    @property
    def number(self) -> str:
        """M-Pesa's receipt number."""
        ...

    @property
    def amount(self) -> Decimal | None:
        """KES that came in."""
        ...

    @property
    def paid_at(self) -> datetime | None:
        """When it was paid."""
        ...

    @property
    def needs_review(self) -> bool:
        """Whether something contradicts it, and a person has to look."""
        ...

    @property
    def refund_due(self) -> bool:
        """Whether it came when the order was paid already."""
        ...


R = TypeVar("R", bound=HandReceipt)


def excess_of(receipts: Iterable[R], received: Decimal, enough: Decimal, /) -> list[R]:
    """Return the receipts that came when enough was there already.

    Args:
        receipts: The receipts in their order.
        received: KES that were there before them.
        enough: KES that are enough.
    """
    excess: list[R] = []
    for receipt in receipts:
        if received >= enough:
            excess.append(receipt)
        received += receipt.amount or Decimal(0)
    return excess


def _sum(receipts: Iterable[HandReceipt]) -> Decimal:
    return sum((receipt.amount or Decimal(0) for receipt in receipts), Decimal(0))


@attrs.frozen(kw_only=True)
class ByHand:
    """The money that was paid by hand for an order.

    Args:
        receipts: The money that counts for it, the oldest first.
        expected: KES that were expected by hand; None if nothing was.
        withdrawn: KES that counted for it until a person denied them, for example because they were sent back.
    """

    receipts: Sequence[HandReceipt] = ()
    expected: int | None = None
    withdrawn: Decimal = Decimal(0)

    @property
    def received(self) -> Decimal:
        """KES that came in."""
        return _sum(self.receipts)

    def enough(self, attempts: Iterable[Payment], /) -> Decimal:
        """Return the KES that pay the order: those that were expected, else the most that an attempt asked for.

        An attempt may have asked only for what was missing after a part was paid by hand.
        """
        asked = max((attempt.amount for attempt in attempts), default=0)
        return Decimal(asked if self.expected is None else self.expected)

    def without(self, attempts: Sequence[Payment], /) -> "ByHand":
        """Return it without the money that one of the attempts has, which was announced as paid by hand as well.

        An attempt that came second is left out: its money counts by hand.
        """
        numbers = {attempt.receipt for attempt in attempts if not attempt.is_second}
        return attrs.evolve(self, receipts=[one for one in self.receipts if one.number not in numbers])


_NOTHING: Final = ByHand()


@attrs.frozen(kw_only=True)
class Order:
    """An order with all its attempts and all that was paid by hand.

    Args:
        order: The shop's own id of the order.
        attempts: The payments that were to pay it, the first one first.
        by_hand: What customers paid by hand for it, if the checkout knows the store of the receipts.
        as_of: When it was read. ``may_charge`` is about that moment.
    """

    order: str = attrs.field(repr=masked)
    attempts: Sequence[Payment]
    by_hand: ByHand = _NOTHING
    as_of: datetime

    @property
    def receipts(self) -> Sequence[HandReceipt]:
        """The money that was paid by hand, the oldest first."""
        return self.by_hand.receipts

    @property
    def paid(self) -> bool:
        """Whether it is paid, by one of its payments or by hand, and nothing contradicts that."""
        prompted = any(attempt.paid for attempt in self.attempts)
        return self._is_enough(self._agreed) or (prompted and not self._lost_a_part)

    @property
    def paid_by_hand(self) -> bool:
        """Whether the expected amount was paid by hand, or else the largest amount that an attempt asked for."""
        return self._is_enough([receipt for receipt in self.receipts if not receipt.refund_due])

    @property
    def payment(self) -> Payment | None:
        """The attempt to show, which is the one that paid, else one that may still pay, else the last one, or None."""
        return self.standing or next(reversed(self.attempts), None)

    @property
    def refunds_due(self) -> tuple[Payment, ...]:
        """The payments that came after another one had paid the order. Each of them has to go back."""
        return tuple(attempt for attempt in self.attempts if attempt.refund_due)

    @property
    def excess_receipts(self) -> tuple[HandReceipt, ...]:
        """The money that was paid by hand when the order was paid already. It has to go back, too.

        There is none if nobody knows how much pays the order.
        """
        return tuple(excess_of(self.receipts, self._prompted_for, self._enough)) if self._enough else ()

    @property
    def is_covered(self) -> bool:
        """Whether nothing is missing, so that more money has to go back. False if nobody knows how much pays it."""
        return bool(self._enough) and self._prompted_for + self.by_hand.received >= self._enough

    @property
    def may_charge(self) -> MayRetry:
        """Whether ``charge`` would ask a phone now, with the reason, and with the time before which it would not."""
        if self.paid_by_hand:
            return MayRetry(allowed=False, reason="it was paid by hand")
        if self._lost_a_part:
            return MayRetry(allowed=False, reason="a prompt has paid a part; the rest can be paid by hand")
        if self.standing is not None:
            return may_retry(self.standing, self.as_of)
        verdicts = [may_retry(attempt, self.as_of) for attempt in self.attempts]
        waits = [verdict for verdict in verdicts if verdict.not_before is not None]
        nobody = MayRetry(allowed=True, reason="nobody was asked yet", proved=True)
        last = next(reversed(verdicts), nobody)
        return max(waits, key=lambda verdict: verdict.not_before or self.as_of, default=last)

    @property
    def may_pay_by_hand(self) -> bool:
        """Whether a prompt has failed, so that a customer who pays by hand does not pay twice.

        It is proved that nobody was charged, or no prompt has been answered for a minute.
        """
        if not self.attempts or self.paid or self.paid_by_hand:
            return False
        if self.standing is None:
            return self.may_charge.proved
        return _waits_in_vain(self.standing, self.as_of)

    @property
    def received(self) -> Decimal:
        """KES of all the money that counts for it, by prompt and by hand, without refunds that are due."""
        return self._prompted_for + _sum(receipt for receipt in self.receipts if not receipt.refund_due)

    def due(self, amount: int, /) -> Decimal:
        """Return the part of the order's *amount* that is not paid by hand yet: the amount to charge."""
        return max(Decimal(0), amount - self.by_hand.received)

    @property
    def receipt_numbers(self) -> Sequence[str]:
        """M-Pesa's receipt numbers of all the money that counts for it, which the customer may see."""
        asked = [attempt.receipt for attempt in self.attempts if attempt.counts and attempt.receipt is not None]
        return [*asked, *(receipt.number for receipt in self.receipts)]

    @property
    def customer_message(self) -> str:
        """How it stands, in a sentence or two for the customer."""
        if self.paid_by_hand:
            words = _THANKS if self.paid else REVIEW
        elif self._lost_a_part:
            return _PART
        elif self.payment is None:
            return _NOBODY_ASKED
        else:
            words = self.payment.customer_message
        if not self.paid:
            return words
        if self.prompted is not None:
            words = _IGNORE.format(words)
        return _TWICE.format(words) if self.refunds_due or self.excess_receipts else words

    @property
    def standing(self) -> Payment | None:
        """The attempt that blocks a new one. It has paid, is open, or may have charged somebody."""
        return next((one for one in self.attempts if one.counts), None) or self.prompted or self._in_doubt

    @property
    def prompted(self) -> Payment | None:
        """The attempt whose prompt may be on a phone."""
        return next((one for one in self.attempts if one.status in _PROMPTED), None)

    @property
    def _agreed(self) -> Sequence[HandReceipt]:
        return [receipt for receipt in self.receipts if not (receipt.needs_review or receipt.refund_due)]

    @property
    def _lost_a_part(self) -> bool:
        """Whether a prompt asked for a rest only, and the money paid by hand before it is gone."""
        is_missing = self._prompted_for + _sum(self._agreed) < self._enough
        return bool(self.by_hand.withdrawn and self._prompted_for) and is_missing

    @property
    def _prompted_for(self) -> Decimal:
        return Decimal(sum(attempt.amount for attempt in self.attempts if attempt.counts))

    def _is_enough(self, receipts: Sequence[HandReceipt]) -> bool:
        return bool(receipts) and _sum(receipts) >= self._enough

    @property
    def _enough(self) -> Decimal:
        """KES that pay the order; without an expectation and an attempt, anything does."""
        return self.by_hand.enough(self.attempts)

    @property
    def _in_doubt(self) -> Payment | None:
        return next((one for one in reversed(self.attempts) if not may_retry(one, self.as_of).proved), None)


def _waits_in_vain(payment: Payment, now: datetime) -> bool:
    """Tell whether Daraja accepted a prompt a minute ago, and nothing is known of it since but that it is open."""
    code = payment.result_code
    is_open = code is None or explain("stk", code).outcome is Outcome.PROCESSING
    doubts = payment.needs_review or payment.claimed_at is not None or not is_open
    return payment.status is Status.INITIATED and not doubts and now >= payment.created_at + _IN_VAIN
