"""Assertions that explain themselves: what was expected, what there was, and what the reason may be."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from daraja.errors import InvalidInput
from daraja.fields import raise_faults, value_or_fault
from daraja.lifecycle.ports import HistoryEntry
from daraja.payments.model import Payment, Status
from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.event_log import EventKind
from daraja.simulator.products.stk.push import Push
from daraja.stores import PaymentStore
from daraja.testing.run_async import refuse_coroutine, run_async
from daraja.values.nairobi_time import EAT
from daraja.values.prompt import normalise_phone, whole_shillings
from daraja.values.secret import drop_inner_frames, mask_numbers

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_LAST_REFUSALS: Final = 3
_HINTS: Final[Mapping[Status, str]] = {
    Status.PENDING: "the answer to the push was lost or never came; a callback or reconcile may still tell",
    Status.INITIATED: "no callback of it has come and no query was made: answer the prompt with simulator.pay(phone), "
    "or see to it that callbacks are delivered to the shop (daraja_deliver)",
    Status.UNCONFIRMED: "the shop stopped waiting; only a person's resolve() ends this",
}
_KEY: Final = re.compile("[0-9a-f]{32}")
"""A value that an error may show whole. A phone number that was given by mistake does not match."""


def fails_in_the_test(assertion: Callable[Arguments, Result], /) -> Callable[Arguments, Result]:
    """Decorate an assertion: if it fails, the traceback ends in the test and shows none of our local variables."""

    @wraps(assertion)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        outside = sys.exception()
        try:
            return assertion(*args, **kwargs)
        except (AssertionError, InvalidInput) as error:
            drop_inner_frames(error, outside)
            raise

    return call


# Payments -------------------------------------------------------------------------------------------------------------


class HasStore(Protocol):
    """A ``Checkout``, or whatever else has its store."""

    @property
    def store(self) -> PaymentStore:
        """Where payments are kept."""
        ...


@fails_in_the_test
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
    found, history = _found(payments, payment)
    successes = sum(entry.became_success for entry in history)
    if not found.paid or successes != 1:
        fault = f"was not paid exactly once; changes that made it a success: {successes}"
        raise AssertionError(_explained(found, history, fault))
    return found


@fails_in_the_test
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
    found, history = _found(payments, payment)
    if found.paid:
        raise AssertionError(_explained(found, history, "counts as paid"))
    return found


def _found(payments: PaymentStore | HasStore, payment: str | Payment) -> tuple[Payment, Sequence[HistoryEntry]]:
    refuse_coroutine(payment)
    key = payment.key if isinstance(payment, Payment) else payment
    given: Any = payments  # Any: either is a store, which may have to be awaited, or has one
    store = given if hasattr(given, "load") else given.store
    found: Payment | None = run_async(store.load(key))
    if found is None:
        shown = key if _KEY.fullmatch(key) else mask_numbers(key)
        raise AssertionError(f"there is no payment {shown!r} in this store; is it the store of the shop under test?")
    return found, run_async(store.history(key))


def _explained(payment: Payment, history: Sequence[HistoryEntry], fault: str) -> str:
    conflicts = mask_numbers(", ".join(sorted(payment.conflicts)) or "none")
    lines = [
        f"Payment {payment.key} {fault}.",
        f"    status {payment.status}, conflicts: {conflicts}",
        *(f"    {_entry(entry)}" for entry in history),
    ]
    if payment.needs_review:
        lines.append("Two facts about it contradict each other, so a person has to resolve() it before it counts.")
    elif payment.status in _HINTS:
        lines.append(f"Perhaps {_HINTS[payment.status]}.")
    return "\n".join(lines)


def _entry(entry: HistoryEntry) -> str:
    won = ", became a success" if entry.became_success else ""
    return f"{entry.at.astimezone(EAT):%H:%M:%S}  {entry.event}: {entry.before} to {entry.after}{won}"


# Pushes ---------------------------------------------------------------------------------------------------------------


@fails_in_the_test
def assert_pushed(
    simulator: Control | Engine,
    *,
    phone: str | None = None,
    amount: int | None = None,
    reference: str | None = None,
    times: int = 1,
) -> Sequence[Push]:
    """Assert how often somebody was asked for money; an argument that is left out may have any value.

    Args:
        simulator: The local Daraja: mounted, served, or the bare engine.
        phone: Whose phone showed the prompt, in any form that people write.
        amount: How much was asked for, in whole KES.
        reference: The account reference.
        times: How often, exactly.

    Returns:
        The pushes that match.

    Raises:
        AssertionError: If it was more or less often; the message lists every push, and what was refused.
        InvalidInput: If *phone* is not a Kenyan mobile number, *amount* is not whole shillings or *reference* is no
            text: it would differ from every push. A ``ValueError`` too.
    """
    wanted = _wanted(phone, amount, reference)
    found = [push for push in _accepted(simulator) if not _differences(push, wanted)]
    if len(found) != times:
        fault = f"{times} push{'' if times == 1 else 'es'}{_described(wanted)} expected, and {len(found)} found"
        raise AssertionError("\n".join([f"{fault}.", *_pushes(simulator, wanted), *_refusals(simulator)]))
    return found


@fails_in_the_test
def assert_not_pushed(
    simulator: Control | Engine, *, phone: str | None = None, amount: int | None = None, reference: str | None = None
) -> None:
    """Assert that nobody was asked for money; with fields, that nobody was asked for that.

    Args:
        simulator: The local Daraja: mounted, served, or the bare engine.
        phone: A phone that must have shown no prompt, in any form that people write.
        amount: An amount that nobody must have been asked for, in whole KES.
        reference: An account reference that no prompt must have shown.

    Raises:
        AssertionError: If somebody was.
        InvalidInput: If *phone* is not a Kenyan mobile number, *amount* is not whole shillings or *reference* is no
            text: it would differ from every push. A ``ValueError`` too.
    """
    assert_pushed(simulator, phone=phone, amount=amount, reference=reference, times=0)


def _accepted(simulator: Control | Engine) -> Sequence[Push]:
    engine = simulator if isinstance(simulator, Engine) else simulator.engine
    return engine.stk.pushes


def _wanted(phone: str | None, amount: int | None, reference: str | None) -> Mapping[str, object]:
    """Check the types of the arguments: a wrong type differs from every push, and nobody would notice."""
    fields: dict[str, object] = {
        "phone": None if phone is None else value_or_fault(normalise_phone, phone),
        "amount": None if amount is None else value_or_fault(whole_shillings, amount),
        "reference": None if reference is None else value_or_fault(_text, reference),
    }
    raise_faults(fields)
    return {name: value for name, value in fields.items() if value is not None}


def _text(reference: str) -> str:
    if not isinstance(reference, str):
        raise ValueError(f"a reference is text, not {type(reference).__name__}; write str(...)")
    return reference


def _differences(push: Push, wanted: Mapping[str, object]) -> list[str]:
    return [name for name, value in wanted.items() if getattr(push, name) != value]


def _described(wanted: Mapping[str, object]) -> str:
    words = {"phone": " to {}", "amount": " for KES {}", "reference": " with the reference {!r}"}
    return mask_numbers("".join(words[name].format(value) for name, value in wanted.items()))


def _pushes(simulator: Control | Engine, wanted: Mapping[str, object]) -> list[str]:
    if not _accepted(simulator):
        address = getattr(simulator, "base_url", "the simulator")
        return [f"Nobody was asked for money: no push was accepted; does the shop's configuration lead to {address}?"]
    return ["These are all the pushes:", *(f"    {_line(push, wanted)}" for push in _accepted(simulator))]


def _line(push: Push, wanted: Mapping[str, object]) -> str:
    line = f"{push.asked_at.astimezone(EAT):%H:%M:%S}"
    line += _described({"phone": push.phone, "amount": push.amount, "reference": push.reference})
    different = _differences(push, wanted)
    return f"{line}: another {' and '.join(different)}" if different else line


def _refusals(simulator: Control | Engine) -> list[str]:
    refused = [event.text for event in simulator.events if event.kind is EventKind.REFUSED][-_LAST_REFUSALS:]
    return ["The last refusals:", *(f"    {text}" for text in refused)] if refused else []
