"""The URLs of pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from pages.login import LoginView
from pages.paying import CheckoutView, WaitingView
from pages.views import HistoryView, IconView, OrderListView

urlpatterns = [
    path("", OrderListView.as_view(), name="orders"),
    path("login", LoginView.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("checkout", CheckoutView.as_view(), name="checkout"),
    path("orders/<path:order_id>/payment-status", WaitingView.as_view(), name="waiting"),
    path("favicon.ico", IconView.as_view(), name="icon"),
    path("payments", HistoryView.as_view(), name="history"),
]
