"""A record of money: the request, the status, and every known fact."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

import attrs

from daraja.config import Config
from daraja.lifecycle.charges import Charge
from daraja.lifecycle.evidence import Readings, Source, as_facts, has_passed
from daraja.lifecycle.kind import Kind
from daraja.values.secret import MaskedText, mask_numbers


@attrs.frozen(cache_hash=True)
class Account:
    """The owner of records: one shortcode in one environment. Accounts can share a store and never see each other.

    Args:
        environment: The name of the environment.
        shortcode: The pay bill, or the store number of a till.
        tenant: Which of several shops that share the shortcode, or empty.
    """

    environment: str
    shortcode: str
    tenant: str = ""

    @property
    def words(self) -> str:
        """The account in words, for the log."""
        return " ".join(filter(None, (self.environment, self.shortcode, self.tenant)))

    @classmethod
    def of(cls, config: Config, /) -> "Account":
        """Return the account that *config* is about."""
        return cls(config.environment.name, config.business.shortcode, config.tenant)


def masked(text: str | None) -> str:
    """Write text of the shop's for a repr. Such text often holds customers' numbers, which are masked."""
    return repr(text if text is None else MaskedText(text))


class JsonText(str):
    """The caller's notes as JSON text."""

    __slots__ = ()


_SORTED: Final = json.JSONEncoder(allow_nan=False, sort_keys=True)


def json_text(notes: Mapping[str, Any] | JsonText) -> JsonText:  # Any: everything that JSON can hold
    """Return the caller's notes as text, which nobody can change afterwards."""
    return notes if isinstance(notes, JsonText) else JsonText(_SORTED.encode(dict(notes)))


@attrs.frozen(kw_only=True)
class Resolution:
    """The decision of a person.

    Args:
        paid: Whether the money is there.
        note: Why, in the person's words.
        by: Who decided.
        at: When.
        status: The status at that time. A success that comes later needs another look.
        conflicts: The conflicts that were known at that time. A later one needs another look.
        claimed: Whether a callback had claimed by then that it was paid. A later claim needs another look.
    """

    paid: bool
    note: str = attrs.field(repr=masked)
    by: str = attrs.field(repr=masked)
    at: datetime
    status: str = attrs.field(default="", converter=str)
    conflicts: frozenset[str] = frozenset()
    claimed: bool = False


