"""daraja's stores in a database of Django's, so that orders change in one transaction with payments and payouts."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q

import daraja
from daraja.django import rows
from daraja.django.conf import Hook
from daraja.django.models import (
    Callback,
    HistoryEntry,
    Payout,
    PayoutCallback,
    PayoutCharge,
    PayoutHistoryEntry,
    payment_model,
)
from daraja.django.records import DjangoRecords
from daraja.django.signals import payment_changed, payment_succeeded, payout_changed, payout_paid
from daraja.lifecycle.ports import HistoryEntry as Entry
from daraja.lifecycle.record import Account

PAYOUTS: Final = rows.Tables(
    record=daraja.Payout,
    records=Payout,
    history=PayoutHistoryEntry,
    callbacks=PayoutCallback,
    charges=PayoutCharge,
)
"""The models of payouts."""


def payment_tables() -> rows.Tables[daraja.Payment]:
    """Return the models of payments. The project may have one of its own."""
    return rows.Tables(record=daraja.Payment, records=payment_model(), history=HistoryEntry, callbacks=Callback)


class DjangoStore(DjangoRecords[daraja.Payment]):
    """Stores payments with Django's models. Each method is one short transaction of its own.

    ``daraja.testing.StoreContract`` and ``FulfilmentContract`` prove it.

    Args:
        on_success: Called with each payment that becomes a success, inside the transaction that makes it one. If it
            raises, nothing is written, and the callback is tried again later.
        on_refund_due: Called in the same way with each payment of an order that another payment has paid already.
    """

    def __init__(self, *, on_success: Hook | None = None, on_refund_due: Hook | None = None) -> None:
        super().__init__(payment_tables(), on_success=on_success, on_refund_due=on_refund_due)
        self._payments: Final = payment_model()

    def attempts(self, order: str, account: Account, /) -> Sequence[daraja.Payment]:
        """See ``PaymentStore.attempts``."""
        found = rows.of_account(self._rows.filter(self._is_of_order(order)), account)
        return [self._record_of(row) for row in found.order_by("attempt")]

    def _new_values(self, record: daraja.Payment) -> rows.Values:
        order = {self._payments.order_column(): record.order and str(record.order)}
        return {**super()._new_values(record), **order, **self._payments.columns_for(record)}

    def _is_of_order(self, order: str) -> Q:
        """Return the condition for the payments of an order; a text that can be no key of an order has none."""
        field: Any = self._payments._meta.get_field("order")  # Any: a text, or a foreign key to whatever has orders
        try:
            if field.is_relation:
                field.target_field.to_python(order)
        except ValidationError:
            return Q(pk__in=[])
        return Q(order=str(order))

    def _signal(self, old: daraja.Payment, new: daraja.Payment, entry: Entry) -> None:
        payment_changed.send_robust(self._model, payment=new, before=old)
        if entry.became_success:
            payment_succeeded.send_robust(self._model, payment=new, before=old)


class DjangoPayoutStore(DjangoRecords[daraja.Payout]):
    """Stores payouts with Django's models, in tables of their own.

    The caps hold for all threads and processes: a payout is written as pending in one transaction with its part of
    them. ``daraja.testing.PayoutStoreContract`` proves it.

    Args:
        on_paid: Called with each payout that is paid, inside the transaction that makes it so. If it raises, nothing is
            written, and the callback is tried again later.
    """

    def __init__(self, *, on_paid: Callable[[daraja.Payout], object] | None = None) -> None:
        super().__init__(PAYOUTS, on_success=on_paid)

    def refunds(self, receipt: str, account: Account, /) -> Sequence[daraja.Payout]:
        """See ``PayoutStore.refunds``."""
        found = rows.of_account(self._rows.filter(refunds=str(receipt)), account)
        return [self._record_of(row) for row in found.order_by("created_at", "key")]

    def _signal(self, old: daraja.Payout, new: daraja.Payout, entry: Entry) -> None:
        payout_changed.send_robust(self._model, payout=new, before=old)
        if entry.became_success:
            payout_paid.send_robust(self._model, payout=new, before=old)
