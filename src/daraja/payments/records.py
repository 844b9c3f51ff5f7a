"""What is kept beside a payment: the bodies of callbacks as they came, and a history of what moved it."""

from datetime import datetime

import attrs

from daraja.payments.model import Account, Payment, Status
from daraja.values.phone import mask_numbers

__all__ = ["HistoryEntry", "ReceivedCallback", "Report", "Transition"]


@attrs.frozen(kw_only=True)
class ReceivedCallback:
    """The body of one request to the callback address, kept before anybody tries to understand it.

    Args:
        id: The store's name for it; empty until it is recorded.
        account: Whose address was called.
        key: The key of the payment that the address was signed for; None where it was not, or not by us.
        body: The bytes as they came, cut to what may be kept of them; hidden in reprs.
        remote_ip: Who sent it, as the caller told us; empty where nobody told.
        received_at: When it came, in UTC.
        limit: How many with the same *account* and *key* a store keeps; beyond them it refuses with ``Conflict``.
    """

    id: str = ""
    account: Account
    key: str | None
    body: bytes = attrs.field(repr=False)
    remote_ip: str = ""
    received_at: datetime
    limit: int


@attrs.frozen(kw_only=True)
class HistoryEntry:
    """One change of a payment: when, from where and by whom.

    Args:
        key: The payment's.
        at: When, in UTC.
        event: What made the change, such as ``callback paid``, ``query cancelled`` or ``check``; a stable name.
        by: The person who decided; empty where nobody did.
        note: That person's words, or what was special.
        before: How far the payment had come.
        after: How far it came by it.
        became_success: Whether this change is the one that fulfils; it is so once in the life of a payment.
        callback_id: The recorded callback that is processed by this change, or None.
    """

    key: str
    at: datetime
    event: str
    by: str = attrs.field(default="", repr=mask_numbers)
    note: str = attrs.field(default="", repr=False)
    before: Status
    after: Status
    became_success: bool = False
    callback_id: str | None = None


@attrs.frozen
class Transition:
    """What one call made of a payment.

    Args:
        before: The payment as it was.
        after: The payment as it is.
    """

    before: Payment
    after: Payment

    @property
    def changed(self) -> bool:
        """Whether anything new is known of the payment."""
        return _known(self.before) != _known(self.after)

    @property
    def became_success(self) -> bool:
        """Whether it was paid by this call. Of all callers, and however often they hear it, one sees True."""
        return self.before.succeeded_at is None and self.after.succeeded_at is not None


@attrs.frozen(kw_only=True)
class Report:
    """What one run of ``Checkout.reconcile`` did, and what a person has to look at.

    Args:
        replayed: Callbacks that were left over and have found their payment now.
        asked: Payments that Daraja was asked about.
        succeeded: Payments that became a success in this run.
        settled: Other payments whose status moved.
        delivered: Successes that the shop was told of once more, as it had not heard of them.
        failed: Payments and callbacks at which something went wrong; they are tried again later.
        stopped: Why the run ended before everything due was done; empty where it did not.
        unconfirmed: Keys of payments that only the statement can tell about; ``resolve`` them.
        conflicts: Keys of payments at which something does not fit together; ``resolve`` them.
        unmatched: Ids of callbacks that belong to no payment or cannot be read; ``dismiss`` them.
    """

    replayed: int = 0
    asked: int = 0
    succeeded: int = 0
    settled: int = 0
    delivered: int = 0
    failed: int = 0
    stopped: str = ""
    unconfirmed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at anything."""
        return bool(self.unconfirmed or self.conflicts or self.unmatched)

    def count(self, transition: Transition, /) -> "Report":
        """Give the report with what happened to one more payment.

        Args:
            transition: What the run made of it.
        """
        if transition.became_success:
            return attrs.evolve(self, succeeded=self.succeeded + 1)
        moved = transition.before.status is not transition.after.status
        return attrs.evolve(self, settled=self.settled + moved)


def _known(payment: Payment) -> Payment:
    """Leave out what only says when we look again."""
    return attrs.evolve(
        payment, updated_at=payment.created_at, next_check_at=None, checks=0, notified_at=None, version=0
    )
