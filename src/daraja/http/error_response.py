"""Reads an answer of Daraja, without our secrets: a yes in the form of its product, or a refusal in one of several."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import attrs

from daraja.errors import (
    ApiError,
    AuthenticationError,
    DarajaError,
    DuplicateRequest,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    SubscriberBusy,
    UnexpectedResponse,
)
from daraja.http.error_kinds import CODES, Codes, ErrorKind
from daraja.http.json_body import Fields, first_text, inside, read_object
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.result_codes import is_undecided
from daraja.values.secret import mask_numbers

_OK: Final = 200
_ACCEPTED: Final = "200"
"""The code by which Bill Manager and the products with a header say yes; the others have none or a ResponseCode."""
_BAD_REQUEST: Final = 400
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429
_SURE_REFUSALS: Final = frozenset({_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, 404, 405, 413, 415, 422})

_MESSAGES: Final = ("resmsg", "DetailedMessage", "ResponseMessage", "ResponseDescription", "message")
_STANDS_WHATEVER_IT_SAYS: Final = frozenset({ErrorKind.TOKEN, ErrorKind.RATE, ErrorKind.QUOTA})
_TOKEN_IN_WORDS: Final = re.compile(r"(access token\W+)[!-~]{16,}", re.IGNORECASE)
"""Daraja repeats the token that it refuses. The token that we sent is cut out before; this finds any other."""
_NOT_THERE_YET: Final = "01"
"""The code of the answer to a query about a payment that M-Pesa does not find, or not yet."""
_ACCEPTANCE: Final = re.compile(rb'"CheckoutRequestID"\s*:\s*"[^"]|"ResponseCode"\s*:\s*"?0["\s,}]', re.IGNORECASE)
_PART_OF_ACCEPTANCE: Final = re.compile(rb"CheckoutRequestID|ResponseCode|rescode", re.IGNORECASE)
_YES_OF_A_PRODUCT: Final = re.compile(rb'"code"\s*:\s*"?0["\s,}]|"(?:responseCode|rescode)"\s*:\s*"?200["\s,}]')
"""The yes of the products without a ResponseCode. With an HTTP status that says no, it is a contradiction."""

_CUT: Final = b"***"
_SHORTEST_SECRET: Final = 8
"""Characters. A shorter text is no real secret, and cutting it out would spoil words."""
_SECRET_FIELDS: Final = frozenset(
    {"Password", "SecurityCredential", "CallBackURL", "ResultURL", "QueueTimeOutURL", "callbackUrl"}
)
"""The secret fields of a body. The addresses are signed, so anybody who knows one can post to it."""

_ERRORS: Final[Mapping[ErrorKind, type[ApiError]]] = {
    ErrorKind.TOKEN: AuthenticationError,
    ErrorKind.CREDENTIALS: AuthenticationError,
    ErrorKind.REQUEST: InvalidRequest,
    ErrorKind.SUBSCRIBER: SubscriberBusy,
    ErrorKind.DUPLICATE: DuplicateRequest,
    ErrorKind.NOT_FOUND: NotFound,
    ErrorKind.CONFLICT: ApiError,
    ErrorKind.NOT_PROMPTED: ApiError,
    ErrorKind.REFUSED: ApiError,
}

_SEEN_BEFORE: Final = "15"
_DOUBTFUL: Final = re.compile(r"[ +-]*0[0. ]*|17|19|26|1000000(?!05|10)[0-9]{2}")
"""Acknowledgements that prove nothing: M-Pesa may have kept the request to send it again, and zeros may mean yes."""


@attrs.frozen
class SuccessSign:
    """How a product says yes, and the meaning of its own codes and words for no. The products differ.

    Args:
        yes: The codes that say yes; None stands for no code at all.
        kind_of_no: What another code means that came with status 200.
        code: The names that the field with the code has.
        within: The object that holds the code, if it is not the outermost one.
        words: What a refusal with such a phrase (in lower case) means, whatever its status.
        codes: What a code means for this product, if it means something else than in the table of all products.
        message: The field that holds the product's own words, if no other product has it.
    """

    yes: frozenset[str | None]
    kind_of_no: Callable[[str], ErrorKind]
    code: tuple[str, ...] = ("ResponseCode",)
    within: str = ""
    words: Mapping[str, ErrorKind] = attrs.field(factory=dict[str, ErrorKind])
    codes: Codes = attrs.field(factory=dict[str, ErrorKind])
    message: str = ""

    def code_in(self, fields: Fields, /) -> str | None:
        """Find the product's own code."""
        return first_text(inside(fields, self.within) if self.within else fields, *self.code)

    def says_yes(self, fields: Fields, /) -> bool:
        """Tell whether the fields of an answer with status 200 say yes."""
        return self.code_in(fields) in self.yes


