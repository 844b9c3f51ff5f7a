"""The URLs of payments; front ends rely on them."""

from django.urls import include, path, re_path

from payments.views import CheckAgainView, OrderStatusView, PaymentListView, mpesa_callback, mpesa_stk_push

# Each with and without the slash at the end: a redirect would lose the body.
urlpatterns = [
    path("payments/callback/", include("daraja.django.urls")),
    re_path(r"^payments/?$", PaymentListView.as_view(), name="payment-list"),
    re_path(r"^payments/mpesa/stk-push/?$", mpesa_stk_push, name="mpesa_stk_push"),
    re_path(r"^payments/mpesa/callback/?$", mpesa_callback, name="mpesa_callback"),
    re_path(r"^payments/mpesa/callback/(?P<token>[^/]+)/?$", mpesa_callback),
    re_path(r"^orders/(?P<order_id>.+)/payment-status/?$", OrderStatusView.as_view(), name="payment-status"),
    re_path(r"^orders/(?P<order_id>.+)/payment-status/check/?$", CheckAgainView.as_view(), name="payment-check"),
]
