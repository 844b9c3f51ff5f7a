"""The organisation that is paid: a pay bill or a till, and the user who acts for it."""

import attrs

from daraja import fields
from daraja.config.checks import Setting
from daraja.validation import value_or_fault
from daraja.values.secret import Secret

__all__ = ["Business", "Initiator", "PayBill", "Till"]


@attrs.frozen
class PayBill(Setting):
    """A pay bill number: customers pay to it and name an account.

    >>> PayBill("174379", passkey="bfb279f9aa9bdbcf")
    PayBill(shortcode='174379', passkey=Secret(***))

    Args:
        shortcode: The pay bill number, five to seven digits as text.
        passkey: The passkey of Lipa na M-Pesa Online: on the portal for the sandbox, by e-mail for production.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.
    """

    shortcode: str = attrs.field(converter=fields.shortcode)
    passkey: Secret = attrs.field(converter=fields.credential, kw_only=True)


@attrs.frozen(kw_only=True)
class Till(Setting):
    """A till (Buy Goods): Daraja knows it by two numbers, the store's and the till's own.

    >>> Till(store="174379", till="5050505", passkey="bfb279f9aa9bdbcf").shortcode
    '174379'

    Args:
        store: The store or head-office number that was used at go-live; Daraja takes it as BusinessShortCode.
        till: The till number that customers see; Daraja takes it as PartyB.
        passkey: The passkey of the store number.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.

    Source:
        Daraja FAQ, question 10.
    """

    store: str = attrs.field(converter=fields.shortcode)
    till: str = attrs.field(converter=fields.shortcode)
    passkey: Secret = attrs.field(converter=fields.credential)

    @property
    def shortcode(self) -> str:
        """The number of the store, by which Daraja knows the organisation."""
        return self.store


Business = PayBill | Till
"""Whoever is paid."""


def _name(value: str) -> str:
    return value_or_fault(_check_name, value)


def _check_name(name: str) -> str:
    if not isinstance(name, str) or not name.strip() or name != name.strip() or not name.isprintable():
        message = "is blank or has spaces around it; it is the API user's name on the organisation portal"
        raise ValueError(message)
    return name


@attrs.frozen
class Initiator(Setting):
    """The API user who moves money out or looks things up; asking customers for money needs none.

    Args:
        name: The user's name on the organisation portal, for example ``testapi``.
        credential: What ``security_credential(password, certificate)`` gives for the user's password.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.
    """

    name: str = attrs.field(converter=_name)
    credential: Secret = attrs.field(converter=fields.credential, kw_only=True)
