"""A record of money: what was asked for, how far it has come, and every fact that is known of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

import attrs

from daraja.config import Config
from daraja.lifecycle.evidence import Source
from daraja.lifecycle.kind import Kind
from daraja.values.phone import MaskedText, mask_numbers

__all__ = ["Account", "Record", "Resolution"]


@attrs.frozen
class Account:
    """Whose money it is: one shortcode in one environment. Accounts can share a store and never see each other.

    Args:
        environment: The name of the environment.
        shortcode: The pay bill, or the store number of a till.
    """

    environment: str
    shortcode: str

    @classmethod
    def of(cls, config: Config, /) -> "Account":
        """Return the account that *config* is about."""
        return cls(config.environment.name, config.business.shortcode)


def masked(text: str | None) -> str:
    """Write text of the shop's for a repr. Such text often holds customers' numbers, which are masked."""
    return repr(text if text is None else MaskedText(text))


def _masked_facts(facts: Mapping[str, str]) -> Mapping[str, str]:
    return {name: MaskedText(value) for name, value in facts.items()}


@attrs.frozen(kw_only=True)
class Resolution:
    """What a person decided after looking.

    Args:
        paid: Whether the money is there.
        note: Why, in the person's words.
        by: Who decided.
        at: When.
        status: The status at that time. A success that comes later needs another look.
        conflicts: The conflicts that were known at that time. A later one needs another look.
    """

    paid: bool
    note: str = attrs.field(repr=masked)
    by: str = attrs.field(repr=masked)
    at: datetime
    status: str = attrs.field(default="", converter=str)
    conflicts: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Record:
    """Money that is to move once. Each kind of record adds what was asked for.

    Args:
        key: Our own name for it: 128 random bits in hex, safe to log.
        account: Whose record it is.
        idempotency_key: The caller's name for it, or None.
        metadata: The caller's notes: stored and never sent.
        status: How far it has come.
        facts: The ids, receipt and amounts that are known, by name. A fact that is known never changes.
        conflicts: What contradicts what is known, such as ``amount=499``. Conflicts only grow.
        resolution: What a person decided, or None.
        result_code: Safaricom's code for the result.
        result_description: Safaricom's words for the result.
        decided_by: Where the status comes from.
        announce: Whether the process that made it wants to hear of its success.
        claimed_at: When a callback that is not believed yet first said that it was paid.
        first_denied_at: When a query first said that it was not paid.
        last_denied_at: When a query last said so.
        refusal: The error by which Daraja refused the request, as its class name and arguments.
        created_at: When it was written down, in UTC.
        updated_at: When it last changed.
        next_check_at: When it is checked next, or None.
        checks: How often it was checked.
        succeeded_at: When it was first known to be a success without a conflict. The caller whose write sets this
            fulfils.
        notified_at: When ``on_success`` was called.
        version: Counts the changes, for compare-and-swap.
        newer: Fields that a newer release has stored, kept as they are.
    """

    kind: ClassVar[Kind]

    key: str
    account: Account
    idempotency_key: str | None = attrs.field(default=None, repr=masked)
    metadata: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)  # Any: everything that JSON can hold
    status: StrEnum
    facts: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_masked_facts)
    conflicts: frozenset[str] = frozenset()
    resolution: Resolution | None = None
    result_code: str | None = attrs.field(default=None, repr=masked)
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
    newer: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)  # Any: as in metadata

    @property
    def environment(self) -> str:
        """The name of the environment."""
        return self.account.environment

    @property
    def shortcode(self) -> str:
        """The pay bill, or the store number of a till."""
        return self.account.shortcode

    @property
    def expected(self) -> Mapping[str, str]:
        """The facts that were fixed when it was asked for, such as the amount. Another value is a conflict."""
        return {}

    @property
    def may_be_asked(self) -> bool:
        """Whether Daraja can be asked about it."""
        return self.kind.asked_by in self.facts

    @property
    def is_success(self) -> bool:
        """Whether Safaricom or a person says that the money moved."""
        return self.status is self.kind.success

    @property
    def needs_review(self) -> bool:
        """Whether there is a contradiction that no person has looked at yet."""
        decision = self.resolution
        if decision is None:
            paid_after_all = self.claimed_at is not None or "receipt" in self.facts
            return (self.status in self.kind.denied and paid_after_all) or bool(self.conflicts)
        came_after_all = self.is_success and not decision.paid and decision.status != self.kind.success
        return came_after_all or bool(self.conflicts - decision.conflicts)

    @property
    def denied_once(self) -> bool:
        """Whether only one query says that it was not paid. Several queries within a minute count as one."""
        # Queries are known to err, so one denial is asked about once more before it counts.
        first, last = self.first_denied_at, self.last_denied_at
        if self.decided_by is not Source.QUERY or first is None or last is None:
            return False
        return last - first < self.kind.timing.between_denials

    @property
    def unproven(self) -> bool:
        """Whether Safaricom says that it was not paid, by a code that does not prove it."""
        return self.refusal is None and self.kind.is_doubtful(self.status, self.result_code)

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at it, because of a contradiction or because only the statement can tell."""
        in_doubt = self.unproven or self.denied_once
        only_the_statement = self.status is self.kind.stopped or (in_doubt and self.next_check_at is None)
        left_open = not self.is_success and self.resolution is None and only_the_statement
        return self.needs_review or left_open

    @property
    def paid(self) -> bool:
        """Whether it is a success that may be fulfilled, because nothing contradicts it or a person said so."""
        agreed = self.resolution is None or self.resolution.paid
        return self.is_success and not self.needs_review and agreed

    def known(self) -> Self:
        """Return the record without its schedule and its version, to compare what is known."""
        return attrs.evolve(self, updated_at=self.created_at, next_check_at=None, checks=0, notified_at=None, version=0)
