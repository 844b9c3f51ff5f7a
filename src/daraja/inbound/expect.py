"""Stores an expectation under its reference, and adds up the receipts that count for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.config import PayBill
from daraja.errors import Conflict, InvalidInput
from daraja.fields import Checked, value_or_fault
from daraja.http.flow import Flow, Now, ask
from daraja.inbound.expectation import Expectation, ReceiptStore
from daraja.inbound.policy import ReceiptPolicy
from daraja.lifecycle.effects import NewKey
from daraja.lifecycle.send import checked_metadata
from daraja.payments.charge import check_order
from daraja.payments.order import Order
from daraja.values.account_number import account_number, normalise_reference

_FIRST: Final = 1_000_000
_MANY: Final = 9_000_000
"""Account numbers that are drawn have seven digits and a check digit, which a customer can type."""
_DRAWS: Final = 20


def _order(order: str) -> str:
    return value_or_fault(check_order, order)


def _reference(reference: str) -> str:
    return value_or_fault(_check_reference, fields.reference(reference))


@attrs.frozen(kw_only=True)
class Expect(Checked):
    """Money that is to be expected, checked.

    Args:
        amount: Whole KES.
        order: The order that it pays; None for none.
        reference: What the customer types as account; None for an account number that is drawn.
        metadata: The caller's notes.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once.
    """

    amount: int = attrs.field(converter=fields.amount)
    order: str | None = attrs.field(default=None, converter=optional(_order))
    reference: str | None = attrs.field(default=None, converter=optional(_reference))
    metadata: Mapping[str, Any] | None = attrs.field(  # Any: whatever JSON can hold
        default=None, converter=checked_metadata, repr=False
    )

    def flow(self, policy: ReceiptPolicy, /) -> Flow[Expectation]:
        """Store it and return it, with the money that has come in. The same order gives the same expectation.

        Raises:
            InvalidInput: If the reference or the order is taken for something else.
        """
        for _ in range(_DRAWS):
            made = Expectation(
                key=(yield from NewKey()),
                account=policy.account,
                reference=self.reference or (yield from _drawn()),
                amount=self.amount,
                order=self.order,
                metadata=self.metadata or {},
                created_at=(yield from Now()),
            )
            stored = yield from ask(ReceiptStore.expect, made)
            if stored.key == made.key or self._is_same(stored):
                return (yield from _with_receipts(stored))
            if self.reference is not None or (self.order is not None and stored.order == self.order):
                raise self._taken(stored)
        raise Conflict(f"no account number was free in {_DRAWS} draws")

    def _is_same(self, stored: Expectation) -> bool:
        """Tell whether an earlier call has expected the same."""
        if self.order is None and self.reference is None:
            return False  # it was drawn for somebody else
        same_reference = self.reference is None or stored.compared == normalise_reference(self.reference)
        return same_reference and (stored.order, stored.amount) == (self.order, self.amount)

    def _taken(self, stored: Expectation) -> InvalidInput:
        if stored.order != self.order:
            return InvalidInput({"reference": "is the account of another order; leave it out, and one is made"})
        if stored.amount != self.amount:
            return InvalidInput({"amount": f"is not {stored.amount:,} KES, which is expected already"})
        return InvalidInput({"reference": "is not the account that this order has already"})


def offer(order: Order, amount: int | Decimal, policy: ReceiptPolicy, /) -> Flow[Expectation | None]:
    """Expect an order by hand if its customer may be shown how to pay it so."""
    is_told = policy.config.registered_secret is not None and isinstance(policy.config.business, PayBill)
    if not is_told or not order.may_pay_by_hand:
        return None
    return (yield from Expect(amount=amount, order=order.order).flow(policy))


def read_expectation(reference: str, policy: ReceiptPolicy, /) -> Flow[Expectation | None]:
    """Return the expectation of a reference, in any spelling, with the receipts that count for it."""
    stored = yield from ask(ReceiptStore.expected, normalise_reference(reference), policy.account)
    return None if stored is None else (yield from _with_receipts(stored))


def _with_receipts(stored: Expectation) -> Flow[Expectation]:
    receipts = yield from ask(ReceiptStore.counted, stored.compared, stored.account)
    return attrs.evolve(stored, receipts=tuple(receipts))


def _drawn() -> Flow[str]:
    drawn = int((yield from NewKey()), 16)
    return account_number(_FIRST + drawn % _MANY)


def _check_reference(reference: str) -> str:
    if not normalise_reference(reference):
        raise ValueError("has no letter and no digit, so that nobody could compare it")
    return reference
