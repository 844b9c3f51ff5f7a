"""The payments API; every answer is JSON, every error ``{"detail": "..."}`` in words for the customer."""

from django.db.models import QuerySet
from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from rest_framework.generics import ListAPIView
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


@method_decorator(non_atomic_requests, name="dispatch")
class MpesaSTKPushView(APIView):
    """Asks the customer's phone to pay for an order."""

    throttle_scope = "push"

    def post(self, request: Request) -> Response:
        """Ask once, however often it is called; a request that is under way already is answered with its own ids."""
        asked = PushSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        order = own_order(request, asked.validated_data["order_id"])
        if asked.validated_data["amount"] != order.amount:
            raise WrongAmount(order)
        payment = ask(order, asked.validated_data["phone"])
        return Response(
            {
                "status": "success",
                "message": "Enter your M-Pesa PIN on your phone.",
                "checkout_request_id": payment.checkout_request_id or "",
                "order_id": order.order_id,
                "amount": str(payment.amount),
            }
        )


class OrderStatusView(APIView):
    """Tells how far the payment of an order has come."""

    def get(self, request: Request, order_id: str) -> Response:
        """Answer from the database, so that a page may ask every few seconds."""
        return Response(status_of(own_order(request, order_id)))


@method_decorator(non_atomic_requests, name="dispatch")
class CheckAgainView(APIView):
    """For a customer who says "I have paid"."""

    throttle_scope = "check"

    def post(self, request: Request, order_id: str) -> Response:
        """Ask Daraja, not oftener than is due, and answer as ``OrderStatusView`` does."""
        order = own_order(request, order_id)
        if payment := order.payments.first():
            check_again(payment)
            order.refresh_from_db()
        return Response(status_of(order))


class PaymentListView(ListAPIView[Payment]):
    """The customer's own payments, the newest first; ``?status=`` and ``?order_id=`` choose among them."""

    serializer_class = PaymentSerializer
    filters = ("status", "order_id")

    def get_queryset(self) -> "QuerySet[Payment]":
        """Leave out everybody else's."""
        chosen = {name: value for name in self.filters if (value := self.request.query_params.get(name))}
        if any("\0" in value for value in chosen.values()):
            return Payment.objects.none()  # PostgreSQL takes no NUL, not even to look for
        return Payment.objects.filter(user=customer_of(self.request), **chosen)
