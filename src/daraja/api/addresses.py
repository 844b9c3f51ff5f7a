"""The addresses to which Safaricom sends the result of a request."""

from collections.abc import Mapping

from daraja.config import Config
from daraja.config.callback_url import below, check_callback_url
from daraja.fields import Fault, value_or_fault
from daraja.values.secret import Secret

__all__ = ["address_faults", "address_for", "missing_address"]


def address_for(config: Config, given: Secret | None, segment: str, /) -> str:
    """Return the address that is given, or the one in the settings with a segment for its purpose.

    Args:
        config: The settings. Where they have no ``results_url``, the callback address takes its place.
        given: An address of the caller's own, if there is one.
        segment: ``result`` or ``timeout``.
    """
    return given.reveal() if given is not None else below(config.results_url or config.callback_url, segment)


def missing_address(config: Config, /, **given: Secret | None) -> Mapping[str, object]:
    """Give the fault of settings without an address, by its field; nothing where none is needed.

    Args:
        config: The settings.
        given: The addresses of the caller's own.
    """
    if config.results_url or config.callback_url or None not in given.values():
        return {}
    return {"results_url": Fault(f"is missing; results need an address, here or as {' and '.join(given)}")}


def address_faults(config: Config, /, **given: Secret | None) -> dict[str, object]:
    """Give the faults of the addresses of the caller's own, by their names.

    Args:
        config: The settings, which say whether an address must be public.
        given: The addresses.
    """
    return {name: value_or_fault(_check, address, config) for name, address in given.items()}


def _check(address: Secret | None, config: Config) -> None:
    if address is not None:
        check_callback_url(address.reveal(), config.environment)
