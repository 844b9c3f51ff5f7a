"""daraja's ``PaymentStore`` in a database of Django's, so that orders and payments change in one transaction."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, router, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

import daraja
from daraja.django import rows
from daraja.django.conf import Hook
from daraja.django.models import (
    UNIQUE_FACTS,
    UNIQUE_IN_ACCOUNT,
    AbstractPayment,
    Callback,
    HistoryEntry,
    payment_model,
)
from daraja.django.signals import payment_changed, payment_succeeded
from daraja.errors import Conflict
from daraja.lifecycle import ports
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.policy import refuse_awaitable
from daraja.lifecycle.record import Account
from daraja.system.slow_hook import timed

__all__ = ["DjangoStore"]

Result = TypeVar("Result")

_TRIES: Final = 5
"""How often a transaction is tried that the database ended because of another one."""
_COLLISIONS: Final = {"1205", "1213", "40001", "40P01"}
"""Lock wait time-out and deadlock of MySQL and MariaDB; failed serialisation and deadlock of PostgreSQL."""
_NESTED: Final = (
    "daraja writes a payment in a transaction of its own, and this code runs inside another one. Put "
    "@transaction.non_atomic_requests on the view if ATOMIC_REQUESTS is on, or call this outside of your own "
    "transaction.atomic() block."
)


class DjangoStore:
    """Stores payments with Django's models. Each method is one short transaction of its own.

    ``daraja.testing.StoreContract`` and ``FulfilmentContract`` prove it.

    Args:
        on_success: Called with each payment that becomes a success, inside the transaction that makes it one. If it
            raises, nothing is written, and the callback is tried again later.
        on_refund_due: Called in the same way with each payment of an order that another payment has paid already.
    """

    def __init__(self, *, on_success: Hook | None = None, on_refund_due: Hook | None = None) -> None:
        self._on_success: Final = on_success
        self._on_refund_due: Final = on_refund_due
        self._model: Final = payment_model()
        self._using: Final = router.db_for_write(self._model)
        self._payments: Final = self._model._default_manager.using(self._using)
        self._history: Final = HistoryEntry.objects.using(self._using)
        self._callbacks: Final = Callback.objects.using(self._using)

    @property
    def location(self) -> str:
        """The database in words, without a password."""
        return f"Django's database {self._using!r}"

    def insert(self, payment: daraja.Payment, /) -> daraja.Payment:
        """See ``PaymentStore.insert``."""
        try:
            self._write(partial(self._payments.create, **rows.payment_values(self._model, payment)))
        except IntegrityError as error:
            for row in rows.of_account(self._payments.filter(self._in_its_place(payment)), payment.account):
                return row.record
            raise self._conflict(payment, error) from None
        return payment

    def load(self, key: str, /) -> daraja.Payment | None:
        """See ``PaymentStore.load``."""
        return self._first(self._payments.filter(key=key))

    def find(self, name: str, value: str, environment: str, /) -> daraja.Payment | None:
        """See ``PaymentStore.find``."""
        if name not in UNIQUE_FACTS or not value.isprintable():
            return None  # no fact of Safaricom contains NUL, and PostgreSQL does not accept it
        return self._first(self._payments.filter(**{name: str(value), "environment": environment}))

    def swap(self, old: daraja.Payment, new: daraja.Payment, entry: ports.HistoryEntry, /) -> bool:
        """See ``PaymentStore.swap``."""
        values = rows.changing_values(new)
        hook = self._on_success if entry.became_success else None
        if new.refund_due and not old.refund_due:
            hook = self._on_refund_due

        def work() -> bool:
            try:
                # In a savepoint, as a hook may fail in the same way, and that is its own error.
                with transaction.atomic(using=self._using):
                    changed = self._payments.filter(key=old.key, version=old.version).update(**values)
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
            transaction.on_commit(partial(self._signal, old, new, entry), using=self._using, robust=True)
            return True

        return self._write(work)

    def attempts(self, order: str, account: Account, /) -> Sequence[daraja.Payment]:
        """See ``PaymentStore.attempts``."""
        found = self._payments.filter(self._is_of_order(order))
        return [row.record for row in rows.of_account(found, account).order_by("attempt")]

    def due(
        self, now: datetime, limit: int, account: Account | None = None, /
    ) -> Sequence[daraja.Payment | ports.Unreadable]:
        """See ``PaymentStore.due``."""
        due = self._payments.filter(next_check_at__lte=rows.kept_time(now)).order_by("next_check_at", "key")
        return _readable(rows.of_account(due, account), limit)

    def count_due(self, now: datetime, account: Account | None = None, /) -> int:
        """See ``PaymentStore.count_due``."""
        return rows.of_account(self._payments.filter(next_check_at__lte=rows.kept_time(now)), account).count()

    def need_attention(
        self, limit: int, account: Account | None = None, /
    ) -> Sequence[daraja.Payment | ports.Unreadable]:
        """See ``PaymentStore.need_attention``."""
        listed = self._payments.filter(needs_attention=True).order_by("created_at", "key")
        return _readable(rows.of_account(listed, account), limit)

    def list(
        self, which: Filter, limit: int, after: str | None = None, /
    ) -> Sequence[daraja.Payment | ports.Unreadable]:
        """See ``PaymentStore.list``."""
        others = {name: value for name, value in which.equals.items() if name != "order"}
        found = self._payments.filter(**others).order_by("-created_at", "-key")
        if which.order is not None:
            found = found.filter(self._is_of_order(which.order))
        if which.since is not None:
            found = found.filter(created_at__gte=rows.kept_time(which.since))
        if which.until is not None:
            found = found.filter(created_at__lt=rows.kept_time(which.until))
        if which.check_after is not None:
            found = found.filter(next_check_at__gt=rows.kept_time(which.check_after))
        if after is not None:
            last = self._payments.filter(key=after).first()
            if last is None:
                return []
            found = found.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, key__lt=after))
        return [rows.payment_or_unreadable(row) for row in found[:limit]]

    def history(self, key: str, /) -> Sequence[ports.HistoryEntry]:
        """See ``PaymentStore.history``."""
        return [rows.entry_of(row) for row in self._history.filter(key=key)]

    def erase(self, old: daraja.Payment, new: daraja.Payment, history: Sequence[ports.HistoryEntry], /) -> bool:
        """See ``PaymentStore.erase``; the columns of a model of your own stay as they are."""

        def work() -> bool:
            if not self._payments.filter(key=old.key, version=old.version).update(**rows.all_values(new)):
                return False
            self._history.filter(key=new.key).delete()
            self._history.bulk_create(HistoryEntry(**rows.entry_values(entry)) for entry in history)
            self._callbacks.filter(key=new.key, processed=True).delete()
            return True

        return self._write(work)

    def callbacks(self, key: str, /) -> Sequence[ports.ReceivedCallback | ports.Unreadable]:
        """See ``PaymentStore.callbacks``."""
        return [rows.callback_of(row) for row in self._callbacks.filter(key=key)]

    def record(self, callback: ports.ReceivedCallback, /) -> str:
        """See ``PaymentStore.record``; of simultaneous callbacks a few more than the limit may be stored."""
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
        """See ``PaymentStore.unprocessed``."""
        left = self._callbacks.filter(processed=False, id__gt=int(after or 0))
        return [rows.callback_of(row) for row in rows.of_account(left, account)[:limit]]

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``PaymentStore.processed``."""
        self._write(partial(self._mark, callback_id, note))

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge``."""
        looked_at = self._payments.filter(key=OuterRef("key"), needs_attention=True)
        return self._purge(self._callbacks.filter(~Exists(looked_at)), before, limit, account)

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge_unsigned``."""
        return self._purge(self._callbacks.filter(key=""), before, limit, account)

    def _purge(self, which: "QuerySet[Callback]", before: datetime, limit: int, account: Account | None) -> int:
        old = rows.of_account(which.filter(received_at__lt=rows.kept_time(before), processed=True), account)
        oldest = [*old.order_by("received_at").values_list("pk", flat=True)[:limit]]
        return self._write(lambda: self._callbacks.filter(pk__in=oldest).delete()[0])

    def _write(self, work: Callable[[], Result]) -> Result:
        """Do *work* in a transaction of its own, again where the database ended it because of another one."""
        tries = 1
        while True:
            try:
                with ExitStack() as stack:
                    try:
                        stack.enter_context(transaction.atomic(using=self._using, durable=True))
                    except RuntimeError:
                        raise transaction.TransactionManagementError(_NESTED) from None
                    return work()
            except OperationalError as error:
                if tries == _TRIES or not _is_collision(error):
                    raise
            tries += 1

    def _mark(self, callback_id: str, note: str) -> None:
        self._callbacks.filter(pk=callback_id, processed=False).update(processed=True, note=note)

    def _signal(self, old: daraja.Payment, new: daraja.Payment, entry: ports.HistoryEntry) -> None:
        payment_changed.send_robust(self._model, payment=new, before=old)
        if entry.became_success:
            payment_succeeded.send_robust(self._model, payment=new, before=old)

    def _first(self, found: "QuerySet[AbstractPayment]") -> daraja.Payment | None:
        return next((row.record for row in found), None)

    def _is_of_order(self, order: str) -> Q:
        """Return the condition for the payments of an order; a text that can be no key of an order has none."""
        field: Any = self._model._meta.get_field("order")  # Any: a text, or a foreign key to whatever has orders
        try:
            if field.is_relation:
                field.target_field.to_python(order)
        except ValidationError:
            return Q(pk__in=[])
        return Q(order=str(order))

    def _in_its_place(self, payment: daraja.Payment) -> Q:
        """Find the payment of the same account that a new one must not stand beside."""
        found = Q(pk__in=[])
        for name in UNIQUE_IN_ACCOUNT:
            if (value := getattr(payment, name)) is not None:
                found |= Q(**{name: str(value)})
        if payment.order is not None:
            found |= Q(order=str(payment.order), attempt=payment.attempt)
        return found

    def _conflict(self, payment: daraja.Payment, error: IntegrityError) -> Exception:
        """Return the conflict with another payment, or the error itself where none can be found."""
        same_key = Q(key=payment.key)
        beside = rows.account_is(payment.account) & self._in_its_place(payment)
        for name in UNIQUE_FACTS:
            if name in payment.facts:
                beside |= Q(**{name: str(payment.facts[name]), "environment": payment.environment})
        others = same_key | beside if payment.version == 0 else beside & ~same_key
        found = ", ".join(self._payments.filter(others).values_list("key", flat=True))
        return Conflict(f"payment {payment.key} cannot stand beside payment {found}") if found else error


def _readable(found: "QuerySet[AbstractPayment]", limit: int) -> Sequence[daraja.Payment | ports.Unreadable]:
    """Read page after page until *limit* rows can be read, so that unreadable ones hide no others."""
    read: list[daraja.Payment | ports.Unreadable] = []
    wanted = limit
    while wanted > 0:
        page = [rows.payment_or_unreadable(row) for row in found[len(read) : len(read) + wanted]]
        read += page
        if len(page) < wanted:
            break
        wanted = sum(isinstance(one, ports.Unreadable) for one in page)
    return read


def _is_collision(error: OperationalError) -> bool:
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or (error.args[0] if error.args else None)
    return str(code) in _COLLISIONS
