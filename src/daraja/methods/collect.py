"""Requests for money other than M-Pesa Express: prompts to tills, QR codes, standing orders."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from daraja.api.call import PromptAccepted
    from daraja.api.dynamic_qr import QrCode, QrKind
    from daraja.api.standing_order import Frequency


class CollectMethods(Methods):
    """Request money. An answer never means that it is paid."""

    @hide_locals
    def b2b_express(
        self,
        *,
        till: str,
        amount: int | Decimal,
        reference: str,
        partner: str,
        request_id: str,
        result_url: str | Secret | None = None,
    ) -> "PromptAccepted":
        """Send a prompt to the operator of a till, to pay you from it. The answer does not mean that it is paid.

        Only the till's nominated number gets the prompt. There is no query, so wait for the result.

        Args:
            till: The till that is asked to pay, five to seven digits as text.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The purpose: 1 to 12 letters, digits, spaces and ``- _ . /``.
            partner: Your name as the operator sees it, 1 to 100 characters.
            request_id: Your own id of this request, new for each one: 1 to 38 letters, digits, ``-`` and ``_``. The
                result names it.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.

        Returns:
            The id of the request. The result goes to *result_url*; ``parse_result("express", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no address for the result; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If a prompt may be on the phone. Wait for the result, and do not send another prompt.
            ApiError: If Daraja refused. No prompt was sent.
            UnexpectedResponse: If no access token could be read. No prompt was sent.

        Source:
            Daraja, B2BExpressCheckout.
        """
        from daraja.api.b2b_express import B2bExpress

        return self.run(
            B2bExpress(
                till=till,
                amount=amount,
                reference=reference,
                partner=partner,
                request_id=request_id,
                result_url=result_url,
            )
        )

    @hide_locals
    def dynamic_qr(
        self,
        *,
        merchant: str,
        amount: int | Decimal,
        reference: str,
        kind: "QrKind | None" = None,
        receiver: str | None = None,
        size: int = 300,
    ) -> "QrCode":
        """Make a QR code that a customer scans to pay. A second request is harmless.

        Args:
            merchant: The name that the customer sees, 1 to 100 characters.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The purpose, which is the account at a pay bill: 1 to 32 letters, digits, spaces and ``- _
                . /``.
            kind: ``pay bill``, ``till``, ``agent``, ``send money`` or ``business``; that of the settings if left out.
            receiver: The receiver, a number of that kind, 5 to 12 characters; the number of the settings if left out.
            size: The side of the picture in pixels, 50 to 2,000.

        Returns:
            The picture. A payment arrives by C2B.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, DynamicQRCode.
        """
        from daraja.api.dynamic_qr import DynamicQr

        return self.run(
            DynamicQr(merchant=merchant, amount=amount, reference=reference, kind=kind, receiver=receiver, size=size)
        )

    @hide_locals
    def standing_order(
        self,
        *,
        phone: str,
        amount: int | Decimal,
        name: str,
        reference: str,
        starts: date,
        ends: date,
        frequency: "Frequency",
        description: str = "Payment",
        result_url: str | Secret | None = None,
        transaction_type: str | None = None,
    ) -> "PromptAccepted":
        """Send a prompt for a standing order (M-Pesa Ratiba). The answer does not mean that the customer agreed.

        Each collection is then a payment by C2B, whose account is *reference*. Only the customer can change or end the
        order.

        Args:
            phone: The customer's phone, a Kenyan mobile number in any usual form.
            amount: Whole KES of each collection, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum.
            name: The name of the order, 1 to 100 characters. A customer has only one order of a name.
            reference: The account reference of each collection: 1 to 12 letters, digits, spaces and ``- _ . /``.
            starts: The first day.
            ends: The last day, after the first.
            frequency: ``once``, ``daily``, ``weekly``, ``monthly``, ``every two months``, ``quarterly``,
                ``half-yearly`` or ``yearly``.
            description: 1 to 13 letters, digits, spaces and ``- _ . /``.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            transaction_type: Daraja's TransactionType, if it refuses ours. Its page spells that for tills "Pay
                Marchant", as we do, and its samples "Pay Merchant".

        Returns:
            The id of the request. The result goes to *result_url*;
            ``parse_result("standing_order", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no address for the result; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If a prompt may be on the phone. Wait for the result, and do not send another prompt.
            ApiError: If Daraja refused. No prompt was sent.
            UnexpectedResponse: If no access token could be read. No prompt was sent.

        Source:
            Daraja, MpesaRatiba.
        """
        from daraja.api.standing_order import StandingOrder

        return self.run(
            StandingOrder(
                phone=phone,
                amount=amount,
                name=name,
                reference=reference,
                starts=starts,
                ends=ends,
                frequency=frequency,
                description=description,
                result_url=result_url,
                transaction_type=transaction_type,
            )
        )
