"""A payment: what was asked for, how far it has come, and every fact that was heard of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import attrs

from daraja.config import Config
from daraja.payments.evidence import Source
from daraja.payments.words import REVIEW, in_words
from daraja.result_codes import explain
from daraja.values.phone import Personal, mask_numbers

__all__ = ["BETWEEN_DENIALS", "Account", "Payment", "Resolution", "Status", "is_doubtful"]


@attrs.frozen
class Account:
    """Whose payments are meant: one shortcode in one environment. Accounts share a store and never see each other.

    Args:
        environment: The environment's name.
        shortcode: The pay bill, or the store number of a till.
    """

    environment: str
    shortcode: str

    @classmethod
    def of(cls, config: Config, /) -> "Account":
        """Give the account that *config* is about."""
        return cls(config.environment.name, config.business.shortcode)


class Status(StrEnum):
    """How far a payment has come. It climbs from the first to the last and never comes down."""

    PENDING = "pending"
    """Asked or about to ask; the answer is not known."""
    INITIATED = "initiated"
    """Daraja has accepted the request; the customer is being asked."""
    UNCONFIRMED = "unconfirmed"
    """We stopped waiting. Money may have moved: only the statement can tell."""
    TIMEOUT = "timeout"
    """Safaricom says that nobody answered, so nobody paid."""
    FAILED = "failed"
    """Safaricom says that it was refused or cancelled."""
    SUCCESS = "success"
    """Safaricom says that it was paid."""

    @property
    def rung(self) -> int:
        """The height, to compare two statuses by."""
        return _RUNGS[self]


BETWEEN_DENIALS: Final = timedelta(seconds=60)
"""Between two queries that count as two: what made the first one err has passed by then."""

_RUNGS: Final = {status: rung for rung, status in enumerate(Status)}
_DENIED: Final = frozenset({Status.TIMEOUT, Status.FAILED})


def is_doubtful(status: Status, code: str | None, /) -> bool:
    """Tell whether a failure leaves it open that money moved, as its code does not prove that nobody paid."""
    return status in _DENIED and not explain("stk", code or "").charge_again


def _masked(text: str | None) -> str:
    """Show text of the shop's, in which customers' numbers are common, without them."""
    return repr(text if text is None else Personal(text))


@attrs.frozen(kw_only=True)
class Resolution:
    """What a person decided after looking.

    Args:
        paid: Whether the money is there.
        note: Why, in the person's words.
        by: Who decided.
        at: When.
        status: How far the payment had come by then; a success that is heard of later wants another look.
        conflicts: The conflicts that were known by then; a later one wants another look.
    """

    paid: bool
    note: str = attrs.field(repr=_masked)
    by: str = attrs.field(repr=_masked)
    at: datetime
    status: Status = Status.PENDING
    conflicts: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Payment:
    """One attempt to be paid once.

    Args:
        key: Our own name for it: 128 random bits in hex, safe to log.
        idempotency_key: The caller's name for this attempt, or None.
        shortcode: Who is paid.
        environment: In which Daraja.
        reference: The account reference that the customer sees.
        description: What the customer sees beside it.
        amount: What was asked for, in whole KES.
        currency: ``KES``.
        phone: Whom we asked; masked in reprs.
        metadata: Yours: stored and never sent.
        status: How far it has come.
        conflicts: What does not fit together, such as ``amount=499``; it only grows.
        resolution: What a person decided, or None.
        merchant_request_id: Daraja's id of the request, safe to log.
        checkout_request_id: Daraja's id of the payment; masked in reprs.
        receipt: M-Pesa's receipt number.
        result_code: Safaricom's code for what became of it.
        result_description: Safaricom's words for it.
        decided_by: From whom the status was heard: ``answer``, ``callback``, ``query``, ``giving up`` or ``person``.
        announce: Whether whoever started it wants to be told of its success.
        claimed_at: When a callback that was not believed yet first said that it was paid.
        first_denied_at: When a query first said that it was not paid.
        last_denied_at: When a query last said so.
        refusal: The error by which Daraja refused the request, as its class and arguments.
        created_at: When it was written down, in UTC.
        updated_at: When it last changed.
        next_check_at: When it is looked at next by itself, or None.
        checks: How often it was looked at by itself.
        succeeded_at: When it was first known to be paid without a conflict; whoever wrote this fulfils.
        notified_at: When ``on_success`` was delivered.
        version: Counts the changes, for compare-and-swap.
    """

    key: str
    idempotency_key: str | None = attrs.field(repr=_masked)
    shortcode: str
    environment: str
    reference: str = attrs.field(repr=_masked)
    description: str = attrs.field(repr=_masked)
    amount: int
    currency: str = "KES"
    phone: str = attrs.field(converter=Personal)
    metadata: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)  # Any: whatever JSON can hold
    status: Status = Status.PENDING
    conflicts: frozenset[str] = frozenset()
    resolution: Resolution | None = None
    merchant_request_id: str | None = None
    checkout_request_id: str | None = attrs.field(default=None, converter=attrs.converters.optional(Personal))
    receipt: str | None = attrs.field(default=None, repr=_masked)
    result_code: str | None = attrs.field(default=None, repr=_masked)
    result_description: str = attrs.field(default="", repr=mask_numbers)
    decided_by: Source | None = None
    announce: bool = False
    claimed_at: datetime | None = None
    first_denied_at: datetime | None = None
    last_denied_at: datetime | None = None
    refusal: tuple[Any, ...] | None = attrs.field(default=None, repr=False)  # Any: an error's arguments
    created_at: datetime
    updated_at: datetime
    next_check_at: datetime | None = None
    checks: int = 0
    succeeded_at: datetime | None = None
    notified_at: datetime | None = None
    version: int = 0

    @property
    def account(self) -> Account:
        """Whose payment it is."""
        return Account(self.environment, self.shortcode)

    @property
    def needs_review(self) -> bool:
        """Whether something does not fit together that no person has looked at yet."""
        decision = self.resolution
        if decision is None:
            contradicted = self.status in _DENIED and (self.claimed_at is not None or self.receipt is not None)
            return contradicted or bool(self.conflicts)
        came_after_all = self.status is Status.SUCCESS and not decision.paid and decision.status is not Status.SUCCESS
        return came_after_all or bool(self.conflicts - decision.conflicts)

    @property
    def denied_once(self) -> bool:
        """Whether only one query says that it was not paid; however many say so within a minute, they count as one."""
        first, last = self.first_denied_at, self.last_denied_at
        if self.decided_by is not Source.QUERY or first is None or last is None:
            return False
        return last - first < BETWEEN_DENIALS

    @property
    def unproven(self) -> bool:
        """Whether Safaricom says that it was not paid by a code that does not prove it."""
        return self.refusal is None and is_doubtful(self.status, self.result_code)

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at it, since something does not fit together or only the statement can tell."""
        in_doubt = self.unproven or self.denied_once
        only_the_statement = self.status is Status.UNCONFIRMED or (in_doubt and self.next_check_at is None)
        left_open = self.status is not Status.SUCCESS and self.resolution is None and only_the_statement
        return self.needs_review or left_open

    @property
    def paid(self) -> bool:
        """Whether it is a success that may be fulfilled, since nothing contradicts it or a person said so."""
        agreed = self.resolution is None or self.resolution.paid
        return self.status is Status.SUCCESS and not self.needs_review and agreed

    @property
    def customer_message(self) -> str:
        """How far it has come, in a sentence or two for the customer, who asks above all whether to pay again."""
        if self.needs_review:
            return REVIEW
        decision = self.resolution
        decided = decision is not None and not decision.paid
        return in_words(
            Status.FAILED if decided else self.status,
            denied_once=self.denied_once and not decided,
            refused=self.refusal is not None,
            result_code=None if decided else self.result_code,
        )
