"""Assertions about money that a shop paid out or gave back, against the accounts of the local Daraja."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from daraja.fields import raise_faults, value_or_fault
from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.ledger import Transaction
from daraja.testing.assertions import fails_in_the_test
from daraja.values.prompt import normalise_phone, whole_shillings
from daraja.values.secret import mask_numbers

_SHORTCODE: Final = re.compile("[1-9][0-9]{4,6}")


@fails_in_the_test
def assert_paid_out(
    simulator: Control | Engine, *, to: str, amount: int | Decimal | None = None, times: int = 1
) -> Transaction:
    """Assert that money really left for a receiver, and how often, whatever results say.

    Args:
        simulator: The local Daraja: mounted, served, or the bare engine.
        to: Who was paid: a phone in any form that people write, or a shortcode.
        amount: How much in whole KES; any amount if left out.
        times: How often, from 1.

    Returns:
        The newest of these payments.

    Raises:
        AssertionError: If it is not so; the message lists every payment that was asked for.
        InvalidInput: If *to* is neither a phone nor a shortcode, or *amount* is not whole shillings. A ``ValueError``
            too.
    """
    found = _paid_out(simulator, to, amount)
    if len(found) != times or not found:
        raise AssertionError(_explained(simulator, f"{len(found)} such payments were made, and not {times}"))
    return found[-1]


@fails_in_the_test
def assert_not_paid_out(simulator: Control | Engine, *, to: str, amount: int | Decimal | None = None) -> None:
    """Assert that no money left for a receiver.

    Args:
        simulator: As for ``assert_paid_out``, like all that follow.
        to: As above.
        amount: As above.

    Raises:
        AssertionError: If some did; the message lists every payment that was asked for.
        InvalidInput: If *to* is neither a phone nor a shortcode, or *amount* is not whole shillings. A ``ValueError``
            too.
    """
    if found := _paid_out(simulator, to, amount):
        raise AssertionError(_explained(simulator, f"{len(found)} such payments were made"))


@fails_in_the_test
def assert_reversed(simulator: Control | Engine, receipt: str) -> Transaction:
    """Assert that a received payment went back to its payer.

    Args:
        simulator: The local Daraja: mounted, served, or the bare engine.
        receipt: The receipt of the payment.

    Returns:
        The reversal, which has a receipt of its own.

    Raises:
        AssertionError: If it did not; the message lists every payment that was asked for.
    """
    found = [made for made in _outgoing(simulator) if made.completed and made.linked == receipt]
    if not found:
        raise AssertionError(_explained(simulator, "that payment was not reversed"))
    return found[0]


def _paid_out(simulator: Control | Engine, to: str, amount: int | Decimal | None) -> Sequence[Transaction]:
    number = to if _SHORTCODE.fullmatch(to) else value_or_fault(normalise_phone, to)
    # An amount of another type would differ from every payment, and nobody would notice.
    raise_faults(
        {"to": number, "amount": amount if amount is None else value_or_fault(whole_shillings, amount, maximum=None)}
    )
    return [
        made
        for made in _outgoing(simulator)
        if made.completed and made.credit.number == number and (amount is None or made.amount == amount)
    ]


def _outgoing(simulator: Control | Engine) -> Sequence[Transaction]:
    known = simulator.ledger.transactions if isinstance(simulator, Engine) else simulator.transactions
    return [made for made in known if made.debit.account is not None]


def _explained(simulator: Control | Engine, fault: str) -> str:
    lines = [
        f"    {made.product}, KES {made.amount:f} from {made.debit.number} to {made.credit.number}: {made.status}"
        for made in _outgoing(simulator)
    ]
    rest = ["These are all that were asked for:", *lines] if lines else ["None was asked for."]
    return mask_numbers("\n".join([f"{fault}.", *rest]))
