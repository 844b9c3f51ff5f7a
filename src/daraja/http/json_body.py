"""JSON as it goes to Daraja, and as it comes back: exact numbers, no deep nesting, no code twice."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final, NoReturn, TypeAlias, cast

from daraja.errors import CallbackMalformed, InvalidInput
from daraja.http.messages import HttpRequest

Body: TypeAlias = bytes | str | Mapping[str, object]
"""The types in which a callback can be given."""
Content: TypeAlias = Mapping[str, object] | Sequence[Mapping[str, object]]
"""The content of the body of a request."""
Fields: TypeAlias = Mapping[str, object]
"""The fields of an object, by name."""

MAX_DEPTH: Final = 32
"""The deepest nesting of a body; Daraja's own bodies have five levels."""
MAX_CALLBACK_BYTES: Final = 64 * 1024
"""The largest body that is read; Safaricom's own have less than two KiB."""

_COMPACT: Final = json.JSONEncoder(separators=(",", ":"))
"""Made once, since making it takes longer than using it."""
_OBJECT: Final = (dict, Mapping)
"""A dict is recognised much faster than by its protocol, so it comes first."""
_OBJECT_OR_LIST: Final = (dict, list, tuple, Mapping)
_LIKE_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\-\r\n]{16,}={0,2}")  # some encoders break it into lines
_URL_SAFE: Final = str.maketrans("-_", "+/")
_NAMED: Final = re.compile(
    rb"""(["'](?:security\W*credential|initiator\W*password|password|passkey)["']\s*:\s*)(["'])(?:\\.|(?!\2)[^\\])*(?:\2|\Z)"""
    rb"""|((?:security\W*credential|initiator\W*password|password|passkey)=)[^&\s]+""",
    re.IGNORECASE,
)
_LIKE_A_CREDENTIAL: Final = re.compile(rb"""(["'])[A-Za-z0-9+/=\\]{160,}(?:\1|\Z)""")
"""A SecurityCredential has 344 characters of base64: it is cut out under any other name, too."""


def post_json(url: str, content: Content, headers: Mapping[str, str] | None = None, /) -> HttpRequest:
    """Make the request that posts *content* as JSON.

    Args:
        url: The whole address.
        content: The fields of an object, or a list of such objects.
        headers: More headers, if the product has some of its own.
    """
    usual = {"Content-Type": "application/json", "Accept": "application/json"}
    return HttpRequest("POST", url, usual | dict(headers or {}), _COMPACT.encode(content).encode("ascii"))


def read_json(body: bytes | str, /) -> object:
    """Read a JSON text; fractions become exact ``Decimal`` values.

    If an object has a key twice, the last value counts, as everywhere in Python. A code decides about money, so a
    body that has a code or its wrapper twice is refused.

    Raises:
        ValueError: If it is not UTF-8, not JSON, nests too deep, has a code twice, or holds what JSON does not have
            (``NaN``). The message shows nothing of the body.
    """
    try:
        text = body.decode() if isinstance(body, bytes) else body
        if text.count("{") >= MAX_DEPTH or "[" in text.partition("[")[2]:
            _check_depth(text)
        # The careful decoder takes twice as long, so only a text that may have a code twice goes through it.
        lower = text.lower()
        careful = lower.find('ode"') != lower.rfind('ode"') or "\\" in text
        text = text.strip(_AROUND)
        value, end = (_CAREFUL_DECODER if careful else _DECODER).raw_decode(text)
        if end == len(text):
            return value
        fault = "is not JSON"
    except _UnreadableError as error:
        fault = str(error)
    except (ValueError, ArithmeticError, RecursionError):
        fault = "is not JSON"
    raise ValueError(fault)


def as_text(value: object, /) -> str | None:
    """Return a code or an id as text; Daraja sends it as a number or as text. Return None for anything else.

    ``True``, ``0.0`` and the empty text are no codes.
    """
    if isinstance(value, str):
        return value or None
    if type(value) is not int:  # True is an int too
        return None
    try:
        return str(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return None


def read_object(body: bytes, /) -> Fields | None:
    """Read a JSON object. Return None for anything else."""
    try:
        value = read_json(body)
    except ValueError:
        return None
    return cast("Fields", value) if isinstance(value, dict) else None


def inside(fields: Fields, *path: str) -> Fields:
    """Return the object at the end of a path of names; an empty one if there is none."""
    for name in path:
        content = fields.get(name)
        fields = cast("Fields", content) if isinstance(content, dict) else {}
    return fields


def first_text(fields: Fields, *names: str) -> str | None:
    """Return the text or whole number of the first of the names that has one."""
    return next((text for name in names if (text := as_text(fields.get(name)))), None)


def read_request(body: Body, token: str | None, remote_ip: str, /) -> bytes:
    """Check the types of the values from a web framework, and return the bytes of the request body to store.

    Raises:
        InvalidInput: If *body*, *token* or *remote_ip* has a wrong type. No request can cause this.
    """
    content = bytes_of(body)
    wrong: dict[str, object] = {} if content is not None else {"body": body}
    texts = {"token": token, "remote_ip": remote_ip}
    wrong |= {name: text for name, text in texts.items() if not (text is None or isinstance(text, str))}
    if content is None or wrong:
        raise InvalidInput(
            {name: f"has the type {type(it).__name__}, which no request brings" for name, it in wrong.items()}
        )
    return _unwrapped(content)


def _unwrapped(body: bytes) -> bytes:
    """Return a body as it was sent. A gateway may have wrapped it in an event of its own, in base64, or in both.

    Before it is stored, secrets are cut out of it, and text in base64 looks like one.
    """
    if len(body) > MAX_CALLBACK_BYTES:
        return body
    event = read_object(body) if b'"body"' in body else None
    text = None if event is None else event.get("body")
    sent = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else body
    for decoded in _from_base64(sent.decode("latin-1")):
        with suppress(ValueError):
            read_json(decoded)
            return decoded
    return sent


def bytes_of(body: Body, /) -> bytes | None:
    """Return the bytes of a request body to store, or None for something that no request can bring.

    A web framework may have parsed the body already. Then it is written as JSON again, also if a forger's body is a
    list, a number or null.
    """
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, Mapping | list | int | float | None):
        return _written(body)
    try:
        return bytes(memoryview(body))
    except TypeError:
        return None


def _written(body: object) -> bytes:
    try:
        return json.dumps(body, default=_plain).encode()
    except (TypeError, ValueError, RecursionError):  # its keys are no text, it nests in itself, or too deep
        return b""


def _plain(value: object) -> object:
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else str(value)


def without_secrets(body: bytes, /) -> bytes:
    """Return a body without the secrets of a request that came back in it, such as its SecurityCredential.

    >>> without_secrets(b'{"SecurityCredential": "QkFTRTY0", "Amount": "10"}')
    b'{"SecurityCredential": "***", "Amount": "10"}'

    Args:
        body: The body of a callback, which need not be JSON. One in UTF-16 that has a secret becomes ASCII.
    """
    if b"\0" in body:
        narrow = body.replace(b"\0", b"")
        clean = without_secrets(narrow)
        return body if clean == narrow else clean
    lower = body.lower()
    if b"credential" in lower or b"pass" in lower:  # which is found out much faster than the names themselves
        body = _NAMED.sub(_cut, body)
    return _LIKE_A_CREDENTIAL.sub(rb"\1***\1", body)


def _cut(found: re.Match[bytes]) -> bytes:
    name, quote, parameter = found.groups()
    return parameter + b"***" if parameter else name + quote + b"***" + quote


def read_body(body: object, /) -> object:
    """Decode a body: UTF-8 or UTF-16, bare or in base64 as some gateways pass it on.

    An event of AWS Lambda or an API gateway holds the body of the request as text, and is read, too.

    Raises:
        CallbackMalformed: If it is no JSON text or larger than 64 KiB, or no value that JSON has.
    """
    value = _decoded(body)
    is_object = isinstance(value, _OBJECT)  # apart, or the type of `value` changes
    text = cast("Fields", value).get("body") if is_object else None
    return _decoded(text) if isinstance(text, str) else value


def _decoded(body: object) -> object:
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
    """Yield the other readings of a body that is not JSON in UTF-8."""
    if isinstance(body, bytes):
        with suppress(ValueError):
            yield body.decode(json.detect_encoding(body))
        body = body.decode("latin-1")
    yield from _from_base64(body)


def _from_base64(text: str) -> Iterator[bytes]:
    """Yield the bytes that a text encodes, if it can be base64."""
    if _LIKE_BASE64.fullmatch(text.strip()):
        with suppress(ValueError):
            yield b64decode(text.strip().translate(_URL_SAFE) + "==")


class _UnreadableError(Exception):
    pass


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECISIVE: Final = ("code", "body", "callback", "result")


def _codes_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [folded for name, _ in pairs if (folded := name.casefold()).endswith(_DECISIVE)]
    if len(names) > len(set(names)):
        raise _UnreadableError("has a code or what is around it twice")
    return dict(pairs)


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
_CAREFUL_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_codes_once)
_AROUND: Final = "\ufeff \t\n\r"


def _check_depth(text: str) -> None:
    deepest = depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise _UnreadableError(f"nests more than {MAX_DEPTH} deep")
