"""Filters for payments and phone numbers."""

from django import template
from django.conf import settings

from daraja import normalise_phone
from pages.labels import Label, label_of
from payments import refusals
from payments.models import Payment

register = template.Library()


@register.simple_tag
def contact_us() -> str:
    """Return how the customer reaches the shop."""
    return refusals.contact_us()


@register.simple_tag
def shop_contact() -> str:
    """Return how the customer reaches the shop, or an empty text."""
    contact: str = settings.SHOP_CONTACT
    return contact


@register.filter
def label(payment: Payment) -> Label:
    """Give a payment's label."""
    return label_of(payment)


@register.filter
def phone(number: str) -> str:
    """Write a number as Kenyans do: ``254712345678`` as ``0712 345 678``. Other texts stay unchanged."""
    try:
        normal = normalise_phone(number)
    except ValueError:
        return number
    return f"0{normal[3:6]} {normal[6:9]} {normal[9:]}"
