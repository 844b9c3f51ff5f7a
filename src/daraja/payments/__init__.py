"""A payment over time: what it is, what may be heard of it, and the only rules by which it moves."""

from daraja.payments.model import Payment, Resolution, Status

__all__ = ["Payment", "Resolution", "Status"]
