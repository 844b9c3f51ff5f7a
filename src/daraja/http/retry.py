"""One request and its answer: when the request is sent again, and what is cut out of the answer."""

import json
from base64 import b64decode
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Final

import attrs

from daraja.errors import DarajaError, NotSent, OutcomeUnknown
from daraja.http.error_response import ACKNOWLEDGED, ErrorKind, Refusal, SuccessSign, read_refusal
from daraja.http.flow import Flow, Log, Now, Random, Send, Sleep, TimeLeft
from daraja.http.json_body import read_object
from daraja.http.messages import HttpRequest, HttpResponse

__all__ = ["exchange", "refuse", "without_echo"]

ATTEMPTS: Final = 3
"""The largest number of times that a request is sent."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
_LONGEST_WAIT_ASKED_FOR: Final = 60.0
_DAY: Final = 86_400.0
_LONGEST_RETRYING: Final = 20.0
"""Seconds after which nothing is sent again. A Daraja that hangs is not waited for three times."""
_LEAST_TIME: Final = 5.0
"""Seconds that must be left for a request to be sent. With less time, its outcome is likely to stay unknown."""
_OK: Final = 200
_FORBIDDEN: Final = 403
_SERVER_ERROR: Final = 500
_CUT: Final = b"***"
_SHORTEST_SECRET: Final = 8
"""Characters. A shorter text is no real secret, and cutting it out would spoil words."""
_SECRET_FIELDS: Final = frozenset(
    {"Password", "SecurityCredential", "CallBackURL", "ResultURL", "QueueTimeOutURL", "callbackUrl"}
)
"""What is secret in a body. The addresses are signed: anybody who knows one can post to it."""


def exchange(request: HttpRequest, sign: SuccessSign = ACKNOWLEDGED, /, *, repeatable: bool) -> Flow[HttpResponse]:
    """Send *request* and return the response, which may be a refusal.

    Daraja has no idempotency key for a push. So a request that moves money is sent again only if the first one was
    certainly not accepted: the connection never opened, or the gateway refused it for its rate.

    Args:
        request: What to send.
        sign: How the product says yes and no.
        repeatable: True if sending it twice does no harm. There is no default: the caller has to know.

    Raises:
        NotSent: If it could not be sent; nothing left this machine, so ask again.
        OutcomeUnknown: If it was sent and no usable answer came; look before asking again.
    """
    failures = 0
    started = yield from Now()
    while True:
        answer = yield from _attempt(request)
        failures += 1
        if failures == ATTEMPTS or not _may_repeat(answer, sign, repeatable=repeatable):
            break
        now = yield from Now()
        pause = yield from _pause(answer, failures)
        left = yield from TimeLeft()
        in_vain = pause > _LONGEST_WAIT_ASKED_FOR or left - pause < _LEAST_TIME
        if (now - started).total_seconds() > _LONGEST_RETRYING or in_vain:
            break
        yield from Log("request.waiting", {"seconds": f"{pause:.1f}"})
        yield from Sleep(pause)
    if isinstance(answer, HttpResponse):
        return without_echo(answer, request)
    raise answer


def refuse(refusal: Refusal, response: HttpResponse, /, *, repeatable: bool) -> Flow[DarajaError]:
    """Return the exception for a refusal, with the wait that its ``Retry-After`` header asks for."""
    wait = yield from _wait_asked_for(response)
    return refusal.error(repeatable=repeatable, retry_after=wait)


def _attempt(request: HttpRequest) -> Flow[HttpResponse | NotSent | OutcomeUnknown]:
    left = yield from TimeLeft()
    if left < _LEAST_TIME:
        return NotSent("the time that was allowed for it is over")
    try:
        return (yield from Send(request if left == inf else attrs.evolve(request, timeout=left)))
    except (NotSent, OutcomeUnknown) as failure:
        return failure
    except Exception as error:  # noqa: BLE001 - a transport of the user's may raise anything, also after sending
        fault = f"the transport raised {type(error).__name__}"
    # Only NotSent proves that nothing was sent.
    yield from Log("request.transport_failed", {"reason": fault}, warning=True)
    return OutcomeUnknown(fault)


def _may_repeat(answer: HttpResponse | NotSent | OutcomeUnknown, sign: SuccessSign, *, repeatable: bool) -> bool:
    if isinstance(answer, NotSent):
        return True
    if isinstance(answer, OutcomeUnknown):
        return repeatable
    refusal = None if answer.status == _OK else read_refusal(answer, sign)
    if refusal is None:
        return False
    if refusal.kind is ErrorKind.RATE:
        return True
    passing = refusal.status >= _SERVER_ERROR or (refusal.status == _FORBIDDEN and not refusal.readable)
    return repeatable and (refusal.kind is ErrorKind.OVERLOAD or (refusal.kind is ErrorKind.AMBIGUOUS and passing))


def _pause(answer: HttpResponse | NotSent | OutcomeUnknown, failures: int) -> Flow[float]:
    """Return the pause before the next attempt: the one that was asked for, or a random one that doubles.

    It is random so that many clients do not come back at the same moment.
    """
    chance = yield from Random()
    longest: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures)
    own = longest / 2 + chance * longest / 2
    asked = (yield from _wait_asked_for(answer)) if isinstance(answer, HttpResponse) else None
    return own if asked is None else max(own, asked)


def _wait_asked_for(response: HttpResponse) -> Flow[float | None]:
    asked = (response.header("Retry-After") or "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), _DAY)
    moment = _http_date(asked)
    if moment is None:
        return None
    now = yield from Now()
    return min(max(0.0, (moment - now).total_seconds()), _DAY)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def without_echo(response: HttpResponse, request: HttpRequest, /) -> HttpResponse:
    """Return *response* without the secrets of the *request* that it answers.

    Daraja repeats what was sent, access tokens too. After this, nothing that quotes an answer can show it.
    """
    body = response.body
    for secret in _secrets_of(request, is_refused=response.status != _OK):
        for spelling in _spellings(secret):
            body = body.replace(spelling, _CUT)
    return response if body == response.body else attrs.evolve(response, body=body)


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
