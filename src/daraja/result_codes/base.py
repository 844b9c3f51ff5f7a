"""What became of a request for money, and how a result code is explained."""

from enum import StrEnum

import attrs

__all__ = ["Explanation", "Outcome"]


class Outcome(StrEnum):
    """What Safaricom says became of a payment."""

    PAID = "paid"
    """The money has moved."""
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
    """What a result code means, for the customer, for the shop and for its developer.

    Args:
        code: The code as text, for example ``1032``.
        outcome: What became of the payment.
        title: A few words for a list or a heading.
        customer_message: A sentence or two for the customer, in English, that says what to do next.
        customer_message_sw: The same in Swahili.
        swahili_reviewed: False until a speaker of Swahili has reviewed the sentence above.
        developer_hint: What it tells the developer, and what to do about it.
        charge_again: True only where it is proved that no money moved, so that a new prompt cannot charge twice.
        source: Where the meaning comes from, and how sure it is.
    """

    code: str
    outcome: Outcome
    title: str
    customer_message: str
    customer_message_sw: str
    swahili_reviewed: bool = False
    developer_hint: str
    charge_again: bool
    source: str
