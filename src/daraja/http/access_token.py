"""The token conversation: fetch an access token, keep it, replace it when Daraja refuses it."""

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
from daraja.http.error_response import ErrorKind, Refusal, read_object, read_refusal
from daraja.http.flow import Flow, GetToken, Log, Now, PutToken, Random, SingleFlight, Sleep, TimeLeft, TokenAge
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
"""Seconds that a token lives (Daraja, Authorization), whatever an answer says."""
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,4096}")
_SOON: Final = 60.0
"""Seconds; a token refused sooner after it was fetched was most likely ended by one that somebody else fetched."""
_TURN: Final = 1.0
"""Seconds for which a token is left alone at least before it is replaced; twice that at the most."""
_NOT_ALONE: Final = (
    "a token was refused within a minute of being fetched; most likely another process fetches tokens with the same "
    "consumer key, and each new token ends the one before: let them share one (daraja.tokens.redis.RedisTokens)"
)


def authorised(
    build: Callable[[Config, datetime], HttpRequest], config: Config, /, *, repeatable: bool
) -> Flow[HttpResponse]:
    """Send what *build* makes with an access token; where Daraja refuses the token, once more with a new one.

    A request with a refused token was not accepted, so that repeating it asks nobody twice.

    Args:
        build: Makes the request for the moment it is sent at.
        config: Whose token.
        repeatable: Whether sending it twice does no harm; see ``exchange``.

    Raises:
        NotSent: If no token could be had or the request could not be sent.
        OutcomeUnknown: If it was sent and no usable answer came.
        AuthenticationError: If Daraja refuses the consumer key and secret.
        UnexpectedResponse: If the answer to the token request cannot be read.
    """
    token = yield from access_token(config)
    response = yield from _send(build, config, token, repeatable=repeatable)
    if _refuses_token(response):
        token = yield from access_token(config, refused=token)
        response = yield from _send(build, config, token, repeatable=repeatable)
    return response


def access_token(config: Config, /, *, refused: Secret | None = None) -> Flow[Secret]:
    """Give the token that is kept, or fetch one; callers at the same time share one request.

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
        # We shared a request that began before our token was refused: one of our own begins now.
        replacement = yield from SingleFlight(key, partial(_replace, config, key, refused))
    return replacement.token


def as_token(text: object, /) -> Secret | None:
    """Take *text* for an access token if it can be one and may stand in a header, whoever wrote it; None if not."""
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
    """Leave one to two seconds between our last token and the next, by chance.

    Where a new token ends the older one, processes that share none would end each other's before they are used. So
    whoever has the living one gets a turn in which it serves all who wait for it.
    """
    age = yield from TokenAge(key)
    if age < _SOON:
        yield from Log("token.ended_early", {"hint": _NOT_ALONE}, warning=True, once=True)
    turn = _TURN + _TURN * (yield from Random())
    if age < turn:
        left = yield from TimeLeft()
        yield from Sleep(min(turn - age, left / 4))  # whoever has little time waits a part of it


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
    """Read the life of a token, which is a number on the wire today and was a string."""
    text = str(expires_in)
    return min(float(text), _LONGEST_LIFE) if text.isascii() and text.isdigit() else _UNSTATED_LIFE


def _complaint(response: HttpResponse) -> Flow[Exception]:
    refusal = read_refusal(response)
    if refusal is None:
        return UnexpectedResponse(response.status, "it holds no access token")
    if refusal.status == _BAD_REQUEST and refusal.kind is ErrorKind.AMBIGUOUS:
        # Wrong keys are answered with status 400 and nothing else.
        return AuthenticationError(refusal.status, None, "the consumer key and secret were not accepted")
    return (yield from refuse(refusal, response, repeatable=True))


def _send(
    build: Callable[[Config, datetime], HttpRequest], config: Config, token: Secret, *, repeatable: bool
) -> Flow[HttpResponse]:
    now = yield from Now()
    request = build(config, now)
    request = attrs.evolve(request, headers={**request.headers, "Authorization": f"Bearer {token.reveal()}"})
    return (yield from exchange(request, repeatable=repeatable))


def _refuses_token(response: HttpResponse) -> bool:
    refusal: Refusal | None = None if response.status == _OK else read_refusal(response)
    return refusal is not None and refusal.kind is ErrorKind.TOKEN


def _basic(config: Config) -> str:
    pair = Secret(f"{config.consumer_key.reveal()}:{config.consumer_secret.reveal()}")
    return b64encode(pair.reveal().encode("ascii")).decode("ascii")


def _key(config: Config) -> str:
    """Name the credential without showing it: two environments or two apps never share a token."""
    pair = Secret(f"{config.consumer_key.reveal()} {config.consumer_secret.reveal()}")
    return hashlib.sha256(f"{config.environment.base_url} {pair.reveal()}".encode("ascii")).hexdigest()
