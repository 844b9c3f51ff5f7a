"""After a payment: send it back, ask what became of it, ask what the accounts hold."""

from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.privacy import hide_locals
from daraja.values.secret import Secret

if TYPE_CHECKING:
    from daraja.api.initiator import Accepted

__all__ = ["FollowUpMethods"]


class FollowUpMethods(Methods):
    """Look after payments and accounts."""

    @hide_locals
    def reversal(
        self,
        *,
        receipt: str,
        amount: int | Decimal,
        remarks: str = "Refund",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Send back a payment that you received; the answer says accepted, not refunded.

        M-Pesa reverses one receipt once. So the same request for the whole amount cannot refund twice.

        Args:
            receipt: The receipt number of a payment by STK push or C2B. Payouts cannot be reversed.
            amount: The whole amount of that payment in KES, an ``int`` or a whole ``Decimal``.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: Who received the payment, if not the shortcode of the settings.
            result_url: Where the result goes, if not to ``results_url`` of the settings with ``result/`` behind it.
            timeout_url: Where a time-out is reported, if not to ``results_url`` with ``timeout/`` behind it.

        Returns:
            The ids of the request. Whether it was done comes to *result_url*; ``parse_result("reversal", body)``
            reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If it may have been done: wait for the result before you ask again.
            ApiError: If Daraja refused: nothing went back.
            UnexpectedResponse: If no access token could be read: nothing went back.

        Source:
            Daraja, Reversal.
        """
        from daraja.api.reversal import Reversal

        return self.run(
            Reversal(
                receipt=receipt,
                amount=amount,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )

    @hide_locals
    def transaction_status(
        self,
        *,
        receipt: str | None = None,
        originator_conversation_id: str | None = None,
        remarks: str = "Status",
        occasion: str | None = None,
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Ask what became of a payment, in or out; asking is harmless, and the answer comes to an address of yours.

        Args:
            receipt: The receipt number of the payment.
            originator_conversation_id: The id of its request: your own for B2C and Pochi, else the one in
                ``Accepted``. One of the two is needed.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: Whose payment, if not one of the shortcode of the settings that pays out.
            result_url: Where the answer goes, if not to ``results_url`` of the settings with ``result/`` behind it.
            timeout_url: Where a time-out is reported, if not to ``results_url`` with ``timeout/`` behind it.

        Returns:
            The ids of the question. The answer comes to *result_url*; ``parse_result("status", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings lack the initiator; nothing was sent.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused the question.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, TransactionStatus.
        """
        from daraja.api.transaction_status import TransactionStatus

        return self.run(
            TransactionStatus(
                receipt=receipt,
                originator_conversation_id=originator_conversation_id,
                remarks=remarks,
                occasion=occasion,
                shortcode=shortcode,
                result_url=result_url,
                timeout_url=timeout_url,
            )
        )

    @hide_locals
    def account_balance(
        self,
        *,
        remarks: str = "Balance",
        shortcode: str | None = None,
        result_url: str | Secret | None = None,
        timeout_url: str | Secret | None = None,
    ) -> "Accepted":
        """Ask what your accounts hold; asking is harmless, and the answer comes to an address of yours.

        Args:
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            shortcode: Whose accounts, if not those of the shortcode of the settings that pays out.
            result_url: Where the answer goes, if not to ``results_url`` of the settings with ``result/`` behind it.
            timeout_url: Where a time-out is reported, if not to ``results_url`` with ``timeout/`` behind it.

        Returns:
            The ids of the question. The answer comes to *result_url*; ``parse_result("balance", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            ConfigurationError: If the settings lack the initiator; nothing was sent.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused the question.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, AccountBalance.
        """
        from daraja.api.account_balance import AccountBalance

        return self.run(
            AccountBalance(remarks=remarks, shortcode=shortcode, result_url=result_url, timeout_url=timeout_url)
        )