@attrs.frozen(kw_only=True)
class Record:
    """Money that is to move once. Each kind of record adds the fields of its request.

    Args:
        key: Our own name for it: 128 random bits in hex, safe to log.
        account: Whose record it is.
        idempotency_key: The caller's name for it, or None.
        metadata: The caller's notes: stored and never sent.
        status: How far it has come.
        facts: The ids, receipt and amounts that are known, by name. A fact that is known never changes.
        conflicts: The facts that contradict known ones, such as ``amount=499``. Conflicts only grow.
        resolution: What a person decided, or None.
        result_code: Safaricom's code for the result.
        result_description: Safaricom's words for the result.
        decided_by: Where the status comes from.
        announce: Whether the process that made it has an ``on_success``, which must be called.
        claimed_at: When a callback that is not believed yet first said that it was paid.
        denials: The sources and codes that said that it was not paid, such as ``callback=1032``.
        denied_at: When queries said so: the first and the last time by each clock.
        confirmed: Whether a query was answered after that, and said nothing else.
        refusal: The error by which Daraja refused the request, as its class name and arguments.
        was_refused: Whether Daraja's answer refused the request, whatever came after it.
        created_at: When it was written down, in UTC.
        updated_at: When it last changed.
        next_check_at: When it is checked next, or None.
        hurried_at: When a callback that is not believed last made a check due.
        checks: How often it was checked, questions that Daraja did not answer left out.
        unanswered: How many questions in a row Daraja did not answer.
        readings: The first and the last time that each clock showed while its machine looked after the record.
        succeeded_at: When it was first known to be a success without a conflict. The caller whose write sets this
            fulfils.
        notified_at: When ``on_success`` was called.
        is_second: Whether another record had paid for the same thing when this one became a success, so that this one
            does not count.
        refund_notified_at: When ``on_refund_due`` was called.
        refund_asked_at: When somebody first asked for its refund. Since then it begins to count only if a person says
            so.
        counts_despite_refund: Whether a person let it count after its last refund was asked for.
        erased_at: When the personal data was erased. From then on no fact is filled in that can hold a number.
        version: Counts the changes, for compare-and-swap.
        newer: Fields that a newer release has stored, kept as they are.
    """

    kind: ClassVar[Kind]

    key: str
    account: Account
    idempotency_key: str | None = attrs.field(default=None, repr=masked)
    _metadata: JsonText = attrs.field(default=JsonText("{}"), converter=json_text, alias="metadata", repr=False)
    status: StrEnum
    facts: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=as_facts)
    conflicts: frozenset[str] = frozenset()
    resolution: Resolution | None = None
    result_code: str | None = attrs.field(default=None, repr=masked)
    result_description: str = attrs.field(default="", repr=mask_numbers)
    decided_by: Source | None = None
    announce: bool = False
    claimed_at: datetime | None = None
    denials: frozenset[str] = frozenset()
    denied_at: Readings = attrs.field(factory=dict[str, tuple[datetime, datetime]])
    confirmed: bool = False
    refusal: tuple[Any, ...] | None = attrs.field(default=None, repr=False)  # Any: an error's arguments
    was_refused: bool = False
    created_at: datetime
    updated_at: datetime
    next_check_at: datetime | None = None
    hurried_at: datetime | None = None
    checks: int = 0
    unanswered: int = 0
    readings: Readings = attrs.field(factory=dict[str, tuple[datetime, datetime]], repr=False)
    succeeded_at: datetime | None = None
    notified_at: datetime | None = None
    is_second: bool = False
    refund_notified_at: datetime | None = None
    refund_asked_at: datetime | None = None
    counts_despite_refund: bool = False
    erased_at: datetime | None = None
    version: int = 0
    newer: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)  # Any: everything that JSON can hold

    @property
    def metadata(self) -> dict[str, Any]:  # Any: as above
        """The caller's notes. Each call makes a copy, so that changing it changes no record."""
        notes: dict[str, Any] = json.loads(self._metadata)
        return notes

    @property
    def environment(self) -> str:
        """The name of the environment."""
        return self.account.environment

    @property
    def shortcode(self) -> str:
        """The pay bill, or the store number of a till."""
        return self.account.shortcode

    @property
    def tenant(self) -> str:
        """Which of several shops that share the shortcode, or empty."""
        return self.account.tenant

    @property
    def receipt(self) -> str | None:
        """M-Pesa's receipt number, or None."""
        return self.facts.get("receipt")

    @property
    def paid_back_at(self) -> datetime | None:
        """When a refund paid it back, or None."""
        at = self.facts.get("paid_back_at")
        return None if at is None else datetime.fromisoformat(at)

    @property
    def has_gone_back(self) -> bool:
        """Whether a refund paid it back, and no person has decided about it since."""
        at, decision = self.paid_back_at, self.resolution
        return at is not None and (decision is None or decision.at <= at)

    @property
    def expected(self) -> Mapping[str, str]:
        """The facts that were fixed when it was asked for, such as the amount. Another value is a conflict."""
        return {}

    @property
    def charges(self) -> tuple[Charge, ...]:
        """The amounts that it uses up of the caps. A store writes its counters in the write that changes the record.

        A record that has not left yet charges with a limit. One that left keeps its charges without a limit, so that
        no evidence about it is ever refused. One whose failure is proved has none.
        """
        return ()

    @property
    def may_be_asked(self) -> bool:
        """Whether Daraja can be asked about it."""
        return self.kind.asked_by in self.facts

    @property
    def is_success(self) -> bool:
        """Whether Safaricom or a person says that the money moved."""
        return self.status is self.kind.success

    @property
    def denied_by_a_person(self) -> bool:
        """Whether a person decided that it was not paid."""
        return self.resolution is not None and not self.resolution.paid

    @property
    def needs_review(self) -> bool:
        """Whether there is a contradiction that no person has looked at yet."""
        decision = self.resolution
        if decision is None:
            paid_after_all = self.claimed_at is not None or "receipt" in self.facts
            return (self.status in self.kind.denied and paid_after_all) or bool(self.conflicts)
        if decision.paid:
            return bool(self.conflicts - decision.conflicts)
        came_after_all = self.is_success and decision.status != self.kind.success
        claimed_after_all = self.claimed_at is not None and not decision.claimed
        return came_after_all or claimed_after_all or bool(self.conflicts - decision.conflicts - self.denials)

    @property
    def denied_once(self) -> bool:
        """Whether only one query says that it was not paid. Several queries within a minute count as one."""
        # Queries are known to err, so one denial is asked about once more before it counts.
        if self.decided_by is not Source.QUERY or not self.denied_at:
            return False
        return not has_passed(self.kind.timing.between_denials, self.denied_at)

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
        return self.needs_review or left_open or self.refund_due

    @property
    def paid(self) -> bool:
        """Whether it is a success that may be fulfilled, because nothing contradicts it or a person said so."""
        return self._is_agreed_success and not self.is_second

    @property
    def refund_due(self) -> bool:
        """Whether another record had paid already, so that this money has to go back.

        It ends once a person has denied the payment, for example because it was refunded.
        """
        return self._is_agreed_success and self.is_second

    @property
    def counts(self) -> bool:
        """Whether it was fulfilled, and no person has denied it since. Of all attempts of an order, one counts."""
        return self.succeeded_at is not None and not self.denied_by_a_person and not self.is_second

    @property
    def _is_agreed_success(self) -> bool:
        agreed = self.resolution is None or self.resolution.paid
        return self.is_success and not self.needs_review and agreed

    def known(self) -> Self:
        """Return the record without its schedule and its version, to compare what is known."""
        return attrs.evolve(
            self,
            updated_at=self.created_at,
            next_check_at=None,
            hurried_at=None,
            checks=0,
            unanswered=0,
            readings={},
            notified_at=None,
            refund_notified_at=None,
            version=0,
        )
