"""What Daraja's refusals say: one reader for every shape of error body, one table for what each code means."""

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, cast

import attrs

from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.http.messages import HttpResponse
from daraja.values.json_body import as_text, read_json
from daraja.values.phone import mask_numbers

__all__ = ["ErrorKind", "Refusal", "read_object", "read_refusal", "refusal_in"]

_OK: Final = 200
_ACCEPTED: Final = "200"
"""The code by which Bill Manager and the products with a header say yes; the others have none or a ResponseCode."""
_BAD_REQUEST: Final = 400
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429
_SURE_REFUSALS: Final = frozenset({_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, 404, 405, 413, 415, 422})


class ErrorKind(Enum):
    """What a refusal means for the caller."""

    TOKEN = auto()
    """The access token was not accepted, and so the request was not: a new token may help."""
    CREDENTIALS = auto()
    """Key, secret, passkey or shortcode are wrong."""
    REQUEST = auto()
    """A field of the request is wrong."""
    SUBSCRIBER = auto()
    """Another prompt is open on the phone."""
    RATE = auto()
    """The gateway turned the request away for its rate; it may be sent again after a pause."""
    OVERLOAD = auto()
    """The gateway turned the request away because it is busy."""
    QUOTA = auto()
    """The quota is used up; sending it again soon is of no use."""
    PENDING = auto()
    """Nothing is decided about the payment that was asked for."""
    REFUSED = auto()
    """Daraja read the request and did not accept it, for a reason of its own."""
    AMBIGUOUS = auto()
    """It cannot be told whether the request was accepted."""


# Where a code means several things, its text decides: the first phrase found in it.
_KINDS: Final[Mapping[str, ErrorKind | Mapping[str, ErrorKind]]] = {
    "400.002.02": ErrorKind.REQUEST,
    "400.002.05": ErrorKind.REQUEST,
    "400.003.01": ErrorKind.TOKEN,
    "400.003.02": ErrorKind.REQUEST,
    "400.008.01": ErrorKind.CREDENTIALS,
    "400.008.02": ErrorKind.REQUEST,
    "401": ErrorKind.TOKEN,
    "401.001": ErrorKind.TOKEN,
    "401.002.01": ErrorKind.TOKEN,
    "401.003.01": ErrorKind.CREDENTIALS,
    "403.002.1001": ErrorKind.CREDENTIALS,
    "404.001.01": ErrorKind.REQUEST,
    "404.001.03": ErrorKind.TOKEN,
    "404.001.04": ErrorKind.REQUEST,
    "404.001.1002": ErrorKind.PENDING,
    "404.002.01": ErrorKind.REQUEST,
    "404.003.01": ErrorKind.REQUEST,
    "405.001": ErrorKind.REQUEST,
    "500.001.1001": {
        "merchant does not exist": ErrorKind.CREDENTIALS,
        "wrong credentials": ErrorKind.CREDENTIALS,
        "lock subscriber": ErrorKind.SUBSCRIBER,
        "being processed": ErrorKind.PENDING,
        "does not exist": ErrorKind.PENDING,
    },
    "500.002.1001": ErrorKind.AMBIGUOUS,
    "500.003.02": {"spike arrest": ErrorKind.RATE, "busy": ErrorKind.OVERLOAD},
    "500.003.03": ErrorKind.QUOTA,
    "500.003.1001": ErrorKind.AMBIGUOUS,
    "policies.ratelimit.QuotaViolation": ErrorKind.QUOTA,
    "policies.ratelimit.SpikeArrestViolation": ErrorKind.RATE,
}

_ACCEPTANCE: Final = re.compile(rb'"CheckoutRequestID"\s*:\s*"[^"]|"ResponseCode"\s*:\s*"?0["\s,}]', re.IGNORECASE)
_PART_OF_ACCEPTANCE: Final = re.compile(rb"CheckoutRequestID|ResponseCode", re.IGNORECASE)

_ERRORS: Final[Mapping[ErrorKind, type[ApiError]]] = {
    ErrorKind.TOKEN: AuthenticationError,
    ErrorKind.CREDENTIALS: AuthenticationError,
    ErrorKind.REQUEST: InvalidRequest,
    ErrorKind.SUBSCRIBER: SubscriberBusy,
    ErrorKind.REFUSED: ApiError,
}


