"""Records of any kind in a database of Django's, so that orders and records change in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from django.db import IntegrityError, connections, transaction
from django.db.models import Q, QuerySet

from daraja.django import rows
from daraja.django.base_models import AbstractRecord
from daraja.django.callbacks import DjangoCallbacks
from daraja.django.charges import Charges
from daraja.errors import Conflict
from daraja.lifecycle import ports
from daraja.lifecycle.charges import Charge, changed_charges
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import refuse_awaitable
from daraja.lifecycle.record import Account, Record
from daraja.system.machine import timed

R = TypeVar("R", bound=Record)


class DjangoRecords(DjangoCallbacks[R]):
    """A ``RecordStore`` over Django's models. Each method is one short transaction of its own.

    Args:
        tables: The models of the kind.
        on_success: Called with each record that becomes a success, inside the transaction that makes it one. If it
            raises, nothing is written, and the callback is tried again later.
        on_refund_due: Called in the same way with each record of an order that another record has paid already.
    """

    def __init__(
        self,
        tables: rows.Tables[R],
        /,
        *,
        on_success: Callable[[R], object] | None = None,
        on_refund_due: Callable[[R], object] | None = None,
    ) -> None:
        super().__init__(tables)
        self._on_success: Final = on_success
        self._on_refund_due: Final = on_refund_due
        counters = None if tables.charges is None else tables.charges._default_manager.using(self._using)
        self._charges: Final = None if counters is None else Charges(counters)

    def leave_thread(self) -> None:
        """Close the connections of a thread that ends, since Django closes them only at the end of a request."""
        connections.close_all()

    @property
    def location(self) -> str:
        """The database in words, without a password."""
        return f"Django's database {self._using!r}"

    def insert(self, record: R, /) -> R:
        """See ``RecordStore.insert``."""

        def work() -> None:
            self._rows.create(**self._new_values(record))
            self._charge(record, changed_charges((), record.charges))

        try:
            self._write(work)
        except IntegrityError as error:
            for row in rows.of_account(self._rows.filter(self._in_its_place(record)), record.account):
                return self._record_of(row)
            raise self._conflict(record, error) from None
        return record

    def load(self, key: str, /) -> R | None:
        """See ``RecordStore.load``."""
        return self._first(self._rows.filter(key=key))

    def find(self, name: str, value: str, environment: str, /) -> R | None:
        """See ``RecordStore.find``."""
        if name not in self._record.kind.unique or not value.isprintable():
            return None  # no fact of Safaricom contains NUL, and PostgreSQL does not accept it
        return self._first(self._rows.filter(**{name: str(value), "environment": environment}))

    def swap(self, old: R, new: R, entry: ports.HistoryEntry, /) -> bool:
        """See ``RecordStore.swap``."""
        values = rows.changing_values(self._model, new)
        charges = changed_charges(old.charges, new.charges)
        hook = self._on_success if entry.became_success else None
        if new.refund_due and not old.refund_due:
            hook = self._on_refund_due

        def work() -> bool:
            try:
                # In a savepoint, as a hook may fail in the same way, and that is its own error.
                with transaction.atomic(using=self._using):
                    changed = self._rows.filter(key=old.key, version=old.version).update(**values)
            except IntegrityError as error:
                raise self._conflict(new, error) from None
            if not changed:
                return False
            self._history.create(**rows.entry_values(entry))
            if entry.callback_id is not None:
                self._mark(entry.callback_id, entry.event)
            if hook is not None:
                with timed(hook):
                    refuse_awaitable(hook(new))
            self._charge(new, charges)
            transaction.on_commit(partial(self._signal, old, new, entry), using=self._using, robust=True)
            return True

        return self._write(work)

    def due(self, now: datetime, limit: int, account: Account | None = None, /) -> Sequence[R | ports.Unreadable]:
        """See ``RecordStore.due``."""
        due = self._rows.filter(next_check_at__lte=rows.kept_time(now)).order_by("next_check_at", "key")
        return self._readable(rows.of_account(due, account), limit)

    def count_due(self, now: datetime, account: Account | None = None, /) -> int:
        """See ``RecordStore.count_due``."""
        due: QuerySet[AbstractRecord] = self._rows.filter(next_check_at__lte=rows.kept_time(now))
        return rows.of_account(due, account).count()

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[R | ports.Unreadable]:
        """See ``RecordStore.need_attention``."""
        listed = self._rows.filter(needs_attention=True).order_by("created_at", "key")
        return self._readable(rows.of_account(listed, account), limit)

    def list(self, which: Filter, limit: int, after: str | None = None, /) -> Sequence[R | ports.Unreadable]:
        """See ``RecordStore.list``."""
        others = {name: value for name, value in which.equals.items() if name != "order"}
        found = self._rows.filter(**others).order_by("-created_at", "-key")
        if which.order is not None:
            found = found.filter(self._is_of_order(which.order))
        if which.since is not None:
            found = found.filter(created_at__gte=rows.kept_time(which.since))
        if which.until is not None:
            found = found.filter(created_at__lt=rows.kept_time(which.until))
        if which.check_after is not None:
            found = found.filter(next_check_at__gt=rows.kept_time(which.check_after))
        if after is not None:
            last = self._rows.filter(key=after).first()
            if last is None:
                return []
            found = found.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, key__lt=after))
        return [rows.record_or_unreadable(self._record, row) for row in found[:limit]]

    def history(self, key: str, /) -> Sequence[ports.HistoryEntry]:
        """See ``RecordStore.history``."""
        return [rows.entry_of(row) for row in self._history.filter(key=key)]

    def erase(self, old: R, new: R, history: Sequence[ports.HistoryEntry], /) -> bool:
        """See ``RecordStore.erase``; the columns of a model of your own stay as they are."""
        values = rows.all_values(self._model, new)

        def work() -> bool:
            if not self._rows.filter(key=old.key, version=old.version).update(**values):
                return False
            self._history.filter(key=new.key).delete()
            self._history.bulk_create(self._history.model(**rows.entry_values(entry)) for entry in history)
            self._callbacks.filter(key=new.key, processed=True).delete()
            return True

        return self._write(work)

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``RecordStore.purge``."""
        if self._charges is not None:
            self._write(partial(self._charges.purge, before, account))
        return super().purge(before, limit, account)

    def _charge(self, record: R, charges: Sequence[Charge]) -> None:
        # Last in the transaction, since others wait for these rows.
        if self._charges is not None:
            self._charges.add(record.account, charges)

    def _signal(self, old: R, new: R, entry: ports.HistoryEntry) -> None:
        """Send the signals of the kind, once the change is committed."""

    def _new_values(self, record: R) -> rows.Values:
        """Return the row of a new record."""
        return rows.new_values(self._model, record)

    def _record_of(self, row: AbstractRecord) -> R:
        return rows.record_of(self._record, row)

    def _first(self, found: "QuerySet[AbstractRecord]") -> R | None:
        return next(map(self._record_of, found), None)

    def _readable(self, found: "QuerySet[AbstractRecord]", limit: int) -> Sequence[R | ports.Unreadable]:
        """Read page after page until *limit* rows can be read, so that unreadable ones hide no others."""
        read: list[R | ports.Unreadable] = []
        wanted = limit
        while wanted > 0:
            page = [rows.record_or_unreadable(self._record, row) for row in found[len(read) : len(read) + wanted]]
            read += page
            if len(page) < wanted:
                break
            wanted = sum(isinstance(one, ports.Unreadable) for one in page)
        return read

    def _is_of_order(self, order: str) -> Q:
        """Return the condition for the records of an order; most kinds have no orders."""
        del order
        return Q(pk__in=[])

    def _in_its_place(self, record: R) -> Q:
        """Find the record of the same account that a new one must not stand beside."""
        found = Q(pk__in=[])
        for names in record.kind.unique_in_account:
            values = {name: getattr(record, name) for name in names}
            if None not in values.values():
                found |= Q(**{name: rows.plain(value) for name, value in values.items()})
        return found

    def _conflict(self, record: R, error: IntegrityError) -> Exception:
        """Return the conflict with another record, or the error itself if none can be found."""
        same_key = Q(key=record.key)
        beside = rows.account_is(record.account) & self._in_its_place(record)
        for name in record.kind.unique:
            if name in record.facts:
                beside |= Q(**{name: str(record.facts[name]), "environment": record.environment})
        others = same_key | beside if record.version == 0 else beside & ~same_key
        found = ", ".join(self._rows.filter(others).values_list("key", flat=True))
        kind = record.kind.name
        return Conflict(f"{kind} {record.key} cannot stand beside {kind} {found}") if found else error
