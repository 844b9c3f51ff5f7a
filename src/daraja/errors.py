"""Every exception of daraja: one tree whose branches say what the caller may do next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import attrs

from daraja.values.nairobi_time import EAT
from daraja.values.secret import MaskedText, mask_numbers, personal_id

__all__ = [
    "ApiError",
    "AttemptOpen",
    "AuthenticationError",
    "CallbackMalformed",
    "CapReached",
    "ConfigurationError",
    "ConfigurationWarning",
    "Conflict",
    "DarajaError",
    "DuplicatePayment",
    "DuplicatePayout",
    "DuplicateRequest",
    "InvalidInput",
    "InvalidRequest",
    "NotFound",
    "NotSent",
    "OutcomeUnknown",
    "PaidByHand",
    "PaymentView",
    "PayoutView",
    "Problem",
    "RateLimited",
    "RecordUnreadable",
    "RepeatedPayout",
    "StatementBroken",
    "SubscriberBusy",
    "TooEarly",
    "UnexpectedResponse",
    "UnknownPayment",
]


class ConfigurationWarning(UserWarning):
    """A legal setting that will probably cause trouble, such as an address that Safaricom filters."""


class PaymentView(Protocol):
    """The part of a ``Payment`` that an error shows. Errors are below payments and cannot import their class."""

    @property
    def key(self) -> str:
        """The library's key of the payment; pass it to ``Checkout.payment``, ``refresh`` or ``may_retry``."""
        ...

    @property
    def status(self) -> StrEnum:
        """The status of the payment."""
        ...

    @property
    def idempotency_key(self) -> str | None:
        """The caller's name for the attempt."""
        ...

    @property
    def checkout_request_id(self) -> str | None:
        """Daraja's id of the payment."""
        ...

    @property
    def customer_message(self) -> str:
        """The status in words for the customer."""
        ...


class PayoutView(Protocol):
    """The part of a ``Payout`` that an error shows. Errors are below payouts and cannot import their class."""

    @property
    def key(self) -> str:
        """The library's key of the payout; pass it to ``Payouts.payout``, ``refresh`` or ``may_pay_again``."""
        ...

    @property
    def status(self) -> StrEnum:
        """The status of the payout."""
        ...

    @property
    def idempotency_key(self) -> str | None:
        """The caller's name for the payout."""
        ...


class DarajaError(Exception):
    """The root of all errors of this library: ``except DarajaError`` catches all of them."""

    payment: PaymentView | None = None
    """From ``Checkout.start`` and ``charge``: the payment that it stored, or the one that is there already."""
    payout: PayoutView | None = None
    """From ``Payouts.pay``: the payout that it stored, or the one that already has the idempotency key."""


class InvalidInput(DarajaError, ValueError):
    """An argument is wrong; nothing was sent. Correct every field in ``faults`` and call again.

    Args:
        faults: What is wrong, a sentence for each field's name. Numbers of customers are masked in it.
    """

    subject = "The input"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(dict(faults))

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong, by the name of the field."""
        faults: Mapping[str, str] = self.args[0]
        return faults

    def __str__(self) -> str:
        lines = [f"{field}: {fault}" for field, fault in self.faults.items()]
        if len(lines) == 1:
            return f"{self.subject} cannot be used: {lines[0]}"
        return "\n  - ".join([f"{self.subject} has {len(lines)} faults:", *lines])


@attrs.frozen
class Problem:
    """The fault or the warning of one setting, for a check or a page.

    Args:
        id: ``daraja.E001`` for a missing setting, ``daraja.E002`` for an unusable one, ``daraja.W001`` for a usable
            one that will probably cause trouble.
        field: The name of the argument that takes the setting.
        words: What is wrong, beginning with a verb, such as "is missing".
        hint: What to do: the variable that is read for it and an example, or nothing.
    """

    id: str
    field: str
    words: str
    hint: str

    @property
    def is_error(self) -> bool:
        """Whether the setting is unusable; otherwise this is a warning."""
        return self.id.startswith("daraja.E")

    def __str__(self) -> str:
        return f"{self.field} {self.words}" + (f" ({self.hint})" if self.hint else "")


class ConfigurationError(InvalidInput):
    """The settings cannot be used; nothing was sent. ``faults`` names every wrong field at once, ``problems`` as data.

    Args:
        faults: What is wrong, a sentence for each field's name.
        hints: What to do, for the fields with a hint.
    """

    subject = "The configuration"

    def __init__(self, faults: Mapping[str, str], hints: Mapping[str, str] | None = None) -> None:
        super().__init__(faults)
        self.args = (*self.args, dict(hints or {}))

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong and what to do about it, by the name of the field."""
        return {
            problem.field: f"{problem.words} ({problem.hint})" if problem.hint else problem.words
            for problem in self.problems
        }

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong, one by one."""
        words: Mapping[str, str]
        hints: Mapping[str, str]
        words, hints = self.args
        return [
            Problem("daraja.E001" if fault == "is missing" else "daraja.E002", field, fault, hints.get(field, ""))
            for field, fault in words.items()
        ]


class NotSent(DarajaError):
    """The request was not sent, so nobody was prompted: a new attempt is safe.

    Args:
        reason: Why it was not sent, in words without secrets.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    def __str__(self) -> str:
        return f"Nothing was sent to Daraja: {self.args[0]}. A new attempt is safe."


