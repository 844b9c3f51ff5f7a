"""A payment over time: what it is, what may be heard of it, and the only rules by which it moves."""

from daraja.payments.model import Account, Payment, Resolution, Status

__all__ = ["Account", "Payment", "Resolution", "Status"]
