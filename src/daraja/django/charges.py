"""Counters of caps: charged in the transaction that writes the record."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final

import attrs
from django.db.models import F, QuerySet

from daraja.django import rows
from daraja.django.base_models import AbstractCharge
from daraja.lifecycle.charges import Charge
from daraja.lifecycle.record import Account


class Charges:
    """The counters of one kind of record.

    Args:
        counters: The rows of their model.
    """

    def __init__(self, counters: "QuerySet[AbstractCharge]") -> None:
        self._counters: Final = counters

    def add(self, account: Account, charges: Iterable[Charge], /) -> None:
        """Add *charges* to their counters, whose rows stay locked until the transaction ends.

        Raises:
            CapReached: If one does not fit under its limit. The transaction has to be rolled back then.
        """
        for charge in charges:
            place = {"counter": charge.counter, **attrs.asdict(account)}
            counter = self._counters.filter(**place)
            with_room = counter if charge.limit is None else counter.filter(amount__lte=charge.limit - charge.amount)
            # One statement that reads and writes: of two transactions the second waits here for the first.
            add = partial(with_room.update, amount=F("amount") + charge.amount)
            if add():
                continue
            new = self._counters.model(**place, amount=0, renews_at=rows.kept_time(charge.renews_at))
            self._counters.bulk_create([new], ignore_conflicts=True)
            if not add():
                raise charge.refusal(counter.values_list("amount", flat=True).get())

    def purge(self, before: datetime, account: Account | None) -> None:
        """Delete the counters in whose place a new one began before *before*."""
        rows.of_account(self._counters.filter(renews_at__lt=rows.kept_time(before)), account).delete()