class OutcomeUnknown(DarajaError):
    """Daraja may have acted on the request. Look (callback, query, statement); do not send it again.

    Args:
        reason: What happened instead of a usable answer, in words without secrets.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    def __str__(self) -> str:
        return (
            f"Daraja gave no usable answer: {self.args[0]}. It may have acted on the request all the same; "
            "find out (callback, query, statement) before you send it again."
        )


class ApiError(DarajaError):
    """Daraja read the request and refused it. Nothing was charged.

    Args:
        status: The HTTP status.
        code: Daraja's ``errorCode``, or None if the answer had none.
        message: Daraja's own words, with the numbers of customers masked.
        request_id: Daraja's id of the request, to quote to Safaricom's support.
    """

    advice = "Correct what the message names; if it names nothing of yours, send it again later."

    def __init__(self, status: int, code: str | None, message: str, request_id: str | None = None) -> None:
        words = mask_numbers(message)
        super().__init__(status, code, words, None if request_id is None else personal_id(request_id))

    @property
    def status(self) -> int:
        """The HTTP status."""
        status: int = self.args[0]
        return status

    @property
    def code(self) -> str | None:
        """Daraja's ``errorCode``, for example ``400.002.02``."""
        code: str | None = self.args[1]
        return code

    @property
    def message(self) -> str:
        """Daraja's own words."""
        message: str = self.args[2]
        return message

    @property
    def request_id(self) -> str | None:
        """Daraja's id of the request; it can end in a customer's number, so it is masked in reprs."""
        request_id: str | None = self.args[3]
        return request_id

    def __str__(self) -> str:
        where = [f"HTTP {self.status}"]
        where += [f"code {self.code}"] if self.code else []
        where += [f"request {self._request_id_shown()}"] if self.request_id else []
        words = self.message.rstrip(".") or "no reason given"
        return " ".join([f"Daraja refused: {words} ({', '.join(where)}).", self.advice]).rstrip()

    def _request_id_shown(self) -> str:
        request_id = self.request_id or ""
        return mask_numbers(request_id) if isinstance(request_id, MaskedText) else request_id


class AuthenticationError(ApiError):
    """Daraja did not accept the credentials. Correct the configuration; the same request will fail again."""

    advice = (
        "Three causes are usual: the consumer key, secret, shortcode or passkey was mistyped or copied with a space; "
        "it belongs to the other environment (sandbox or production); the app or its API product is not approved on "
        "the portal, or Safaricom has not enabled the product for the shortcode."
    )


class InvalidRequest(ApiError):
    """Daraja found a fault in the request. Correct the field that its message names and send it again."""

    advice = "Correct what the message names, then send it again."


class SubscriberBusy(ApiError):
    """Another M-Pesa prompt is open on this phone. Wait a minute, then try again."""

    advice = "Another prompt is open on that phone: wait at least 60 seconds, then try again."


class DuplicateRequest(ApiError):
    """Daraja has seen this OriginatorConversationID before: it accepted the first request with it.

    Only this copy was refused: the first one may have paid. Wait for its result, or ask by transaction status.
    """

    advice = (
        "The first request with this id was accepted and may have paid. Wait for its result or ask by transaction "
        "status, and do not send it under another id."
    )


class NotFound(ApiError):
    """Daraja does not know this number. Compare it with the number that you were given, and do not pay to it."""

    advice = "Compare the number with what you were given."


