"""The URLs of customers."""

from django.urls import re_path

from accounts.api import LoginView, LogoutView, MeView

# Each with and without the slash at the end: a redirect would lose the body.
urlpatterns = [
    re_path(r"^users/login/?$", LoginView.as_view(), name="api-login"),
    re_path(r"^users/logout/?$", LogoutView.as_view(), name="api-logout"),
    re_path(r"^users/me/?$", MeView.as_view(), name="me"),
]
