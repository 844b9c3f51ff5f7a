"""After a payment: reverse it, query its status, query the balances of the accounts."""

from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from daraja.api.initiator import Accepted


class FollowUpMethods(Methods):
    """Reverse a payment, and query payments and accounts."""

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
            shortcode: The receiver of the payment, if not the shortcode of the business in the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the request. The result goes to *result_url*; ``parse_result("reversal", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or do not let money leave; nothing was sent.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If it may have been done. Wait for the result before you try again.
            ApiError: If Daraja refused. Nothing went back.
            UnexpectedResponse: If no access token could be read. Nothing went back.

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
        """Query the status of a payment, in or out. A query is harmless, and its result goes to your address.

        Args:
            receipt: The receipt number of the payment.
            originator_conversation_id: The id of its request: your own for B2C and Pochi, else the one in
                ``Accepted``. One of the two is needed.
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: 1 to 100 characters of the same kind.
            shortcode: The party of the payment, if not the payout shortcode of the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the query. Its result goes to *result_url*; ``parse_result("status", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused the query.
            UnexpectedResponse: If the answer cannot be read. Try again later.

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
        """Query the balances of your accounts. A query is harmless, and its result goes to your address.

        Args:
            remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
            shortcode: The owner of the accounts, if not the payout shortcode of the settings.
            result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
            timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

        Returns:
            The ids of the query. Its result goes to *result_url*; ``parse_result("balance", body)`` reads it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused the query.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, AccountBalance.
        """
        from daraja.api.account_balance import AccountBalance

        return self.run(
            AccountBalance(remarks=remarks, shortcode=shortcode, result_url=result_url, timeout_url=timeout_url)
        )
