"""Money out to a phone, as M-Pesa or as Pochi la Biashara."""

from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from daraja.api.b2c import B2cCommand, B2cVersion
    from daraja.api.initiator import Accepted
    from daraja.to import Mobile, Pochi


class PayPhoneMethods(Methods):
    """Pay a phone. Neither is sent twice by itself, and an answer says accepted, never paid."""

    @hide_locals
    def b2c_payment(
        self,
        *,
        to: "str | Mobile",
        amount: int | Decimal,
        originator_conversation_id: str,
        command: "B2cCommand" = "BusinessPayment",
        remarks: str = "Payment",
        occasion: str | None = None,
        version: "B2cVersion" = "v3",
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Pay to a phone; the answer means that Daraja has taken the request, not that anything was paid.

        Args:
            to: The phone, a Kenyan mobile number in any usual form, or a ``daraja.to.Mobile``.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 10 to 250,000 and to ``payout_max`` of the
                settings.
            originator_conversation_id: Your own id of this payment, new for each one: 1 to 38 letters, digits, ``-``
                and ``_``. Write it down before you call, since M-Pesa refuses the same id twice.
            command: ``BusinessPayment``, ``SalaryPayment`` or ``PromotionPayment``, whose SMS congratulates.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            version: ``v1`` if your app has no other. It takes no id of yours, so that nothing detects a duplicate.
            shortcode: The payer, if not the payout shortcode of the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("b2c", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been paid. Wait for the result, or query ``transaction_status``.
            DuplicateRequest: If Daraja has seen the id before. The first request with it was accepted.
            ApiError: If Daraja refused. Nothing was paid.
            UnexpectedResponse: If no access token could be read. Nothing was paid.

        Source:
            Daraja, BusinessToCustomer.
        """
        from daraja.api.b2c import B2cPayment

        return self.run(
            B2cPayment(
                to=to,
                amount=amount,
                originator_conversation_id=originator_conversation_id,
                command=command,
                remarks=remarks,
                occasion=occasion,
                version=version,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )

    @hide_locals
    def pochi_payment(
        self,
        *,
        to: "str | Pochi",
        amount: int | Decimal,
        originator_conversation_id: str,
        remarks: str = "Payment",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Pay to a business wallet (Pochi la Biashara); the answer says accepted, not paid.

        Args:
            to: The phone of the wallet, or a ``daraja.to.Pochi``.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 10 to 250,000 and to ``payout_max`` of the
                settings.
            originator_conversation_id: Your own id of this payment, as for ``b2c_payment``.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: The payer, if not the payout shortcode of the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("b2c", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been paid. Wait for the result, or query ``transaction_status``.
            DuplicateRequest: If Daraja has seen the id before. The first request with it was accepted.
            ApiError: If Daraja refused. Nothing was paid.
            UnexpectedResponse: If no access token could be read. Nothing was paid.

        Source:
            Daraja, BusinessToPochi.
        """
        from daraja.api.b2c import PochiPayment

        return self.run(
            PochiPayment(
                to=to,
                amount=amount,
                originator_conversation_id=originator_conversation_id,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )
