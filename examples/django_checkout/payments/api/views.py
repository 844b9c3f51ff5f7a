"""The payments API. Every answer is JSON; every error is ``{"detail": "..."}`` with a message for the customer."""

from typing import Final

from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.customers import customer_of
from orders.own import own_order
from payments.api.serializers import PaymentSerializer, PushSerializer
from payments.api.status import status_of
from payments.asking import ask, check_again
from payments.models import Payment
from payments.refusals import WrongAmount

__all__ = ["CheckAgainView", "MpesaSTKPushView", "OrderStatusView", "PaymentListView"]

MOST_LISTED: Final = 200
_ENTER_PIN: Final = "Enter your M-Pesa PIN on your phone."


@method_decorator(non_atomic_requests, name="dispatch")
class MpesaSTKPushView(APIView):
    """Sends a prompt for an order to the customer's phone."""

    throttle_scope = "push"

    def post(self, request: Request) -> Response:
        """Send one prompt, also after many calls; for an open prompt return its own ids."""
        asked = PushSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        order = own_order(request, asked.validated_data["order_id"])
        if asked.validated_data["amount"] != order.amount:
            raise WrongAmount(order)
        payment = ask(order, asked.validated_data["phone"])
        return Response(
            {
                "status": "success",
                "message": _ENTER_PIN if payment.checkout_request_id else payment.customer_message,
                "checkout_request_id": payment.checkout_request_id or "",
                "order_id": order.order_id,
                "amount": str(payment.amount),
            }
        )


class OrderStatusView(APIView):
    """Returns the payment status of an order."""

    def get(self, request: Request, order_id: str) -> Response:
        """Answer from the database, so a page may call it every few seconds."""
        return Response(status_of(own_order(request, order_id)))


@method_decorator(non_atomic_requests, name="dispatch")
class CheckAgainView(APIView):
    """Queries Daraja for a customer who says "I have paid"."""

    throttle_scope = "check"

    def post(self, request: Request, order_id: str) -> Response:
        """Query Daraja if a check is due, and answer like ``OrderStatusView``."""
        order = own_order(request, order_id)
        if payment := order.payments.first():
            check_again(payment)
            order.refresh_from_db()
        return Response(status_of(order))


class PaymentListView(APIView):
    """The customer's own payments, the newest first, at most 200; ``?order_id=`` and ``?status=`` filter."""

    def get(self, request: Request) -> Response:
        """Return only the customer's own payments; the status filter uses the status that customers see."""
        order_id, status = (request.query_params.get(name, "") for name in ("order_id", "status"))
        payments = Payment.objects.filter(user=customer_of(request))
        if "\0" in order_id:
            payments = payments.none()  # PostgreSQL does not accept NUL, also not in a search
        elif order_id:
            payments = payments.filter(order_id=order_id)
        told = PaymentSerializer(payments[:MOST_LISTED], many=True).data
        return Response([row for row in told if status in {"", row["status"]}])
