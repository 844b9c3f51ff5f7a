"""The customer, who logs in by e-mail address, the tokens of programs, and the orders."""

import secrets
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import constant_time_compare

import daraja
from daraja.django.base_models import Markable


class CustomerManager(UserManager["User"]):
    """Finds and creates customers by their e-mail address, in upper or lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Give the customer of an e-mail address."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":  # type: ignore[override] # no username
        """Make a customer."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # type: ignore[override] # no username
        """Create an administrator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A customer or a member of the staff."""

    username = None  # type: ignore[assignment] # the e-mail address is the name
    email = models.EmailField("e-mail address", unique=True)
    phone = models.CharField(max_length=20, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[CustomerManager] = CustomerManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_customer_per_email")]

    def __str__(self) -> str:
        return self.email


class ApiToken(models.Model):
    """One login of a program. The database has only the hash of the token, so nobody can log in with it."""

    digest = models.CharField(primary_key=True, max_length=64, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    password_mark = models.CharField(max_length=64, editable=False, help_text="changes with the password")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"token of {self.user}, until {self.expires_at:%d %B %Y, %H:%M}"

    @classmethod
    def issue(cls, user: User) -> str:
        """Create a token for a customer, and return its text, which is stored nowhere.

        Expired tokens of the same customer are deleted.
        """
        now, token = timezone.now(), secrets.token_urlsafe(32)
        cls.objects.filter(user=user, expires_at__lte=now).delete()
        cls.objects.create(
            digest=_digest(token),
            user=user,
            password_mark=user.get_session_auth_hash(),
            expires_at=now + timedelta(days=settings.API_TOKEN_DAYS),
        )
        return token

    @classmethod
    def valid(cls, token: str) -> "ApiToken | None":
        """Find a valid token: it is not expired and not older than the password."""
        unexpired = cls.objects.select_related("user").filter(expires_at__gt=timezone.now(), user__is_active=True)
        found = unexpired.filter(digest=_digest(token)).first()
        if found and constant_time_compare(found.password_mark, found.user.get_session_auth_hash()):
            return found
        return None


def _digest(token: str) -> str:
    # A token has 256 random bits, so a fast hash is enough.
    return sha256(token.encode(errors="replace")).hexdigest()


class Rider(models.Model):
    """Who brings the orders, and is paid by the day."""

    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20)
    daily_pay = models.PositiveIntegerField(help_text="in whole KES")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def debt(self, day: date) -> str:
        """Name what the rider gets for a day. Under one name money goes out once."""
        return f"rider {self.pk} {day}"


class Order(Markable):
    """An order of a customer. A payment always uses its amount, never an amount from a browser."""

    order_id = models.CharField(primary_key=True, max_length=180)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="orders")
    description = models.CharField(max_length=200)
    amount = models.PositiveIntegerField(help_text="in whole KES")
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True, editable=False)
    emailed_at = models.DateTimeField(null=True, editable=False, help_text="when it was paid by hand")
    texted_at = models.DateTimeField(null=True, editable=False, help_text="when it was paid by hand")

    class Meta:
        ordering = ["-created_at", "order_id"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="order_amount_above_0")]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.description}"

    @property
    def known(self) -> daraja.Order:
        """What is known of its payments. In a list, read them with ``prefetch_related("payments")``."""
        attempts = [payment.record for payment in self.payments.all()]
        return daraja.Order(order=self.pk, attempts=attempts[::-1], as_of=timezone.now())

    @classmethod
    def own(cls, user: User, order_id: str) -> "Order":
        """Return the customer's order with this id.

        Raises:
            Http404: If there is none, or it belongs to another customer: the two look alike.
        """
        # PostgreSQL does not accept NUL, also not in a search.
        found = None if "\0" in order_id else cls.objects.filter(pk=order_id, user=user).first()
        if found is None:
            raise Http404
        return found