@attrs.frozen
class Refusal:
    """A refusal as Daraja worded it, and what it means.

    Args:
        kind: What it means for the caller.
        status: The HTTP status.
        code: Daraja's code, or None where there is none.
        message: Daraja's words; empty where there are none.
        request_id: Daraja's id of the request.
        readable: Whether the answer was a JSON object at all.
    """

    kind: ErrorKind
    status: int
    code: str | None
    message: str = attrs.field(repr=mask_numbers)
    request_id: str | None = attrs.field(repr=False)
    readable: bool

    def error(self, *, repeatable: bool, retry_after: float | None = None) -> DarajaError:
        """Make the exception that tells the caller what to do next.

        Args:
            repeatable: Whether the refused request may be sent any number of times, unlike one that moves money.
            retry_after: Seconds to wait, where the answer said so.
        """
        if self.kind in _ERRORS:
            return _ERRORS[self.kind](self.status, self.code, self.message, self.request_id)
        if self.kind in {ErrorKind.RATE, ErrorKind.OVERLOAD, ErrorKind.QUOTA}:
            return RateLimited(self.status, self.code, self.message, self.request_id, retry_after)
        if not repeatable:
            return OutcomeUnknown(self._in_words())
        if self.code or self.message:
            return ApiError(self.status, self.code, self.message, self.request_id)
        return UnexpectedResponse(self.status, "it is not what Daraja answers")

    def _in_words(self) -> str:
        code = f", code {self.code}" if self.code else ""
        words = f": {mask_numbers(self.message).rstrip('.')}" if self.message else ""
        return f"HTTP {self.status}{code}{words}"


def read_object(body: bytes, /) -> Mapping[str, object] | None:
    """Read a JSON object, or give None where the body is anything else."""
    try:
        value = read_json(body)
    except ValueError:
        return None
    return _mapping(value)


def read_refusal(response: HttpResponse, /) -> Refusal | None:
    """Read why Daraja refused a request, in whichever of its shapes; None where the answer is no refusal."""
    return refusal_in(response, read_object(response.body))


def refusal_in(response: HttpResponse, fields: Mapping[str, object] | None, /) -> Refusal | None:
    """Do what ``read_refusal`` does for whoever has read the body's *fields* already."""
    code, message, request_id = _words(fields or {})
    kind = _kind(response.status, code, message)
    if response.status == _OK and fields is not None and code is None and not _is_fault(fields):
        code = as_text(fields.get("ResponseCode"))
        if code in {None, "0"}:
            return None
        kind = ErrorKind.REFUSED
    if kind is not ErrorKind.PENDING and _speaks_of_acceptance(response.body, fields):
        kind = ErrorKind.AMBIGUOUS
    return Refusal(kind, response.status, code, message, request_id, fields is not None)


def _words(fields: Mapping[str, object]) -> tuple[str | None, str, str | None]:
    """Find code, message and request id: the shapes stand in DARAJA's documentation and in answers seen since."""
    if "fault" in fields:
        fault = _inside(fields, "fault")
        return _first(_inside(fault, "detail"), "errorcode"), _first(fault, "faultstring") or "", None
    if "Envelope" in fields:
        fault = _inside(fields, "Envelope", "Body", "Fault")
        return _first(_inside(fault, "detail", "source"), "errorcode"), _first(fault, "faultstring") or "", None
    if header := _inside(fields, "header") or _inside(fields, "ResponseHeader"):
        code = _first(header, "responseCode", "status")
        message = _first(header, "responseMessage", "responseDescription", "message")
        request_id = _first(header, "requestRefId", "responseRefID", "requestID")
    else:
        code = _first(fields, "errorCode", "rescode")
        message = _first(fields, "errorMessage", "resmsg", "ResponseDescription", "message")
        request_id = _first(fields, "requestId")
    return None if code == _ACCEPTED else code, message or "", request_id


def _speaks_of_acceptance(body: bytes, fields: Mapping[str, object] | None) -> bool:
    """Tell whether a request may have been taken, whatever the status says: no payment has an id that was refused."""
    return bool((_ACCEPTANCE if fields is not None else _PART_OF_ACCEPTANCE).search(body))


def _is_fault(fields: Mapping[str, object]) -> bool:
    return "fault" in fields or "Envelope" in fields or "errorMessage" in fields


def _kind(status: int, code: str | None, message: str) -> ErrorKind:
    rule = _KINDS.get(code or "")
    if isinstance(rule, ErrorKind):
        return rule
    words = message.casefold()
    if rule is not None:
        # 500.001.1001 came with no text at all for a payment that was being processed
        unsaid = ErrorKind.PENDING if code == "500.001.1001" and not words else ErrorKind.AMBIGUOUS
        return next((kind for phrase, kind in rule.items() if phrase in words), unsaid)
    if status == _TOO_MANY:
        return ErrorKind.RATE
    if status == _UNAUTHORISED and code is None:
        return ErrorKind.CREDENTIALS if "apiproduct" in words else ErrorKind.TOKEN
    if status in _SURE_REFUSALS and (code or message):
        return ErrorKind.CREDENTIALS if status in {_UNAUTHORISED, _FORBIDDEN} else ErrorKind.REQUEST
    return ErrorKind.AMBIGUOUS


def _inside(fields: Mapping[str, object], *path: str) -> Mapping[str, object]:
    for name in path:
        fields = _mapping(fields.get(name)) or {}
    return fields


def _first(fields: Mapping[str, object], *names: str) -> str | None:
    return next((text for name in names if (text := as_text(fields.get(name)))), None)


def _mapping(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None
