"""Reversal: a payment that we received goes back to who paid it."""

from collections.abc import Mapping
from typing import Final, Self

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.call import given
from daraja.api.initiator import Accepted, InitiatorRequest, check_may_pay_out
from daraja.api.result import Envelope, Result, known_id
from daraja.config import Config
from daraja.http.flow import Flow
from daraja.result_codes.base import Outcome

_ALREADY_REVERSED: Final = "R000001"


@attrs.frozen
class ReversalResult(Result):
    """The result of a reversal. Its own receipt is ``receipt``; ``receiver`` is who got the money back."""

    @classmethod
    def of(cls, envelope: Envelope, product: str, /) -> Self:
        """Read a reversal, whose TransactionID is the receipt of the money that went back.

        Args:
            envelope: The result.
            product: The product that its address belongs to.
        """
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


@attrs.frozen(kw_only=True)
class Reversal(InitiatorRequest):
    """A payment that we received goes back: give it to ``Daraja.run``, which never sends it twice by itself.

    M-Pesa reverses one receipt once. So the same request for the whole amount cannot refund twice.

    Args:
        receipt: The receipt number of a payment by STK push or C2B. Payouts cannot be reversed.
        amount: The whole amount of that payment in KES, an ``int`` or a whole ``Decimal``.
        remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
        occasion: 1 to 100 characters of the same kind.
        shortcode: The receiver of the payment, if not the shortcode of the business in the settings.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, Reversal.
    """

    receipt: str = attrs.field(converter=fields.receipt)
    amount: int = attrs.field(converter=fields.amount)
    remarks: str = attrs.field(default="Refund", converter=fields.remarks)
    occasion: str | None = attrs.field(default=None, converter=optional(fields.occasion))

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to reverse the payment; see ``Daraja.reversal``."""
        own = {
            "CommandID": "TransactionReversal",
            "TransactionID": self.receipt,
            "Amount": self.amount,
            "ReceiverParty": self.shortcode or config.business.shortcode,
            # Daraja knows only this spelling, and 11 for a shortcode of an organisation.
            "RecieverIdentifierType": "11",
            **given(Occasion=self.occasion),
        }
        return self._call(config, "/mpesa/reversal/v1/request", own, repeatable=False)

    def _faults_of_settings(self, config: Config) -> Mapping[str, object]:
        return {**super()._faults_of_settings(config), **check_may_pay_out(config)}
