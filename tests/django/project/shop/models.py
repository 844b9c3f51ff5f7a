"""What is sold."""

from typing import ClassVar

from django.db import models

__all__ = ["Order"]


class Order(models.Model):
    """An order, which knows nothing of payments."""

    objects: ClassVar[models.Manager["Order"]]  # mypy's plugin knows the models of the example only

    number = models.CharField(max_length=50, unique=True)
    total = models.PositiveIntegerField()
    paid_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number
