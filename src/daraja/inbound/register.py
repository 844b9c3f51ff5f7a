"""The addresses at which Safaricom asks before a payment and announces it after, registered once for a shortcode."""

from hashlib import sha256

import attrs

from daraja.api.addresses import Purpose
from daraja.api.c2b import C2bRegister, C2bVersion, Unanswered
from daraja.api.call import Registered
from daraja.api.pull import PullRegister
from daraja.http.flow import Flow
from daraja.inbound.model import receipts_url
from daraja.inbound.policy import ReceiptPolicy
from daraja.lifecycle.record import Account
from daraja.values.secret import Secret


@attrs.frozen
class Addresses:
    """The addresses to register with Safaricom. They are signed, so keep them secret.

    Args:
        confirmation: Where payments are announced.
        validation: Where Safaricom asks before a payment, if it enabled that for the shortcode.
    """

    confirmation: Secret
    validation: Secret


def registered_key(account: Account, /) -> str:
    """Return the key that the registered addresses of a shortcode are signed for. They are one pair per shortcode."""
    named = f"registered\n{account.environment}\n{account.shortcode}"
    return sha256(named.encode()).hexdigest()[:32]


def addresses_of(policy: ReceiptPolicy, /) -> Addresses:
    """Return the addresses of a shortcode, signed.

    Raises:
        ConfigurationError: If the settings have no ``registered_secret``.
    """
    config, key = policy.config, registered_key(policy.account)
    confirmation, validation = (
        receipts_url(config, purpose, key) for purpose in (Purpose.CONFIRMATION, Purpose.VALIDATION)
    )
    return Addresses(confirmation, validation)


def register(unanswered: Unanswered, version: C2bVersion, policy: ReceiptPolicy, /) -> Flow[Registered]:
    """Register the addresses, and the shortcode for Pull if the shop pulls."""
    mine = addresses_of(policy)
    registration = C2bRegister(
        confirmation_url=mine.confirmation, validation_url=mine.validation, unanswered=unanswered, version=version
    )
    registered = yield from registration.flow(policy.config)
    if policy.pull:
        yield from PullRegister(callback_url=mine.confirmation).flow(policy.config)
    return registered
