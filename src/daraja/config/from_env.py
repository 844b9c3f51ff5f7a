"""Read the settings from ``MPESA_*`` variables."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, cast

from daraja import fields
from daraja.config.business import Bulk, Business, Initiator, PayBill, Till
from daraja.config.checks import VARIABLES
from daraja.config.environment import Environment
from daraja.errors import ConfigurationError
from daraja.fields import Fault, raise_faults, value_or_fault
from daraja.values.pasted import check_unwrapped

Switch = Literal["on", "off"]

_PEM: Final = "-----BEGIN CERTIFICATE"
_OTHER_PRODUCTS: Final = ("bulk", "results_url", "registered_secret")
"""Settings of products that need no passkey and no callback address."""


class Variables:
    """The variables by the names of their fields. A variable with quotes or blanks around its value is a fault.

    Args:
        environ: The variables; those of the process if it is None.
    """

    def __init__(self, environ: Mapping[str, str] | None, /) -> None:
        given = os.environ if environ is None else environ
        self.__values: Final = {
            field: value_or_fault(check_unwrapped, given.get(name) or "") for field, name in VARIABLES.items()
        }

    def text(self, field: str, /) -> str:
        """Return a variable, empty if it is not set."""
        return self.__values[field]

    def optional(self, field: str, /) -> str | None:
        """Return a variable, None if it is not set."""
        return self.__values[field] or None

    def shillings(self, field: str, /) -> int | None:
        """Read an amount."""
        text = self.optional(field)
        if text is None:
            return None
        raise_faults({field: text})
        if not (text.isascii() and text.isdigit()):
            raise ValueError("is not a whole number of shillings, in digits alone")
        return int(text)

    def business(self) -> Business:
        """Read the till, or the pay bill if there is no till, or the bulk shortcode if there is neither."""
        passkey = self.optional("passkey") if self._is_for_other_products() else self.text("passkey")
        if self.text("till"):
            return Till(store=self.text("store"), till=self.text("till"), passkey=passkey)
        if not self.text("shortcode") and (bulk := self.bulk()):
            return bulk
        return PayBill(self.text("shortcode"), passkey=passkey)

    def bulk(self) -> Bulk | None:
        """Read the bulk shortcode."""
        text = self.optional("bulk")
        if text is None:
            return None
        raise_faults({"bulk": fields.shortcode(text)})
        return Bulk(text)

    def environment(self) -> Environment | None:
        """Read the address, or the name if there is no address."""
        name, base_url = self.optional("environment"), self.optional("base_url")
        named = None if name is None else value_or_fault(Environment.named, name)
        given = None if base_url is None else value_or_fault(Environment, base_url)
        raise_faults({"environment": named, "base_url": given})
        if given is None:
            return named
        agreed = named in {None, given} or (named == Environment.named("simulator") and given.is_local)
        if not agreed:
            fault = f"MPESA_ENVIRONMENT is {name} but MPESA_BASE_URL is {given.base_url}; leave one of them out"
            raise ConfigurationError({"environment": fault})
        return given

    def callback_url(self) -> str:
        """Read the callback address, which every push needs."""
        text = self.text("callback_url")
        if not text and not self._is_for_other_products():
            raise ValueError("is missing")
        return text

    def callback_secrets(self) -> Sequence[str]:
        """Read the secrets between the commas."""
        text = self.text("callback_secrets")
        raise_faults({"callback_secrets": text})
        return [secret for part in text.split(",") if (secret := part.strip())]

    def payouts(self) -> Switch:
        """Read whether payouts are on; the field refuses any other word."""
        return cast("Switch", self.text("payouts") or "off")

    def initiator(self) -> Initiator | None:
        """Read the API user: the name, and either the credential or the password and the certificate."""
        name, credential = self.text("name"), self.optional("security_credential")
        password, certificate = self.optional("password"), self.optional("certificate")
        if credential is not None and password is not None:
            fault = "is set beside MPESA_SECURITY_CREDENTIAL, which is made from it; leave one of the two out"
            raise ConfigurationError({"password": fault})
        if password is not None or certificate is not None:
            missing = Fault("is missing")
            read = value_or_fault(_certificate, certificate or "")
            raise_faults({"name": name or missing, "password": password or missing, "certificate": read})
            return Initiator.from_password(name, password=password or "", certificate=read)
        if name or credential is not None:
            return Initiator(name, credential or "")
        return None

    def _is_for_other_products(self) -> bool:
        return any(self.text(field) for field in _OTHER_PRODUCTS)


def _certificate(text: str) -> bytes:
    """Read a certificate that is given as PEM text or as the path of a file."""
    if text == "":
        raise ValueError("is missing")
    if text.startswith(_PEM):
        return text.replace("\\n", "\n").encode()
    try:
        return Path(text).read_bytes()
    except (OSError, ValueError) as error:
        message = f"names no file that can be read ({type(error).__name__}); give the path of the certificate"
    raise ValueError(message)
