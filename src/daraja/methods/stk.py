"""M-Pesa Express: a prompt on a customer's phone."""

from decimal import Decimal

from daraja.api.stk.push import StkPush, StkPushResponse
from daraja.api.stk.query import StkQuery, StkQueryResponse
from daraja.methods.base import Methods
from daraja.privacy import hide_locals
from daraja.values.secret import Secret

__all__ = ["StkMethods"]


class StkMethods(Methods):
    """Ask a phone for money, and ask what became of it."""

    @hide_locals
    def stk_push(
        self,
        *,
        phone: str,
        amount: int | Decimal,
        reference: str,
        description: str = "Payment",
        callback_url: str | Secret | None = None,
    ) -> StkPushResponse:
        """Ask a phone for money; the answer means that the customer is being asked, not that anything was paid.

        Args:
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
            description: 1 to 13 characters of the same kind.
            callback_url: Where to report this payment, if not to the configured address.

        Returns:
            The ids of the request. Keep ``checkout_request_id``, by which the callback and the query name it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If a prompt may be on the phone: wait for the callback, do not ask again.
            ApiError: If Daraja refused: nobody was asked for money. ``SubscriberBusy`` and ``RateLimited`` pass with
                time, ``AuthenticationError`` and ``InvalidRequest`` want something mended.
            UnexpectedResponse: If no access token could be read: nobody was asked for money.

        Source:
            Daraja, MpesaExpressSimulate.
        """
        return self.run(
            StkPush(phone=phone, amount=amount, reference=reference, description=description, callback_url=callback_url)
        )

    @hide_locals
    def stk_query(self, checkout_request_id: str, /) -> StkQueryResponse:
        """Ask what became of a payment; asking is harmless, within the rate limit (5 a minute in the sandbox).

        Args:
            checkout_request_id: The id from the push's answer.

        Returns:
            The outcome. ``Outcome.PROCESSING`` means that nothing is decided yet; ask again in 15 seconds.

        Raises:
            InvalidInput: If the id is blank; nothing was sent.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused the question, ``RateLimited`` above all: ask less often.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, MpesaExpressQuery.
        """
        return self.run(StkQuery(checkout_request_id))
