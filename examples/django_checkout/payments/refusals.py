"""Why nobody was asked to pay, each with its HTTP status and the words for the customer."""

from rest_framework import status
from rest_framework.exceptions import APIException

from orders.models import Order

__all__ = ["AlreadyPaid", "AnotherWon", "NotAsked", "NotPayable", "NotSafeYet", "TooMany", "TooSoon", "WrongAmount"]


class AlreadyPaid(APIException):
    """The order is paid."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This order is already paid. Thank you!"


class NotSafeYet(APIException):
    """It is not proved that the attempt before charged nobody."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = (
        "We cannot be sure yet that your last attempt was not paid. Look at your M-Pesa messages before you pay again."
    )


class AnotherWon(APIException):
    """Another request for the same order came first."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This order is being paid in another window. Look at your phone."


class TooSoon(APIException):
    """The phone was asked a moment ago."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    wait = 60
    default_detail = (
        "A request went to this phone less than a minute ago. Wait a minute, then try again, or use another phone."
    )


class TooMany(APIException):
    """The order was tried so often that something is wrong with it, or with whoever tries."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This order was tried too many times. Nothing was charged now; please get in touch with us."


class NotPayable(APIException):
    """M-Pesa does not take such a payment, whoever asks; the log says why."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = "M-Pesa cannot take a payment for this order as it is. Please get in touch with us."


class NotAsked(APIException):
    """Nobody was asked, as Daraja is down or refused."""

    status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    default_detail = "M-Pesa did not take our request, so nothing was charged. Try again in a little while."


class WrongAmount(APIException):
    """What the browser says is not what the order costs."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, order: Order) -> None:
        super().__init__(f"This order costs KES {order.amount}. Go back to your orders and start again.")
