"""The settings as they stand in ``MPESA_*`` variables."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, cast

from daraja import fields
from daraja.config.business import Bulk, Business, Initiator, PayBill, Till
from daraja.config.checks import VARIABLES
from daraja.config.environment import Environment
from daraja.errors import ConfigurationError
from daraja.validation import Fault, raise_faults, value_or_fault
from daraja.values.pasted import check_unwrapped

__all__ = ["Switch", "Variables"]

Switch = Literal["on", "off"]

_PEM: Final = "-----BEGIN CERTIFICATE"
_OTHER_PRODUCTS: Final = ("bulk", "results_url", "registered_secret")
"""Settings of products that need no passkey and no callback address."""


class Variables:
    """The variables by the names of their fields. Where one has quotes or blanks around it, a fault stands for it.

    Args:
        environ: The variables, where they are not those of the process.
    """

    def __init__(self, environ: Mapping[str, str] | None, /) -> None:
        given = os.environ if environ is None else environ
        self.__values: Final = {
            field: value_or_fault(check_unwrapped, given.get(name) or "") for field, name in VARIABLES.items()
        }

    def text(self, field: str, /) -> str:
        """Give the value of a variable; the empty text where it is not set."""
        return self.__values[field]

    def optional(self, field: str, /) -> str | None:
        """Give the value of a variable; None where it is not set."""
        return self.__values[field] or None

    def shillings(self, field: str, /) -> int | None:
        """Read an amount."""
        text = self.optional(field)
        if text is None:
            return None
        raise_faults({field: text})
        if not (text.isascii() and text.isdigit()):
            message = "is not a whole number of shillings, in digits alone"
            raise ValueError(message)
        return int(text)

    def business(self) -> Business:
        """Read the till where there is one, else the pay bill, else the bulk shortcode."""
        passkey = self.optional("passkey") if self._is_for_other_products() else self.text("passkey")
        if self.text("till"):
            return Till(store=self.text("store"), till=self.text("till"), passkey=passkey)
        if not self.text("shortcode") and (bulk := self.bulk()):
            return bulk
        return PayBill(self.text("shortcode"), passkey=passkey)

    def bulk(self) -> Bulk | None:
        """Read the bulk shortcode where it is not the business itself."""
        text = self.optional("bulk")
        if text is None:
            return None
        raise_faults({"bulk": fields.shortcode(text)})
        return Bulk(text)

    def environment(self) -> Environment | None:
        """Read the address where there is one, else the name, else nothing."""
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
        """Read the callback address, which only products without a prompt do without."""
        text = self.text("callback_url")
        if not text and not self._is_for_other_products():
            message = "is missing"
            raise ValueError(message)
        return text

    def callback_secrets(self) -> Sequence[str]:
        """Read the secrets between the commas."""
        text = self.text("callback_secrets")
        raise_faults({"callback_secrets": text})
        return [secret for part in text.split(",") if (secret := part.strip())]

    def payouts(self) -> Switch:
        """Read whether money may leave; any word but the two is for the field to refuse."""
        return cast("Switch", self.text("payouts") or "off")

    def initiator(self) -> Initiator | None:
        """Read the API user, with the credential or with the password and the certificate that make it."""
        name, credential = self.text("name"), self.optional("security_credential")
        password, certificate = self.optional("password"), self.optional("certificate")
        if credential is not None and password is not None:
            fault = "is set beside MPESA_SECURITY_CREDENTIAL, which is made from it; leave one of the two out"
            raise ConfigurationError({"password": fault})
        if password is not None or certificate is not None:
            missing = Fault({"": "is missing"})
            read = value_or_fault(_certificate, certificate or "")
            raise_faults({"name": name or missing, "password": password or missing, "certificate": read})
            return Initiator.from_password(name, password=password or "", certificate=read)
        if name or credential is not None:
            return Initiator(name, credential or "")
        return None

    def _is_for_other_products(self) -> bool:
        return any(self.text(field) for field in _OTHER_PRODUCTS)


def _certificate(text: str) -> bytes:
    """Read a certificate from its text, in PEM, or from the file that is named."""
    if text == "":
        message = "is missing"
        raise ValueError(message)
    if text.startswith(_PEM):
        return text.replace("\\n", "\n").encode()
    try:
        return Path(text).read_bytes()
    except (OSError, ValueError) as error:
        message = f"names no file that can be read ({type(error).__name__}); give the path of the certificate"
    raise ValueError(message)
