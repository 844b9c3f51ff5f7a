"""Callbacks in a database of Django's: each is committed before anybody reads it."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar

from django.db import OperationalError, router, transaction
from django.db.models import Exists, OuterRef, QuerySet

from daraja.django import rows
from daraja.django.base_models import AbstractCallback
from daraja.errors import Conflict
from daraja.lifecycle import ports
from daraja.lifecycle.record import Account, Record

R = TypeVar("R", bound=Record)
Result = TypeVar("Result")

_TRIES: Final = 20
"""How often a transaction is tried that the database ended because of another one."""
_COLLISIONS: Final = {"1205", "1213", "40001", "40P01"}
"""Lock wait time-out and deadlock of MySQL and MariaDB; failed serialisation and deadlock of PostgreSQL."""
_NESTED: Final = (
    "daraja writes a {kind} in a transaction of its own, and this code runs inside another one. Put "
    "@transaction.non_atomic_requests on the view if ATOMIC_REQUESTS is on, or call this outside of your own "
    "transaction.atomic() block."
)


class DjangoCallbacks(Generic[R]):
    """The part of a ``RecordStore`` that stores callbacks, and the transactions of all of it.

    Args:
        tables: The models of the kind.
    """

    def __init__(self, tables: rows.Tables[R], /) -> None:
        self._record: Final = tables.record
        self._model: Final = tables.records
        self._using: Final = router.db_for_write(self._model)
        # Any: the models of a kind, whose managers have a type for concrete models only
        self._rows: Final[Any] = self._model._default_manager.using(self._using)
        self._history: Final[Any] = tables.history._default_manager.using(self._using)
        self._callbacks: Final[Any] = tables.callbacks._default_manager.using(self._using)

    def callbacks(self, key: str, /) -> Sequence[ports.ReceivedCallback | ports.Unreadable]:
        """See ``RecordStore.callbacks``."""
        return [rows.callback_of(row) for row in self._callbacks.filter(key=key)]

    def record(self, callback: ports.ReceivedCallback, /) -> str:
        """See ``RecordStore.record``; of simultaneous callbacks a few more than the limit may be stored."""
        kept = rows.of_account(self._callbacks.filter(key=callback.key or ""), callback.account)

        def work() -> str:
            # Written first: a transaction that begins with a read cannot always write later, in SQLite.
            row = self._callbacks.create(**rows.callback_values(callback))
            if kept.count() > callback.limit:
                raise Conflict(f"{callback.limit} callbacks of one kind are kept already, which is all that may be")
            return str(row.pk)

        return self._write(work)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ports.ReceivedCallback | ports.Unreadable]:
        """See ``RecordStore.unprocessed``."""
        return self._page(self._callbacks.filter(processed=False), limit, account, after)

    def processed_callbacks(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ports.ReceivedCallback | ports.Unreadable]:
        """See ``RecordStore.processed_callbacks``."""
        return self._page(self._callbacks.filter(processed=True), limit, account, after)

    def delete_callbacks(self, ids: Sequence[str], /) -> int:
        """See ``RecordStore.delete_callbacks``."""
        return self._write(lambda: int(self._callbacks.filter(pk__in=ids, processed=True).delete()[0]))

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``RecordStore.processed``."""
        self._write(partial(self._mark, callback_id, note))

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge``."""
        looked_at = self._rows.filter(key=OuterRef("key"), needs_attention=True)
        return self._purge(self._callbacks.filter(~Exists(looked_at)), before, limit, account)

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge_unsigned``."""
        return self._purge(self._callbacks.filter(key=""), before, limit, account)

    def _page(
        self, which: "QuerySet[AbstractCallback]", limit: int, account: Account | None, after: str | None
    ) -> Sequence[ports.ReceivedCallback | ports.Unreadable]:
        following = rows.of_account(which.filter(pk__gt=int(after or 0)), account)
        return [rows.callback_of(row) for row in following[:limit]]

    def _purge(self, which: "QuerySet[AbstractCallback]", before: datetime, limit: int, account: Account | None) -> int:
        old = rows.of_account(which.filter(received_at__lt=rows.kept_time(before), processed=True), account)
        oldest = [*old.order_by("received_at").values_list("pk", flat=True)[:limit]]
        return self._write(lambda: int(self._callbacks.filter(pk__in=oldest).delete()[0]))

    def _write(self, work: Callable[[], Result]) -> Result:
        """Do *work* in a transaction of its own, again if the database ended it because of another one."""
        tries = 1
        while True:
            try:
                with ExitStack() as stack:
                    try:
                        stack.enter_context(transaction.atomic(using=self._using, durable=True))
                    except RuntimeError:
                        nested = _NESTED.format(kind=self._record.kind.name)
                        raise transaction.TransactionManagementError(nested) from None
                    return work()
            except OperationalError as error:
                if tries == _TRIES or not _is_collision(error):
                    raise
            tries += 1

    def _mark(self, callback_id: str, note: str) -> None:
        self._callbacks.filter(pk=callback_id, processed=False).update(processed=True, note=note)


def _is_collision(error: OperationalError) -> bool:
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or (error.args[0] if error.args else None)
    return str(code) in _COLLISIONS
