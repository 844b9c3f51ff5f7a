"""The addresses of the project."""

from django.contrib import admin
from django.urls import include, path

from tests.django.project.shop import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("pay/<str:number>/", views.pay, name="pay"),
    path("payments/callback/", include("daraja.django.urls")),
]
