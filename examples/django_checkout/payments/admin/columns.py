"""What is shown of a payment: everything that was heard of it, no customer's number."""

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
    """A method for each thing that is no plain field."""

    @admin.display(description="amount", ordering="amount")
    def kes(self, payment: Payment) -> str:
        """Give the amount."""
        return f"KES {payment.amount:,}"

    @admin.display(description="phone")
    def phone(self, payment: Payment) -> str:
        """Give the number, its middle hidden."""
        return mask_phone(payment.phone_number)

    @admin.display(description="to do")
    def to_do(self, payment: Payment) -> SafeString | str:
        """Say what a person has to do."""
        todo = {"refund due": payment.refund_due, "needs attention": payment.needs_attention}
        marks = [(what,) for what, wanted in todo.items() if wanted]
        return format_html_join(" ", '<span class="payments-todo">{}</span>', marks) or "-"

    @admin.display(description="MerchantRequestID")
    def merchant_request_id(self, payment: Payment) -> str:
        """Give Daraja's id of the request, which is the one to quote to Safaricom."""
        return rows.payment_of(payment).merchant_request_id or "-"

    @admin.display(description="CheckoutRequestID")
    def checkout_id(self, payment: Payment) -> str:
        """Give Daraja's id of the payment, which ends in the customer's number."""
        return mask_numbers(payment.checkout_request_id or "-")

    @admin.display(description="result")
    def result(self, payment: Payment) -> str:
        """Give Safaricom's code and words, and from whom we have them."""
        fact = rows.payment_of(payment)
        said = f"{fact.result_code or 'none yet'} {fact.result_description}".rstrip()
        return mask_numbers(f"{said} (heard from: {fact.decided_by})" if fact.decided_by else said)

    @admin.display(description="does not fit together")
    def conflicts(self, payment: Payment) -> str:
        """Give what contradicts what was asked for."""
        return mask_numbers(", ".join(sorted(rows.payment_of(payment).conflicts))) or "-"

    @admin.display(description="decided by a person")
    def resolution(self, payment: Payment) -> str:
        """Give who decided what, and why."""
        decision = rows.payment_of(payment).resolution
        if decision is None:
            return "-"
        return mask_numbers(f"{'paid' if decision.paid else 'not paid'}, says {decision.by}: {decision.note}")

    @admin.display(description="callbacks")
    def callbacks(self, payment: Payment) -> SafeString | str:
        """Give every body that came for it."""
        return all_of(payment)
