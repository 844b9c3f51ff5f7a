"""Reversal: a payment that we received goes back to who paid it."""

from typing import Final, Self

import attrs

from daraja.api.result import Envelope, Result, known_id
from daraja.result_codes.base import Outcome

__all__ = ["ReversalResult"]

_ALREADY_REVERSED: Final = "R000001"


@attrs.frozen
class ReversalResult(Result):
    """What became of a reversal. Its own receipt is ``receipt``; ``receiver`` is who got the money back."""

    @classmethod
    def of(cls, envelope: Envelope, product: str, /) -> Self:
        """Read a reversal, whose TransactionID is the receipt of the money that went back."""
        result = super().of(envelope, product)
        return attrs.evolve(result, receipt=result.transaction_id) if result.outcome is Outcome.PAID else result

    @property
    def already_reversed(self) -> bool:
        """Whether the payment was reversed before, by us or by others. The refund is done then, not failed."""
        return self.result_code == _ALREADY_REVERSED

    @property
    def original_transaction_id(self) -> str | None:
        """The receipt of the payment that went back; None unless it did."""
        return known_id(self.parameters.text("originaltransactionid"))
