"""Short labels for the status of a payment."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from daraja import Status
from payments.models import OPEN, Payment
from payments.rows import payment_of

__all__ = ["GROUPS", "Group", "Label", "label_of"]


class Label(NamedTuple):
    """A short text, and the style in which a page shows it."""

    words: str
    tone: str


class Group(NamedTuple):
    """A group of statuses that look the same to a customer."""

    words: str
    statuses: Sequence[str]


_WAITING: Final = Label("Waiting for you", "wait")
_NOT_PAID: Final = Label("Not paid", "bad")
_LABELS: Final = {
    Status.PENDING: _WAITING,
    Status.INITIATED: _WAITING,
    Status.UNCONFIRMED: Label("Not confirmed", "look"),
    Status.TIMEOUT: _NOT_PAID,
    Status.FAILED: _NOT_PAID,
    Status.SUCCESS: Label("Paid", "good"),
}
_REVIEW: Final = Label("We are looking into it", "look")

GROUPS: Final[Mapping[str, Group]] = MappingProxyType(
    {
        "waiting": Group("Waiting", OPEN),
        "paid": Group("Paid", [Status.SUCCESS]),
        "not-paid": Group("Not paid", [Status.FAILED, Status.TIMEOUT]),
        "not-confirmed": Group("Not confirmed", [Status.UNCONFIRMED]),
    }
)
"""The filters of the history, by the value of ``?status=``."""


def label_of(payment: Payment, /) -> Label:
    """Give the label of a payment."""
    if payment.needs_attention and payment.status != Status.UNCONFIRMED:
        return _REVIEW
    if payment.refund_due:
        return Label("To be given back", "look")
    if payment.status == Status.SUCCESS and not payment_of(payment).paid:
        return _NOT_PAID  # a person has looked, and says so
    return _LABELS[Status(payment.status)]
