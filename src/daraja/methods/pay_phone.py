"""Money out to a phone, as M-Pesa or as Pochi la Biashara."""

from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.privacy import hide_locals
from daraja.values.secret import Secret

if TYPE_CHECKING:
    from daraja.api.b2c import B2cCommand, B2cVersion
    from daraja.api.initiator import Accepted
    from daraja.to import Mobile, Pochi

__all__ = ["PayPhoneMethods"]


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
            version: ``v1`` where your app has no other. It takes no id of yours, so that nothing detects a duplicate.
            shortcode: Who pays, if not the shortcode of the settings that pays out.
            result_url: Where the result goes, if not to ``results_url`` of the settings with ``result/`` behind it.
            timeout_url: Where a time-out is reported, if not to ``results_url`` with ``timeout/`` behind it.

        Returns:
            The ids of the request. Whether it was paid comes to *result_url*; ``parse_result("b2c", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If it may have been paid: wait for the result, or ask by ``transaction_status``.
            DuplicateRequest: If Daraja has seen the id before: the first request with it was accepted.
            ApiError: If Daraja refused: nothing was paid.
            UnexpectedResponse: If no access token could be read: nothing was paid.

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
            shortcode: Who pays, if not the shortcode of the settings that pays out.
            result_url: Where the result goes, if not to ``results_url`` of the settings with ``result/`` behind it.
            timeout_url: Where a time-out is reported, if not to ``results_url`` with ``timeout/`` behind it.

        Returns:
            The ids of the request. Whether it was paid comes to *result_url*; ``parse_result("b2c", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If it may have been paid: wait for the result, or ask by ``transaction_status``.
            DuplicateRequest: If Daraja has seen the id before: the first request with it was accepted.
            ApiError: If Daraja refused: nothing was paid.
            UnexpectedResponse: If no access token could be read: nothing was paid.

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
