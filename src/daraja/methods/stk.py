"""M-Pesa Express: a prompt on a customer's phone."""

from decimal import Decimal

from daraja.api.stk.push import StkPush, StkPushResponse
from daraja.api.stk.query import StkQuery, StkQueryResponse
from daraja.methods.base import Methods
from daraja.privacy import hide_locals
from daraja.values.secret import Secret

__all__ = ["StkMethods"]


class StkMethods(Methods):
    """Send a payment prompt to a phone, and query its result."""

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
        """Send a payment prompt to a phone. The answer does not mean that it is paid.

        Args:
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
            description: 1 to 13 characters of the same kind.
            callback_url: Where to report this payment, if not to the configured address.

        Returns:
            The ids of the request. Keep ``checkout_request_id``, by which the callback and the query name it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If a prompt may be on the phone. Wait for the callback, and do not send another prompt.
            ApiError: If Daraja refused. No prompt was sent. ``SubscriberBusy`` and ``RateLimited`` pass with time;
                after ``AuthenticationError`` and ``InvalidRequest`` correct the settings or the arguments.
            UnexpectedResponse: If no access token could be read. No prompt was sent.

        Source:
            Daraja, MpesaExpressSimulate.
        """
        return self.run(
            StkPush(phone=phone, amount=amount, reference=reference, description=description, callback_url=callback_url)
        )

    @hide_locals
    def stk_query(self, checkout_request_id: str, /) -> StkQueryResponse:
        """Query the result of a prompt. A query is harmless, within the rate limit (5 a minute in the sandbox).

        Args:
            checkout_request_id: The id from the push's answer.

        Returns:
            The outcome. ``Outcome.PROCESSING`` means that nothing is decided yet; query again in 15 seconds.

        Raises:
            InvalidInput: If the id is blank; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused the query, ``RateLimited`` above all: query less often.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, MpesaExpressQuery.
        """
        return self.run(StkQuery(checkout_request_id))
