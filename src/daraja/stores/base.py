"""What a store of payments is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from daraja.payments.model import Account, Payment
from daraja.payments.records import HistoryEntry, ReceivedCallback

__all__ = ["PaymentStore"]


class PaymentStore(Protocol):
    """Keeps payments, their history and the bodies of callbacks; safe to use from many threads and processes.

    A store holds no rules: it writes what it is given. Each method is one short transaction of its own, committed when
    it returns. ``daraja.testing.StoreContract`` proves a store.

    Raises:
        Conflict: Any method, if what is to be written contradicts what stands there, and nobody lost a race.
    """

    def insert(self, payment: Payment, /) -> Payment:
        """Write a new payment down, and give it.

        Where its account has a payment with the same idempotency key already, nothing is written and that one is given.
        Of any number of callers at the same time one writes.

        Args:
            payment: The new payment, of version 0.

        Returns:
            *payment*, or the one with its idempotency key that was there before.

        Raises:
            Conflict: If its key or its CheckoutRequestID is there already.
        """
        ...

    def load(self, key: str, /) -> Payment | None:
        """Give the payment of that key, or None, whosever it is.

        Args:
            key: The payment's own key.
        """
        ...

    def find(self, checkout_request_id: str, /) -> Payment | None:
        """Give the payment of that CheckoutRequestID, or None, whosever it is.

        Args:
            checkout_request_id: Daraja's id of the payment.
        """
        ...

    def swap(self, old: Payment, new: Payment, entry: HistoryEntry, /) -> bool:
        """Put *new* in the place of *old*, in one transaction with everything that belongs to it.

        That is: the entry of the history, the mark on the callback that it names (the note is ``entry.event``), and
        whatever the store does where ``entry.became_success``. If any of it fails, nothing was written.

        Args:
            old: The payment as it was read; its ``version`` is what counts.
            new: The payment as it shall be, of the version after that.
            entry: What the history shall say.

        Returns:
            False if the race is lost, since the version there is another; read it again. Nothing was written then.

        Raises:
            Conflict: If another payment has the CheckoutRequestID of *new*.
        """
        ...

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[Payment]:
        """Give at most *limit* payments with ``next_check_at`` at or before *now*, the longest due first.

        Args:
            now: The time.
            limit: How many at the most.
            account: Whose; None for everybody's.
        """
        ...

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[Payment]:
        """Give at most *limit* payments with ``needs_attention``, the oldest first.

        Args:
            limit: How many at the most.
            account: Whose; None for everybody's.
        """
        ...

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """Give the history of a payment, the oldest first; nothing for a key that is not there.

        Args:
            key: The payment's key.
        """
        ...

    def record(self, callback: ReceivedCallback, /) -> str:
        """Keep a callback, and give the id that it has from then on.

        Args:
            callback: As it came; its ``id`` is empty still.

        Raises:
            Conflict: If ``callback.limit`` callbacks of the same account and key are there.
        """
        ...

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback]:
        """Give at most *limit* callbacks that are not processed, in the order they came.

        Args:
            limit: How many at the most.
            account: Whose; None for everybody's.
            after: The id of the callback after which to begin; None for the first.
        """
        ...

    def processed(self, callback_id: str, note: str, /) -> None:
        """Mark a callback as processed, and note what became of it; a first note stays.

        Args:
            callback_id: The id that ``record`` gave.
            note: What became of it.
        """
        ...

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """Delete at most *limit* processed callbacks that came before *before*; give how many were deleted.

        One whose key is that of a payment with ``needs_attention`` stays.

        Args:
            before: The time, zone included.
            limit: How many at the most.
            account: Whose; None for everybody's.
        """
        ...
