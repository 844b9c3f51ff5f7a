"""daraja's ``PaymentStore`` in Django's own database, so orders and payments change in one transaction."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

import daraja
from daraja.errors import Conflict
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback, Unreadable
from daraja.lifecycle.record import Account
from payments import rows
from payments.models import OPEN, CallbackRecord, HistoryRecord, Payment

__all__ = ["DjangoPaymentStore"]

Hook = Callable[[daraja.Payment], object]


class DjangoPaymentStore:
    """Stores payments. Each method is one short transaction; a method that writes refuses to be part of a longer one.

    ``daraja.testing.StoreContract`` and ``FulfilmentContract`` prove it.

    Args:
        admit: Called with each new payment, inside the transaction that writes it; raises to refuse it.
        on_success: Called with each payment that becomes a success, inside the transaction that makes it one.
        on_reconsidered: Called in the same way if a person decides that a success no longer counts, or counts again.
    """

    def __init__(self, *, admit: Hook, on_success: Hook, on_reconsidered: Hook) -> None:
        self._admit = admit
        self._on_success = on_success
        self._on_reconsidered = on_reconsidered

    def insert(self, payment: daraja.Payment, /) -> daraja.Payment:
        """See ``PaymentStore.insert``."""
        with suppress(IntegrityError), transaction.atomic(durable=True):
            Payment.objects.create(**rows.payment_values(payment))
            self._admit(payment)
            return payment
        in_place = Q(idempotency_key=payment.idempotency_key, idempotency_key__isnull=False)
        if payment.order is not None:
            in_place |= Q(attempt_of=payment.order, attempt=payment.attempt) | Q(open_order=payment.order)
        for row in rows.of_account(Payment.objects.filter(in_place), payment.account):
            return rows.payment_of(row)
        raise _conflict(payment, Payment.objects.all())

    def load(self, key: str, /) -> daraja.Payment | None:
        """See ``PaymentStore.load``."""
        return next(map(rows.payment_of, Payment.objects.filter(key=key)), None)

    def find(self, name: str, value: str, environment: str, /) -> daraja.Payment | None:
        """See ``PaymentStore.find``."""
        column = rows.UNIQUE.get(name)
        if column is None or not value or not value.isprintable():
            return None  # no fact of Safaricom contains NUL, and PostgreSQL does not accept it
        return next(map(rows.payment_of, Payment.objects.filter(**{column: value, "environment": environment})), None)

    def swap(self, old: daraja.Payment, new: daraja.Payment, entry: HistoryEntry, /) -> bool:
        """See ``PaymentStore.swap``."""
        with suppress(_TakenError), transaction.atomic(durable=True):
            try:
                changed = Payment.objects.filter(key=old.key, version=old.version).update(**rows.changing_values(new))
            except IntegrityError:
                raise _TakenError from None
            if not changed:
                return False
            HistoryRecord.objects.create(**rows.entry_values(entry))
            if entry.callback_id is not None:
                _mark(entry.callback_id, entry.event)
            if entry.became_success:
                self._on_success(new)
            elif _counts(new) != _counts(old):
                self._on_reconsidered(new)
            return True
        raise _conflict(new, Payment.objects.exclude(key=new.key))

    def attempts(self, order: str, account: Account, /) -> Sequence[daraja.Payment]:
        """See ``PaymentStore.attempts``."""
        found = rows.of_account(Payment.objects.filter(attempt_of=order), account)
        return list(map(rows.payment_of, found.order_by("attempt")))

    def due(
        self, now: datetime, limit: int, account: Account | None = None, /
    ) -> Sequence[daraja.Payment | Unreadable]:
        """See ``PaymentStore.due``."""
        due = rows.of_account(Payment.objects.filter(next_check_at__lte=now), account)
        return _readable(due.order_by("next_check_at"), limit)

    def count_due(self, now: datetime, account: Account | None = None, /) -> int:
        """See ``PaymentStore.count_due``."""
        return rows.of_account(Payment.objects.filter(next_check_at__lte=now), account).count()

    def need_attention(self, limit: int, account: Account | None = None, /) -> Sequence[daraja.Payment | Unreadable]:
        """See ``PaymentStore.need_attention``."""
        listed = rows.of_account(Payment.objects.filter(needs_attention=True), account)
        return _readable(listed.order_by("created_at"), limit)

    def list(self, which: Filter, limit: int, after: str | None = None, /) -> Sequence[daraja.Payment | Unreadable]:
        """See ``PaymentStore.list``."""
        found = rows.filtered(Payment.objects.all(), which).order_by("-created_at", "-key")
        if after is not None:
            last = Payment.objects.filter(key=after).values("created_at")[:1]
            found = found.filter(Q(created_at__lt=last) | Q(created_at=last, key__lt=after))
        return list(map(rows.payment_or_unreadable, found[:limit]))

    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """See ``PaymentStore.history``."""
        return list(map(rows.entry_of, HistoryRecord.objects.filter(payment_id=key)))

    def erase(self, old: daraja.Payment, new: daraja.Payment, history: Sequence[HistoryEntry], /) -> bool:
        """See ``PaymentStore.erase``. The user and the order are the shop's own data, which it erases itself."""
        with transaction.atomic(durable=True):
            changed = Payment.objects.filter(key=old.key, version=old.version).update(**rows.erased_values(new))
            if not changed:
                return False
            HistoryRecord.objects.filter(payment_id=old.key).delete()
            HistoryRecord.objects.bulk_create(HistoryRecord(**rows.entry_values(entry)) for entry in history)
            CallbackRecord.objects.filter(key=old.key, note__isnull=False).delete()
            return True

    def callbacks(self, key: str, /) -> Sequence[ReceivedCallback | Unreadable]:
        """See ``PaymentStore.callbacks``."""
        return list(map(rows.callback_of, CallbackRecord.objects.filter(key=key)))

    def record(self, callback: ReceivedCallback, /) -> str:
        """See ``PaymentStore.record``; of simultaneous callbacks a few more than the limit may be stored."""
        with transaction.atomic(durable=True):
            same_kind = rows.of_account(CallbackRecord.objects.filter(key=callback.key or ""), callback.account)
            if same_kind.count() >= callback.limit:
                message = f"{callback.limit} callbacks of one kind are kept already, which is all that may be"
                raise Conflict(message)
            return str(CallbackRecord.objects.create(**rows.callback_values(callback)).pk)

    def unprocessed(
        self, limit: int, account: Account | None = None, after: str | None = None, /
    ) -> Sequence[ReceivedCallback | Unreadable]:
        """See ``PaymentStore.unprocessed``."""
        left = rows.of_account(CallbackRecord.objects.filter(note=None, id__gt=int(after or 0)), account)
        return list(map(rows.callback_of, left[:limit]))

    def processed(self, callback_id: str, note: str, /) -> None:
        """See ``PaymentStore.processed``."""
        with transaction.atomic(durable=True):
            _mark(callback_id, note)

    def purge(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge``."""
        looked_at = Payment.objects.filter(key=OuterRef("key"), needs_attention=True)
        return _purge(CallbackRecord.objects.filter(~Exists(looked_at)), before, limit, account)

    def purge_unsigned(self, before: datetime, limit: int, account: Account | None = None, /) -> int:
        """See ``PaymentStore.purge_unsigned``."""
        return _purge(CallbackRecord.objects.filter(key=""), before, limit, account)


def _purge(which: "QuerySet[CallbackRecord]", before: datetime, limit: int, account: Account | None) -> int:
    old = rows.of_account(which.filter(received_at__lt=before, note__isnull=False), account)
    oldest = old.order_by("received_at").values_list("pk", flat=True)
    with transaction.atomic(durable=True):
        return CallbackRecord.objects.filter(pk__in=list(oldest[:limit])).delete()[0]


def _readable(found: "QuerySet[Payment]", limit: int) -> Sequence[daraja.Payment | Unreadable]:
    """Read rows until *limit* of them can be read, so unreadable rows hide no others."""
    read: list[daraja.Payment | Unreadable] = []
    for row in found.iterator(chunk_size=limit or 1):
        if sum(isinstance(one, daraja.Payment) for one in read) == limit:
            break
        read.append(rows.payment_or_unreadable(row))
    return read


def _counts(payment: daraja.Payment) -> bool:
    """Return whether it is fulfilled and no person has revoked that."""
    return payment.succeeded_at is not None and (payment.resolution is None or payment.resolution.paid)


def _mark(callback_id: str, note: str) -> None:
    CallbackRecord.objects.filter(pk=callback_id, note=None).update(note=note)


class _TakenError(Exception):
    """Ends a transaction in which PostgreSQL accepts no further statement."""


def _conflict(payment: daraja.Payment, others: "QuerySet[Payment]") -> Conflict:
    beside = Q(key=payment.key) | Q(order_id=payment.metadata["order_id"], status__in=OPEN)
    for name, column in rows.UNIQUE.items():
        if name in payment.facts:
            beside |= Q(**{column: str(payment.facts[name]), "environment": payment.environment})
    if payment.paid_order is not None:
        beside |= Q(paid_order=payment.paid_order)
    found = ", ".join(others.filter(beside).values_list("key", flat=True))
    return Conflict(f"payment {payment.key} cannot stand beside {found or 'what was there a moment ago'}")
