"""The outcome of a request to M-Pesa, and the explanation of a result code."""

from enum import StrEnum

import attrs

from daraja.result_codes.swahili import REVIEWED, in_swahili


class Outcome(StrEnum):
    """The outcome of a request, as Safaricom reports it."""

    PAID = "paid"
    """The money has moved. Of a standing order: the customer agreed to it."""
    ANSWERED = "answered"
    """A query (status, balance) was answered. The answer says whether anything was paid; the code does not."""
    PROCESSING = "processing"
    """Nothing is decided yet: the prompt may still be open. Query again later."""
    CANCELLED = "cancelled"
    """The customer cancelled or closed the prompt."""
    TIMEOUT = "timeout"
    """The customer was not reached or did not answer in time."""
    FAILED = "failed"
    """The request was refused; the code names the reason."""
    UNRECOGNISED = "unrecognised"
    """The code is unknown: the request counts neither as paid nor as failed for good."""


@attrs.frozen(kw_only=True)
class Explanation:
    """The meaning of a result code for the customer, the merchant and the developer.

    Args:
        code: The code as text, for example ``1032``.
        outcome: The outcome of the request.
        title: A few words for a list or a heading.
        customer_message: Two sentences for the customer, in English: what happened and what to do next. The customer
            is the payer, or the receiver of a payout.
        merchant_message: One or two sentences for the staff of the shop, who know accounts but no code.
        developer_hint: The meaning for the developer, and what to do.
        no_money_moved: True only if the code proves that this request moved no money.
        source: The source of the meaning, and how certain it is.
    """

    code: str
    outcome: Outcome
    title: str
    customer_message: str
    merchant_message: str
    developer_hint: str
    no_money_moved: bool
    source: str

    @property
    def charge_again(self) -> bool:
        """Whether a new prompt certainly charges nobody twice, because it is proved that no money moved."""
        return self.no_money_moved

    @property
    def pay_again(self) -> bool:
        """Whether a new payout certainly pays nobody twice, because it is proved that no money moved."""
        return self.no_money_moved

    @property
    def customer_message_sw(self) -> str:
        """The sentences for the customer in Swahili; see ``swahili_reviewed``."""
        return in_swahili(self.customer_message)

    @property
    def swahili_reviewed(self) -> bool:
        """Whether a speaker of Swahili has reviewed the sentences. None has so far."""
        return REVIEWED
