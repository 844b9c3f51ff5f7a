"""The payments API. Every answer is JSON; every error is ``{"detail": "..."}`` with a message for the customer."""

from itertools import islice
from typing import Any, ClassVar, Final

from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from daraja import Status, normalise_phone
from daraja.django import checkout
from daraja.django.customers import in_language, order_status, seen_status
from daraja.django.views import CallbackView
from daraja.payments.customer_messages import REVIEW
from payments.charging import charge
from payments.models import Payment
from shop.models import Order
from shop.rest import PlainSerializer, Refused, ShopView, by_customer, customer_of

MOST_LISTED: Final = 200
_ENTER_PIN: Final = "Enter your M-Pesa PIN on your phone."


class PushSerializer(PlainSerializer):
    """A request to pay for an order; ``phone`` is a Kenyan mobile number in any usual form."""

    order_id = serializers.CharField(max_length=180)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2, min_value=1)
    phone = serializers.CharField()

    words: ClassVar = {
        "order_id": _("Name the order that is to be paid, in order_id."),
        "amount": _("Give the amount of the order in KES, such as 500."),
        "phone": _("Enter a Kenyan mobile number such as 0712 345 678."),
    }

    def validate_phone(self, phone: str) -> str:
        """Return ``254...``, by the rules of the library."""
        try:
            return normalise_phone(phone)
        except ValueError:
            raise serializers.ValidationError from None


def status_of(order: Order, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Return how far the order is: that of the payment that paid, or of the last attempt."""
    known = checkout().order(order.pk)
    told = order_status(known)
    if known.paid and order.paid_at is None:  # its price has changed meanwhile, so a person has to look
        told |= {"status": Status.UNCONFIRMED.value, "message": in_language(REVIEW)}
    return told | {"order_id": order.pk, "amount": str(order.amount), "paid": order.paid_at is not None}


@method_decorator(non_atomic_requests, name="dispatch")
class MpesaSTKPushView(ShopView):
    """Asks the customer's phone to pay for an order."""

    rates: ClassVar = {"push": by_customer}

    def post(self, request: Request) -> Response:
        """Send one prompt, also after many calls; for an open prompt return its own ids."""
        asked = PushSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        order = Order.own(customer_of(request), asked.validated_data["order_id"])
        if asked.validated_data["amount"] != order.amount:
            words = gettext("This order costs KES {amount}. Go back to your orders and start again.")
            raise Refused(400, words.format(amount=order.amount))
        payment = charge(order, asked.validated_data["phone"])
        return Response(
            {
                "status": "success",
                "message": in_language(_ENTER_PIN if payment.checkout_request_id else payment.customer_message),
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

    rates: ClassVar = {"check": by_customer}

    def post(self, request: Request, order_id: str) -> Response:
        """Query Daraja if a check is due, and answer like ``OrderStatusView``."""
        order = Order.own(customer_of(request), order_id)
        check_again(order)
        return Response(status_of(Order.own(customer_of(request), order_id)))


def check_again(order: Order) -> None:
    """Query Daraja about the last attempt if a check is due."""
    checkout().order(order.pk, refresh=True)


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
        seen = (payment for payment in payments.iterator() if status in {"", seen_status(payment.record)})
        return Response([in_history(payment) for payment in islice(seen, MOST_LISTED)])


mpesa_stk_push = MpesaSTKPushView.as_view()
mpesa_callback = CallbackView.as_view()
