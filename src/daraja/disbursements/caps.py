"""Caps on payouts: what one payout, one day and one recipient may cost before somebody has to think again."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import attrs

from daraja import fields
from daraja.errors import CapReached
from daraja.lifecycle.charges import Charge
from daraja.validation import Checked
from daraja.values.nairobi_time import EAT

__all__ = ["Caps", "refund_charges"]


_HIGHEST: Final = 1_000_000_000


def _cap(value: int) -> int:
    return fields.whole_number(value, lowest=1, highest=_HIGHEST)


@attrs.frozen(kw_only=True)
class Caps(Checked):
    """The most that may be paid out, in whole KES. A day is a day in Nairobi.

    >>> Caps(per_payout=20_000, per_day=300_000, per_recipient_and_day=40_000)
    Caps(per_payout=20000, per_day=300000, per_recipient_and_day=40000)

    Args:
        per_payout: For one payout.
        per_day: For all payouts of one day.
        per_recipient_and_day: For all payouts of one day to one recipient.

    Raises:
        InvalidInput: If one of them is no whole amount.
    """

    per_payout: int = attrs.field(converter=_cap)
    per_day: int = attrs.field(converter=_cap)
    per_recipient_and_day: int = attrs.field(converter=_cap)

    def charges(self, amount: int, recipient: str, at: datetime, /) -> tuple[Charge, ...]:
        """Return what a payout uses up of these caps. The store counts it when it writes the payout as pending.

        Args:
            amount: In whole KES.
            recipient: Who is paid, in one spelling; only a hash of it is kept.
            at: The time at which it leaves.

        Raises:
            CapReached: If it is above ``per_payout``.
        """
        if amount > self.per_payout:
            raise CapReached("per_payout", self.per_payout, self.per_payout)
        day = at.astimezone(EAT).replace(hour=0, minute=0, second=0, microsecond=0)
        today, midnight = f"day {day:%Y-%m-%d}", day + timedelta(days=1)
        whom = sha256(recipient.encode()).hexdigest()[:32]
        return (
            Charge(cap="per_day", counter=today, amount=amount, limit=self.per_day, renews_at=midnight),
            Charge(
                cap="per_recipient_and_day",
                counter=f"{today} to {whom}",
                amount=amount,
                limit=self.per_recipient_and_day,
                renews_at=midnight,
            ),
        )


def refund_charges(receipt: str, amount: int, paid: int, /) -> tuple[Charge, ...]:
    """Return what a refund uses up: of the money that was paid, and of the one place for an open refund.

    The second is given back as soon as the refund is paid or failed, the first only if it surely failed.

    Args:
        receipt: The receipt of the payment.
        amount: What is refunded, in whole KES.
        paid: What was paid.
    """
    return (
        Charge(cap="refunds", counter=f"refunds of {receipt}", amount=amount, limit=paid),
        Charge(cap="open_refunds", counter=f"open refund of {receipt}", amount=1, limit=1),
    )
