"""The URLs: the API for front ends and Safaricom, the pages, the admin."""

from django.contrib import admin
from django.urls import include, path

from pages.login import admin_login

handler400 = "pages.errors.bad_request"
handler403 = "pages.errors.forbidden"
handler404 = "pages.errors.not_found"
handler500 = "pages.errors.server_error"

urlpatterns = [
    path("api/", include("accounts.urls")),
    path("api/", include("payments.urls")),
    path("admin/login/", admin_login),  # before the admin's own, which counts nothing
    path("admin/", admin.site.urls),
    path("", include("pages.urls")),
]
