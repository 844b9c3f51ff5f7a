"""The address map: the API for front ends and Safaricom, the pages, the admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("accounts.urls")),
    path("api/", include("payments.urls")),
    path("admin/", admin.site.urls),
    path("", include("pages.urls")),
]
