"""The URLs of payments; front ends rely on them."""

from django.urls import re_path

from payments.api.callback import MpesaCallbackView
from payments.api.views import CheckAgainView, MpesaSTKPushView, OrderStatusView, PaymentListView

# Each with and without the slash at the end: a redirect would lose the body.
urlpatterns = [
    re_path(r"^payments/?$", PaymentListView.as_view(), name="payment-list"),
    re_path(r"^payments/mpesa/stk-push/?$", MpesaSTKPushView.as_view(), name="mpesa-stk-push"),
    re_path(r"^payments/mpesa/callback/?$", MpesaCallbackView.as_view(), name="mpesa-callback"),
    re_path(r"^payments/mpesa/callback/(?P<token>[^/]+)/?$", MpesaCallbackView.as_view()),
    re_path(r"^payments/callback/(?P<token>[^/]+)/?$", MpesaCallbackView.as_view(), name="payment-callback"),
    re_path(r"^orders/(?P<order_id>.+)/payment-status/?$", OrderStatusView.as_view(), name="payment-status"),
    re_path(r"^orders/(?P<order_id>.+)/payment-status/check/?$", CheckAgainView.as_view(), name="payment-check"),
]
