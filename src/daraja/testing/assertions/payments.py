"""What became of a payment, and what may be missing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from daraja.payments.model import Payment, Status
from daraja.payments.records import HistoryEntry
from daraja.stores.base import PaymentStore
from daraja.testing.loops import check_awaited, finished
from daraja.values.nairobi_time import EAT
from daraja.values.phone import hide, mask_numbers

__all__ = ["assert_not_paid", "assert_paid_once"]

_HINTS: Final[Mapping[Status, str]] = {
    Status.PENDING: "the answer to the push was lost or never came; a callback or reconcile may still tell",
    Status.INITIATED: "no callback of it has come and no query was made: answer the prompt with simulator.pay(phone), "
    "or see to it that callbacks are delivered to the shop (daraja_deliver)",
    Status.UNCONFIRMED: "the shop stopped waiting; only a person's resolve() ends this",
}
_KEY: Final = re.compile("[0-9a-f]{32}")
"""What is safe to show whole, where a phone number that stands there by mistake is not."""


class HasStore(Protocol):
    """A ``Checkout``, or whatever else has its store."""

    @property
    def store(self) -> PaymentStore:
        """Where payments are kept."""
        ...


def assert_paid_once(payments: PaymentStore | HasStore, payment: str | Payment) -> Payment:
    """Assert that a payment was paid, that nothing contradicts it, and that one change alone made it a success.

    Args:
        payments: The ``Checkout`` or ``AsyncCheckout``, or its store. One that has to be awaited is, in an event loop
            of its own.
        payment: The payment, or its key.

    Returns:
        The payment as it stands in the store.

    Raises:
        AssertionError: If it was not; the message tells its history and what may be missing.
        InvalidInput: If *payment* is what an ``AsyncCheckout`` gives before it is awaited. A ``ValueError`` too.
    """
    __tracebackhide__ = True
    payment = _key_of(payment)  # hidden, for whoever gave a phone number by mistake
    store, found = _found(payments, payment)
    history = _history(store, found)
    successes = sum(entry.became_success for entry in history)
    if not found.paid or successes != 1:
        said = f"was not paid exactly once; changes that made it a success: {successes}"
        raise AssertionError(_told(found, history, said))
    return found


def assert_not_paid(payments: PaymentStore | HasStore, payment: str | Payment) -> Payment:
    """Assert that a payment does not count as paid, however far it has come.

    Args:
        payments: The ``Checkout`` or ``AsyncCheckout``, or its store. One that has to be awaited is, in an event loop
            of its own.
        payment: The payment, or its key.

    Returns:
        The payment as it stands in the store.

    Raises:
        AssertionError: If it does; the message tells its history.
        InvalidInput: If *payment* is what an ``AsyncCheckout`` gives before it is awaited. A ``ValueError`` too.
    """
    __tracebackhide__ = True
    payment = _key_of(payment)  # hidden, for whoever gave a phone number by mistake
    store, found = _found(payments, payment)
    if found.paid:
        raise AssertionError(_told(found, _history(store, found), "counts as paid"))
    return found


def _key_of(payment: str | Payment) -> str:
    __tracebackhide__ = True
    check_awaited(payment)
    return hide(payment.key if isinstance(payment, Payment) else payment)


def _found(payments: PaymentStore | HasStore, key: str) -> tuple[Any, Payment]:
    __tracebackhide__ = True
    given: Any = payments  # Any: either is a store, which may have to be awaited, or has one
    store = given if hasattr(given, "load") else given.store
    found: Payment | None = finished(store.load(key))
    if found is None:
        shown = str(key) if _KEY.fullmatch(key) else mask_numbers(key)
        message = f"there is no payment {shown!r} in this store; is it the store of the shop under test?"
        raise AssertionError(message)
    return store, found


def _history(store: Any, payment: Payment) -> Sequence[HistoryEntry]:  # noqa: ANN401 - as above
    history: Sequence[HistoryEntry] = finished(store.history(payment.key))
    return history


def _told(payment: Payment, history: Sequence[HistoryEntry], said: str) -> str:
    conflicts = mask_numbers(", ".join(sorted(payment.conflicts)) or "none")
    lines = [
        f"Payment {payment.key} {said}.",
        f"    status {payment.status}, conflicts: {conflicts}",
        *(f"    {_entry(entry)}" for entry in history),
    ]
    if payment.needs_review:
        lines.append("What was heard of it does not fit together, so a person has to resolve() it before it counts.")
    elif payment.status in _HINTS:
        lines.append(f"Perhaps {_HINTS[payment.status]}.")
    return "\n".join(lines)


def _entry(entry: HistoryEntry) -> str:
    won = ", became a success" if entry.became_success else ""
    return f"{entry.at.astimezone(EAT):%H:%M:%S}  {entry.event}: {entry.before} to {entry.after}{won}"
