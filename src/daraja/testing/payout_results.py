"""The result that one payout would get, at its own signed address."""

from base64 import b32encode
from hashlib import sha256
from typing import Final

from daraja.api.addresses import Purpose, signed_url
from daraja.config import Config
from daraja.disbursements.model import Payout
from daraja.disbursements.products import PRODUCTS
from daraja.disbursements.receivers import number_of
from daraja.testing.callbacks import PostedCallback
from daraja.testing.defaults import sample_config
from daraja.testing.results import CONVERSATION, Envelope, b2b_result, b2c_result, reversal_result, tax_result

_LENGTH: Final = 10


def payout_result(
    payout: Payout, result_code: int | str = 0, *, amount: int | None = None, config: Config | None = None
) -> PostedCallback:
    """Make the result that a payout would get. The same call always makes the same bytes.

    It needs no local Daraja: ``payout_result(payout, 1).send(payouts)`` says that the account held too little.

    Args:
        payout: The payout, as ``Payouts.pay`` returned it.
        result_code: 0 for a payout that was made; ``25`` and so on for one that was not.
        amount: Another amount than the payout's, in KES.
        config: The settings of the shop that signed the address; those of ``sample_config`` if left out.

    Returns:
        The callback, to be sent with ``send`` or read from ``body``.
    """
    address = signed_url(sample_config() if config is None else config, Purpose.RESULT, payout.key)
    receipt = b32encode(sha256(payout.key.encode()).digest()).decode()[:_LENGTH]
    envelope: Envelope = {
        "url": address.reveal(),
        "originator_conversation_id": payout.originator_conversation_id or payout.key,
        "conversation_id": payout.conversation_id or CONVERSATION,
    }
    money = payout.amount if amount is None else amount
    match PRODUCTS[payout.product].result:
        case "b2c":
            return b2c_result(result_code, amount=money, phone=payout.phone, receipt=receipt, **envelope)
        case "b2b":
            number, _, reference = number_of(payout.to).partition(" ")
            receiver = f"{number if number.isdecimal() else payout.payer} - SHOP"
            named: Envelope = {"transaction_id": receipt, **envelope}
            return b2b_result(result_code, amount=money, receiver=receiver, reference=reference or "Payment", **named)
        case "tax":
            named = {"transaction_id": receipt, **envelope}
            return tax_result(result_code, amount=money, prn=number_of(payout.to), **named)
        case "reversal":  # pragma: no branch - no product has another result
            paid = payout.refunds or ""
            return reversal_result(
                result_code, amount=money, original_receipt=paid, receipt=receipt, phone=payout.phone, **envelope
            )
