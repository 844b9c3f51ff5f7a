"""The pages on which a customer pays: the form, and the status of the payment."""

from math import ceil
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from rest_framework.exceptions import APIException, Throttled

from accounts.customers import customer_of
from daraja.payments.model import PROMPT_LIFE
from orders.models import Order
from orders.own import own_order
from pages.simulated import simulated_phone
from pages.throttle import too_often
from payments.api.errors import in_plain_words
from payments.api.serializers import PushSerializer
from payments.api.status import status_of
from payments.asking import ask, check_again

__all__ = ["CheckoutView", "WaitingView"]


@method_decorator([login_required, never_cache, non_atomic_requests], name="dispatch")
class CheckoutView(View):
    """The payment form. The amount in the URL is ignored."""

    throttle_scope = "push"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, unless no prompt is allowed now."""
        order = own_order(request, request.GET.get("order_id", ""))
        if not status_of(order)["may_retry"]:
            return redirect("waiting", order.order_id)
        last = order.payments.first()
        phone = last.phone_number if last else customer_of(request).phone
        return render(request, "pages/checkout.html", {"order": order, "phone": phone})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the API does, for a browser without JavaScript."""
        order = own_order(request, request.GET.get("order_id", ""))
        phone = request.POST.get("phone", "")
        try:
            self._ask(order, phone)
        except APIException as refusal:
            answer = in_plain_words(refusal, {})
            shown = {"order": order, "phone": phone, "fault": answer and answer.data["detail"]}
            return render(request, "pages/checkout.html", shown, status=refusal.status_code)
        return redirect("waiting", order.order_id)

    def _ask(self, order: Order, phone: str) -> None:
        if too_often(self.request, self):
            raise Throttled
        asked = PushSerializer(data={"order_id": order.order_id, "amount": order.amount, "phone": phone})
        asked.is_valid(raise_exception=True)
        ask(order, asked.validated_data["phone"])


@method_decorator([login_required, never_cache, non_atomic_requests], name="dispatch")
class WaitingView(View):
    """The status of the payment; with JavaScript the page updates itself."""

    throttle_scope = "check"

    def get(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """Show the status of the API, and when another attempt is possible."""
        order = own_order(request, order_id)
        payment = order.paid_by or order.payments.first()
        told = status_of(order)
        beside = {
            "order": order,
            "payment": payment,
            "seconds": _seconds_until_retry(told),
            # Only if no query is due: until then the waiting time is not certain.
            "charged_nobody": not order.payments.exclude(next_check_at=None).exists(),
            "ends_at": payment and payment.created_at + PROMPT_LIFE,
            "simulated_phone": simulated_phone(payment),
        }
        return render(request, "pages/waiting.html", told | beside)

    def post(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """Do what the API does for "I have paid, check again", for a browser without JavaScript."""
        payment = own_order(request, order_id).payments.first()
        if payment and not too_often(request, self):
            check_again(payment)
        return redirect("waiting", order_id)


def _seconds_until_retry(told: dict[str, Any]) -> int | None:  # Any: whatever JSON can hold
    """Return the minimum waiting time of the customer, or None if waiting alone is not enough."""
    if told["may_retry"] or told["retry_at"] is None:
        return None
    seconds = ceil((told["retry_at"] - timezone.now()).total_seconds())
    return seconds if seconds > 0 else None
