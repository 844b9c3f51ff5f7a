"""Bill Manager: invoices that Safaricom sends to customers."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daraja.api.bill_manager import BillAnswer, BillerKey
    from daraja.api.invoice import Invoice


class BillMethods(Methods):
    """Send invoices, cancel them, and confirm their payments."""

    @hide_locals
    def bill_opt_in(
        self,
        *,
        email: str,
        contact: str,
        callback_url: str | Secret,
        reminders: bool = True,
        logo: str | None = None,
    ) -> "BillerKey":
        """Opt in to Bill Manager, so that your shortcode can send invoices. A second request is harmless.

        Args:
            email: The address that customers see.
            contact: The phone that customers see, a Kenyan mobile number in any usual form.
            callback_url: The address for payments of invoices: see ``parse_incoming``.
            reminders: Whether Safaricom reminds customers before an invoice is due.
            logo: The address of a picture.

        Returns:
            The key for all later requests. Keep it as ``bill_app_key`` of the settings.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Bill Manager refused: the shortcode is registered already, or may not send invoices.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, BillManager (optin).
        """
        from daraja.api.bill_manager import BillOptIn

        return self.run(
            BillOptIn(email=email, contact=contact, callback_url=callback_url, reminders=reminders, logo=logo)
        )

    @hide_locals
    def bill_update(
        self,
        *,
        email: str,
        contact: str,
        callback_url: str | Secret,
        reminders: bool = True,
        logo: str | None = None,
    ) -> "BillAnswer":
        """Change the particulars that you gave when you opted in. A second request is harmless.

        Args:
            email: The address that customers see.
            contact: The phone that customers see, a Kenyan mobile number in any usual form.
            callback_url: The address for payments of invoices: see ``parse_incoming``.
            reminders: Whether Safaricom reminds customers before an invoice is due.
            logo: The address of a picture.

        Returns:
            Bill Manager's words.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no ``bill_app_key``; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Bill Manager refused: nothing was changed.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, BillManager (change-optin-details).
        """
        from daraja.api.bill_manager import BillUpdate

        return self.run(
            BillUpdate(email=email, contact=contact, callback_url=callback_url, reminders=reminders, logo=logo)
        )

    @hide_locals
    def bill_invoice(self, invoice: "Invoice", /) -> "BillAnswer":
        """Send an invoice to a customer.

        Args:
            invoice: The invoice.

        Returns:
            Bill Manager's words. Nobody has paid yet.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no ``bill_app_key``; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been sent. The same reference is refused a second time, so send it again to
                find out.
            ApiError: If Bill Manager refused: its reference was used before, or a field is wrong.
            UnexpectedResponse: If no access token could be read. Nothing was sent.

        Source:
            Daraja, BillManager (single-invoicing).
        """
        from daraja.api.bill_manager import BillInvoice

        return self.run(BillInvoice(invoice))

    @hide_locals
    def bill_invoices(self, invoices: "Iterable[Invoice]", /) -> "BillAnswer":
        """Send many invoices at once.

        Args:
            invoices: 1 to 1,000 invoices, each with a reference of its own.

        Returns:
            Bill Manager's words. Nobody has paid yet.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no ``bill_app_key``; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been sent. The same reference is refused a second time, so send it again to
                find out.
            ApiError: If Bill Manager refused: a reference was used before, or a field is wrong.
            UnexpectedResponse: If no access token could be read. Nothing was sent.

        Source:
            Daraja, BillManager (bulk-invoicing).
        """
        from daraja.api.bill_manager import BillInvoices

        return self.run(BillInvoices(invoices))

    @hide_locals
    def bill_cancel(self, *references: str) -> "BillAnswer":
        """Cancel invoices that nobody has paid. A second request is harmless.

        Args:
            references: Your own ids of 1 to 1,000 invoices.

        Returns:
            Bill Manager's words, and as ``errors`` what it says of invoices that it did not cancel.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no ``bill_app_key``; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Bill Manager refused: an invoice is paid in part or whole, or there is none.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, BillManager (cancel-single-invoice, cancel-bulk-invoices).
        """
        from daraja.api.bill_manager import BillCancel

        return self.run(BillCancel(references))

    @hide_locals
    def bill_acknowledge(
        self,
        *,
        receipt: str,
        amount: int | Decimal,
        paid_on: date,
        account: str,
        phone: str,
        name: str,
        title: str,
        reference: str,
    ) -> "BillAnswer":
        """Tell Bill Manager that an invoice was paid. A second request is harmless.

        Args:
            receipt: The receipt number of the payment.
            amount: The payment in whole KES, an ``int`` or a whole ``Decimal``.
            paid_on: The day of the payment.
            account: The account at the pay bill: 1 to 13 letters, digits, spaces and ``- _ . /``.
            phone: The payer's phone, a Kenyan mobile number in any usual form.
            name: The payer's name, 1 to 100 characters.
            title: The purpose of the invoice, 1 to 100 characters.
            reference: Your own id of the invoice.

        Returns:
            Bill Manager's words.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no ``bill_app_key``; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Bill Manager refused: a field is wrong.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, BillManager (reconciliation).
        """
        from daraja.api.bill_manager import BillAcknowledge

        return self.run(
            BillAcknowledge(
                receipt=receipt,
                amount=amount,
                paid_on=paid_on,
                account=account,
                phone=phone,
                name=name,
                title=title,
                reference=reference,
            )
        )
