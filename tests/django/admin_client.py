"""The shop's own people, who look at pages of the admin and post its forms."""

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client

__all__ = ["posted", "shown", "staff_member"]


def staff_member(name: str, *permissions: str) -> Client:
    """Return somebody of the shop's own people, who may do so much and no more."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)  # type: ignore[arg-type] # mypy's plugin knows the users of the example only
    return client


def shown(client: Client, path: str, **asked: str) -> str:
    """Return a page."""
    response = client.get(path, asked)
    assert response.status_code == 200, path
    return response.content.decode()


def posted(client: Client, path: str, **fields: object) -> str:
    """Post a form, and return the page that it leads to."""
    response: Any = client.post(path, fields, follow=True)  # Any: of the test client
    assert response.status_code == 200
    return str(response.content.decode())
