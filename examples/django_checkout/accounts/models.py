"""The customer, who logs in by e-mail address."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower

__all__ = ["User"]


class CustomerManager(UserManager["User"]):
    """Finds and makes customers by their e-mail address, in whatever case it is typed."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Give the customer of an e-mail address."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":  # type: ignore[override] # by address
        """Make a customer."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # type: ignore[override] # by address
        """Make somebody who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """Somebody who buys here."""

    username = None  # type: ignore[assignment] # the e-mail address is the name
    email = models.EmailField("e-mail address", unique=True)
    phone = models.CharField(max_length=20, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[CustomerManager] = CustomerManager()

    class Meta:
        """One customer for each address, in whatever case."""

        constraints = [models.UniqueConstraint(Lower("email"), name="one_customer_per_email")]

    def __str__(self) -> str:
        return self.email
