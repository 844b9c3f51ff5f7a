"""The payments API. Every answer is JSON; every error is ``{"detail": "..."}`` with a message for the customer."""

from contextlib import suppress
from typing import Any, Final

from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from daraja import normalise_phone
from daraja.django import checkout
from daraja.django.views import CallbackView
from daraja.errors import DarajaError
from payments.charging import charge
from payments.models import Payment
from payments.refusals import WrongAmount
from payments.status import in_language, seen_status, status_of
from shop.models import Order
from shop.rest import ShopView, customer_of

MOST_LISTED: Final = 200
PHONE_WORDS: Final = gettext_lazy("Enter a Kenyan mobile number such as 0712 345 678.")
_ENTER_PIN: Final = gettext_lazy("Enter your M-Pesa PIN on your phone.")


class PhoneField(serializers.CharField):
    """A Kenyan mobile number in any usual form; ``254...`` inside."""

    default_error_messages = dict.fromkeys(("required", "null", "blank", "invalid"), PHONE_WORDS)

    def to_internal_value(self, data: Any) -> str:  # Any: whatever JSON holds
        """Read a number with the library's rules."""
        try:
            return normalise_phone(super().to_internal_value(data))
        except ValueError:
            raise serializers.ValidationError(PHONE_WORDS) from None


class PushSerializer(serializers.Serializer[Any]):  # Any: it makes no object
    """A request to pay for an order."""

    order_id = serializers.CharField(max_length=180)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2, min_value=1)
    phone = PhoneField()


@method_decorator(non_atomic_requests, name="dispatch")
class MpesaSTKPushView(ShopView):
    """Asks the customer's phone to pay for an order."""

    throttle_scope = "push"

    def post(self, request: Request) -> Response:
        """Send one prompt, also after many calls; for an open prompt return its own ids."""
        asked = PushSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        order = Order.own(customer_of(request), asked.validated_data["order_id"])
        if asked.validated_data["amount"] != order.amount:
            raise WrongAmount(order)
        payment = charge(order, asked.validated_data["phone"])
        return Response(
            {
                "status": "success",
                "message": _ENTER_PIN if payment.checkout_request_id else in_language(payment.customer_message),
                "checkout_request_id": payment.checkout_request_id or "",
                "order_id": order.pk,
                "amount": str(payment.amount),
            }
        )


class OrderStatusView(ShopView):
    """Returns the payment status of an order."""

    def get(self, request: Request, order_id: str) -> Response:
        """Answer from the database, so a page may call it every few seconds."""
        return Response(status_of(Order.own(customer_of(request), order_id)))


@method_decorator(non_atomic_requests, name="dispatch")
class CheckAgainView(ShopView):
    """Queries Daraja for a customer who says "I have paid"."""

    throttle_scope = "check"

    def post(self, request: Request, order_id: str) -> Response:
        """Query Daraja if a check is due, and answer like ``OrderStatusView``."""
        order = Order.own(customer_of(request), order_id)
        check_again(order)
        return Response(status_of(Order.own(customer_of(request), order_id)))


def check_again(order: Order) -> None:
    """Query Daraja about the last attempt if a check is due."""
    payment = checkout().order(order.pk).payment
    if payment is not None:
        with suppress(DarajaError):  # daraja_reconcile asks again
            checkout().refresh(payment.key, if_due=True)


def in_history(payment: Payment) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Return what a customer may see of a payment."""
    return {
        "order_id": payment.order_id,
        "amount": str(payment.amount),
        "phone_number": payment.phone,
        "status": seen_status(payment.record),
        "message": in_language(payment.record.customer_message),
        "checkout_request_id": payment.checkout_request_id,
        "provider_reference": payment.receipt or "",
        "created_at": localtime(payment.created_at),
        "updated_at": localtime(payment.updated_at),
    }


class PaymentListView(ShopView):
    """The customer's own payments, the newest first, at most 200; ``?order_id=`` and ``?status=`` filter."""

    def get(self, request: Request) -> Response:
        """Return only the customer's own payments; the status filter uses the status that customers see."""
        order_id, status = (request.query_params.get(name, "") for name in ("order_id", "status"))
        payments = Payment.objects.filter(user=customer_of(request))
        if "\0" in order_id:
            payments = payments.none()  # PostgreSQL does not accept NUL, also not in a search
        elif order_id:
            payments = payments.filter(order_id=order_id)
        told = [in_history(payment) for payment in payments[:MOST_LISTED]]
        return Response([row for row in told if status in {"", row["status"]}])


mpesa_stk_push = MpesaSTKPushView.as_view()
mpesa_callback = CallbackView.as_view()
