"""Every exception that daraja raises: one tree, whose branches say what the caller may do next."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import attrs

from daraja.values.phone import MaskedText, mask_numbers, personal_id

__all__ = [
    "ApiError",
    "AuthenticationError",
    "CallbackMalformed",
    "ConfigurationError",
    "ConfigurationWarning",
    "Conflict",
    "DarajaError",
    "DuplicatePayment",
    "DuplicateRequest",
    "InvalidInput",
    "InvalidRequest",
    "NotFound",
    "NotSent",
    "OutcomeUnknown",
    "PaymentView",
    "Problem",
    "RateLimited",
    "RecordUnreadable",
    "SubscriberBusy",
    "UnexpectedResponse",
    "UnknownPayment",
]


class ConfigurationWarning(UserWarning):
    """A setting that is legal and will probably disappoint, such as an address that Safaricom filters."""


class PaymentView(Protocol):
    """A ``Payment``, as far as an error shows it. The errors stand below the payments and cannot name their class."""

    @property
    def key(self) -> str:
        """Our own name for it; give it to ``Checkout.payment``, ``refresh`` or ``may_retry``."""
        ...

    @property
    def status(self) -> StrEnum:
        """How far it has come."""
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
        """How far it has come, in words for the customer."""
        ...


class DarajaError(Exception):
    """The root of all errors of this library: ``except DarajaError`` catches everything it raises."""

    payment: PaymentView | None = None
    """From ``Checkout.start``: the payment that it stored before, or that had the idempotency key already."""


class InvalidInput(DarajaError, ValueError):
    """What was given cannot be used; nothing was sent. Mend every field in ``faults`` and call again.

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
    """What is wrong or doubtful about one setting, for a check or a page to show.

    Args:
        id: ``daraja.E001`` for what is missing, ``daraja.E002`` for what cannot be used, ``daraja.W001`` for what
            can be used and will probably disappoint.
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
        """Whether nothing can be done with the setting; otherwise this is a warning."""
        return self.id.startswith("daraja.E")

    def __str__(self) -> str:
        return f"{self.field} {self.words}" + (f" ({self.hint})" if self.hint else "")


class ConfigurationError(InvalidInput):
    """The settings cannot be used; nothing was sent. ``faults`` names every wrong field at once, ``problems`` as data.

    Args:
        faults: What is wrong, a sentence for each field's name.
        hints: What to do about it, for those fields where there is more to say.
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
    """The request never left this machine, so nobody was asked for money: it is safe to ask again.

    Args:
        reason: Why it was not sent, in words without secrets.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    def __str__(self) -> str:
        return f"Nothing was sent to Daraja: {self.args[0]}. It is safe to ask again."


class OutcomeUnknown(DarajaError):
    """Daraja may have acted on the request or not. Look (callback, query, statement); do not ask again.

    Args:
        reason: What happened instead of a usable answer, in words without secrets.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)

    def __str__(self) -> str:
        return (
            f"Daraja gave no usable answer: {self.args[0]}. It may have acted on the request all the same; "
            "find out (callback, query, statement) before you ask again."
        )


class ApiError(DarajaError):
    """Daraja said no: the request was read and refused, and nothing was charged.

    Args:
        status: The HTTP status.
        code: Daraja's ``errorCode``, or None where the answer had none.
        message: Daraja's own words, with the numbers of customers masked.
        request_id: Daraja's id of the request, to quote to Safaricom's support.
    """

    advice = ""

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
    """Daraja did not accept the credentials. Mend the configuration; asking again as it is will not help."""

    advice = (
        "Three causes are usual: the consumer key, secret, shortcode or passkey was mistyped or copied with a space; "
        "it belongs to the other environment (sandbox or production); the app or its API product is not approved on "
        "the portal."
    )


class InvalidRequest(ApiError):
    """Daraja found the request wrong. Mend what its message names and ask again."""

    advice = "Mend what the message names, then ask again."


class SubscriberBusy(ApiError):
    """Another M-Pesa prompt is open on that phone. Wait a minute, then ask again."""

    advice = "Another prompt is open on that phone: wait at least 60 seconds, then ask again."


class DuplicateRequest(ApiError):
    """Daraja has seen this OriginatorConversationID before, so it accepted the first request with it.

    Only this copy was refused: the first one may have paid. Wait for its result, or ask by transaction status.
    """

    advice = (
        "The first request with this id was accepted and may have paid. Wait for its result or ask by transaction "
        "status, and do not send it under another id."
    )


class NotFound(ApiError):
    """Daraja knows nobody by that number. Compare it with what you were given, and do not pay to it."""

    advice = "Compare the number with what you were given."


class RateLimited(ApiError):
    """The gateway refused the request for its rate. Ask again later, after ``retry_after`` seconds if it is known.

    Args:
        status: The HTTP status.
        code: Daraja's code, or None.
        message: Daraja's own words.
        request_id: Daraja's id of the request.
        retry_after: Seconds to wait, where the answer said so.
    """

    advice = "Slow down, then ask again."

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
        """Seconds to wait before asking again, or None where Daraja did not say."""
        retry_after: float | None = self.args[4]
        return retry_after


class UnexpectedResponse(DarajaError):
    """Daraja answered a harmless question with something that cannot be read. Ask again later.

    Args:
        status: The HTTP status.
        what: What was wrong with the answer; never the answer itself.
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
    """The body is no callback of Daraja's. Keep it for a person to look at; believe nothing in it.

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


class UnknownPayment(DarajaError):
    """No payment has that key or id in the store."""


class DuplicatePayment(DarajaError):
    """The idempotency key was used for a payment with other content: ``payment``. A new attempt takes a new key."""


class Conflict(DarajaError):
    """A store was to write what contradicts what it holds, such as one CheckoutRequestID for two payments.

    Nothing was written. It is no lost race, so writing it again will not help: find out who is wrong.
    """
