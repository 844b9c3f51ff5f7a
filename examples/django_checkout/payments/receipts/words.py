"""What receipts say."""

from django.contrib.humanize.templatetags.humanize import intcomma

from payments.models import Payment

__all__ = ["subject_of", "text_of"]


def subject_of(payment: Payment, /) -> str:
    """Give the subject of the e-mail, in which no text of the shop's could break the header."""
    amount = f"KES {intcomma(payment.amount, use_l10n=False)}"
    return f"We give you {amount} back" if payment.refund_due else f"Your payment of {amount}"


def text_of(payment: Payment, /) -> str:
    """Say what was paid, for what, and by which M-Pesa receipt; a query confirms a payment without naming one."""
    amount = f"KES {intcomma(payment.amount, use_l10n=False)}"
    receipt = f" M-Pesa receipt {payment.provider_reference}." if payment.provider_reference else ""
    if payment.refund_due:
        why = "which was paid already" if payment.order.paid_by_id else "which has another price now"
        return f"{amount} came for order {payment.order_id}, {why}. We give this money back.{receipt}"
    return f"We have received {amount} for order {payment.order_id}.{receipt} Thank you!"
