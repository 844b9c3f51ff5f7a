"""The shop's own people at the admin."""

from typing import Any, Final

from django.contrib.auth.models import Permission
from django.test import Client

from payments.models import Payment
from shop.models import User
from shops import PASSWORD, Shop

__all__ = ["CALLBACKS", "PAYMENTS", "do", "logged_in", "owner", "page_of", "paid", "said", "staff"]

PAYMENTS: Final = "/admin/payments/payment/"
CALLBACKS: Final = "/admin/daraja/callback/"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff(*permissions: str) -> Client:
    """Give somebody of the shop's own people, who may do so much and no more."""
    user = User.objects.create_user("otieno@example.com", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return logged_in(user)


def page_of(client: Client, path: str, **asked: str) -> str:
    response = client.get(path, asked)
    assert response.status_code == 200
    return response.content.decode()


def do(client: Client, action: str, *keys: object, path: str = PAYMENTS) -> Any:  # Any: a response of the test client
    return client.post(path, {"action": action, "_selected_action": keys}, follow=True)


def said(response: Any) -> list[str]:  # Any: as above
    return [str(message) for message in response.context["messages"]]


def paid(shop: Shop) -> Payment:
    shop.push()
    shop.answer()
    return shop.payment


def owner() -> Client:
    """Give somebody who may do everything."""
    return logged_in(User.objects.create_superuser("admin@example.com", PASSWORD))
