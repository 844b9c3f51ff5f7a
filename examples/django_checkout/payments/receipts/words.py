"""The texts of receipts."""

from django.contrib.humanize.templatetags.humanize import intcomma

from payments.models import Payment

__all__ = ["subject_of", "text_of"]


def subject_of(payment: Payment, /) -> str:
    """Return the subject of the e-mail; the shop's text cannot break the header."""
    amount = f"KES {intcomma(payment.amount, use_l10n=False)}"
    return f"We give you {amount} back" if payment.refund_due else f"Your payment of {amount}"


def text_of(payment: Payment, /) -> str:
    """Return the amount, the order and the M-Pesa receipt. After a query there is no receipt."""
    amount = f"KES {intcomma(payment.amount, use_l10n=False)}"
    receipt = f" M-Pesa receipt {payment.provider_reference}." if payment.provider_reference else ""
    if payment.refund_due:
        why = "which was paid already" if payment.order.paid_by_id else "which has another price now"
        return f"{amount} came for order {payment.order_id}, {why}. We give this money back.{receipt}"
    return f"We have received {amount} for order {payment.order_id}.{receipt} Thank you!"
