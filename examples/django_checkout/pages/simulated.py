"""The address of the simulated phone, if the shop uses a local Daraja."""

from urllib.parse import urlencode

from daraja import Environment
from payments.models import Payment

__all__ = ["simulated_phone"]


def simulated_phone(payment: Payment | None, /) -> str | None:
    """Return the address of the phone with the prompt of an open payment, or None for real phones."""
    if payment is None or not payment.is_open:
        return None
    name = payment.environment
    environment = Environment(name) if "://" in name else Environment.named(name)
    return f"{environment.base_url}/?{urlencode({'phone': payment.phone_number})}" if environment.is_local else None
