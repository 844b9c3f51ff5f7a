"""Money that customers pay by themselves: hear of it (C2B), and ask for it (Pull)."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.privacy import hide_locals
from daraja.values.secret import Secret

if TYPE_CHECKING:
    from daraja.api.answers import Registered
    from daraja.api.c2b import C2bVersion, Unanswered
    from daraja.api.initiator import Accepted
    from daraja.api.pull import PullPage

__all__ = ["IncomingMethods"]


class IncomingMethods(Methods):
    """Hear of payments that nobody asked for."""

    @hide_locals
    def c2b_register(
        self,
        *,
        confirmation_url: str | Secret,
        validation_url: str | Secret,
        unanswered: "Unanswered" = "Completed",
        version: "C2bVersion" = "v2",
    ) -> "Registered":
        """Register the addresses that hear of payments by customers; doing it twice does no harm.

        In production they can be registered once. Only the portal deletes them, and two of its users have to agree. In
        the sandbox register them again before each simulated payment.

        Args:
            confirmation_url: Where payments are announced that were made.
            validation_url: Where Safaricom asks before a payment, if validation is enabled for the shortcode.
            unanswered: ``Completed`` or ``Cancelled``: what becomes of a payment whose validation gets no answer within
                8 seconds.
            version: ``v1`` where your app has no other.

        Returns:
            Whether they were registered before. Daraja does not say whose addresses those were.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, CustomerToBusinessRegisterURL.
        """
        from daraja.api.c2b import C2bRegister

        return self.run(
            C2bRegister(
                confirmation_url=confirmation_url, validation_url=validation_url, unanswered=unanswered, version=version
            )
        )

    @hide_locals
    def c2b_simulate(self, *, phone: str, amount: int | Decimal, reference: str) -> "Accepted":
        """Have a customer of the sandbox pay to your number; it announces only some of these payments.

        Args:
            phone: The payer, ``254708374149`` in the sandbox.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account that the customer names: 1 to 12 letters, digits, spaces and ``- _ . /``. A till gets
                none.

        Returns:
            The ids of the request. The payment comes to the confirmation address; ``parse_incoming`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: In production, where nothing is simulated.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If it may have been simulated: wait for the confirmation.
            ApiError: If Daraja refused.
            UnexpectedResponse: If no access token could be read.

        Source:
            Daraja, CustomerToBusiness.
        """
        from daraja.api.c2b import C2bSimulate

        return self.run(C2bSimulate(phone=phone, amount=amount, reference=reference))

    @hide_locals
    def pull_register(self, *, callback_url: str | Secret) -> "Registered":
        """Register your shortcode for ``pull_transactions``; doing it twice does no harm.

        Args:
            callback_url: An address of yours, which Daraja wants to have.

        Returns:
            Whether it was registered before.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings have no ``pull_number``; nothing was sent.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, PullTransaction.
        """
        from daraja.api.pull import PullRegister

        return self.run(PullRegister(callback_url=callback_url))

    @hide_locals
    def pull_transactions(self, *, since: datetime, until: datetime, offset: int = 0) -> "PullPage":
        """Ask for the payments by C2B of a time, one page of them; asking is harmless.

        Args:
            since: The beginning, a time with a zone, at most 48 hours ago.
            until: The end, a time with a zone.
            offset: How many payments are left out at the beginning: ``next_offset`` of the page before, or 0.

        Returns:
            The payments. One that is missing may still come, since nobody knows how late Pull is.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, PullTransaction.
        """
        from daraja.api.pull import PullTransactions

        return self.run(PullTransactions(since=since, until=until, offset=offset))
