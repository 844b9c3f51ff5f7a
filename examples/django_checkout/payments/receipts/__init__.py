"""What a customer hears of a payment that was paid: an e-mail and a text message."""

from payments.receipts.sending import ReceiptsFailed, send_receipts

__all__ = ["ReceiptsFailed", "send_receipts"]
