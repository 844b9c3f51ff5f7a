"""The store of records: its methods, and the values that go in and out."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar, runtime_checkable

import attrs

from daraja.api.addresses import Purpose
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.record import Account, Record
from daraja.values.secret import mask_numbers

R = TypeVar("R", bound=Record)


@attrs.frozen(kw_only=True)
class ReceivedCallback:
    """The body of one request to a callback address, stored before anybody tries to read it.

    Args:
        id: The store's name for it; empty until it is stored.
        account: Whose address was called.
        purpose: What the address was signed for; for an unsigned address, what it is used for.
        key: The key of the record that the address was signed for; None if it was not signed by us.
        body: The bytes as they came, cut to the length that is stored; hidden in reprs.
        remote_ip: Who sent it, as the caller told us; empty if unknown.
        received_at: When it came, in UTC.
        limit: How many callbacks of the same *account* and *key* a store keeps. It refuses more with ``Conflict``.
    """

    id: str = ""
    account: Account
    purpose: Purpose = Purpose.PAYMENT
    key: str | None
    body: bytes = attrs.field(repr=False)
    remote_ip: str = ""
    received_at: datetime
    limit: int


@attrs.frozen(kw_only=True)
class HistoryEntry:
    """One change of a record: when, from where and by whom.

    Args:
        key: The record's key.
        at: When, in UTC.
        event: What made the change, such as ``callback paid``, ``query cancelled`` or ``check``; a stable name.
        by: The person who decided; empty if nobody did.
        note: That person's words.
        before: The status before the change.
        after: The status after it.
        became_success: Whether this change is the one that fulfils. It is true once in the life of a record.
        callback_id: The stored callback that this change processes, or None.
    """

    key: str
    at: datetime
    event: str
    by: str = attrs.field(default="", repr=mask_numbers)
    note: str = attrs.field(default="", repr=False)
    before: str
    after: str
    became_success: bool = False
    callback_id: str | None = None


@attrs.frozen
class Unreadable:
    """A stored row that cannot be read: another release wrote it, or a person edited it. It stays as it is.

    Args:
        key: The key of the record, or the id of the callback.
        reason: What is wrong with it, without personal data.
    """

    key: str
    reason: str

    @property
    def id(self) -> str:
        """The id of the callback."""
        return self.key


class RecordStore(Protocol[R]):
    """Stores records of one kind, their history and the bodies of callbacks. Threads and processes share it safely.

    A store holds no rules: it writes what it is given. Each method is one short transaction of its own, committed when
    it returns. ``daraja.testing.StoreContract`` proves a store.

    Raises:
        Conflict: Any method, if the new data contradicts the stored data and nobody lost a race.
        RecordUnreadable: Any method that returns one record, if its row cannot be read.
    """

    def insert(self, record: R, /) -> R:
        """Store a new record and return it.

        If its account has a record with the same idempotency key, or with any other of ``kind.unique_in_account``,
        nothing is written, and that record is returned. Of several callers at the same time one writes.

        Args:
            record: The new record, of version 0.

        Returns:
            *record*, or the one that is there instead.

        Raises:
            Conflict: If its key or one of its unique facts is there already.
            CapReached: If one of its ``charges`` does not fit under its limit; nothing is written then.
        """
        ...

    def load(self, key: str, /) -> R | None:
        """Return the record with that key, of any account, or None.

        Args:
            key: The record's own key.
        """
        ...

    def find(self, name: str, value: str, environment: str, /) -> R | None:
        """Return the record that holds a unique fact, of any account, or None.

        Args:
            name: The name of the fact, one of ``kind.unique``, for example ``receipt``.
            value: Its value.
            environment: The name of the environment. A fact is unique in one environment.
        """
        ...

    def swap(self, old: R, new: R, entry: HistoryEntry, /) -> bool:
        """Replace *old* by *new*, in one transaction with everything that belongs to the change.

        That is: the history entry, the mark on the callback that it names (with ``entry.event`` as its note), the
        change of its ``charges``, and what the store does if ``entry.became_success``. If any of it fails, nothing was
        written.

        Args:
            old: The record as it was read. Its ``version`` is compared.
            new: The changed record, with the next version.
            entry: The new entry of the history.

        Returns:
            False if another caller was faster, so that the stored version differs. Nothing was written; read it again.

        Raises:
            Conflict: If another record has one of the unique facts of *new*, or of ``kind.unique_in_account``.
            CapReached: If one of the ``charges`` of *new* does not fit under its limit.
        """
        ...

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[R | Unreadable]:
        """Return at most *limit* records whose ``next_check_at`` is not after *now*, the longest due first.

        Rows that cannot be read are returned beside them and do not count.

        Args:
            now: The time.
            limit: The largest number of records.
            account: Whose records; None for all accounts.
        """
        ...

    def count_due(self, now: datetime, account: Account | None = None, /) -> int:
        """Return how many records are due at *now*, also those that cannot be read; see ``due``."""
        ...

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[R | Unreadable]:
        """Return at most *limit* records with ``needs_attention``, the oldest first, and rows that cannot be read.

        Args:
            limit: The largest number of records.
            account: Whose records; None for all accounts.
        """
        ...

    def list(self, which: Filter, limit: int, after: str | None = None, /) -> Sequence[R | Unreadable]:
        """Return at most *limit* records, the newest first, of the same time by their key from the highest down.

        Rows that cannot be read stand in their places.

        Args:
            which: The records to list.
            limit: The largest number of records.
            after: The key of the last record of the page before; None for the first page.
        """
        ...

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """Return the history of a record, the oldest entry first; empty for an unknown key.

        Args:
            key: The record's key.
        """
        ...

    def erase(self, old: R, new: R, history: Sequence[HistoryEntry], /) -> bool:
        """Replace *old* by *new* and the history by *history*, and delete the record's processed callbacks.

        All of it happens in one transaction. Unlike ``swap``, it may change every field but the key and the account.

        Args:
            old: The record as it was read. Its ``version`` is compared.
            new: The record without personal data, with the next version.
            history: The whole new history, the oldest entry first.

        Returns:
            False if another caller was faster, so that the stored version differs. Nothing was written; read it again.
        """
        ...

    def callbacks(self, key: str, /) -> Sequence[ReceivedCallback | Unreadable]:
        """Return the stored callbacks that came to the signed address of a record, in the order in which they came.

        Args:
            key: The record's key.
        """
        ...

    def record(self, callback: ReceivedCallback, /) -> str:
        """Store a callback and return the id that it has from then on.

        Args:
            callback: As it came, with an empty ``id``.

        Raises:
            Conflict: If ``callback.limit`` callbacks of the same account and key are stored.
        """
        ...

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback | Unreadable]:
        """Return at most *limit* callbacks that are not processed, in the order in which they came.

        Args:
            limit: The largest number of callbacks.
            account: Whose callbacks; None for all accounts.
            after: The id of the last callback of the page before; None for the first page.
        """
        ...

    def processed_callbacks(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback | Unreadable]:
        """Return callbacks that are processed, in the order in which they came; see ``unprocessed``."""
        ...

    def delete_callbacks(self, ids: Sequence[str], /) -> int:
        """Delete the processed ones of these callbacks, and return how many were deleted.

        Args:
            ids: The ids that ``record`` returned.
        """
        ...

    def processed(self, callback_id: str, note: str, /) -> None:
        """Mark a callback as processed, with a note. An earlier note stays.

        Args:
            callback_id: The id that ``record`` returned.
            note: What became of it.
        """
        ...

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """Delete at most *limit* processed callbacks that came before *before*, and return how many were deleted.

        A callback of a record with ``needs_attention`` stays. The counters of caps that renewed before *before* go
        too.

        Args:
            before: The time, with its time zone.
            limit: The largest number of callbacks.
            account: Whose callbacks; None for all accounts.
        """
        ...

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """Delete only callbacks without a key, which anybody can send; see ``purge``."""
        ...


@runtime_checkable
class ThreadBound(Protocol):
    """A store whose connections belong to the thread that opened them, as those of Django do."""

    def leave_thread(self) -> None:
        """Close what this thread has opened. It is called at the end of each thread that we start."""
        ...


class Records(RecordStore[Record], Protocol):
    """A store as the engine sees it, which knows no kind. Name its methods in ``ask``."""

    def attempts(self, order: str, account: Account, /) -> Sequence[Record]:
        """Return the attempts of one order. Only a kind with orders has a store with this method."""
        ...


@attrs.frozen(kw_only=True)
class FloatReading:
    """The balance of one of our accounts, as Safaricom reported it.

    Args:
        account: The name of the account.
        available: What it can spend, in KES; None if all that is known is that it was too little.
        told_by: The key of the payout or receipt whose news told it; None for the answer to a balance query.
    """

    account: str
    available: Decimal | None
    told_by: str | None = None
