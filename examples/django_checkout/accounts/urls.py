"""The address map of customers."""

from django.urls import path

from accounts.api import LoginView, MeView

urlpatterns = [
    path("users/login/", LoginView.as_view(), name="api-login"),
    path("users/me/", MeView.as_view(), name="me"),
]
