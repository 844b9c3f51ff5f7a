"""Who we are to Safaricom, which Daraja we talk to, and where it calls back."""

from daraja.config.business import Bulk, Business, Initiator, PayBill, Till
from daraja.config.environment import Environment
from daraja.config.settings import Config

__all__ = ["Bulk", "Business", "Config", "Environment", "Initiator", "PayBill", "Till"]
