"""The start of this app, and the checks of its own settings."""

from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's name for it

from daraja.django.conf import variables

__all__ = ["ShopConfig", "check_receipts", "check_secret_key"]

_CONSOLE_MAIL: Final = "django.core.mail.backends.console.EmailBackend"
_CONSOLE_SMS: Final = "shop.receipts.ConsoleSms"


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


@register("shop", deploy=True)
def check_receipts(**_: Any) -> list[CheckMessage]:  # Any: as above
    """Check that receipts are sent, and that customers can reach the shop."""
    mailers: dict[str, dict[str, str]] | None = getattr(settings, "MAILERS", None)  # there from Django 6.1 on
    backend = settings.EMAIL_BACKEND if mailers is None else mailers["default"]["BACKEND"]
    found: list[CheckMessage] = []
    if backend == _CONSOLE_MAIL:
        found.append(Warning("Receipts by e-mail are printed and not sent.", hint="Set EMAIL_URL.", id="shop.W001"))
    if settings.SMS_BACKEND == _CONSOLE_SMS:
        hint = "Set AFRICAS_TALKING_API_KEY, or SMS_BACKEND for another provider."
        found.append(Warning("Receipts by text message are printed and not sent.", hint=hint, id="shop.W001"))
    if not settings.SHOP_CONTACT:
        words = "Customers read 'please contact us' and not how."
        found.append(Warning(words, hint="Set SHOP_CONTACT to a phone number or an address.", id="shop.W002"))
    return found
