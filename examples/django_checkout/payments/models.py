"""The models of payments: columns for searches, and ``facts`` with everything in daraja's form."""

from django.conf import settings
from django.db import models

from daraja import Status
from daraja.values.phone import mask_phone
from orders.models import Order

__all__ = ["OPEN", "CallbackRecord", "HistoryRecord", "Payment", "PhoneTurn"]

OPEN = [Status.PENDING.value, Status.INITIATED.value]


class Payment(models.Model):
    """One attempt to pay for an order. Only ``payments.store`` writes it."""

    key = models.CharField(primary_key=True, max_length=32)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    amount = models.PositiveIntegerField(help_text="in whole KES")
    phone_number = models.CharField(max_length=12)
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in Status])
    checkout_request_id = models.TextField(null=True)  # noqa: DJ001 - many have none yet
    provider_reference = models.TextField("M-Pesa receipt", blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    environment = models.TextField()
    shortcode = models.CharField(max_length=20)
    tenant = models.CharField(max_length=64, blank=True)
    idempotency_key = models.TextField(null=True)  # noqa: DJ001 - many may have none
    attempt_of = models.TextField(null=True)  # noqa: DJ001 - as above
    attempt = models.PositiveIntegerField(default=0)
    open_order = models.TextField(null=True)  # noqa: DJ001 - as above
    paid_order = models.TextField(null=True)  # noqa: DJ001 - as above
    needs_attention = models.BooleanField()
    next_check_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField()
    facts = models.TextField()

    refund_due = models.BooleanField(default=False, help_text="of an order that is paid or has another amount")
    emailed_at = models.DateTimeField(null=True, editable=False)
    texted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        """One open payment per order, and partial indexes for frequent searches."""

        ordering = ["-created_at"]
        permissions = [("resolve_payment", "Can decide a payment after looking at the statement")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_amount_above_0"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(status__in=OPEN), name="one_open_payment_per_order"
            ),
            models.UniqueConstraint(
                fields=["idempotency_key", "environment", "shortcode", "tenant"], name="one_payment_per_attempt"
            ),
            models.UniqueConstraint(
                fields=["attempt_of", "attempt", "environment", "shortcode", "tenant"], name="one_payment_per_number"
            ),
            models.UniqueConstraint(
                fields=["open_order", "environment", "shortcode", "tenant"], name="one_open_attempt_per_order"
            ),
            models.UniqueConstraint(
                fields=["paid_order", "environment", "shortcode", "tenant"], name="one_success_per_order"
            ),
            models.UniqueConstraint(fields=["checkout_request_id", "environment"], name="one_payment_per_request"),
            models.UniqueConstraint(
                fields=["provider_reference", "environment"],
                condition=models.Q(provider_reference__gt=""),
                name="one_payment_per_receipt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at", "environment", "shortcode", "tenant"],
                condition=models.Q(next_check_at__isnull=False),
                name="payments_due",
            ),
            models.Index(
                fields=["created_at", "environment", "shortcode", "tenant"],
                condition=models.Q(needs_attention=True),
                name="payments_needing_attention",
            ),
        ]

    def __str__(self) -> str:
        return f"KES {self.amount:,} for {self.order_id}"

    @property
    def is_open(self) -> bool:
        """Whether the prompt is open."""
        return self.status in OPEN


class HistoryRecord(models.Model):
    """One change of a payment, with its time, source and author."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    event = models.TextField()
    by = models.TextField(blank=True)
    note = models.TextField(blank=True)
    before = models.CharField(max_length=12)
    after = models.CharField(max_length=12)
    became_success = models.BooleanField()
    callback_id = models.BigIntegerField(null=True)

    class Meta:
        """The oldest first."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.event}: {self.before} to {self.after}"


class CallbackRecord(models.Model):
    """The body of one request to a callback address, as it came."""

    purpose = models.CharField(max_length=20, help_text="what the address is for")
    key = models.CharField(max_length=32, blank=True, help_text="the payment's; empty where nobody signed the address")
    environment = models.TextField()
    shortcode = models.CharField(max_length=20)
    tenant = models.CharField(max_length=64, blank=True)
    body = models.BinaryField()
    remote_ip = models.TextField(blank=True)
    received_at = models.DateTimeField(db_index=True)
    limit = models.PositiveIntegerField()
    note = models.TextField(null=True, help_text="what became of it; empty until it is processed")  # noqa: DJ001 - see there

    class Meta:
        """The oldest first."""

        ordering = ["id"]
        indexes = [
            models.Index(fields=["key", "environment", "shortcode", "tenant"], name="callbacks_of_a_payment"),
            models.Index(
                fields=["id", "environment", "shortcode", "tenant"],
                condition=models.Q(note__isnull=True),
                name="callbacks_unprocessed",
            ),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk} of {self.received_at:%d %B %Y, %H:%M:%S}"


class PhoneTurn(models.Model):
    """The last prompt of a phone. No phone gets two prompts within a minute."""

    phone_number = models.CharField(primary_key=True, max_length=12)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return mask_phone(self.phone_number)
