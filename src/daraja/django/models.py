"""Payments, payouts and receipts, each with their history and the bodies of callbacks, as tables of Django's."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

import daraja
from daraja import PayoutStatus, Status
from daraja.django.base_models import (
    ACCOUNT,
    AbstractCallback,
    AbstractCharge,
    AbstractHistoryEntry,
    AbstractRecord,
    unique_for,
)
from daraja.django.fields import ExactCharField, ExactTextField
from daraja.inbound.model import ReceiptStatus
from daraja.lifecycle.serialization import loads

__all__ = [
    "OPEN",
    "AbstractPayment",
    "Callback",
    "Expectation",
    "HistoryEntry",
    "Payment",
    "Payout",
    "PayoutCallback",
    "PayoutCharge",
    "PayoutHistoryEntry",
    "Receipt",
    "ReceiptCallback",
    "ReceiptHistoryEntry",
    "payment_model",
]

OPEN = [Status.PENDING.value, Status.INITIATED.value]
"""The statuses of a payment that the customer may still answer."""


class AbstractPayment(AbstractRecord):
    """One attempt to be paid, for a model of your own with foreign keys.

    Name your model in ``DARAJA_PAYMENT_MODEL``, before the first migration::

        class Payment(AbstractPayment):
            order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="payments")
            customer = models.ForeignKey(User, on_delete=models.PROTECT)

            class Meta(AbstractPayment.Meta):
                pass

            @classmethod
            def columns_for(cls, payment):
                return {"customer_id": payment.metadata["customer"]}

    A foreign key with the name ``order`` takes the place of the text: ``charge(order=...)`` is then the order's primary
    key.
    """

    fixed_columns = (*AbstractRecord.fixed_columns, "attempt", "amount", "reference")
    changing_columns = (*AbstractRecord.changing_columns, "open_order", "paid_order", "refund_due")

    order = ExactCharField(max_length=200, null=True)
    attempt = models.PositiveIntegerField(default=0)
    amount = models.PositiveIntegerField(help_text="in whole KES")
    reference = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in Status])
    receipt = ExactCharField("M-Pesa receipt", max_length=64, null=True)
    refund_due = models.BooleanField(default=False, help_text="paid for an order that another attempt has paid")

    checkout_request_id = ExactCharField(max_length=100, null=True)
    open_order = ExactCharField(max_length=200, null=True, editable=False)
    paid_order = ExactCharField(max_length=200, null=True, editable=False)

    class Meta(AbstractRecord.Meta):
        """The constraints for values of one payment only, and the indexes for searches."""

        abstract = True
        verbose_name = "payment"
        permissions = [
            ("resolve_payment", "Can decide a payment after looking at the statement"),
            ("see_phone", "Can see customers' whole phone numbers"),
        ]
        constraints = [*unique_for(daraja.Payment.kind)]
        indexes = [
            *AbstractRecord.Meta.indexes,
            models.Index(fields=["order"], name="%(app_label)s_%(class)s_order"),
        ]

    def __str__(self) -> str:
        return f"KES {self.amount:,} for {self.order_name or self.reference}"

    @classmethod
    def columns_for(cls, payment: daraja.Payment, /) -> dict[str, Any]:  # Any: values of the shop's own columns
        """Return the columns of your own for a new payment, by their names in the table, such as ``user_id``.

        Args:
            payment: The payment, with the ``metadata`` that ``charge`` was given.
        """
        del payment
        return {}

    @property
    def record(self) -> daraja.Payment:
        """The payment with all that is known of it, as the checkout gives it.

        Raises:
            RecordUnreadable: If another release wrote it, or a person edited it.
        """
        return loads(daraja.Payment, self.key, self.facts)

    @property
    def order_name(self) -> str:
        """The order's name, which is the primary key of the order if that is a foreign key."""
        name: object = getattr(self, self.order_column())
        return "" if name is None else str(name)

    @classmethod
    def order_column(cls) -> str:
        """Return the attribute that holds the order's name: ``order``, or ``order_id`` of a foreign key."""
        return "order_id" if cls._meta.get_field("order").is_relation else "order"

    @property
    def is_open(self) -> bool:
        """Whether the customer may still answer the prompt."""
        return self.status in OPEN


class Payment(AbstractPayment):
    """The payments of a shop without a model of its own."""

    class Meta(AbstractPayment.Meta):
        """Not made where ``DARAJA_PAYMENT_MODEL`` names another model."""

        abstract = False
        swappable = "DARAJA_PAYMENT_MODEL"


class HistoryEntry(AbstractHistoryEntry):
    """One change of a payment."""


class Callback(AbstractCallback):
    """The body of one request to the callback address of payments."""


