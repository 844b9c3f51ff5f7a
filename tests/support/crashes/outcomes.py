"""The outcomes of a push for tests of interruptions."""

from collections.abc import Mapping
from typing import Final

import attrs

from daraja.payments.model import Status
from daraja.simulator import Result, Scenario
from daraja.simulator.gateway import always, in_turn, lost, spike_arrest, token_refused, unavailable
from daraja.simulator.products.stk.behaviours import claiming
from daraja.simulator.results import CANCELLED, PAID, PROCESSING, UNANSWERED

__all__ = ["DECIDED", "OUTCOMES", "Outcome"]

DECIDED: Final = 20.0
"""Seconds after the push at which a prompt is decided, and Daraja calls back."""


@attrs.frozen
class Outcome:
    """The outcome of a push, and the messages that the shop gets about it.

    Args:
        scenario: What the local Daraja does.
        called: What a callback says.
        asked: What a query says in the end.
        posted: Whether a callback is in the post once it is decided.
    """

    scenario: Scenario
    called: Status
    asked: Status
    posted: bool = True


def _decided(result: Result) -> Scenario:
    return Scenario(result=result, after=DECIDED)


_PAID: Final = _decided(PAID)
_SILENT: Final = attrs.evolve(_decided(PROCESSING), callbacks=())

OUTCOMES: Final[Mapping[str, Outcome]] = {
    "paid": Outcome(_PAID, Status.SUCCESS, Status.SUCCESS),
    "cancelled": Outcome(_decided(CANCELLED), Status.FAILED, Status.FAILED),
    "unanswered": Outcome(_decided(UNANSWERED), Status.TIMEOUT, Status.TIMEOUT),
    "undecided": Outcome(_SILENT, Status.UNCONFIRMED, Status.UNCONFIRMED, posted=False),
    "paid, queries deny": Outcome(attrs.evolve(_PAID, query=claiming(UNANSWERED)), Status.SUCCESS, Status.TIMEOUT),
    "paid, answer lost": Outcome(attrs.evolve(_PAID, reply=lost), Status.SUCCESS, Status.SUCCESS),
    "paid, heard early": Outcome(attrs.evolve(_PAID, early=True), Status.SUCCESS, Status.SUCCESS, posted=False),
    "paid, token refused": Outcome(attrs.evolve(_PAID, refuse=in_turn(token_refused)), Status.SUCCESS, Status.SUCCESS),
    "turned away": Outcome(
        attrs.evolve(_SILENT, refuse=always(spike_arrest)), Status.FAILED, Status.FAILED, posted=False
    ),
    "in doubt": Outcome(attrs.evolve(_SILENT, refuse=always(unavailable)), Status.FAILED, Status.FAILED, posted=False),
}
