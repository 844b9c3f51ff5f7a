"""The effects of a record's life: a new key, the shop's own functions, and flows over other stores."""

from collections.abc import Callable
from typing import TypeVar

import attrs

from daraja.http.flow import Effect, Flow
from daraja.lifecycle.record import Record

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen
class NewKey(Effect[str]):
    """Draw the key of a new record: 128 random bits in hex."""


@attrs.frozen
class Notify(Effect[None]):
    """Call the shop's ``on_success`` with a record."""

    record: Record


@attrs.frozen
class Announce(Effect[None]):
    """Call another function of the shop's.

    Args:
        hook: Its name.
        news: What it is called with; hidden in reprs.
    """

    hook: str
    news: object = attrs.field(repr=False)


@attrs.frozen
class Elsewhere(Effect[T_co]):
    """Carry out a flow over another store that belongs to the same shop.

    Args:
        place: What is stored there: ``checkout`` or ``receipts``.
        flow: Starts the flow.
    """

    place: str
    flow: Callable[[], Flow[T_co] | Effect[T_co]]


@attrs.frozen
class ShowProgress(Effect[None]):
    """Show the report of a run so far."""

    report: object
