"""Money out to a business, to an account of our own, to the tax authority."""

from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from daraja.api.initiator import Accepted
    from daraja.to import BulkAccount, PayBillAccount, Tax, TillNumber


class PayBusinessMethods(Methods):
    """Pay a business. Daraja detects no duplicates of these, and an answer says accepted, never paid."""

    @hide_locals
    def b2b_payment(
        self,
        *,
        to: "PayBillAccount | TillNumber",
        amount: int | Decimal,
        requester: str | None = None,
        remarks: str = "Payment",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Pay to a pay bill or a till; the answer says accepted, not paid. Daraja detects no duplicates.

        Args:
            to: A ``PayBillAccount`` or a ``TillNumber`` of ``daraja.to``.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, up to ``payout_max`` of the settings.
            requester: The phone of the customer on whose behalf you pay, if there is one.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: The payer, if not the shortcode of the business in the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("b2b", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been paid. Wait for the result or check the statement; do not pay again.
            ApiError: If Daraja refused. Nothing was paid.
            UnexpectedResponse: If no access token could be read. Nothing was paid.

        Source:
            Daraja, BusinessPayBill and BusinessBuyGoods.
        """
        from daraja.api.b2b import B2bPayment

        return self.run(
            B2bPayment(
                to=to,
                amount=amount,
                requester=requester,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )

    @hide_locals
    def b2c_top_up(
        self,
        *,
        amount: int | Decimal,
        to: "str | BulkAccount | None" = None,
        remarks: str = "Payment",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Load a bulk shortcode, from your Working account to its Utility account; the answer says accepted, not done.

        Args:
            amount: Whole KES, an ``int`` or a whole ``Decimal``, up to ``payout_max`` of the settings.
            to: The bulk shortcode, or a ``daraja.to.BulkAccount``; that of the settings if left out.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: The payer, if not the shortcode of the business in the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("b2b", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If the money may have moved. Wait for the result or check the statement; do not repeat it.
            ApiError: If Daraja refused. Nothing moved.
            UnexpectedResponse: If no access token could be read. Nothing moved.

        Source:
            Daraja, B2CAccountTopUp.
        """
        from daraja.api.b2b import B2cTopUp

        return self.run(
            B2cTopUp(
                amount=amount,
                to=to,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )

    @hide_locals
    def float_transfer(
        self,
        *,
        amount: int | Decimal,
        remarks: str = "Payment",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Move money from your Working to your Utility account, which pays out; the answer says accepted, not done.

        Safaricom has to allow it for the shortcode first. The way back is possible only on the organisation portal.

        Args:
            amount: Whole KES, an ``int`` or a whole ``Decimal``, up to ``payout_max`` of the settings.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: The owner of the accounts, if not the payout shortcode of the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("b2b", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If the money may have moved. Wait for the result or check the statement; do not repeat it.
            ApiError: If Daraja refused. Nothing moved.
            UnexpectedResponse: If no access token could be read. Nothing moved.

        Source:
            Daraja, FAQ, question 8.
        """
        from daraja.api.b2b import FloatTransfer

        return self.run(
            FloatTransfer(
                amount=amount,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )

    @hide_locals
    def tax_payment(
        self,
        *,
        to: "str | Tax",
        amount: int | Decimal,
        remarks: str = "Payment",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Pay a tax to the Kenya Revenue Authority; the answer says accepted, not paid.

        Args:
            to: The payment registration number (PRN) of the tax, or a ``daraja.to.Tax``.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, up to ``payout_max`` of the settings.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: The payer, if not the shortcode of the business in the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("tax", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been paid. Wait for the result or check the statement; do not pay again.
            ApiError: If Daraja refused. Nothing was paid.
            UnexpectedResponse: If no access token could be read. Nothing was paid.

        Source:
            Daraja, TaxRemittance.
        """
        from daraja.api.b2b import TaxPayment

        return self.run(
            TaxPayment(
                to=to,
                amount=amount,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )
