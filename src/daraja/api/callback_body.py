"""The body of a callback as it arrives: JSON in bytes or text, or what a JSON parser made of it."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, TypeAlias, cast

from daraja.errors import CallbackMalformed
from daraja.values.json_body import read_json

__all__ = ["MAX_CALLBACK_BYTES", "Body", "read_body"]

Body: TypeAlias = bytes | str | Mapping[str, object]
"""What a callback can be given as."""

MAX_CALLBACK_BYTES: Final = 64 * 1024
"""The largest body that is read; Safaricom's own have less than two KiB."""

_OBJECT_OR_LIST: Final = (dict, list, tuple, Mapping)
_LIKE_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_URL_SAFE: Final = str.maketrans("-_", "+/")


def read_body(body: object, /) -> object:
    """Decode a body: UTF-8 or UTF-16, bare or in base64 as some gateways pass it on.

    Raises:
        CallbackMalformed: If it is no JSON text or larger than 64 KiB, or no value that JSON has.
    """
    if type(body) is not bytes:
        if isinstance(body, _OBJECT_OR_LIST):
            return cast("object", body)
        body = bytes(cast("bytes", body)) if isinstance(body, bytearray | memoryview) else body
        if not isinstance(body, bytes | str):
            raise CallbackMalformed("body", f"is of type {type(body).__name__}; hand over the bytes of the request")
    if (len(body) if isinstance(body, bytes) else len(body.encode(errors="surrogatepass"))) > MAX_CALLBACK_BYTES:
        raise CallbackMalformed("body", f"is larger than {MAX_CALLBACK_BYTES // 1024} KiB")
    try:
        return read_json(body)
    except ValueError as error:
        fault = str(error)
    for other in _other_readings(body):
        with suppress(ValueError):
            return read_json(other)
    raise CallbackMalformed("body", fault)


def _other_readings(body: bytes | str) -> Iterator[bytes | str]:
    """Give what the body may be instead of JSON in UTF-8."""
    if isinstance(body, bytes):
        with suppress(ValueError):
            yield body.decode(json.detect_encoding(body))
        body = body.decode("latin-1")
    if _LIKE_BASE64.fullmatch(body.strip()):
        with suppress(ValueError):
            yield b64decode(body.strip().translate(_URL_SAFE) + "==")
