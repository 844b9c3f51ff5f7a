"""The access token: it is fetched, cached, and replaced when Daraja refuses it."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import attrs

from daraja.config import Config
from daraja.errors import AuthenticationError, NotSent, OutcomeUnknown, UnexpectedResponse
from daraja.http.error_response import ACKNOWLEDGED, ErrorKind, Refusal, SuccessSign, read_refusal
from daraja.http.flow import Flow, GetToken, Log, Now, PutToken, Random, SingleFlight, Sleep, TimeLeft, TokenAge
from daraja.http.json_body import read_object
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.http.retry import exchange, refuse
from daraja.values.secret import Secret

__all__ = ["access_token", "as_token", "authorised"]

_OK: Final = 200
_BAD_REQUEST: Final = 400
_LEEWAY: Final = 60.0
_SHARE: Final = 0.1
_UNSTATED_LIFE: Final = 60.0
_LONGEST_LIFE: Final = 3600.0
"""Seconds that a token is valid at the most (Daraja, Authorization), whatever the response says."""
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
    token = yield from access_token(config)
    response = yield from _send(build, config, token, sign, repeatable=repeatable)
    if _refuses_token(response, sign):
        token = yield from access_token(config, refused=token)
        response = yield from _send(build, config, token, sign, repeatable=repeatable)
    return response


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
    if kept is not None and kept != refused:
        return kept
    replacement = yield from SingleFlight(key, partial(_replace, config, key, refused))
    if replacement.token == refused and replacement.refused != refused:
        # We shared a request that began before our token was refused, so we now make one of our own.
        replacement = yield from SingleFlight(key, partial(_replace, config, key, refused))
    return replacement.token


def as_token(text: object, /) -> Secret | None:
    """Return *text* as an access token, or None if it cannot be one or must not stand in a header."""
    return Secret(text) if isinstance(text, str) and _TOKEN.fullmatch(text) else None


@attrs.frozen
class _Replacement:
    token: Secret
    refused: Secret | None


def _replace(config: Config, key: str, refused: Secret | None) -> Flow[_Replacement]:
    token = yield from GetToken(key)
    if token is None or token == refused:
        if refused is not None:
            yield from _await_turn(key)
        token = yield from _fetch(config, key)
    return _Replacement(token, refused)


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
    grant = _read_grant(response)
    if grant is None:
        raise (yield from _complaint(response))
    yield from Log("token.fetched", {"seconds": f"{grant.seconds:.0f}"})
    yield from PutToken(key, grant.token, grant.seconds)
    return grant.token


def _ask(config: Config) -> Flow[HttpResponse]:
    request = HttpRequest(
        "GET",
        f"{config.environment.base_url}/oauth/v1/generate?grant_type=client_credentials",
        {"Authorization": f"Basic {_basic(config)}", "Accept": "application/json"},
    )
    try:
        return (yield from exchange(request, repeatable=True))
    except OutcomeUnknown as silence:
        reason = f"no access token could be had, since {silence.args[0]}"
    raise NotSent(reason)


@attrs.frozen
class _Grant:
    token: Secret
    seconds: float


def _read_grant(response: HttpResponse) -> _Grant | None:
    fields = read_object(response.body) if response.status == _OK else None
    token = None if fields is None else as_token(fields.get("access_token"))
    if fields is None or token is None:
        return None
    life = _seconds(fields.get("expires_in"))
    return _Grant(token, life - min(_LEEWAY, life * _SHARE))


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


def _send(
    build: Callable[[Config, datetime], HttpRequest],
    config: Config,
    token: Secret,
    sign: SuccessSign,
    *,
    repeatable: bool,
) -> Flow[HttpResponse]:
    now = yield from Now()
    request = build(config, now)
    request = attrs.evolve(request, headers={**request.headers, "Authorization": f"Bearer {token.reveal()}"})
    return (yield from exchange(request, sign, repeatable=repeatable))


def _refuses_token(response: HttpResponse, sign: SuccessSign) -> bool:
    refusal: Refusal | None = None if response.status == _OK else read_refusal(response, sign)
    return refusal is not None and refusal.kind is ErrorKind.TOKEN


def _basic(config: Config) -> str:
    pair = Secret(f"{config.consumer_key.reveal()}:{config.consumer_secret.reveal()}")
    return b64encode(pair.reveal().encode("ascii")).decode("ascii")


def _key(config: Config) -> str:
    """Return the cache key: a hash of the credential, so that two environments or two apps never share a token."""
    pair = Secret(f"{config.consumer_key.reveal()} {config.consumer_secret.reveal()}")
    return hashlib.sha256(f"{config.environment.base_url} {pair.reveal()}".encode("ascii")).hexdigest()
