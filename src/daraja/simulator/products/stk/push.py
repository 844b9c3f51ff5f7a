"""A push that a shop asked for, and its result."""

from datetime import datetime

import attrs

from daraja.simulator.results import Result
from daraja.values.secret import MaskedText


@attrs.frozen(kw_only=True)
class Push:
    """An STK push that was accepted.

    Args:
        merchant_request_id: Daraja's id of the request.
        checkout_request_id: Daraja's id of the push; it ends in the customer's number, so its repr is masked.
        asked_at: When the shop asked for it.
        shortcode: Who asked: the pay bill, or the store number of a till.
        receiver: Who is paid: the pay bill or the till.
        amount: Whole KES.
        phone: Whose phone shows the prompt; masked in the repr.
        reference: The account reference, as the customer reads it.
        description: The description, empty if none was given.
        callback_url: Where the result goes; hidden in the repr, since it may be signed.
        fails_with: What M-Pesa finds wrong with the receiver once the push is accepted; None if nothing is.
    """

    merchant_request_id: str
    checkout_request_id: str = attrs.field(converter=MaskedText)
    asked_at: datetime
    shortcode: str
    receiver: str
    amount: int
    phone: str = attrs.field(converter=MaskedText)
    reference: str = attrs.field(converter=MaskedText)
    description: str = attrs.field(converter=MaskedText)
    callback_url: str = attrs.field(repr=False)
    fails_with: Result | None = None


@attrs.frozen
class Decision:
    """How a push ended.

    Args:
        result: The code and its words.
        at: When it ended.
        receipt: The M-Pesa receipt; it only counts where the result is paid.
    """

    result: Result
    at: datetime
    receipt: str