def _no_of_an_acknowledgement(code: str) -> ErrorKind:
    if code == _SEEN_BEFORE:
        return ErrorKind.DUPLICATE
    return ErrorKind.AMBIGUOUS if _DOUBTFUL.fullmatch(code) else ErrorKind.REFUSED


# An answer without any ResponseCode is none of Daraja's refusals; each product says what it makes of that.
ACKNOWLEDGED: Final = SuccessSign(frozenset({"0", None}), _no_of_an_acknowledgement)
"""M-Pesa Express, C2B simulate and everything with an initiator: ResponseCode 0."""


@attrs.frozen
class Refusal:
    """A refusal in Daraja's words, and its meaning.

    Args:
        kind: What it means for the caller.
        status: The HTTP status.
        code: Daraja's code, or None if there is none.
        message: Daraja's words; empty if there are none.
        request_id: Daraja's id of the request.
        readable: Whether the answer was a JSON object at all.
    """

    kind: ErrorKind
    status: int
    code: str | None
    message: str = attrs.field(repr=mask_numbers)
    request_id: str | None = attrs.field(repr=False)
    readable: bool

    @property
    def is_undecided(self) -> bool:
        """Whether it only says, to a question about a payment, that nothing is known or decided yet."""
        if self.kind in _STANDS_WHATEVER_IT_SAYS:
            return False
        # "Invalid CheckoutRequestID" is also what Daraja answers when it is asked too early.
        too_early = self.code == "400.002.02" and "checkoutrequestid" in self.message.casefold()
        return self.kind is ErrorKind.PENDING or self.code == _NOT_THERE_YET or too_early or is_undecided(self.message)

    def error(self, *, repeatable: bool, retry_after: float | None = None) -> DarajaError:
        """Make the exception that tells the caller what to do next.

        Args:
            repeatable: Whether the refused request may be sent any number of times, unlike one that moves money.
            retry_after: Seconds to wait, if the answer said so.
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


def read_refusal(response: HttpResponse, sign: SuccessSign = ACKNOWLEDGED, /) -> Refusal | None:
    """Read why Daraja refused a request, in any of its forms; None if the answer is no refusal."""
    return refusal_in(response, read_object(response.body), sign)


def refusal_in(response: HttpResponse, fields: Fields | None, sign: SuccessSign = ACKNOWLEDGED, /) -> Refusal | None:
    """Do what ``read_refusal`` does for a product with a sign of its own, once the body's *fields* are read."""
    has_answer = fields is not None and not _is_fault(fields)
    said = fields or {}
    if response.status == _OK and has_answer and _code(said) is None and sign.says_yes(said):
        return None
    code, message, request_id = _words(said, sign)
    kind = _kind(response.status, code, message, sign.codes)
    own = sign.code_in(said) if has_answer else None
    if own is not None and response.status == _OK:
        code, kind = own, sign.kind_of_no(own)
    elif own is not None and kind is ErrorKind.REQUEST and sign.kind_of_no(own) is ErrorKind.AMBIGUOUS:
        code, kind = own, ErrorKind.AMBIGUOUS
    if kind not in _STANDS_WHATEVER_IT_SAYS:
        kind = next((kind for phrase, kind in sign.words.items() if phrase in message.casefold()), kind)
    if kind is not ErrorKind.PENDING and _speaks_of_acceptance(response, fields):
        kind = ErrorKind.AMBIGUOUS
    message = message or _words_of_a_stranger(said)
    return Refusal(kind, response.status, code, message, request_id, fields is not None)


