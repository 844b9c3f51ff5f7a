"""The pages on which a customer pays: the form, and the status of the payment."""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from rest_framework.exceptions import APIException, Throttled

from daraja.django import checkout, receipts
from daraja.django.apps import this_app
from daraja.django.customers import seconds_until, simulated_phone
from daraja.payments.model import PROMPT_SHOWN
from payments.charging import charge
from payments.views import CheckAgainView, MpesaSTKPushView, PushSerializer, check_again, status_of
from shop.models import Order
from shop.rest import customer_of, in_plain_words, too_often

_for_customers: Final = method_decorator([login_required, never_cache, non_atomic_requests], name="dispatch")


@_for_customers
class CheckoutView(View):
    """The payment form. The amount in the URL is ignored; without an order the customer chooses one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, unless no prompt is allowed now."""
        if "order_id" not in request.GET:
            unpaid = customer_of(request).orders.filter(paid_at=None).prefetch_related("payments")
            return render(request, "shop/choose.html", {"orders": unpaid})
        order = Order.own(customer_of(request), request.GET["order_id"])
        if not status_of(order)["may_retry"]:
            return redirect("waiting", order.order_id)
        last = order.payments.first()
        return self._form(order, last.phone if last else customer_of(request).phone)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the API does, for a browser without JavaScript."""
        order = Order.own(customer_of(request), request.GET.get("order_id", ""))
        phone = request.POST.get("phone", "")
        try:
            if too_often(request, MpesaSTKPushView.rates):
                raise Throttled
            asked = PushSerializer(data={"order_id": order.pk, "amount": order.amount, "phone": phone})
            asked.is_valid(raise_exception=True)
            charge(order, asked.validated_data["phone"])
        except APIException as refusal:
            answer = in_plain_words(refusal, {})
            return self._form(order, phone, fault=answer and answer.data["detail"], status=refusal.status_code)
        return redirect("waiting", order.order_id)

    def _form(self, order: Order, phone: str, *, fault: Any = None, status: int = 200) -> HttpResponse:  # Any: a text
        shown = {"order": order, "phone": phone, "fault": fault, "shown_name": settings.MPESA_SHOWN_NAME}
        return render(self.request, "shop/checkout.html", shown, status=status)


@_for_customers
class WaitingView(View):
    """The status of the payment; with JavaScript the page updates itself."""

    def get(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """Show the status of the API, and when another attempt is possible."""
        order = Order.own(customer_of(request), order_id)
        told = status_of(order)
        payment = order.payments.exclude(paid_order=None).first() or order.payments.first()
        beside = {
            "order": order,
            "payment": payment,
            "seconds": 0 if told["may_retry"] else seconds_until(told["retry_at"]),
            # Only if no query is due: until then the waiting time is not certain.
            "charged_nobody": not order.payments.exclude(next_check_at=None).exists(),
            "shown_name": settings.MPESA_SHOWN_NAME,
            "by_hand": _by_hand(order),
        }
        if payment is not None:
            beside["prompt_life"] = PROMPT_SHOWN.seconds
            beside["prompt_seconds"] = seconds_until(payment.record.prompt_ends_at)
            beside["simulated_phone"] = simulated_phone(payment.record)
        return render(request, "shop/waiting.html", told | beside)

    def post(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """Do what the API does for "I have paid, check again", for a browser without JavaScript."""
        order = Order.own(customer_of(request), order_id)
        if not too_often(request, CheckAgainView.rates):
            check_again(order)
        return redirect("waiting", order_id)


def _by_hand(order: Order) -> Any:  # Any: an expectation, or the number of a till
    """Return what to type in the M-Pesa menu once a prompt was in vain; None while the customer might pay twice."""
    known = checkout().order(order.pk)
    till = getattr(this_app().config.business, "till", None)
    if till and known.may_pay_by_hand:
        return {"till": till, "due": known.due(order.amount)}
    return receipts().offer(known, amount=order.amount)
