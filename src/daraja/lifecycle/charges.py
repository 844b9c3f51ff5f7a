"""The amounts that a record uses up of the caps. The store counts them in the write that changes the record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from daraja.errors import CapReached


@attrs.frozen(kw_only=True)
class Charge:
    """A part of one cap that a record uses up.

    Args:
        cap: The name of the cap, for the error, such as ``per_day``.
        counter: What is counted together in one account, such as ``day 2026-11-30``. It holds no phone number.
        amount: How much the record uses up.
        limit: The sum that the counter must not exceed. None counts without a limit: what is known to have moved.
        renews_at: When a new counter begins; None for never.
    """

    cap: str
    counter: str
    amount: int
    limit: int | None
    renews_at: datetime | None = None

    def exceeds(self, charged: int, /) -> bool:
        """Tell whether it does not fit under its limit if *charged* is used up already."""
        return self.limit is not None and charged + self.amount > self.limit

    def refusal(self, charged: int, /) -> CapReached:
        """Return the error of a store that does not write it."""
        limit = self.limit or 0
        return CapReached(self.cap, limit, max(0, limit - charged), self.renews_at)


def changed_charges(before: Iterable[Charge], after: Iterable[Charge], /) -> tuple[Charge, ...]:
    """Return the amounts that a store adds to its counters when a record changes. A negative amount is given back.

    They come in the order of their counters, so that two transactions never wait for each other.

    Args:
        before: The charges of the record as it is stored; none for a new one.
        after: The charges of the record that is written.
    """
    old, new = ({one.counter: one for one in charges} for charges in (before, after))
    added = [
        attrs.evolve(one, amount=one.amount - (old[counter].amount if counter in old else 0))
        for counter, one in new.items()
    ]
    returned = [attrs.evolve(one, amount=-one.amount) for counter, one in old.items() if counter not in new]
    changed = [attrs.evolve(one, limit=one.limit if one.amount > 0 else None) for one in added + returned if one.amount]
    return tuple(sorted(changed, key=lambda one: one.counter))


def encode_charges(charges: Iterable[Charge], /) -> list[dict[str, Any]]:  # Any: what JSON can hold
    """Return charges as JSON can hold them."""
    return [
        attrs.asdict(one) | {"renews_at": None if one.renews_at is None else one.renews_at.isoformat()}
        for one in charges
    ]


def decode_charges(fields: Iterable[dict[str, Any]], /) -> tuple[Charge, ...]:  # Any: as above
    """Return the charges of which ``encode_charges`` made *fields*."""
    return tuple(map(_charge, fields))


def _charge(fields: dict[str, Any]) -> Charge:  # Any: as above
    renews_at = fields["renews_at"]
    values: dict[str, Any] = {**fields, "renews_at": renews_at and datetime.fromisoformat(renews_at)}
    return Charge(**values)
