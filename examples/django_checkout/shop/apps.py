"""The start of this app, and the check of its own settings."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from daraja.django.conf import variables


class ShopConfig(AppConfig):
    """Users, orders and pages."""

    name = "shop"
    default = True


@register("shop")
def check_secret_key(**_: Any) -> list[CheckMessage]:  # Any: what Django hands to every check
    """Check that nobody knows the key that signs logins where real money moves."""
    if variables()["MPESA_ENVIRONMENT"] != "production" or settings.SECRET_KEY != settings.DEVELOPMENT_KEY:
        return []
    words = "SECRET_KEY is the one of the example, with which everybody can forge a login."
    hint = "Set SECRET_KEY to what python -c 'import secrets; print(secrets.token_urlsafe(50))' prints."
    return [Error(words, hint=hint, id="shop.E001")]
