"""One request to Daraja: sent with an access token, and sent again if that is safe.

A request that moves money is sent again only if the first one was certainly not accepted: the connection never opened,
the token was refused, or the gateway refused the request for its rate.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from math import inf
from typing import Final

import attrs

from daraja.config import Config
from daraja.errors import AuthenticationError, DarajaError, NotSent, OutcomeUnknown, UnexpectedResponse
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import ACKNOWLEDGED, Refusal, SuccessSign, read_refusal, without_echo
from daraja.http.flow import (
    Flow,
    GetToken,
    Log,
    Monotonic,
    Now,
    PutToken,
    Random,
    Send,
    SingleFlight,
    Sleep,
    TimeLeft,
    TokenAge,
)
from daraja.http.json_body import read_object
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.values.secret import Secret

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
_BAD_REQUEST: Final = 400
_LEEWAY: Final = 60.0
_SHARE: Final = 0.1
_UNSTATED_LIFE: Final = 60.0
_LONGEST_LIFE: Final = 3600.0
"""The longest life of a token in seconds (Daraja, Authorization), also if the response says more."""
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,4096}")
_SOON: Final = 60.0
"""Seconds. If a token is refused sooner than this, another process has most likely fetched a newer one."""
_TURN: Final = 1.0
"""Minimum seconds between two token refreshes. The actual wait is random, up to twice as long."""
_NOT_ALONE: Final = (
    "a token was refused within a minute of being fetched; most likely another process fetches tokens with the same "
    "consumer key, and each new token ends the one before: let them share one (daraja.tokens.redis.RedisTokens)"
)


def authorised(
    build: Callable[[Config, datetime], HttpRequest],
    config: Config,
    sign: SuccessSign = ACKNOWLEDGED,
    /,
    *,
    repeatable: bool,
) -> Flow[HttpResponse]:
    """Send a request with an access token. If Daraja refuses the token, send it again with a new one.

    A request with a refused token was not accepted, so repeating it cannot prompt anybody twice.

    Args:
        build: Makes the request for the moment it is sent at.
        config: The settings whose token is used.
        sign: How the product says yes and no.
        repeatable: True if sending it twice does no harm; see ``exchange``.

    Raises:
        NotSent: If no token could be fetched or the request could not be sent.
        OutcomeUnknown: If it was sent and no usable answer came.
        AuthenticationError: If Daraja refuses the consumer key and secret.
        UnexpectedResponse: If the answer to the token request cannot be read.
    """
    refused: Secret | None = None
    while True:
        token = yield from access_token(config, refused=refused)
        now = yield from Now()
        request = build(config, now)
        request = attrs.evolve(request, headers={**request.headers, "Authorization": f"Bearer {token.reveal()}"})
        response = yield from exchange(request, sign, repeatable=repeatable)
        refusal = None if response.status == _OK else read_refusal(response, sign)
        if refused is not None or refusal is None or refusal.kind is not ErrorKind.TOKEN:
            return response
        refused = token


def exchange(request: HttpRequest, sign: SuccessSign = ACKNOWLEDGED, /, *, repeatable: bool) -> Flow[HttpResponse]:
    """Send *request* and return the response, which may be a refusal.

    Daraja has no idempotency key for a push, so the rule at the top of this file decides what is sent again.

    Args:
        request: What to send.
        sign: How the product says yes and no.
        repeatable: True if sending it twice does no harm. There is no default: the caller has to know.

    Raises:
        NotSent: If it could not be sent; nothing left this machine, so ask again.
        OutcomeUnknown: If it was sent and no usable answer came; look before asking again.
    """
    failures = 0
    started = yield from Monotonic()
    while True:
        answer = yield from _attempt(request)
        failures += 1
        if failures == ATTEMPTS or not _may_repeat(answer, sign, repeatable=repeatable):
            break
        now = yield from Monotonic()
        pause = yield from _pause(answer, failures)
        left = yield from TimeLeft()
        in_vain = pause > _LONGEST_WAIT_ASKED_FOR or left - pause < _LEAST_TIME
        if now - started > _LONGEST_RETRYING or in_vain:
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
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    now = yield from Now()
    return min(max(0.0, (moment - now).total_seconds()), _DAY)


def access_token(config: Config, /, *, refused: Secret | None = None) -> Flow[Secret]:
    """Return the cached token, or fetch one. Callers at the same time share one request.

    Args:
        config: Whose token.
        refused: The token that Daraja has just refused: it is replaced, unless somebody else did so already.

    Source:
        Daraja, Authorization.
    """
    key = _key(config)
    kept = yield from GetToken(key)
    if kept is not None and (refused is None or kept != refused):
        return kept
    token, replaced = yield from SingleFlight(key, partial(_replace, config, key, refused))
    if token == refused and replaced != refused:
        # We shared a request that began before our token was refused, so we now make one of our own.
        token, _ = yield from SingleFlight(key, partial(_replace, config, key, refused))
    return token


def as_token(text: object, /) -> Secret | None:
    """Return *text* as an access token, or None if it cannot be one or must not stand in a header."""
    return Secret(text) if isinstance(text, str) and _TOKEN.fullmatch(text) else None


def _replace(config: Config, key: str, refused: Secret | None) -> Flow[tuple[Secret, Secret | None]]:
    """Return a token, and the refused one that it takes the place of."""
    token = yield from GetToken(key)
    if token is None or token == refused:
        if refused is not None:
            yield from _await_turn(key)
        token = yield from _fetch(config, key)
    return token, refused


def _await_turn(key: str) -> Flow[None]:
    """Wait until one to two seconds have passed since our last token; how long exactly is random.

    A new token can end the one before it. Processes that do not share a token would then end each other's tokens before
    they are used. The wait gives the process with the valid token time to serve its own callers.
    """
    age = yield from TokenAge(key)
    if age < _SOON:
        yield from Log("token.ended_early", {"hint": _NOT_ALONE}, warning=True, once=True)
    turn = _TURN + _TURN * (yield from Random())
    if age < turn:
        left = yield from TimeLeft()
        yield from Sleep(min(turn - age, left / 4))  # with little time left, wait for a part of it


def _fetch(config: Config, key: str) -> Flow[Secret]:
    response = yield from _ask(config)
    fields = (read_object(response.body) if response.status == _OK else None) or {}
    token = as_token(fields.get("access_token"))
    if token is None:
        raise (yield from _complaint(response))
    life = _seconds(fields.get("expires_in"))
    seconds = life - min(_LEEWAY, life * _SHARE)
    yield from Log("token.fetched", {"seconds": f"{seconds:.0f}"})
    yield from PutToken(key, token, seconds)
    return token


def _ask(config: Config) -> Flow[HttpResponse]:
    pair = Secret(b64encode(f"{config.consumer_key.reveal()}:{config.consumer_secret.reveal()}".encode()).decode())
    request = HttpRequest(
        "GET",
        f"{config.environment.base_url}/oauth/v1/generate?grant_type=client_credentials",
        {"Authorization": f"Basic {pair.reveal()}", "Accept": "application/json"},
    )
    try:
        return (yield from exchange(request, repeatable=True))
    except OutcomeUnknown as silence:
        reason = f"no access token could be had, since {silence.args[0]}"
    raise NotSent(reason)


def _seconds(expires_in: object) -> float:
    """Read how long a token is valid. Daraja sends a number today and sent a text before."""
    text = str(expires_in)
    return min(float(text), _LONGEST_LIFE) if text.isascii() and text.isdigit() else _UNSTATED_LIFE


def _complaint(response: HttpResponse) -> Flow[Exception]:
    refusal = read_refusal(response)
    if refusal is None:
        return UnexpectedResponse(response.status, "it holds no access token")
    if refusal.status == _BAD_REQUEST and refusal.kind is ErrorKind.AMBIGUOUS:
        # Daraja answers wrong keys with status 400 and nothing else.
        return AuthenticationError(refusal.status, None, "the consumer key and secret were not accepted")
    return (yield from refuse(refusal, response, repeatable=True))


def _key(config: Config) -> str:
    """Return the cache key: a hash of the credential, so that two environments or two apps never share a token."""
    key, secret, environment = config.consumer_key, config.consumer_secret, config.environment
    return hashlib.sha256(f"{environment.base_url} {key.reveal()} {secret.reveal()}".encode()).hexdigest()
