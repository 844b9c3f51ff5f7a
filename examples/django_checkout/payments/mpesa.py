"""This process's own checkout, made when it is first needed."""

from functools import cache

from django.conf import settings

from daraja import Checkout, Config, Daraja
from daraja.payments.senders import SAFARICOM_ADDRESSES
from payments.fulfilment import fulfil
from payments.phones import take_turn
from payments.receipts import send_receipts
from payments.store import DjangoPaymentStore
from payments.tokens import CachedTokens

__all__ = ["checkout"]


@cache
def checkout() -> Checkout:
    """Give the checkout; its settings are the ``MPESA_*`` variables."""
    return Checkout(
        Daraja(Config.from_env(), tokens=CachedTokens()),
        DjangoPaymentStore(admit=take_turn, on_success=fulfil),
        on_success=send_receipts,
        senders=SAFARICOM_ADDRESSES if settings.PAYMENTS_SENDERS_ONLY else None,
    )
