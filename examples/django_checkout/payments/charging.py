"""Charge an order, with an answer in HTTP for everything that can go wrong."""

import logging

import attrs
from django.conf import settings
from django.utils.translation import gettext as _

import daraja
from daraja.django import checkout
from daraja.django.customers import ALREADY_PAID, in_language, not_charged
from daraja.django.models import OPEN
from daraja.django.reports import undecided_elsewhere
from daraja.errors import DarajaError, InvalidInput
from shop.models import Order
from shop.rest import Refused

_log = logging.getLogger("payments")


def charge(order: Order, phone: str) -> daraja.Payment:
    """Ask a phone to pay for an order; return the open payment, or the new one.

    Args:
        order: The order.
        phone: The phone, as ``254...``.

    Raises:
        Refused: With the status and the message for the customer, if nobody was prompted.
    """
    for other in undecided_elsewhere().filter(order=order):  # the shortcode or the environment was changed
        _log.info("push.asked_elsewhere key=%s", other.key)
        raise Refused(409, _("We do not know yet whether you paid. Look at your M-Pesa messages before you pay again."))
    try:
        due = checkout().order(order.pk).due(order.amount) or order.amount  # a part may have come in by hand
        payment = checkout().charge(order=order.pk, phone=phone, amount=due, metadata={"user_id": order.user_id})
    except DarajaError as error:
        why = not_charged(error)
        if isinstance(error, InvalidInput):
            _log.warning("push.not_payable faults=%s", dict(error.faults))
            why = attrs.evolve(why, message=f"{why.message} {settings.SHOP_CONTACT}".rstrip())
        raise Refused(**attrs.asdict(why)) from None
    if payment.paid:
        raise Refused(409, in_language(ALREADY_PAID))
    if payment.status not in OPEN:
        raise Refused(409, in_language(payment.customer_message))
    return payment
