"""Filters for payments and phone numbers, and short labels for the status of a payment."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django import template
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from daraja import Status, normalise_phone
from payments import refusals
from payments.models import Payment
from payments.status import seen_status

register = template.Library()


class Label(NamedTuple):
    """A short text, and the style in which a page shows it."""

    words: str
    tone: str


_LABELS: Final[Mapping[str, Label]] = {
    Status.PENDING: Label(_("Waiting for you"), "wait"),
    Status.INITIATED: Label(_("Waiting for you"), "wait"),
    Status.UNCONFIRMED: Label(_("Not confirmed"), "look"),
    Status.TIMEOUT: Label(_("Not paid"), "bad"),
    Status.FAILED: Label(_("Not paid"), "bad"),
    Status.SUCCESS: Label(_("Paid"), "good"),
}


@register.filter
def label(payment: Payment) -> Label:
    """Give the label of a payment."""
    if payment.refund_due:
        return Label(gettext("To be given back"), "look")
    if payment.needs_attention and payment.status != Status.UNCONFIRMED:
        return Label(gettext("We are looking into it"), "look")
    words, tone = _LABELS[seen_status(payment.record)]
    return Label(gettext(words), tone)


@register.filter
def phone(number: str) -> str:
    """Write a number as Kenyans do: ``254712345678`` as ``0712 345 678``. Other texts stay unchanged."""
    try:
        normal = normalise_phone(number)
    except ValueError:
        return number
    return f"0{normal[3:6]} {normal[6:9]} {normal[9:]}"


@register.simple_tag
def contact_us() -> str:
    """Return how the customer reaches the shop."""
    return refusals.contact_us()


@register.simple_tag
def setting(name: str) -> str:
    """Return a setting of the shop."""
    value: str = getattr(settings, name)
    return value
