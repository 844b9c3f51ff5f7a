"""The columns of a payment: all its evidence, and no customer's number."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from daraja import mask_phone
from daraja.values.phone import mask_numbers
from payments import rows
from payments.admin.callbacks import all_of
from payments.models import Payment

__all__ = ["Columns"]


class Columns:
    """A method for each column that is not a plain field."""

    @admin.display(description="amount", ordering="amount")
    def kes(self, payment: Payment) -> str:
        """Give the amount."""
        return f"KES {payment.amount:,}"

    @admin.display(description="phone")
    def phone(self, payment: Payment) -> str:
        """Return the number with its middle masked."""
        return mask_phone(payment.phone_number)

    @admin.display(description="to do")
    def to_do(self, payment: Payment) -> SafeString | str:
        """Return what a person has to do."""
        todo = {"refund due": payment.refund_due, "needs attention": payment.needs_attention}
        marks = [(what,) for what, wanted in todo.items() if wanted]
        return format_html_join(" ", '<span class="payments-todo">{}</span>', marks) or "-"

    @admin.display(description="MerchantRequestID")
    def merchant_request_id(self, payment: Payment) -> str:
        """Return Daraja's id of the request; quote this id to Safaricom."""
        return rows.payment_of(payment).merchant_request_id or "-"

    @admin.display(description="CheckoutRequestID")
    def checkout_id(self, payment: Payment) -> str:
        """Return Daraja's id of the payment, masked because it ends in the customer's number."""
        return mask_numbers(payment.checkout_request_id or "-")

    @admin.display(description="result")
    def result(self, payment: Payment) -> str:
        """Return Safaricom's code and words, and their source."""
        fact = rows.payment_of(payment)
        said = f"{fact.result_code or 'none yet'} {fact.result_description}".rstrip()
        return mask_numbers(f"{said} (heard from: {fact.decided_by})" if fact.decided_by else said)

    @admin.display(description="does not fit together")
    def conflicts(self, payment: Payment) -> str:
        """Return the conflicts."""
        return mask_numbers(", ".join(sorted(rows.payment_of(payment).conflicts))) or "-"

    @admin.display(description="decided by a person")
    def resolution(self, payment: Payment) -> str:
        """Return the decision, with its author and reason."""
        decision = rows.payment_of(payment).resolution
        if decision is None:
            return "-"
        return mask_numbers(f"{'paid' if decision.paid else 'not paid'}, says {decision.by}: {decision.note}")

    @admin.display(description="callbacks")
    def callbacks(self, payment: Payment) -> SafeString | str:
        """Return every callback body of the payment."""
        return all_of(payment)
