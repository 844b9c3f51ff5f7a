"""The settings that every flow of a checkout follows, and the checks of the parts of a checkout."""

from collections.abc import Callable, Collection, Iterable, Mapping
from inspect import isawaitable, iscoroutinefunction
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Generic, Protocol, TypeVar

import attrs

from daraja.api.addresses import Purpose
from daraja.config import Config
from daraja.errors import ConfigurationError, InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow
from daraja.lifecycle.evidence import Evidence
from daraja.lifecycle.record import Account, Record
from daraja.lifecycle.source_ip import read_addresses

R = TypeVar("R", bound=Record)


def _purposes_of_kind(scope: "Scope[Record]") -> Collection[Purpose]:
    return scope.records.kind.purposes


@attrs.frozen(kw_only=True)
class Scope(Generic[R]):
    """The records that a flow may change, and the functions to call. A flow that never asks Daraja needs no more.

    Args:
        records: The class of the records.
        account: Whose records. Other accounts in the same store are left alone. None for all accounts.
        has_listener: Whether this process has an ``on_success`` to call for each success.
        hooks: The names of the other functions that this process has to call, such as ``on_refund_due``.
        purposes: What the addresses of the callbacks are signed for; other callbacks in the same store are left alone.
        placing: Starts the flow for a record that is about to count. It returns the record, marked as a second one if
            money in another store has paid already. None if there is no other store.
        placed: Starts the flow for a record that has begun to count. It looks once more for other money, which may
            have come at the same moment, and returns the record as it is then. None as above.
    """

    records: type[R]
    account: Account | None
    has_listener: bool = False
    hooks: frozenset[str] = frozenset()
    purposes: Collection[Purpose] = attrs.field(default=attrs.Factory(_purposes_of_kind, takes_self=True))
    placing: Callable[[R], Flow[R]] | None = None
    placed: Callable[[R], Flow[R]] | None = None

    def news(self, before: R, after: R, /) -> Iterable[tuple[str, object]]:  # noqa: ARG002 - for kinds that have news
        """Return the calls of other functions of the shop's after a change: the name of each, and its argument."""
        return ()


@attrs.frozen(kw_only=True)
class Policy(Scope[R]):
    """The settings of a flow that talks to Daraja or receives its callbacks.

    Args:
        config: The settings.
        account: Whose records; see ``Scope``.
        confirm: Whether a callback that says paid waits until a query says so too.
        senders: The addresses whose callbacks are believed; None for any.
        by_hand: Starts the flow that returns what was paid by hand for an order; None if the shop keeps no receipts.
        sorting: Starts the flow that returns the part of a callback that is about its record, and books the rest
            elsewhere. None if all of it is about the record.
        store_name: Where the records are stored, in words for the log.
    """

    config: Config
    account: Account
    confirm: bool = False
    senders: frozenset[IPv4Address | IPv6Address] | None = None
    by_hand: Callable[[str], Flow[Any]] | None = None  # Any: what it returns is made above this module
    sorting: Callable[[R, Evidence], Flow[Evidence]] | None = None
    store_name: str = ""


class Client(Protocol):
    """Something that has settings."""

    @property
    def config(self) -> Config:
        """The settings."""
        ...


def make_policy(
    records: type[R],
    daraja: Client,
    store: object,
    on_success: Callable[[Any], object] | None,  # Any: a record of the kind
    /,
    *,
    success_name: str = "on_success",
    hooks: Mapping[str, Callable[[Any], object] | None] | None = None,  # Any: the argument of each
    confirm: bool,
    senders: Iterable[str] | None,
    client: type,
    protocol: type,
    awaits: bool,
) -> Policy[R]:
    """Check the parts of a checkout, and return its policy.

    Args:
        records: The class of the records.
        daraja: See ``Checkout``, like the others down to *senders*.
        store: As above.
        on_success: As above.
        success_name: What the caller calls *on_success*, for the error.
        hooks: Other functions of the shop's, by name; None for one that it does not have.
        confirm: As above.
        senders: As above.
        client: The class that *daraja* must have.
        protocol: What *store* must be, such as ``PaymentStore``.
        awaits: Whether the store and the hooks may return awaitables.

    Raises:
        ConfigurationError: If anything is wrong.
    """
    allowed = None if senders is None else value_or_fault(read_addresses, senders)
    named = hooks or {}
    raise_faults(
        {
            "daraja": value_or_fault(_check_client, daraja, client),
            "store": value_or_fault(check_store, store, protocol, awaits=awaits),
            success_name: value_or_fault(check_hook, on_success, awaits=awaits),
            **{name: value_or_fault(check_hook, hook, awaits=awaits) for name, hook in named.items()},
            "senders": allowed,
        },
        ConfigurationError,
    )
    return Policy(
        records=records,
        config=daraja.config,
        account=Account.of(daraja.config),
        confirm=confirm,
        has_listener=on_success is not None,
        hooks=frozenset(name for name, hook in named.items() if hook is not None),
        senders=allowed,
        store_name=str(getattr(store, "location", type(store).__name__)),
    )


def _check_client(daraja: object, client: type) -> None:
    if not isinstance(daraja, client):
        raise ValueError(f"is {type(daraja).__name__}; give {client.__name__}(config)")


def check_store(store: object, protocol: type | None = None, /, *, awaits: bool) -> None:
    """Check that *store* is a store, of the right records, and not an async one unless the caller awaits it.

    Raises:
        ValueError: If not.
    """
    if isinstance(store, str | type) or not hasattr(store, "swap"):
        raise ValueError('is no store; give MemoryStore(), SqlStore("sqlite:///payments.db") or one of your own')
    if not awaits and iscoroutinefunction(getattr(store, "swap", None)):
        raise ValueError("is async; give it to AsyncCheckout or AsyncLedger")
    own = () if protocol is None else vars(protocol)
    if missing := next((name for name in own if not name.startswith("_") and not hasattr(store, name)), None):
        kind = getattr(protocol, "__name__", "")
        fault = f"is {type(store).__name__}, which has no {missing}, so it is no {kind}"
        raise ValueError(f"{fault}; take another one of daraja.stores or daraja.stores.sql")


def check_limit(limit: int, /) -> None:
    """Check the most records of one run.

    Raises:
        InvalidInput: If it is not a whole number from 0.
    """
    if type(limit) is not int or limit < 0:
        raise InvalidInput({"limit": "is not a whole number from 0, such as 100"})


def check_hook(hook: object, /, *, awaits: bool = False) -> None:
    """Check that a hook can be called, and returns no awaitable unless the caller awaits it.

    Args:
        hook: The function; None for none.
        awaits: Whether the caller awaits what it returns.

    Raises:
        ValueError: If not.
    """
    if hook is None or (callable(hook) and (awaits or not iscoroutinefunction(hook))):
        return
    raise ValueError(
        "must be a function" if awaits else "must be a plain function; the Async classes take coroutine functions"
    )


def refuse_awaitable(result: object, /) -> None:
    """Check that a hook has done its work, from what it returned.

    Raises:
        TypeError: If it returned an awaitable, so that nothing was done yet.
    """
    if not isawaitable(result):
        return
    close = getattr(result, "close", None)
    if close is not None:
        close()  # or Python warns of a coroutine that was never awaited
    raise TypeError(
        "your function returned an awaitable, and nobody awaits it here; give a function that does its work at once"
    )
