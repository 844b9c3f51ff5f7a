"""Settings read from environment variables."""

import os
from collections.abc import Mapping
from typing import Final

from daraja.config.business import Business, PayBill, Till
from daraja.config.environment import Environment
from daraja.config.examples import VARIABLES
from daraja.errors import ConfigurationError
from daraja.faults import Faults

__all__ = ["Variables"]


class Variables:
    """The ``MPESA_*`` variables, in an object that does not show them."""

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        given = os.environ if environ is None else environ
        self.__values: Final = {name: given.get(name) or "" for name in VARIABLES.values()}

    def __getitem__(self, field: str) -> str:
        return self.__values[VARIABLES[field]]

    def business(self) -> Business:
        """Read the till where there is one, else the pay bill."""
        if self["till"]:
            return Till(store=self["store"], till=self["till"], passkey=self["passkey"])
        return PayBill(self["shortcode"], passkey=self["passkey"])

    def environment(self) -> Environment | None:
        """Read the address where there is one, else the name, else nothing."""
        name, base_url = self["environment"], self["base_url"]
        faults = Faults()
        named = faults.check("environment", Environment.named, name) if name else None
        given = faults.check("base_url", _at, base_url) if base_url else None
        faults.settle(ConfigurationError)
        if given is None:
            return named
        agreed = named in {None, given} or (named == Environment.named("simulator") and given.is_local)
        if not agreed:
            fault = f"MPESA_ENVIRONMENT is {name} but MPESA_BASE_URL is {given.base_url}; leave one of them out"
            raise ConfigurationError({"environment": fault})
        return given

    def callback_secrets(self) -> tuple[str, ...]:
        """Read the secrets between the commas."""
        return tuple(secret.strip() for secret in self["callback_secrets"].split(",") if secret.strip())


def _at(base_url: str) -> Environment:
    try:
        return Environment(base_url)
    except ConfigurationError as error:
        faults = {"base_url": error.faults["environment"]}
    raise ConfigurationError(faults)
