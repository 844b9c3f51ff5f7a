"""The payment status of an order, for front ends and pages."""

import re
from typing import Any, Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

import daraja
from daraja import Status
from daraja.django import checkout
from daraja.payments.customer_messages import REVIEW
from daraja.result_codes.swahili import SENTENCES
from shop.models import Order

_IGNORE: Final = _("Ignore any M-Pesa request that is still on your phone.")


def seen_status(payment: daraja.Payment, /) -> str:
    """Return the status for front ends, which see a success only where it counts."""
    if payment.paid or payment.status is not Status.SUCCESS:
        return payment.status.value
    return Status.FAILED.value if payment.denied_by_a_person else Status.UNCONFIRMED.value


def in_language(words: str, /) -> str:
    """Return sentences of the library's in the language of the request; ours or the library's are the translations."""
    if get_language() != "sw":
        return words
    return " ".join(SENTENCES.get(sentence) or gettext(sentence) for sentence in re.split(r"(?<=[.!]) ", words))


def status_of(order: Order, /) -> dict[str, Any]:  # Any: whatever JSON can hold
    """Return how far the order is: that of the payment that paid, or of the last attempt."""
    known = checkout().order(order.pk)
    payment = known.payment
    told: dict[str, Any] = {"status": "unpaid", "checkout_request_id": "", "receipt": ""}  # Any: as above
    if payment is not None:
        told = {
            "status": seen_status(payment),
            "checkout_request_id": payment.checkout_request_id or "",
            "receipt": payment.receipt or "",
        }
    message = known.customer_message
    if payment is not None and payment.paid and order.paid_at is None:  # its price has changed meanwhile
        told["status"], message = Status.UNCONFIRMED.value, REVIEW
    elif known.paid and known.prompted is not None:
        message = f"{message} {_IGNORE}"
    return told | {
        "message": in_language(message),
        "order_id": order.pk,
        "amount": str(order.amount),
        "paid": order.paid_at is not None,
        "may_retry": known.may_charge.allowed,
        "retry_at": known.may_charge.not_before,
        "final": payment is not None and payment.is_final,
    }
