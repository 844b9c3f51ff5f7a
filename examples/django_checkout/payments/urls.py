"""The address map of payments, which front ends rely on."""

from django.urls import path, re_path

from payments.api.callback import MpesaCallbackView
from payments.api.views import CheckAgainView, MpesaSTKPushView, OrderStatusView, PaymentListView

urlpatterns = [
    path("payments/", PaymentListView.as_view(), name="payment-list"),
    path("payments/mpesa/stk-push/", MpesaSTKPushView.as_view(), name="mpesa-stk-push"),
    # Both with and without the slash at the end: a redirect would lose the body.
    re_path(r"^payments/mpesa/callback/?$", MpesaCallbackView.as_view(), name="mpesa-callback"),
    re_path(r"^payments/mpesa/callback/(?P<token>[^/]+)/?$", MpesaCallbackView.as_view()),
    re_path(r"^payments/callback/(?P<token>[^/]+)/?$", MpesaCallbackView.as_view(), name="payment-callback"),
    path("orders/<path:order_id>/payment-status/", OrderStatusView.as_view(), name="payment-status"),
    path("orders/<path:order_id>/payment-status/check/", CheckAgainView.as_view(), name="payment-check"),
]
