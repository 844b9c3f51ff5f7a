"""Caps on payouts: the most money for one payout, for one day, and for one recipient a day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self

import attrs

from daraja import fields
from daraja.config import Config
from daraja.config.checks import raise_setting_faults
from daraja.config.from_env import Variables
from daraja.errors import CapReached
from daraja.fields import Checked, Fault, value_or_fault
from daraja.lifecycle.charges import Charge
from daraja.values.nairobi_time import EAT
from daraja.values.secret import hide_locals

_HIGHEST: Final = 1_000_000_000
CAPS: Final = {
    "payout_max": "per_payout",
    "payout_daily_max": "per_day",
    "payout_recipient_daily_max": "per_recipient_day",
}
"""The setting of each cap."""


def _cap(value: int) -> int:
    return fields.whole_number(value, lowest=1, highest=_HIGHEST)


@attrs.frozen(kw_only=True)
class Caps(Checked):
    """The most that may be paid out, in whole KES. A day is a day in Nairobi.

    >>> Caps(per_payout=20_000, per_day=300_000, per_recipient_day=40_000)
    Caps(per_payout=20000, per_day=300000, per_recipient_day=40000)

    Args:
        per_payout: For one payout.
        per_day: For all payouts of one day.
        per_recipient_day: For all payouts of one day to one recipient.

    Raises:
        InvalidInput: If one of them is no whole amount.
    """

    per_payout: int = attrs.field(converter=_cap)
    per_day: int = attrs.field(converter=_cap)
    per_recipient_day: int = attrs.field(converter=_cap)

    @classmethod
    @hide_locals
    def from_env(cls, environ: Mapping[str, str] | None = None, /) -> Self:
        """Read ``MPESA_PAYOUT_MAX``, ``MPESA_PAYOUT_DAILY_MAX`` and ``MPESA_PAYOUT_RECIPIENT_DAILY_MAX``.

        Args:
            environ: The variables, if they are not those of the process.

        Raises:
            ConfigurationError: If one of them is missing or is no whole number of shillings above 0.
        """
        read = Variables(environ)
        return cls._read({name: value_or_fault(read.shillings, name) for name in CAPS})

    @classmethod
    def of(cls, config: Config, /) -> Self:
        """Return the caps that the settings name.

        Args:
            config: The settings.

        Raises:
            ConfigurationError: If one of the caps is missing.
        """
        return cls._read({name: getattr(config, name) for name in CAPS})

    @classmethod
    def _read(cls, highest: Mapping[str, int | None]) -> Self:
        missing = Fault("is missing")
        raise_setting_faults({name: missing if amount is None else amount for name, amount in highest.items()})
        return cls(**{cap: highest[name] or 0 for name, cap in CAPS.items()})

    def charges(self, amount: int, recipient: str, at: datetime, /) -> tuple[Charge, ...]:
        """Return the charges of a payout on these caps. The store counts them when it writes the payout as pending.

        Args:
            amount: In whole KES.
            recipient: Who is paid, in one spelling; only a hash of it is kept.
            at: The time at which it leaves.

        Raises:
            CapReached: If it is above ``per_payout``.
        """
        if amount > self.per_payout:
            raise CapReached("per_payout", self.per_payout, self.per_payout)
        today, midnight = _day(at)
        return (
            Charge(cap="per_day", counter=today, amount=amount, limit=self.per_day, renews_at=midnight),
            Charge(
                cap="per_recipient_day",
                counter=f"{today} to {_hash(recipient)}",
                amount=amount,
                limit=self.per_recipient_day,
                renews_at=midnight,
            ),
        )


def refund_charges(receipt: str, amount: int, paid: int, /) -> tuple[Charge, ...]:
    """Return the charges of a refund: one on the money that was paid, and one on the single place for an open refund.

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


def repetition_charge(amount: int, recipient: str, at: datetime, /, *, again: bool) -> Charge:
    """Return the charge on the single place for one amount to one receiver on one day in Nairobi.

    Args:
        amount: In whole KES.
        recipient: Who is paid, in one spelling; only a hash of it is kept.
        at: The time at which it leaves.
        again: Whether the caller says that a second one is meant.
    """
    today, midnight = _day(at)
    counter = f"{today} {amount} to {_hash(recipient)}"
    return Charge(cap="same_payout", counter=counter, amount=1, limit=None if again else 1, renews_at=midnight)


def _day(at: datetime) -> tuple[str, datetime]:
    day = at.astimezone(EAT).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"day {day:%Y-%m-%d}", day + timedelta(days=1)


def _hash(recipient: str) -> str:
    return sha256(recipient.encode()).hexdigest()[:32]
