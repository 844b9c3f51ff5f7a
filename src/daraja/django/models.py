"""Payments, their history and the bodies of callbacks, as tables of Django's.

What is looked up has a column of its own. The whole payment stands in ``facts``, as ``daraja.Payment`` writes it; only
the store writes these tables. No index and no constraint has a condition, since MySQL and MariaDB know none: a column
that is NULL where the rule does not apply does the same.
"""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

import daraja
from daraja import Status
from daraja.django.fields import ExactCharField, ExactTextField
from daraja.lifecycle.serialization import loads
from daraja.values.phone import mask_phone

__all__ = [
    "OPEN",
    "UNIQUE_FACTS",
    "UNIQUE_IN_ACCOUNT",
    "AbstractPayment",
    "Callback",
    "HistoryEntry",
    "Payment",
    "payment_model",
]

OPEN = [Status.PENDING.value, Status.INITIATED.value]
"""The statuses of a payment that the customer may still answer."""


UNIQUE_IN_ACCOUNT = ("idempotency_key", "open_order", "paid_order")
"""What one payment of an account has, so that another one is not written beside it."""
UNIQUE_FACTS = ("checkout_request_id", "receipt")
"""The facts that one payment of an environment has."""


def _unique(name: str, *others: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=[name, *others], name=f"%(app_label)s_%(class)s_{name}")


class AbstractPayment(models.Model):
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

    key = ExactCharField(primary_key=True, max_length=32)
    order = ExactCharField(max_length=200, null=True)
    attempt = models.PositiveIntegerField(default=0)
    amount = models.PositiveIntegerField(help_text="in whole KES")
    phone = models.CharField(max_length=12)
    reference = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in Status])
    receipt = ExactCharField("M-Pesa receipt", max_length=64, null=True)
    needs_attention = models.BooleanField(default=False)
    refund_due = models.BooleanField(default=False, help_text="paid for an order that another attempt has paid")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)

    environment = ExactCharField(max_length=200)
    shortcode = ExactCharField(max_length=20)
    tenant = ExactCharField(max_length=64, blank=True)
    idempotency_key = ExactCharField(max_length=200, null=True)
    checkout_request_id = ExactCharField(max_length=100, null=True)
    open_order = ExactCharField(max_length=200, null=True, editable=False)
    paid_order = ExactCharField(max_length=200, null=True, editable=False)
    version = models.PositiveIntegerField()
    facts = ExactTextField()

    class Meta:
        """What belongs to one payment only, and what is searched by."""

        abstract = True
        ordering = ["-created_at"]
        verbose_name = "payment"
        permissions = [
            ("resolve_payment", "Can decide a payment after looking at the statement"),
            ("see_phone", "Can see customers' whole phone numbers"),
        ]
        constraints = [
            *(_unique(name, "environment", "shortcode", "tenant") for name in UNIQUE_IN_ACCOUNT),
            *(_unique(name, "environment") for name in UNIQUE_FACTS),
            _unique("attempt", "order", "environment", "shortcode", "tenant"),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], name="%(app_label)s_%(class)s_due"),
            models.Index(fields=["needs_attention", "created_at"], name="%(app_label)s_%(class)s_todo"),
            models.Index(fields=["order"], name="%(app_label)s_%(class)s_order"),
            models.Index(fields=["created_at"], name="%(app_label)s_%(class)s_time"),
            models.Index(fields=["phone"], name="%(app_label)s_%(class)s_phone"),
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
        """The order's name, which is the primary key of the order where that is a foreign key."""
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

    @property
    def masked_phone(self) -> str:
        """The phone with its middle digits hidden."""
        return mask_phone(self.phone)


class Payment(AbstractPayment):
    """The payments of a shop without a model of its own."""

    class Meta(AbstractPayment.Meta):
        """Not made where ``DARAJA_PAYMENT_MODEL`` names another model."""

        abstract = False
        swappable = "DARAJA_PAYMENT_MODEL"


class HistoryEntry(models.Model):
    """One change of a payment: when, from where and by whom."""

    key = ExactCharField(max_length=32, help_text="the payment's")
    at = models.DateTimeField()
    event = models.CharField(max_length=200)
    by = ExactTextField(blank=True)
    note = ExactTextField(blank=True)
    before = models.CharField(max_length=12)
    after = models.CharField(max_length=12)
    became_success = models.BooleanField()
    callback_id = models.BigIntegerField(null=True)

    class Meta:
        """The oldest first."""

        ordering = ["id"]
        verbose_name_plural = "history entries"
        indexes = [models.Index(fields=["key", "id"], name="daraja_history_key")]

    def __str__(self) -> str:
        return f"{self.event}: {self.before} to {self.after}"


class Callback(models.Model):
    """The body of one request to a callback address, as it came."""

    purpose = models.CharField(max_length=20, help_text="what the address is for")
    key = ExactCharField(max_length=32, blank=True, help_text="the payment's; empty where nobody signed the address")
    environment = ExactCharField(max_length=200)
    shortcode = ExactCharField(max_length=20)
    tenant = ExactCharField(max_length=64, blank=True)
    body = models.BinaryField()
    remote_ip = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(db_index=True)
    limit = models.PositiveIntegerField()
    processed = models.BooleanField(default=False)
    note = ExactTextField(blank=True, help_text="what became of it")

    class Meta:
        """The oldest first."""

        ordering = ["id"]
        indexes = [
            models.Index(fields=["key"], name="daraja_callback_key"),
            models.Index(fields=["processed", "id"], name="daraja_callback_processed"),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk} of {self.received_at:%d %B %Y, %H:%M:%S}"


def payment_model() -> type[AbstractPayment]:
    """Return the model of payments: ``DARAJA_PAYMENT_MODEL``, or ``daraja.Payment``."""
    model: type[AbstractPayment] = apps.get_model(getattr(settings, "DARAJA_PAYMENT_MODEL", "daraja.Payment"))
    return model
