"""The async classes match the sync ones: the same names, the same arguments, the same documentation."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, getattr_static, getdoc, iscoroutinefunction, signature
from typing import Any, Final

import pytest

from daraja import (
    AsyncCheckout,
    AsyncDaraja,
    AsyncPayouts,
    AsyncReceipts,
    Caps,
    Checkout,
    Daraja,
    Payment,
    Payouts,
    Receipts,
)
from daraja.aio import AsyncLedger
from daraja.errors import ConfigurationError
from daraja.ledger import Ledger
from daraja.stores import MemoryPayoutStore, MemoryStore
from daraja.transports.base import AsyncTransport, Transport
from tests.aio.awaiting import AsyncStore, Awaited
from tests.support.scripted import ScriptedTransport, settings

PAIRS: Final = [
    (Daraja, AsyncDaraja),
    (Checkout, AsyncCheckout),
    (Ledger, AsyncLedger),
    (Payouts, AsyncPayouts),
    (Receipts, AsyncReceipts),
]


def public(face: type) -> set[str]:
    return {name for name in dir(face) if not name.startswith("_")}


@pytest.mark.parametrize(("sync", "awaited"), PAIRS)
def test_sync_and_async_classes_have_the_same_names(sync: type, awaited: type) -> None:
    assert public(awaited) == public(sync)
    assert hasattr(awaited, "__aenter__") is hasattr(sync, "__enter__")


METHODS: Final = [
    pytest.param(sync, awaited, name, id=f"{awaited.__name__}.{name}")
    for sync, awaited in PAIRS
    for name in sorted(public(sync))
]


def arguments(method: Callable[..., object]) -> Sequence[Parameter]:
    return list(signature(method).parameters.values())


@pytest.mark.parametrize(("sync", "awaited", "name"), METHODS)
def test_methods_of_the_same_name_have_the_same_arguments_and_documentation(
    sync: type, awaited: type, name: str
) -> None:
    there, here = getattr_static(sync, name), getattr_static(awaited, name)
    if isinstance(there, property):
        assert isinstance(here, property)
        return
    assert str(signature(here)) == str(signature(there))
    assert iscoroutinefunction(here)
    assert getdoc(here) == getdoc(there) or f"``{sync.__name__}.{name}``" in (getdoc(here) or "")


@pytest.mark.parametrize(("sync", "awaited"), PAIRS)
def test_sync_and_async_classes_have_the_same_constructors(sync: type, awaited: type) -> None:
    of_sync, of_awaited = (
        [(each.name, each.kind, each.default) for each in arguments(face)] for face in (sync, awaited)
    )
    assert of_awaited == of_sync


def test_an_async_transport_differs_only_in_the_name_of_its_method() -> None:
    assert signature(AsyncTransport.asend) == signature(Transport.send)


# Made -----------------------------------------------------------------------------------------------------------------


def daraja() -> AsyncDaraja:
    return AsyncDaraja(settings(), transport=Awaited(ScriptedTransport([])))


def made_of() -> Mapping[str, Any]:  # Any: arguments of many types
    return {"daraja": daraja(), "store": MemoryStore()}


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (
            {"daraja": Daraja(settings(), transport=ScriptedTransport([]))},
            r"daraja: is Daraja; give AsyncDaraja\(config",
        ),
        ({"store": "sqlite://"}, "store: is no store"),
        ({"store": MemoryStore}, "store: is no store"),
        ({"on_success": 7}, "on_success: must be a"),
        ({"senders": ["nowhere"]}, "senders"),
    ],
)
def test_a_wrong_part_of_a_checkout_is_refused_at_once(
    arguments: Mapping[str, Any], fault: str
) -> None:  # Any: wrong on purpose
    with pytest.raises(ConfigurationError, match=fault):
        AsyncCheckout(**{**made_of(), **arguments})


@pytest.mark.parametrize(
    ("client", "faces"),
    [
        (Daraja(settings(), transport=ScriptedTransport([])), (Checkout, Payouts, Receipts)),
        (daraja(), (AsyncCheckout, AsyncPayouts, AsyncReceipts)),
    ],
)
def test_a_store_of_other_records_is_refused_at_once(client: object, faces: Sequence[Any]) -> None:  # Any: as below
    checkout, payouts, receipts = faces  # Any: wrong on purpose
    caps = Caps(per_payout=1, per_day=1, per_recipient_day=1)
    with pytest.raises(ConfigurationError, match="store: is MemoryPayoutStore, which has no attempts, so it is no Pay"):
        checkout(client, MemoryPayoutStore())
    with pytest.raises(
        ConfigurationError, match="store: is MemoryStore, which has no refunds, so it is no PayoutStore"
    ):
        payouts(client, MemoryStore(), caps=caps)
    with pytest.raises(ConfigurationError, match="payments: is MemoryPayoutStore, which has no attempts"):
        payouts(client, MemoryPayoutStore(), caps=caps, payments=MemoryPayoutStore())
    with pytest.raises(ConfigurationError, match=r"store: is MemoryStore, .* so it is no ReceiptStore; take another"):
        receipts(client, MemoryStore())


def test_a_sync_checkout_refuses_async_parts() -> None:
    with pytest.raises(ConfigurationError, match=r"daraja: is AsyncDaraja; give Daraja\(config\)") as caught:
        Checkout(daraja(), AsyncStore(), on_success=fulfil_later)  # type: ignore[arg-type]  # wrong on purpose

    assert "store: is async; give it to AsyncCheckout" in str(caught.value)
    assert "on_success: must be a plain function" in str(caught.value)


async def fulfil_later(_: Payment) -> None:
    """Fulfil an order."""
