"""The payments as a customer may see them: labels, messages in two languages, and the status of an order."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final, NamedTuple

import attrs
from django.utils.translation import get_language

import daraja
from daraja import Status, errors, normalise_phone
from daraja.django.apps import this_app
from daraja.result_codes.swahili import in_swahili

__all__ = [
    "ALREADY_PAID",
    "PHONE_WORDS",
    "Label",
    "NotCharged",
    "given_back",
    "in_language",
    "label",
    "not_charged",
    "order_status",
    "seconds_until",
    "seen_status",
    "short_phone",
    "simulated_phone",
]

_BAD_REQUEST, _CONFLICT, _TOO_MANY, _SERVER_ERROR = 400, 409, 429, 500

ALREADY_PAID: Final = "This order is already paid. Thank you!"
PHONE_WORDS: Final = "Enter a Kenyan mobile number such as 0712 345 678."
_NOT_PAYABLE: Final = (
    "M-Pesa cannot take a payment for this order as it is. Please contact us about another way to pay."
)
_NOT_TAKEN: Final = "M-Pesa did not take our request, so nothing was charged. Try again in a little while."
_BUSY: Final = "Another M-Pesa request is open on your phone. Try again in {} seconds, or use another phone."
_BUSY_SECONDS: Final = 60


class Label(NamedTuple):
    """A short text, and its tone: ``good``, ``bad``, ``wait`` or ``look``, for a style of your own."""

    words: str
    tone: str


_LABELS: Final[Mapping[str, Label]] = {
    Status.PENDING: Label("Waiting for you", "wait"),
    Status.INITIATED: Label("Waiting for you", "wait"),
    Status.UNCONFIRMED: Label("Not confirmed", "look"),
    Status.TIMEOUT: Label("Not paid", "bad"),
    Status.FAILED: Label("Not paid", "bad"),
    Status.SUCCESS: Label("Paid", "good"),
}


def in_language(words: str, /) -> str:
    """Return a text of the library's in the language of the request: English or Swahili, which nobody has reviewed."""
    return in_swahili(words) if (get_language() or "").startswith("sw") else words


def seen_status(payment: daraja.Payment, /) -> str:
    """Return the status for customers, who see a success only if it counts."""
    if payment.paid or payment.status is not Status.SUCCESS:
        return payment.status.value
    return Status.FAILED.value if payment.denied_by_a_person else Status.UNCONFIRMED.value


def label(payment: daraja.Payment, /) -> Label:
    """Return the status of a payment in a word or two, in the language of the request."""
    if payment.refund_due:
        words, tone = "To be given back", "look"
    elif payment.needs_attention and payment.status is not Status.UNCONFIRMED:
        words, tone = "We are looking into it", "look"
    else:
        words, tone = _LABELS[seen_status(payment)]
    return Label(in_language(words), tone)


def order_status(order: daraja.Order, /) -> dict[str, Any]:  # Any: what JSON can hold, and a time
    """Return the fields of an order that a front end needs, for its JSON.

    Args:
        order: What ``checkout().order(...)`` returns.

    Returns:
        ``status`` (``unpaid`` if nobody was asked yet), ``message``, ``checkout_request_id``, ``receipt``,
        ``may_retry``, ``retry_at`` and ``final``, which says that asking again changes nothing.
    """
    payment, may_charge = order.payment, order.may_charge
    status = "unpaid" if payment is None else seen_status(payment)
    return {
        "status": Status.SUCCESS.value if order.paid else status,
        "message": in_language(order.customer_message),
        "checkout_request_id": (payment and payment.checkout_request_id) or "",
        "receipt": ", ".join(order.receipt_numbers) or (payment and payment.receipt) or "",
        "may_retry": may_charge.allowed,
        "retry_at": may_charge.not_before,
        "final": order.paid or (payment is not None and payment.is_final),
    }


def given_back(receipt: str | None, /) -> int:
    """Return how many whole KES were paid back of money that came in.

    Args:
        receipt: Its M-Pesa receipt, as ``order_status`` returns it. Several are separated by a comma and a blank.
    """
    # Models cannot be imported before the apps are loaded, and a project may import this module then.
    from daraja.django.models import Payout  # noqa: PLC0415 - as above
    from daraja.django.rows import record_or_unreadable  # noqa: PLC0415 - as above

    if not receipt:
        return 0
    found = Payout.objects.filter(refunds__in=receipt.split(", "))
    refunds = [record_or_unreadable(daraja.Payout, row) for row in found]
    # A refund that came back to us keeps its status, and a row that cannot be read proves nothing.
    return sum(refund.amount for refund in refunds if isinstance(refund, daraja.Payout) and refund.paid)


def seconds_until(moment: datetime | None, /) -> int:
    """Return the whole seconds until a time, and 0 once it has passed."""
    return 0 if moment is None else max(0, ceil((moment - datetime.now(UTC)).total_seconds()))


def simulated_phone(payment: daraja.Payment, /) -> str | None:
    """Return the page of the phone that was asked, if it is one of the local Daraja that this project uses."""
    environment = this_app().config.environment
    if not environment.is_local or payment.environment != environment.name:
        return None
    return f"{environment.base_url}/?phone={payment.phone}"


def short_phone(number: str, /) -> str:
    """Write a number as Kenyans do: ``254712345678`` as ``0712 345 678``. Another text stays as it is."""
    try:
        normal = normalise_phone(number)
    except ValueError:
        return number
    return re.sub(r"254(\d{3})(\d{3})(\d{3})", r"0\1 \2 \3", normal)


@attrs.frozen
class NotCharged:
    """Why ``charge`` asked nobody, for the customer.

    Args:
        status_code: The HTTP status of the answer.
        message: A sentence or two, in the language of the request.
        retry_at: When the same request may succeed; None if time alone does not help.
    """

    status_code: int
    message: str
    retry_at: datetime | None = None


def not_charged(error: errors.DarajaError, /) -> NotCharged:
    """Return the answer to a customer after an error of ``checkout().charge(...)``.

    Args:
        error: The error. One that is no business of a customer's, such as a wrong setting, is raised again.
    """
    match error:
        case errors.PaidByHand():
            return NotCharged(_CONFLICT, in_language(ALREADY_PAID))
        case errors.AttemptOpen():
            retry_at = None if error.in_doubt else error.ends_at
            return NotCharged(_CONFLICT, in_language(error.customer_message), retry_at)
        case errors.TooEarly():
            return NotCharged(_CONFLICT, in_language(error.customer_message), error.not_before)
        case errors.SubscriberBusy():
            retry_at = datetime.now(UTC) + timedelta(seconds=_BUSY_SECONDS)
            return NotCharged(_TOO_MANY, in_language(_BUSY.format(_BUSY_SECONDS)), retry_at)
        case errors.ApiError() | errors.NotSent() | errors.UnexpectedResponse():
            return NotCharged(_SERVER_ERROR, in_language(_NOT_TAKEN))
        case errors.InvalidInput() if not isinstance(error, errors.ConfigurationError):
            words = PHONE_WORDS if set(error.faults) == {"phone"} else _NOT_PAYABLE
            return NotCharged(_BAD_REQUEST, in_language(words))
        case _:
            raise error
