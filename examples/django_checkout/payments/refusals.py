"""The reasons for sending no prompt, each with its HTTP status and a message for the customer."""

from datetime import datetime
from math import ceil

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from shop.models import Order


class Refused(APIException):
    """Nobody was prompted. ``retry_at`` and ``Retry-After`` say when the same request may succeed."""

    def __init__(self, status_code: int, words: str, retry_at: datetime | None = None) -> None:
        self.status_code, self.retry_at = status_code, retry_at
        if retry_at is not None:
            self.wait = max(1, ceil((retry_at - timezone.now()).total_seconds()))
            words = words.format(seconds=self.wait)
        super().__init__(words)


class WrongAmount(Refused):
    """The amount in the request is not the price of the order."""

    def __init__(self, order: Order) -> None:
        words = _("This order costs KES {amount}. Go back to your orders and start again.")
        super().__init__(400, words.format(amount=order.amount))


def contact_us() -> str:
    """Return how the customer reaches the shop: ``SHOP_CONTACT`` in the settings."""
    contact = settings.SHOP_CONTACT
    return _("please contact us: {contact}.").format(contact=contact) if contact else _("please contact us.")
