"""The settings of this app: ``MPESA_*`` from Django's settings or the environment, and ``DARAJA``."""

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db.transaction import non_atomic_requests
from django.utils.module_loading import import_string

import daraja
from daraja.config.checks import VARIABLES

Hook = Callable[[daraja.Payment], object]
View = TypeVar("View", bound=Callable[..., Any])  # Any: a view takes what its address names

DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "ON_SUCCESS": None,
        "ON_REFUND_DUE": None,
        "AFTER_SUCCESS": None,
        "AFTER_REFUND_DUE": None,
        "ON_PAID": None,
        "AFTER_PAID": None,
        "AFTER_PAYOUT_FAILED": None,
        "AFTER_PAYOUT_ATTENTION": None,
        "AFTER_LOW_FLOAT": None,
        "APPROVAL_FROM": 1,
        "LOW_FLOAT": None,
        "PROBE": False,
        "ON_RECEIVED": None,
        "AFTER_RECEIVED": None,
        "AFTER_RECEIPT_REFUND_DUE": None,
        "ACCEPT": None,
        "MATCH": None,
        "PULL": False,
        "CONFIRM": False,
        "SENDERS": None,
        "NUM_PROXIES": 0,
        "CACHE": "default",
    }
)
"""The entries of ``DARAJA``, all of which may be left out.

``ON_SUCCESS``: the path of a function that is called with a payment, inside the transaction that makes it a success:
exactly once. ``ON_REFUND_DUE``: the same for a payment of an order that another payment has paid already.
``AFTER_SUCCESS`` and ``AFTER_REFUND_DUE``: called after it, for example to send a receipt: at least once. ``CONFIRM``:
whether a callback that says paid counts only after a query says the same. ``SENDERS``: the only addresses whose
callbacks are trusted; None trusts any that come to a signed address. ``NUM_PROXIES``: how many proxies of your own add
an address to ``X-Forwarded-For``. ``CACHE``: which of ``CACHES`` holds Daraja's access token.

Of payouts: ``ON_PAID`` is called with a payout, inside the transaction that makes it paid: exactly once.
``AFTER_PAID``: called after it, at least once. ``AFTER_PAYOUT_FAILED``, ``AFTER_PAYOUT_ATTENTION`` and
``AFTER_LOW_FLOAT``: called once, right after such a change. ``APPROVAL_FROM``: the amount in KES from which a second
person has to approve; None for none.
``LOW_FLOAT``: the amount in KES below which the account that pays holds too little; None for the cap per payout.
``PROBE``: whether a payment to a phone whose answer was lost is sent once more under the same id.

Of payments by hand: ``ON_RECEIVED`` is called with each receipt that counts for an order, inside the transaction that
matches it: exactly once. ``AFTER_RECEIVED``: called after it, at least once. ``AFTER_RECEIPT_REFUND_DUE``: the same for
a receipt that came when all was paid already. ``ACCEPT``: your rule for validations, called with the payment that is
about to be made. ``MATCH``: your rule for money that nothing expects, which returns its order. ``PULL``: whether
``daraja_reconcile`` looks for payments with Pull, too.
"""

HOOKS: Final = (*(name for name in DEFAULTS if name.startswith(("ON_", "AFTER_"))), "ACCEPT", "MATCH")
"""The entries that name a function."""


def option(name: str, /) -> Any:  # Any: each entry has its own type
    """Return an entry of ``DARAJA``, or its default."""
    return getattr(settings, "DARAJA", {}).get(name, DEFAULTS[name])


def hook(name: str, /) -> Callable[[Any], object] | None:  # Any: a payment, a payout or a reading
    """Import the function that an entry of ``DARAJA`` names.

    Raises:
        ImportError: If there is none.
    """
    named = option(name)
    function: Callable[[Any], object] | None = import_string(named) if isinstance(named, str) else named
    return function


def variables() -> dict[str, str]:
    """Return the ``MPESA_*`` variables: from Django's settings if they have them, else from the environment."""
    return {name: _setting(name) or os.environ.get(name, "") for name in VARIABLES.values()}


def overruled() -> list[str]:
    """Return the names of variables that the environment has too, with another value."""
    return [
        name
        for name in dict.fromkeys(VARIABLES.values())
        if _setting(name) and os.environ.get(name) and _setting(name) != os.environ[name]
    ]


def outside_transactions(view: View, /) -> View:
    """Leave a view out of ``ATOMIC_REQUESTS``, in every database: a payment has a transaction of its own."""
    for alias in settings.DATABASES:
        view = non_atomic_requests(using=alias)(view)
    return view


def _setting(name: str) -> str:
    value: object = getattr(settings, name, None)
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