def _header(fields: Fields) -> Fields:
    return inside(fields, "header") or inside(fields, "ResponseHeader")


def _code(fields: Fields) -> str | None:
    """Find the code of an error, or of a header; None for the one that says yes."""
    header = _header(fields)
    code = first_text(header, "responseCode", "status") if header else first_text(fields, "errorCode", "rescode")
    return None if code == _ACCEPTED else code


def _words(fields: Fields, sign: SuccessSign) -> tuple[str | None, str, str | None]:
    """Find code, message and request id: the shapes stand in DARAJA's documentation and in answers seen since."""
    if "fault" in fields:
        fault = inside(fields, "fault")
        return first_text(inside(fault, "detail"), "errorcode"), first_text(fault, "faultstring") or "", None
    if "Envelope" in fields:
        fault = inside(fields, "Envelope", "Body", "Fault")
        code = first_text(inside(fault, "detail", "source"), "errorcode")
        return code, first_text(fault, "faultstring") or "", None
    if header := _header(fields):
        message = first_text(header, "responseMessage", "responseDescription", "message")
        message = message or first_text(inside(fields, "body"), "message")
        request_id = first_text(header, "requestRefId", "responseRefID", "requestID")
    else:
        message = first_text(fields, "errorMessage", sign.message, *_MESSAGES)
        request_id = first_text(fields, "requestId")
    return _code(fields), _TOKEN_IN_WORDS.sub(r"\1***", message or ""), request_id


def _words_of_a_stranger(fields: Fields) -> str:
    """Find the words of a proxy or another stranger. They decide nothing, but help to find the cause."""
    error = inside(fields, "error")
    return first_text(error, "message", "code") or first_text(fields, "error", "detail", "title") or ""


def _speaks_of_acceptance(response: HttpResponse, fields: Fields | None) -> bool:
    """Tell whether a request may have been accepted in spite of its status: a refused payment has no id."""
    if response.status != _OK and _YES_OF_A_PRODUCT.search(response.body):
        return True
    return bool((_ACCEPTANCE if fields is not None else _PART_OF_ACCEPTANCE).search(response.body))


def _is_fault(fields: Fields) -> bool:
    return "fault" in fields or "Envelope" in fields or "errorMessage" in fields


def _kind(status: int, code: str | None, message: str, own: Codes) -> ErrorKind:
    rule = own.get(code or "") or CODES.get(code or "")
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


def without_echo(response: HttpResponse, request: HttpRequest, /) -> HttpResponse:
    """Return *response* without the secrets of the *request* that it answers.

    Daraja repeats what was sent, access tokens too. After this, nothing that quotes an answer can show it.
    """
    body = response.body
    for secret in _secrets_of(request, is_refused=response.status != _OK):
        for spelling in _spellings(secret):
            body = body.replace(spelling, _CUT)
    return response if body == response.body else attrs.evolve(response, body=body)


def without_secrets_of(request: HttpRequest, text: str, /) -> str:
    """Return the words of a transport's error without the secrets and the numbers of the *request* that it quotes."""
    for secret in _secrets_of(request, is_refused=True):
        for spelling in _spellings(secret):
            text = text.replace(spelling.decode(), _CUT.decode())
    return mask_numbers(text)


def _secrets_of(request: HttpRequest, *, is_refused: bool) -> list[str]:
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    secrets = [credential, request.headers.get("app_key", "")]
    if scheme == "Basic":
        with suppress(ValueError):
            secrets += b64decode(credential).decode("latin-1").split(":")
    if is_refused:
        fields = read_object(request.body) or {}
        secrets += [value for name in _SECRET_FIELDS if isinstance(value := fields.get(name), str)]
    return [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]


def _spellings(secret: str) -> set[bytes]:
    """Return a secret as it stands in plain text and in JSON, where a slash may be escaped."""
    in_json = json.dumps(secret)[1:-1]
    return {text.encode() for text in (secret, in_json, in_json.replace("/", "\\/"))}
