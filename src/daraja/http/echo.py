"""Daraja repeats in its answers what was sent, access tokens too; what is secret of it is cut out before anything else.

After that nothing that quotes an answer (an error, a log line, a repr) can show it.
"""

import json
from base64 import b64decode
from contextlib import suppress
from typing import Final

import attrs

from daraja.http.error_response import read_object
from daraja.http.messages import HttpRequest, HttpResponse

__all__ = ["without_echo"]

_OK: Final = 200
_CUT: Final = b"***"
_SHORTEST: Final = 8
"""Characters. A shorter text is no real secret, and cutting it out would spoil words."""
_SECRET_FIELDS: Final = frozenset(
    {"Password", "SecurityCredential", "CallBackURL", "ResultURL", "QueueTimeOutURL", "callbackUrl"}
)
"""What is secret in a body. The addresses are signed: anybody who knows one can post to it."""


def without_echo(response: HttpResponse, request: HttpRequest, /) -> HttpResponse:
    """Give *response* without the secrets of the *request* that it answers."""
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
    return [secret for secret in secrets if len(secret) >= _SHORTEST]


def _spellings(secret: str) -> set[bytes]:
    """Give a secret as it stands in plain text and in JSON, where a slash may be escaped."""
    in_json = json.dumps(secret)[1:-1]
    return {text.encode() for text in (secret, in_json, in_json.replace("/", "\\/"))}
