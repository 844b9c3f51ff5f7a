"""This process's own checkout, made when it is first needed."""

import functools

from django.conf import settings
from django.core.cache import cache

import daraja
from daraja import Checkout, Config, Daraja, Environment, PayBill
from daraja.lifecycle.source_ip import SAFARICOM_ADDRESSES
from daraja.payments.model import Account
from daraja.tokens import CacheTokens
from payments.admitting import admit
from payments.fulfilment import fulfil, reconsider
from payments.receipts import send_receipts
from payments.store import DjangoPaymentStore

__all__ = ["account", "checkout", "checkout_of"]


@functools.cache
def checkout() -> Checkout:
    """Give the checkout; its settings are the ``MPESA_*`` variables."""
    return Checkout(
        Daraja(Config.from_env(), tokens=CacheTokens(cache)),
        DjangoPaymentStore(admit=admit, on_success=fulfil, on_reconsidered=reconsider),
        on_success=send_receipts,
        senders=SAFARICOM_ADDRESSES if settings.PAYMENTS_SENDERS_ONLY else None,
    )


def account() -> Account:
    """Give who is paid now: payments of another shortcode or environment may lie in the same tables."""
    return Account.of(Config.from_env())


def checkout_of(payment: daraja.Payment, /) -> Checkout:
    """Give the checkout for a person's decision about a payment, also one of an account that we no longer have.

    Without that account's credentials Daraja can be asked nothing about it.
    """
    if payment.account == account():
        return checkout()
    name = payment.environment
    left = Config(
        consumer_key="left",
        consumer_secret="left",
        business=PayBill(payment.shortcode, passkey="left"),
        environment=Environment(name) if "://" in name else name,
        callback_url="https://left.invalid/",
    )
    return Checkout(Daraja(left), checkout().store, on_success=send_receipts)
