"""The settings that every flow about receipts follows, and the effects that ask the shop and its checkout."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

import attrs

from daraja.api.incoming import IncomingPayment
from daraja.http.flow import Effect, Flow
from daraja.inbound.model import Receipt
from daraja.lifecycle.policy import Policy
from daraja.payments.model import Payment

T = TypeVar("T")

VALIDATION_TIME: Final = 4.0
"""Seconds in which a validation is answered, by stores and rule together. Safaricom waits for about 8."""


class Rejection(StrEnum):
    """Why a payment is not welcome. Safaricom chooses the payer's message by it.

    Source:
        Daraja, CustomerToBusinessRegisterURL.
    """

    PHONE = "C2B00011"
    """The payer's number."""
    ACCOUNT = "C2B00012"
    """The account that the payer typed."""
    AMOUNT = "C2B00013"
    """The amount."""
    IDENTITY = "C2B00014"
    """The payer's identity, as far as it is known."""
    SHORTCODE = "C2B00015"
    """The shortcode."""
    OTHER = "C2B00016"
    """Something else."""


@attrs.frozen(kw_only=True)
class ReceiptPolicy(Policy[Receipt]):
    """The settings of every flow about receipts.

    Args:
        checkout: What the payments of the checkout go by; None without a checkout.
        pull: Whether ``reconcile`` looks for payments with Pull.
        accepts: Whether the shop has a rule for validations.
        matches: Whether the shop has a rule for money that nobody expects.
        low_float: The amount in KES below which the account that is paid holds little.
    """

    checkout: Policy[Payment] | None = None
    pull: bool = False
    accepts: bool = False
    matches: bool = False
    low_float: int = 0


@attrs.frozen
class InTime(Effect[T]):
    """Carry out a flow within ``VALIDATION_TIME``, and leave it alone if it takes longer.

    It raises ``TimeoutError`` then, and ``RuntimeError`` for what a rule of the shop's must not raise, such as
    ``SystemExit``.

    Args:
        flow: Starts the flow.
    """

    flow: Callable[[], Flow[T]]


@attrs.frozen
class AskAccept(Effect[object]):
    """Ask the shop whether a payment is welcome."""

    payment: IncomingPayment


@attrs.frozen
class AskMatch(Effect[object]):
    """Ask the shop which order a receipt pays that nothing expects."""

    receipt: Receipt
