"""B2B Express: a prompt on the phone of a till's operator, who pays us from the till."""

from typing import Final, Self

import attrs

from daraja.api.result import Envelope, Result
from daraja.errors import CallbackMalformed
from daraja.result_codes.base import Outcome
from daraja.values.phone import personal_id

__all__ = ["ExpressResult"]

_NOT_PAID: Final = frozenset({"cancelled", "declined", "error", "failed", "failure"})


@attrs.frozen
class ExpressResult(Result):
    """What became of a prompt to a till. Its callback is flat, so ``parameters`` has all of its fields."""

    @classmethod
    def of(cls, envelope: Envelope, product: str, /) -> Self:
        """Read the callback.

        Args:
            envelope: The result.
            product: The product that its address belongs to.

        Raises:
            CallbackMalformed: If its code and its status contradict each other, or its amount cannot be read.
        """
        flat = attrs.evolve(envelope, parameters=envelope.fields)
        result = super().of(flat, product)
        if result.outcome is Outcome.PAID and (result.status or "").casefold() in _NOT_PAID:
            raise CallbackMalformed(envelope.path + "status", "contradicts the result code")
        return result

    @property
    def request_id(self) -> str | None:
        """The RequestRefID of our request; None where it is absent."""
        text = self.parameters.text("requestid", "requestrefid")
        return None if text is None else personal_id(text)

    @property
    def payment_reference(self) -> str | None:
        """The payment reference of our request, which only a cancelled one repeats; None where it is absent."""
        return self.parameters.text("paymentreference", "paymentref")

    @property
    def status(self) -> str | None:
        """``SUCCESS`` where it was paid; None where it is absent."""
        return self.parameters.text("status")
