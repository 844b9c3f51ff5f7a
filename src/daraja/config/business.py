"""The organisation: its pay bill, till or bulk shortcode, and the API user who acts for it."""

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.config.checks import Setting
from daraja.fields import value_or_fault
from daraja.values.pasted import check_unwrapped
from daraja.values.secret import Secret, hide_locals


@attrs.frozen
class PayBill(Setting):
    """A pay bill number: customers pay to it and name an account.

    >>> PayBill("174379", passkey="bfb279f9aa9bdbcf")
    PayBill(shortcode='174379', passkey=Secret(***))

    Args:
        shortcode: The pay bill number, five to seven digits as text.
        passkey: The passkey of Lipa na M-Pesa Online, which STK push needs and no other product: on the portal for the
            sandbox, by e-mail for production.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.
    """

    shortcode: str = attrs.field(converter=fields.shortcode)
    passkey: Secret | None = attrs.field(default=None, converter=optional(fields.credential), kw_only=True)

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers by which Safaricom names it as the one that was paid."""
        return frozenset({self.shortcode})


@attrs.frozen(kw_only=True)
class Till(Setting):
    """A till (Buy Goods): Daraja knows it by two numbers, the store's and the till's own.

    >>> Till(store="174379", till="5050505", passkey="bfb279f9aa9bdbcf").shortcode
    '174379'

    Args:
        store: The store or head-office number that was used at go-live; Daraja takes it as BusinessShortCode.
        till: The till number that customers see; Daraja takes it as PartyB.
        passkey: The passkey of the store number, which STK push needs and no other product.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.

    Source:
        Daraja FAQ, question 10.
    """

    store: str = attrs.field(converter=fields.shortcode)
    till: str = attrs.field(converter=fields.shortcode)
    passkey: Secret | None = attrs.field(default=None, converter=optional(fields.credential))

    @property
    def shortcode(self) -> str:
        """The number of the store, by which Daraja knows the organisation."""
        return self.store

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers by which Safaricom names it. A confirmation has that of the store, which no customer sees."""
        return frozenset({self.store, self.till})


@attrs.frozen
class Bulk(Setting):
    """A bulk disbursement shortcode: it pays out, and nobody pays to it.

    >>> Bulk("600996").passkey is None
    True

    Args:
        shortcode: The bulk shortcode, five to seven digits as text.

    Raises:
        ConfigurationError: If it cannot be used.
    """

    shortcode: str = attrs.field(converter=fields.shortcode)

    @property
    def passkey(self) -> None:
        """None, since a bulk shortcode asks no phone for money."""
        return

    @property
    def numbers(self) -> frozenset[str]:
        """The number by which Safaricom names it."""
        return frozenset({self.shortcode})


Business = PayBill | Till | Bulk
"""The organisation that Daraja knows by its ``shortcode``."""


def _name(value: str) -> str:
    return value_or_fault(_check_name, value)


@attrs.frozen
class Initiator(Setting):
    """The API user who moves money out or looks things up; asking customers for money needs none.

    >>> Initiator("testapi", "Safaricom's base64 text, encrypted".replace(" ", ""))
    Initiator(name='testapi', security_credential=Secret(***))

    Args:
        name: The user's name on the organisation portal, for example ``testapi``.
        security_credential: The user's password, encrypted with ``daraja.security_credential``.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.
    """

    name: str = attrs.field(converter=_name)
    security_credential: Secret = attrs.field(converter=fields.credential)

    @classmethod
    @hide_locals
    def from_password(cls, name: str, *, password: str | Secret, certificate: bytes) -> "Initiator":
        """Encrypt the user's password with Safaricom's certificate; see ``daraja.security_credential``.

        Args:
            name: The user's name on the organisation portal.
            password: The user's password there.
            certificate: The content of the certificate file of your environment, PEM or DER.

        Raises:
            ConfigurationError: If one of them cannot be used: mend what it names.

        Source:
            Daraja, Getting Started (security credentials).
        """
        from daraja.config.security_credential import security_credential  # noqa: PLC0415 - cryptography is slow to load

        return cls(name, value_or_fault(security_credential, password, certificate))


def _check_name(name: str) -> str:
    if name == "":
        raise ValueError("is missing")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ValueError("is blank; it is the API user's name on the organisation portal")
    return check_unwrapped(name)
