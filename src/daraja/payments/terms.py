"""The terms of one checkout: whose payments it looks after, and what it takes to believe a callback."""

from collections.abc import Callable, Iterable
from functools import partial
from inspect import iscoroutinefunction
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

import attrs

from daraja.config import Config
from daraja.errors import ConfigurationError
from daraja.payments.hooks import check_hook
from daraja.payments.model import Account, Payment
from daraja.payments.senders import read_addresses
from daraja.validation import Faults

__all__ = ["Terms", "agree"]


@attrs.frozen(kw_only=True)
class Terms:
    """What every flow of a checkout goes by.

    Args:
        config: The settings.
        account: Whose payments; other accounts in the same store are left alone.
        confirm: Whether a callback that says paid waits until a query says so too.
        listens: Whether somebody wants to be told of each success.
        senders: The addresses whose callbacks are believed; None for any.
    """

    config: Config
    account: Account
    confirm: bool = False
    listens: bool = False
    senders: frozenset[IPv4Address | IPv6Address] | None = None


class Client(Protocol):
    """Whatever has settings."""

    @property
    def config(self) -> Config:
        """The settings."""
        ...


def agree(  # noqa: PLR0913 - what a checkout is made of, each a thing of its own
    daraja: Client,
    store: object,
    on_success: Callable[[Payment], object] | None,
    /,
    *,
    confirm: bool,
    senders: Iterable[str] | None,
    client: type,
    awaits: bool,
) -> Terms:
    """Check what a checkout is made of, and give its terms.

    Args:
        daraja: See ``Checkout``, like the others down to *senders*.
        store: As above.
        on_success: As above.
        confirm: As above.
        senders: As above.
        client: What *daraja* has to be.
        awaits: Whether what the store and *on_success* give may be something to be awaited.

    Raises:
        ConfigurationError: If anything is wrong.
    """
    faults = Faults()
    if not isinstance(daraja, client):
        faults.add("daraja", f"is {type(daraja).__name__}; give {client.__name__}(config)")
    if isinstance(store, str | type) or not hasattr(store, "swap"):
        faults.add("store", 'is no store; give MemoryStore(), SqlStore("sqlite:///payments.db") or one of your own')
    elif not awaits and iscoroutinefunction(getattr(store, "swap", None)):
        faults.add("store", "has to be awaited; give it to AsyncCheckout")
    faults.check("on_success", partial(check_hook, awaited=awaits), on_success)
    allowed = None if senders is None else faults.check("senders", read_addresses, senders)
    faults.settle(ConfigurationError)
    return Terms(
        config=daraja.config,
        account=Account.of(daraja.config),
        confirm=confirm,
        listens=on_success is not None,
        senders=allowed,
    )