class RateLimited(ApiError):
    """The gateway refused the request for its rate. Send it again later, after ``retry_after`` seconds if known.

    Args:
        status: The HTTP status.
        code: Daraja's code, or None.
        message: Daraja's own words.
        request_id: Daraja's id of the request.
        retry_after: Seconds to wait, if the answer said so.
    """

    advice = "Slow down, then try again."

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(status, code, message, request_id)
        self.args = (*self.args, retry_after)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the next attempt, or None if Daraja did not say."""
        retry_after: float | None = self.args[4]
        return retry_after


class UnexpectedResponse(DarajaError):
    """Daraja's answer to a harmless request cannot be read. Send the request again later.

    Args:
        status: The HTTP status.
        what: The fault of the answer; never the answer itself.
    """

    def __init__(self, status: int, what: str) -> None:
        super().__init__(status, what)

    @property
    def status(self) -> int:
        """The HTTP status."""
        status: int = self.args[0]
        return status

    def __str__(self) -> str:
        return f"Daraja's answer cannot be read: {self.args[1]} (HTTP {self.status}). Ask again later."


class CallbackMalformed(DarajaError, ValueError):
    """The body is not a callback of Daraja. Store it for a person, and trust nothing in it.

    Args:
        path: Where the fault is, for example ``Body.stkCallback.ResultCode``.
        fault: What is wrong there, in words without personal data.
    """

    def __init__(self, path: str, fault: str) -> None:
        super().__init__(path, fault)

    @property
    def path(self) -> str:
        """Where the fault is."""
        path: str = self.args[0]
        return path

    def __str__(self) -> str:
        return f"Not a callback that can be read: {self.args[0]} {self.args[1]}."


class RecordUnreadable(DarajaError):
    """A stored row cannot be read: another release wrote it, or a person edited it. It stays as it is.

    Run the release that wrote it, or repair the row by hand.

    Args:
        key: The key of the record.
        reason: What is wrong with it, without personal data.
    """

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(key, reason)

    @property
    def key(self) -> str:
        """The key of the record."""
        key: str = self.args[0]
        return key

    @property
    def reason(self) -> str:
        """What is wrong with it."""
        reason: str = self.args[1]
        return reason

    def __str__(self) -> str:
        return f"The stored record {self.key} cannot be read: {self.reason}. Another release may have written it."


class StatementBroken(DarajaError, ValueError):
    """An account statement is incomplete or was changed, so nothing in it counts. Export it again and do not edit it.

    Args:
        row: The row of the file where it shows first; the first row of a file is 1.
        fault: What is wrong there, in words without personal data.
    """

    def __init__(self, row: int, fault: str) -> None:
        super().__init__(row, fault)

    @property
    def row(self) -> int:
        """The row of the file."""
        row: int = self.args[0]
        return row

    def __str__(self) -> str:
        return f"The statement is broken at row {self.args[0]}: {self.args[1]}. Export it again from the portal."


class UnknownPayment(DarajaError):
    """No payment has that key or id in the store."""


class DuplicatePayment(DarajaError):
    """The idempotency key was used for a payment with other content: ``payment``. A new attempt takes a new key."""


class PaidByHand(DarajaError):
    """The order was paid by hand, so nobody was prompted. Show the customer the order, which is paid.

    Args:
        receipts: The receipt numbers.
    """

    def __init__(self, receipts: Sequence[str]) -> None:
        super().__init__(tuple(receipts))

    @property
    def receipts(self) -> Sequence[str]:
        """The receipt numbers."""
        receipts: Sequence[str] = self.args[0]
        return receipts

    def __str__(self) -> str:
        return f"The order was paid by hand, with receipt {', '.join(self.receipts)}. Nobody was prompted."


class AttemptOpen(DarajaError):
    """Another attempt of this order is open, for another phone, amount or till. Nobody was asked but ``payment.phone``.

    Show ``customer_message``, and call ``charge`` again after ``ends_at``, or once the customer has cancelled there.

    Args:
        phone: The phone that is asked, masked.
        amount: The amount that it is asked for, in whole KES.
        ends_at: When its prompt has ended, or when Daraja is asked next.
        seconds: The seconds until then, 1 or more.
        in_doubt: Whether Daraja's answer to the push is not known. Then nobody can tell when another phone may be
            asked: perhaps only once a person has looked at the statement.
    """

    def __init__(
        self,
        phone: str,
        amount: int,
        ends_at: datetime,
        seconds: int,
        in_doubt: bool = False,  # noqa: FBT001, FBT002 - an error is copied by its arguments
    ) -> None:
        super().__init__(mask_numbers(phone), amount, ends_at, seconds, in_doubt)

    @property
    def phone(self) -> str:
        """The phone that is asked, masked."""
        phone: str = self.args[0]
        return phone

    @property
    def amount(self) -> int:
        """The amount that it is asked for, in whole KES."""
        amount: int = self.args[1]
        return amount

    @property
    def ends_at(self) -> datetime:
        """When its prompt has ended, or when Daraja is asked next."""
        ends_at: datetime = self.args[2]
        return ends_at

    @property
    def seconds(self) -> int:
        """The seconds until then, 1 or more."""
        seconds: int = self.args[3]
        return seconds

    @property
    def in_doubt(self) -> bool:
        """Whether Daraja's answer to the push is not known."""
        in_doubt: bool = self.args[4]
        return in_doubt

    @property
    def customer_message(self) -> str:
        """What to tell the customer."""
        if self.in_doubt:
            return (
                f"{self.phone} may have been asked to pay KES {self.amount:,} for this order, and M-Pesa has not told "
                "us yet. Look at the messages there first, and do not pay in another way yet."
            )
        return (
            f"{self.phone} is being asked to pay KES {self.amount:,} for this order. To pay in another way, cancel "
            f"the request there, or try again in {self.seconds} seconds."
        )

    def __str__(self) -> str:
        if self.in_doubt:
            return (
                f"Daraja's answer to a push of this order is not known: {self.phone} may be asked for KES "
                f"{self.amount}. Nobody else was asked. Wait for the callback; after {self.ends_at:%H:%M:%S %Z} only "
                "the M-Pesa statement can tell."
            )
        return (
            f"An attempt of this order is open: {self.phone} is asked for KES {self.amount}, until "
            f"{self.ends_at:%Y-%m-%d %H:%M:%S %Z}. Nobody else was asked. Charge the order again after that."
        )


