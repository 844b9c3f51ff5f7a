"""Money that we ask for, apart from M-Pesa Express: prompts to tills, QR codes, standing orders."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.privacy import hide_locals
from daraja.values.secret import Secret

if TYPE_CHECKING:
    from daraja.api.answers import PromptAccepted
    from daraja.api.dynamic_qr import QrCode, QrKind
    from daraja.api.standing_order import Frequency

__all__ = ["CollectMethods"]


class CollectMethods(Methods):
    """Ask for money. An answer never means that somebody has paid."""

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
        """Ask the operator of a till, on the phone, to pay you from it; nobody has paid when this answers.

        Only the phone that is the till's nominated number is asked. There is no query, so the result is all that you
        hear.

        Args:
            till: The till that shall pay, five to seven digits as text.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: What it is for: 1 to 12 letters, digits, spaces and ``- _ . /``.
            partner: Your name as the operator sees it, 1 to 100 characters.
            request_id: Your own id of this request, new for each one: 1 to 38 letters, digits, ``-`` and ``_``. The
                result names it.
            result_url: Where the result goes, if not to ``results_url`` of the settings with ``result/`` behind it.

        Returns:
            The id of the request. Whether it was paid comes to *result_url*; ``parse_result("express", body)``
            reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings have no address for the result; nothing was sent.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If the operator may have been asked: wait for the callback, do not ask again.
            ApiError: If Daraja refused: nobody was asked.
            UnexpectedResponse: If no access token could be read: nobody was asked.

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
        """Make a picture that a customer scans to pay; asking twice does no harm.

        Args:
            merchant: The name that the customer sees, 1 to 100 characters.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: What the customer pays for, the account at a pay bill: 1 to 32 letters, digits, spaces and ``- _
                . /``.
            kind: ``pay bill``, ``till``, ``agent``, ``send money`` or ``business``; that of the settings if left out.
            receiver: Who is paid: a number of that kind, 5 to 12 characters; the number of the settings if left out.
            size: The side of the picture in pixels, 50 to 2,000.

        Returns:
            The picture. A payment arrives by C2B.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read; ask again later.

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
        """Ask a customer to agree to a standing order (M-Pesa Ratiba); nobody has agreed when this answers.

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
            result_url: Where the result goes, if not to ``results_url`` of the settings with ``result/`` behind it.
            transaction_type: Daraja's TransactionType, if it refuses ours. Its page spells that for tills "Pay
                Marchant", as we do, and its samples "Pay Merchant".

        Returns:
            The id of the request. Whether the customer agreed comes to *result_url*;
            ``parse_result("standing_order", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings have no address for the result; nothing was sent.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If the customer may have been asked: wait for the callback, do not ask again.
            ApiError: If Daraja refused: nobody was asked.
            UnexpectedResponse: If no access token could be read: nobody was asked.

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
