"""Payments that customers start themselves: addresses for them (C2B), and a query for them (Pull)."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from daraja.api.c2b import C2bVersion, Unanswered
    from daraja.api.call import Registered
    from daraja.api.initiator import Accepted
    from daraja.api.pull import PullPage


class IncomingMethods(Methods):
    """Learn of payments that you did not request."""

    @hide_locals
    def c2b_register(
        self,
        *,
        confirmation_url: str | Secret,
        validation_url: str | Secret,
        unanswered: "Unanswered" = "Completed",
        version: "C2bVersion" = "v2",
    ) -> "Registered":
        """Register the addresses for payments that customers start themselves. A second request is harmless.

        In production they can be registered once. Only the portal deletes them, and two of its users have to agree. In
        the sandbox register them again before each simulated payment.

        Args:
            confirmation_url: The address for payments that were made.
            validation_url: Another address, for validation before a payment, if Safaricom enabled it for the shortcode.
            unanswered: ``Completed`` or ``Cancelled``: the end of a payment if its validation gets no answer within 8
                seconds.
            version: ``v1`` if your app has no other.

        Returns:
            Whether addresses were registered before. Daraja does not say which ones.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

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
        """Simulate a payment of a customer in the sandbox, which announces only some of these payments.

        Args:
            phone: The payer, ``254708374149`` in the sandbox.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account that the customer names: 1 to 20 letters, digits, spaces and ``- _ . /``. A till gets
                none.

        Returns:
            The ids of the request. The payment goes to the confirmation address; ``parse_incoming`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: In production, where nothing is simulated.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been simulated. Wait for the confirmation.
            ApiError: If Daraja refused.
            UnexpectedResponse: If no access token could be read.

        Source:
            Daraja, CustomerToBusiness.
        """
        from daraja.api.c2b import C2bSimulate

        return self.run(C2bSimulate(phone=phone, amount=amount, reference=reference))

    @hide_locals
    def pull_register(self, *, callback_url: str | Secret) -> "Registered":
        """Register your shortcode for ``pull_transactions``. A second request is harmless.

        Args:
            callback_url: An address of yours, which Daraja wants to have.

        Returns:
            Whether it was registered before.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings have no ``pull_number``; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, PullTransaction.
        """
        from daraja.api.pull import PullRegister

        return self.run(PullRegister(callback_url=callback_url))

    @hide_locals
    def pull_transactions(self, *, since: datetime, until: datetime, offset: int = 0) -> "PullPage":
        """Query the C2B payments of a period, one page of them. A query is harmless.

        Args:
            since: The beginning, a time with a zone, at most 48 hours ago.
            until: The end, a time with a zone.
            offset: How many payments are left out at the beginning: ``next_offset`` of the page before, or 0.

        Returns:
            The payments. One that is missing may still come, since nobody knows how late Pull is.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, PullTransaction.
        """
        from daraja.api.pull import PullTransactions

        return self.run(PullTransactions(since=since, until=until, offset=offset))
