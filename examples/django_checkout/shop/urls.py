"""The URLs: the API for front ends and Safaricom, the pages, the admin."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from shop import api
from shop.pages import HistoryView, OrderListView, limited, not_found
from shop.paying import CheckoutView, WaitingView

handler400 = "shop.pages.bad_request"
handler403 = "shop.pages.forbidden"
handler404 = "shop.pages.not_found"
handler500 = "shop.pages.server_error"

LOGIN = LoginView.as_view(template_name="shop/login.html", redirect_authenticated_user=True)

urlpatterns = [
    # Each with and without the slash at the end: a redirect would lose the body.
    re_path(r"^api/users/login/?$", api.LoginView.as_view(), name="api-login"),
    re_path(r"^api/users/logout/?$", api.LogoutView.as_view(), name="api-logout"),
    re_path(r"^api/users/me/?$", api.MeView.as_view(), name="me"),
    path("api/", include("payments.urls")),
    re_path(r"^api/", not_found),  # JSON, also where DEBUG is on
    path("admin/login/", limited(admin.site.login)),  # before the admin's own, which counts nothing
    path("admin/", admin.site.urls),
    path("", OrderListView.as_view(), name="orders"),
    path("login", limited(LOGIN), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("checkout", CheckoutView.as_view(), name="checkout"),
    path("orders/<path:order_id>/payment-status", WaitingView.as_view(), name="waiting"),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}shop/icon.svg"), name="icon"),
    path("payments", HistoryView.as_view(), name="history"),
]
