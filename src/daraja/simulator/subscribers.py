"""What each phone has been through: when it was last asked for money, and what was turned away since."""

from collections.abc import Callable
from datetime import datetime

import attrs

from daraja.simulator.pushes import Push
from daraja.simulator.refusals import Refusal

__all__ = ["Refuse", "Subscriber", "Subscribers"]


@attrs.frozen(kw_only=True)
class Subscriber:
    """The history of one phone, as far as it decides whether another push is taken.

    Args:
        asked_at: When the last push to it was accepted; None if none was yet.
        refused: How many pushes to it were refused since then.
    """

    asked_at: datetime | None = None
    refused: int = 0


Refuse = Callable[[Push, Subscriber], Refusal | None]
"""Decides whether a push that is right in itself is refused all the same, and in which words."""

_NEW = Subscriber()


class Subscribers:
    """The history of every phone that was asked for money."""

    def __init__(self) -> None:
        self._known: dict[str, Subscriber] = {}

    def ask(self, push: Push, refuse: Refuse) -> None:
        """Note that a phone is asked for money, unless *refuse* is against it.

        Raises:
            Refusal: If it is.
        """
        subscriber = self._known.get(push.phone, _NEW)
        refusal = refuse(push, subscriber)
        if refusal is not None:
            self._known[push.phone] = attrs.evolve(subscriber, refused=subscriber.refused + 1)
            raise refusal
        self._known[push.phone] = Subscriber(asked_at=push.asked_at)
