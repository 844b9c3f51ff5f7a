"""Filters for templates, after ``{% load daraja %}``: ``label``, ``phone``, ``in_language`` and ``given_back``."""

from django import template

import daraja
from daraja.django import customers
from daraja.django.models import AbstractPayment

register = template.Library()
register.filter("phone", customers.short_phone)
register.filter("in_language", customers.in_language)
register.filter("given_back", customers.given_back)


@register.filter
def label(payment: AbstractPayment | daraja.Payment) -> customers.Label:
    """Return the status in a word or two, with its tone: ``{{ label.words }}``, ``{{ label.tone }}``."""
    return customers.label(payment.record if isinstance(payment, AbstractPayment) else payment)
