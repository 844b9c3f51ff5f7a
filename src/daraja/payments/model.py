"""A payment: one attempt to be paid by STK push."""

from typing import ClassVar, Protocol

import attrs

from daraja.lifecycle.kind import Kind
from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Account, Record, Resolution, masked
from daraja.payments.customer_messages import REVIEW, customer_message
from daraja.payments.kind import STK, Status
from daraja.values.phone import MaskedText

__all__ = ["Account", "Payment", "PaymentStore", "Resolution", "Status"]


@attrs.frozen(kw_only=True)
class Payment(Record):
    """One attempt to be paid once.

    What every record has, such as its status and its facts, is described in ``daraja.lifecycle.record.Record``.

    Args:
        reference: The account reference that the customer sees.
        description: What the customer sees beside it.
        amount: The amount that was asked for, in whole KES.
        currency: ``KES``.
        phone: The phone that was asked; masked in reprs.
        till: The till that is paid; None for a pay bill.
    """

    kind: ClassVar[Kind] = STK

    status: Status = Status.PENDING
    reference: str = attrs.field(repr=masked)
    description: str = attrs.field(repr=masked)
    amount: int
    currency: str = "KES"
    phone: str = attrs.field(converter=MaskedText)
    till: str | None = None

    @property
    def merchant_request_id(self) -> str | None:
        """Daraja's id of the request, safe to log."""
        return self.facts.get("merchant_request_id")

    @property
    def checkout_request_id(self) -> str | None:
        """Daraja's id of the payment; masked in reprs."""
        return self.facts.get("checkout_request_id")

    @property
    def receipt(self) -> str | None:
        """M-Pesa's receipt number."""
        return self.facts.get("receipt")

    @property
    def expected(self) -> dict[str, str]:
        """The amount, which was fixed when the payment was asked for."""
        return {"amount": str(self.amount)}

    @property
    def customer_message(self) -> str:
        """How far it has come, in a sentence or two for the customer, who asks above all whether to pay again."""
        if self.needs_review:
            return REVIEW
        denied = self.denied_by_a_person
        return customer_message(
            Status.FAILED if denied else self.status,
            denied_once=self.denied_once and not denied,
            refused=self.refusal is not None,
            result_code=None if denied else self.result_code,
            result_description=self.result_description,
        )


class PaymentStore(RecordStore[Payment], Protocol):
    """Stores payments. ``daraja.lifecycle.ports.RecordStore`` describes each method."""
