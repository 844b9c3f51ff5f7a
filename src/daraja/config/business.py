"""The organisation that is paid: a pay bill or a till, and the user who acts for it."""

import attrs

from daraja.config.checks import check_secret, check_shortcode, settle
from daraja.validation import Faults
from daraja.values.secret import Secret

__all__ = ["Business", "Initiator", "PayBill", "Till"]


@attrs.frozen(init=False)
class PayBill:
    """A pay bill number: customers pay to it and name an account.

    >>> PayBill("174379", passkey="bfb279f9aa9bdbcf")
    PayBill(shortcode='174379', passkey=Secret(***))

    Args:
        shortcode: The pay bill number, five to seven digits as text.
        passkey: The passkey of Lipa na M-Pesa Online: on the portal for the sandbox, by e-mail for production.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.
    """

    shortcode: str
    passkey: Secret

    def __init__(self, shortcode: str, *, passkey: str | Secret) -> None:
        faults = Faults()
        shortcode = faults.check("shortcode", check_shortcode, shortcode)
        passkey = faults.check("passkey", check_secret, passkey)
        self.__attrs_init__(shortcode, passkey)  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
        settle(faults)


@attrs.frozen(init=False)
class Till:
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

    store: str
    till: str
    passkey: Secret

    def __init__(self, *, store: str, till: str, passkey: str | Secret) -> None:
        faults = Faults()
        store = faults.check("store", check_shortcode, store)
        till = faults.check("till", check_shortcode, till)
        passkey = faults.check("passkey", check_secret, passkey)
        self.__attrs_init__(store, till, passkey)  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
        settle(faults)

    @property
    def shortcode(self) -> str:
        """The number of the store, by which Daraja knows the organisation."""
        return self.store


Business = PayBill | Till
"""Whoever is paid."""


@attrs.frozen(init=False)
class Initiator:
    """The API user who moves money out or looks things up; asking customers for money needs none.

    Args:
        name: The user's name on the organisation portal, for example ``testapi``.
        credential: What ``security_credential(password, certificate)`` gives for the user's password.

    Raises:
        ConfigurationError: If one of them cannot be used; all faults are named at once.
    """

    name: str
    credential: Secret

    def __init__(self, name: str, *, credential: str | Secret) -> None:
        faults = Faults()
        if not isinstance(name, str) or not name.strip() or name != name.strip() or not name.isprintable():
            faults.add("name", "is blank or has spaces around it; it is the API user's name on the organisation portal")
        credential = faults.check("credential", check_secret, credential)
        self.__attrs_init__(name, credential)  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
        settle(faults)