class TooEarly(DarajaError):
    """Nobody was charged by the last attempt of this order, but a new prompt has to wait until ``not_before``.

    Nobody was asked. Show ``customer_message``, and call ``charge`` again after that time.

    Args:
        reason: What is known of the last attempt, in words for the shop.
        not_before: When a new prompt is allowed.
        seconds: The seconds until then, 1 or more.
    """

    def __init__(self, reason: str, not_before: datetime, seconds: int) -> None:
        super().__init__(reason, not_before, seconds)

    @property
    def reason(self) -> str:
        """What is known of the last attempt, in words for the shop."""
        reason: str = self.args[0]
        return reason

    @property
    def not_before(self) -> datetime:
        """When a new prompt is allowed."""
        not_before: datetime = self.args[1]
        return not_before

    @property
    def seconds(self) -> int:
        """The seconds until then, 1 or more."""
        seconds: int = self.args[2]
        return seconds

    @property
    def customer_message(self) -> str:
        """What to tell the customer."""
        return f"You were not charged. You can try again in {self.seconds} seconds."

    def __str__(self) -> str:
        return (
            f"Nobody was asked to pay: {self.reason}. Charge the order again in {self.seconds} seconds, at "
            f"{self.not_before:%Y-%m-%d %H:%M:%S %Z}."
        )


class DuplicatePayout(DarajaError):
    """The idempotency key was used for a payout with other content: ``payout``. A new payout takes a new key."""


class RepeatedPayout(DarajaError):
    """The same amount went to the same receiver on this day. Nothing was sent; say ``again=True`` if it is meant."""


class Conflict(DarajaError):
    """A store was to write what contradicts what it holds, such as one CheckoutRequestID for two payments.

    Nothing was written. It is no lost race, so writing it again will not help: find out who is wrong.
    """


class CapReached(DarajaError):
    """A cap on payouts has no room for this amount; nothing was written or sent. Wait for ``renews_at``, or pay less.

    Args:
        cap: The name of the cap, such as ``per_day``.
        limit: The most that it allows, in KES.
        left: How much of it is left, in KES.
        renews_at: When it allows the whole limit again; None for never.
    """

    def __init__(self, cap: str, limit: int, left: int, renews_at: datetime | None = None) -> None:
        super().__init__(cap, limit, left, renews_at)

    @property
    def cap(self) -> str:
        """The name of the cap."""
        cap: str = self.args[0]
        return cap

    @property
    def limit(self) -> int:
        """The most that it allows."""
        limit: int = self.args[1]
        return limit

    @property
    def left(self) -> int:
        """How much of it is left."""
        left: int = self.args[2]
        return left

    @property
    def renews_at(self) -> datetime | None:
        """When it allows the whole limit again."""
        renews_at: datetime | None = self.args[3]
        return renews_at

    def __str__(self) -> str:
        words = f"The cap {self.cap} of {self.limit:,} KES has {self.left:,} KES left, which is less than this needs."
        if self.renews_at is not None:
            words += f" It renews at {self.renews_at.astimezone(EAT):%Y-%m-%d %H:%M} in Nairobi."
        return f"{words} Nothing was sent."
