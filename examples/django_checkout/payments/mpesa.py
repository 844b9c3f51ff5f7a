"""The checkout of this process, made at its first use."""

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
    """Return the checkout; its settings are the ``MPESA_*`` variables."""
    return Checkout(
        Daraja(Config.from_env(), tokens=CacheTokens(cache)),
        DjangoPaymentStore(admit=admit, on_success=fulfil, on_reconsidered=reconsider),
        on_success=send_receipts,
        senders=SAFARICOM_ADDRESSES if settings.PAYMENTS_SENDERS_ONLY else None,
    )


def account() -> Account:
    """Return the current account; the tables may contain payments of other accounts, too."""
    return Account.of(Config.from_env())


def checkout_of(payment: daraja.Payment, /) -> Checkout:
    """Return the checkout for a person's decision about a payment, also for a former account.

    Without the credentials of that account, Daraja cannot be queried about it.
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
