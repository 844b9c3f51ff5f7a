"""The settings: the business, the environment of Daraja, and the addresses for callbacks."""

from daraja.config.business import Bulk, Business, Initiator, PayBill, Till
from daraja.config.environment import Environment
from daraja.config.settings import Config

__all__ = ["Bulk", "Business", "Config", "Environment", "Initiator", "PayBill", "Till"]
