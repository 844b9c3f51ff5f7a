"""The terms of one checkout: whose payments it looks after, and what it takes to believe a callback."""

from ipaddress import IPv4Address, IPv6Address

import attrs

from daraja.config import Config
from daraja.payments.model import Account

__all__ = ["Terms"]


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