class Payout(AbstractRecord):
    """Money that is to go out once."""

    fixed_columns = (*AbstractRecord.fixed_columns, "receiver", "amount", "purpose", "by", "refunds")

    receiver = models.CharField(max_length=100)
    amount = models.PositiveIntegerField(help_text="in whole KES")
    purpose = models.CharField(max_length=20)
    by = models.CharField("asked for by", max_length=100)
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in PayoutStatus])
    refunds = ExactCharField("pays back", max_length=64, null=True, help_text="the receipt of the payment")
    originator_conversation_id = ExactCharField(max_length=100, null=True)
    conversation_id = ExactCharField(max_length=100, null=True)
    transaction_id = ExactCharField(max_length=64, null=True)
    receipt = ExactCharField("M-Pesa receipt", max_length=64, null=True)

    class Meta(AbstractRecord.Meta):
        """The constraints for values of one payout only, and the indexes for searches."""

        permissions = [
            ("approve_payout", "Can approve and refuse payouts that somebody else asked for"),
            ("resolve_payout", "Can decide a payout after looking at the statement"),
        ]
        constraints = [*unique_for(daraja.Payout.kind)]
        indexes = [
            *AbstractRecord.Meta.indexes,
            models.Index(fields=["refunds", "created_at"], name="%(app_label)s_%(class)s_refunds"),
        ]

    def __str__(self) -> str:
        return f"payout of KES {self.amount:,}"

    @property
    def record(self) -> daraja.Payout:
        """The payout with all that is known of it.

        Raises:
            RecordUnreadable: If another release wrote it, or a person edited it.
        """
        return loads(daraja.Payout, self.key, self.facts)


class PayoutHistoryEntry(AbstractHistoryEntry):
    """One change of a payout."""


class PayoutCallback(AbstractCallback):
    """The body of one request to a callback address of payouts."""


class PayoutCharge(AbstractCharge):
    """How much of one cap on payouts is used up."""


class Receipt(AbstractRecord):
    """Money that a customer paid by themselves."""

    fixed_columns = (*AbstractRecord.fixed_columns, "number")
    changing_columns = (*AbstractRecord.changing_columns, "amount", "order", "expectation", "place", "is_unmatched")

    number = ExactCharField("M-Pesa receipt", max_length=96, help_text="as announced, proved or not")
    receipt = ExactCharField(max_length=96, null=True, editable=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="in KES")
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in ReceiptStatus])
    order = ExactCharField(max_length=200, null=True, help_text="for which it counts")
    expectation = ExactCharField("account", max_length=100, null=True, help_text="for which it counts")
    place = ExactCharField(max_length=230, null=True, editable=False)
    is_unmatched = models.BooleanField("unmatched", default=False, help_text="nobody knows what for")

    class Meta(AbstractRecord.Meta):
        """The constraints for values of one receipt only, and the indexes for searches."""

        permissions = [("resolve_receipt", "Can say what a receipt is for, and dismiss one")]
        constraints = [*unique_for(daraja.Receipt.kind)]
        indexes = [
            *AbstractRecord.Meta.indexes,
            models.Index(fields=["number"], name="%(app_label)s_%(class)s_number"),
            models.Index(fields=["order"], name="%(app_label)s_%(class)s_order"),
            models.Index(fields=["expectation"], name="%(app_label)s_%(class)s_expectation"),
        ]

    def __str__(self) -> str:
        return f"receipt {self.number}"

    @property
    def record(self) -> daraja.Receipt:
        """The receipt with all that is known of it.

        Raises:
            RecordUnreadable: If another release wrote it, or a person edited it.
        """
        return loads(daraja.Receipt, self.key, self.facts)


class ReceiptHistoryEntry(AbstractHistoryEntry):
    """One change of a receipt."""


class ReceiptCallback(AbstractCallback):
    """The body of one request to the registered addresses, or of an answer about a receipt."""


class Expectation(models.Model):
    """Money that is expected under one account number."""

    key = ExactCharField(primary_key=True, max_length=32)
    compared = ExactCharField(max_length=100, help_text="the account, as accounts are compared")
    reference = ExactCharField("account", max_length=20, help_text="what the customer types")
    amount = models.PositiveIntegerField(help_text="in whole KES")
    order = ExactCharField(max_length=200, null=True)
    metadata = ExactTextField()
    created_at = models.DateTimeField(db_index=True)
    environment = ExactCharField(max_length=200)
    shortcode = ExactCharField(max_length=20)
    tenant = ExactCharField(max_length=64, blank=True)

    class Meta:
        """An account number, and an order, is expected once."""

        constraints = [
            models.UniqueConstraint(fields=["compared", *ACCOUNT], name="%(app_label)s_%(class)s_compared"),
            models.UniqueConstraint(fields=["order", *ACCOUNT], name="%(app_label)s_%(class)s_order"),
        ]

    def __str__(self) -> str:
        return f"KES {self.amount:,} for account {self.reference}"


def payment_model() -> type[AbstractPayment]:
    """Return the model of payments: ``DARAJA_PAYMENT_MODEL``, or ``daraja.Payment``."""
    model: type[AbstractPayment] = apps.get_model(getattr(settings, "DARAJA_PAYMENT_MODEL", "daraja.Payment"))
    return model
