"""The particulars of one product: its statuses, its transitions, and how Daraja is asked and answered."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import attrs

from daraja.api.addresses import Purpose
from daraja.config import Config
from daraja.http.flow import Flow
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.result_codes import Explanation

Transitions = Mapping[tuple[Source, Said], StrEnum]
"""The status that each piece of evidence raises a record to."""


@attrs.frozen(kw_only=True)
class Timing:
    """When records of one kind are checked.

    Args:
        pauses: The time until the next check, by the number of checks so far. The last one repeats.
        open_for: How long a request can stay open at Safaricom. After it, an answer that decides nothing means that we
            stop waiting.
        window: How long a record is checked by itself.
        between_denials: The minimum time between two "not paid" answers for them to count as independent. Whatever
            made the first one wrong has passed by then.
    """

    pauses: tuple[timedelta, ...]
    open_for: timedelta
    window: timedelta = timedelta(hours=24)
    between_denials: timedelta = timedelta(seconds=60)


def _ranks(kind: "Kind") -> Mapping[StrEnum, int]:
    return {status: rank for rank, status in enumerate(kind.statuses)}


def _open(kind: "Kind") -> frozenset[StrEnum]:
    return frozenset(kind.statuses) - kind.denied - {kind.success}


def _purposes(kind: "Kind") -> tuple[Purpose, ...]:
    return kind.purpose, *kind.other_purposes


@attrs.frozen(kw_only=True, eq=False)
class Kind:
    """A product, as the engine sees it.

    Args:
        name: Its name, for the log and in stored records.
        purpose: What the addresses of its callbacks are signed for.
        other_purposes: What other addresses of a record are signed for, if it has any.
        statuses: Its statuses, the lowest first. A record only climbs.
        transitions: The status that each piece of evidence raises a record to.
        success: The status that means that money moved.
        denied: The statuses that mean that no money moved.
        stopped: The status that means that we stopped waiting.
        unsent: The statuses of a record that Daraja was never asked for. It is not checked.
        unique: The facts that belong to one record only, in one environment. A store keeps them unique.
        unique_in_account: The attributes that together belong to one record only, in one account, unless one of them
            is None. A store keeps them unique, and ``insert`` returns the record that has them already.
        personal: The facts that say whose money it is, such as a name. They go when personal data is erased, as do all
            facts that hold the number.
        named_by: The fields by which what it pays is found again, such as the order. A number in them cannot be erased.
        keeps_phone: Whether the books need the number for as long as the record, as that of who was paid.
        asked_by: The fact that Daraja needs to be asked. A record without it waits for its callback.
        timing: When its records are checked.
        parse: Reads a callback from its body, the time it came, what its address was signed for, and the record that
            it was signed for; None for an unsigned address. Raises ``CallbackMalformed``.
        ask: Asks Daraja about a record. It returns the evidence, or None if the answer comes by callback.
        explain: Explains a result code.
        reply: Writes the body of the reply to a callback, from its evidence; None if there is none yet. Without it,
            every callback is answered with "Accepted".
    """

    name: str
    purpose: Purpose
    other_purposes: tuple[Purpose, ...] = ()
    statuses: type[StrEnum]
    transitions: Transitions
    success: StrEnum
    denied: frozenset[StrEnum]
    stopped: StrEnum
    unsent: frozenset[StrEnum] = frozenset()
    unique: tuple[str, ...]
    unique_in_account: tuple[tuple[str, ...], ...] = (("idempotency_key",),)
    personal: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    keeps_phone: bool = False
    asked_by: str
    timing: Timing
    # Any: a record of this kind. Records are above kinds and cannot be named here.
    parse: Callable[[bytes, datetime, Purpose, Any], Evidence]
    ask: Callable[[Any, Config], Flow[Evidence | None]]
    explain: Callable[[str], Explanation]
    reply: Callable[[Evidence | None], str] | None = None
    ranks: Mapping[StrEnum, int] = attrs.field(default=attrs.Factory(_ranks, takes_self=True), init=False, repr=False)
    """The height of each status. A record only climbs."""
    open: frozenset[StrEnum] = attrs.field(default=attrs.Factory(_open, takes_self=True), init=False, repr=False)
    """The statuses in which Safaricom has not yet said what became of the money."""
    purposes: tuple[Purpose, ...] = attrs.field(
        default=attrs.Factory(_purposes, takes_self=True), init=False, repr=False
    )
    """Everything that addresses of its records are signed for."""

    def is_doubtful(self, status: StrEnum, code: str | None, /) -> bool:
        """Tell whether a failure does not prove that no money moved, by its code."""
        return status in self.denied and not self.explain(code or "").charge_again
