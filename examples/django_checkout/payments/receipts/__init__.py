"""Receipts for a paid payment: an e-mail and a text message."""

from payments.receipts.sending import ReceiptsFailed, send_receipts

__all__ = ["ReceiptsFailed", "send_receipts"]
