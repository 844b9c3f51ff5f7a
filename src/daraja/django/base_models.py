"""The common part of the tables of payments, payouts and receipts.

What is looked up has a column of its own. The whole record stands in ``facts``; only the stores write these tables.

No index and no constraint has a condition, since MySQL and MariaDB know none: a column that is NULL if the rule does
not apply does the same.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from daraja.django.fields import ExactCharField, ExactTextField
from daraja.lifecycle.kind import Kind
from daraja.values.secret import mask_phone

ACCOUNT = ("environment", "shortcode", "tenant")


class Markable(models.Model):
    """A row for which things happen once, such as a receipt that is sent. It can be a base of a model of your own."""

    class Meta:
        """Only a base."""

        abstract = True

    @classmethod
    @contextmanager
    def marked(cls, key: str, mark: str, /) -> Generator[Self | None]:
        """Do what has to happen once for a row, such as sending a receipt: only one of many callers gets it.

        The mark is set first, so a machine that crashes inside the block leaves it undone. If the block raises, the
        mark is taken back, so that it can be tried again.

        Args:
            key: The primary key of the row.
            mark: The name of a column of your own, a ``DateTimeField(null=True)``.

        Yields:
            The row; None if the mark is set already.
        """
        now = timezone.now()
        unmarked = cls._default_manager.filter(pk=key, **{mark: None})
        if not unmarked.update(**{mark: now}):
            yield None
            return
        try:
            yield cls._default_manager.get(pk=key)
        except BaseException:
            cls._default_manager.filter(pk=key, **{mark: now}).update(**{mark: None})
            raise


class AbstractRecord(Markable):
    """A record of money. A kind adds its status, its unique facts and other columns for searches."""

    fixed_columns: ClassVar[tuple[str, ...]] = ("created_at", "idempotency_key")
    """The columns that are written once, and once more when personal data is erased."""
    changing_columns: ClassVar[tuple[str, ...]] = (
        *("phone", "status", "needs_attention", "updated_at", "succeeded_at", "next_check_at", "version", "facts"),
    )
    """The columns that a change may write, beside those of the unique facts."""

    key = ExactCharField(primary_key=True, max_length=32)
    phone = models.CharField(max_length=12)
    needs_attention = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)

    environment = ExactCharField(max_length=200)
    shortcode = ExactCharField(max_length=20)
    tenant = ExactCharField(max_length=64, blank=True)
    idempotency_key = ExactCharField(max_length=200, null=True)
    version = models.PositiveIntegerField()
    facts = ExactTextField()

    class Meta:
        """The indexes for searches."""

        abstract = True
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["next_check_at"], name="%(app_label)s_%(class)s_due"),
            models.Index(fields=["needs_attention", "created_at"], name="%(app_label)s_%(class)s_todo"),
            models.Index(fields=["created_at"], name="%(app_label)s_%(class)s_time"),
            models.Index(fields=["phone"], name="%(app_label)s_%(class)s_phone"),
        ]

    @property
    def masked_phone(self) -> str:
        """The phone with its middle digits hidden."""
        return mask_phone(self.phone)


class AbstractHistoryEntry(models.Model):
    """One change of a record: when, from where and by whom."""

    key = ExactCharField(max_length=32, help_text="of the record")
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

        abstract = True
        ordering = ["id"]
        verbose_name_plural = "history entries"
        indexes = [models.Index(fields=["key", "id"], name="%(app_label)s_%(class)s_key")]

    def __str__(self) -> str:
        return f"{self.event}: {self.before} to {self.after}"


class AbstractCallback(models.Model):
    """The body of one request to a callback address, as it came."""

    purpose = models.CharField(max_length=20, help_text="what the address is for")
    key = ExactCharField(max_length=32, blank=True, help_text="of the record; empty where nobody signed the address")
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

        abstract = True
        ordering = ["id"]
        indexes = [
            models.Index(fields=["key"], name="%(app_label)s_%(class)s_key"),
            models.Index(fields=["processed", "id"], name="%(app_label)s_%(class)s_todo"),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk} of {self.received_at:%d %B %Y, %H:%M:%S}"


class AbstractCharge(models.Model):
    """How much of one cap is used up."""

    counter = ExactCharField(max_length=200)
    environment = ExactCharField(max_length=200)
    shortcode = ExactCharField(max_length=20)
    tenant = ExactCharField(max_length=64, blank=True)
    amount = models.BigIntegerField()
    renews_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        """One row for each counter of an account."""

        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["counter", *ACCOUNT], name="%(app_label)s_%(class)s_counter"),
        ]

    def __str__(self) -> str:
        return f"{self.counter}: {self.amount:,}"


def unique_for(kind: Kind, /) -> Iterator[models.UniqueConstraint]:
    """Yield the constraints for columns whose value only one record of a kind may have."""
    for names in kind.unique_in_account:
        yield _unique(*reversed(names), *ACCOUNT, name=names[-1])
    for fact in kind.unique:
        yield _unique(fact, "environment", name=fact)


def _unique(*fields: str, name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=fields, name=f"%(app_label)s_%(class)s_{name}")
