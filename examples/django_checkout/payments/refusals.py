"""The reasons for sending no prompt, each with its HTTP status and a message for the customer."""

from datetime import datetime
from math import ceil

from django.conf import settings
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException

import daraja
from daraja.payments.model import PROMPT_LIFE
from orders.models import Order

__all__ = [
    "AlreadyPaid",
    "AnotherPhone",
    "AnotherWon",
    "Later",
    "NotAsked",
    "NotPayable",
    "NotSafeYet",
    "TooEarly",
    "TooMany",
    "TooSoon",
    "WrongAmount",
    "contact_us",
]


def contact_us() -> str:
    """Return how the customer reaches the shop: ``SHOP_CONTACT`` in the settings."""
    return f"please contact us: {settings.SHOP_CONTACT}." if settings.SHOP_CONTACT else "please contact us."


class Later(APIException):
    """The same request may succeed later. Message, ``retry_at`` and ``Retry-After`` say when."""

    def __init__(self, words: str, retry_at: datetime) -> None:
        self.retry_at = retry_at
        self.wait = max(1, ceil((retry_at - timezone.now()).total_seconds()))
        super().__init__(words.format(seconds=self.wait))


class AlreadyPaid(APIException):
    """The order is paid."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This order is already paid. Thank you!"


class NotSafeYet(APIException):
    """It is not proved that the last attempt charged nobody."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = (
        "We cannot be sure yet that your last attempt was not paid. Look at your M-Pesa messages before you pay again."
    )


class TooEarly(Later):
    """The last attempt charged nobody, and a new one has to wait a little."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, retry_at: datetime) -> None:
        super().__init__("You were not charged. You can try again in {seconds} s.", retry_at)


class AnotherPhone(Later):
    """Another phone shows the request to pay for this order."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, attempt: daraja.Payment) -> None:
        words = (
            f"{daraja.mask_phone(attempt.phone)} is being asked to pay for this order. "
            "To use another phone, cancel the request there, or try again in {seconds} s."
        )
        super().__init__(words, attempt.created_at + PROMPT_LIFE)


class AnotherWon(APIException):
    """Another request for the same order came first."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This order is being paid in another window. Look at your phone."


class TooSoon(Later):
    """The phone got a prompt a moment ago."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, retry_at: datetime) -> None:
        words = "A request went to this phone less than a minute ago. Try again in {seconds} s, or use another phone."
        super().__init__(words, retry_at)


class TooMany(APIException):
    """The order had too many attempts."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self) -> None:
        super().__init__(f"This order was tried too many times. Nothing was charged now; {contact_us()}")


class NotPayable(APIException):
    """M-Pesa cannot accept this payment; the log says why."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self) -> None:
        super().__init__(f"M-Pesa cannot take a payment for this order as it is; {contact_us()}")


class NotAsked(APIException):
    """Nobody was prompted, because Daraja is down or refused."""

    status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    default_detail = "M-Pesa did not take our request, so nothing was charged. Try again in a little while."


class WrongAmount(APIException):
    """The amount in the request is not the price of the order."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, order: Order) -> None:
        super().__init__(f"This order costs KES {order.amount}. Go back to your orders and start again.")
