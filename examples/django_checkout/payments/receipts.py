"""What a customer hears of a payment that was paid: an e-mail and a text message, each once."""

import daraja

__all__ = ["send_receipts"]


def send_receipts(payment: daraja.Payment, /) -> None:
    """Send what was not sent yet; whatever fails is tried again when daraja delivers the success once more."""
