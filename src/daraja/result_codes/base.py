"""What became of a request to M-Pesa, and how a result code is explained."""

from enum import StrEnum

import attrs

from daraja.result_codes.swahili import REVIEWED, in_swahili

__all__ = ["Explanation", "Outcome"]


class Outcome(StrEnum):
    """What Safaricom says became of a request."""

    PAID = "paid"
    """The money has moved. Of a standing order: the customer agreed to it."""
    ANSWERED = "answered"
    """A question (status, balance) was answered. Whether anything was paid stands in the answer, not in the code."""
    PROCESSING = "processing"
    """Nothing is decided yet: the customer may still be looking at the prompt. Ask again later."""
    CANCELLED = "cancelled"
    """The customer said no, or let the prompt close."""
    TIMEOUT = "timeout"
    """The customer was not reached or did not answer in time."""
    FAILED = "failed"
    """It was refused for a reason that the code names."""
    UNRECOGNISED = "unrecognised"
    """The code is not one we know: not paid as far as it says, and not failed for good either."""


@attrs.frozen(kw_only=True)
class Explanation:
    """What a result code means, for the customer, for the merchant and for the developer.

    Args:
        code: The code as text, for example ``1032``.
        outcome: What became of the request.
        title: A few words for a list or a heading.
        customer_message: Two sentences for the customer, in English: what happened and what to do next. The customer
            is the one who pays, or for a payout the one who is paid.
        merchant_message: A sentence or two for the people of the shop, who know accounts but no code.
        developer_hint: What it tells the developer, and what to do about it.
        no_money_moved: True only where the code proves that this request moved no money.
        source: Where the meaning comes from, and how sure it is.
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
        """Whether a new prompt is known to charge nobody twice, since it is proved that no money moved."""
        return self.no_money_moved

    @property
    def pay_again(self) -> bool:
        """Whether a new payout is known to pay nobody twice, since it is proved that no money moved."""
        return self.no_money_moved

    @property
    def customer_message_sw(self) -> str:
        """The sentences for the customer in Swahili; see ``swahili_reviewed``."""
        return in_swahili(self.customer_message)

    @property
    def swahili_reviewed(self) -> bool:
        """Whether a speaker of Swahili has reviewed the sentences. None has so far."""
        return REVIEWED
