"""What is taken for a whole answer, whatever library it came through."""

import zlib
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["AnswerRefusedError", "decoded", "refuse_large"]

_LARGEST_ANSWER: Final = 1_000_000


class AnswerRefusedError(Exception):
    """An answer that cannot be taken for whole: too large, broken off, damaged, or in an encoding nobody asked for."""


def refuse_large(body: bytes, /) -> None:
    """See that *body*, as far as it has come, is no larger than an answer may be.

    Raises:
        AnswerRefusedError: If it is.
    """
    if len(body) > _LARGEST_ANSWER:
        message = "its answer is larger than 1 MB"
        raise AnswerRefusedError(message)


def decoded(body: bytes, encoding: str, /) -> bytes:
    """Undo the ``Content-Encoding`` of a whole body.

    Raises:
        AnswerRefusedError: If it cannot be undone, or what comes out is too large.
    """
    decode = _DECODERS.get(encoding.lower())
    if decode is None:
        message = "its answer is in an encoding that nobody asked for"
        raise AnswerRefusedError(message)
    content = decode(body)
    refuse_large(content)
    return content


def _gunzip(body: bytes) -> bytes:
    """Undo gzip, which some gateways use unasked, no further than to just above the limit."""
    gzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = gzip.decompress(body, _LARGEST_ANSWER + 1)
    except zlib.error:
        text = b""
    if len(text) > _LARGEST_ANSWER or (gzip.eof and not gzip.unused_data):
        return text
    message = "its answer is damaged"
    raise AnswerRefusedError(message)


_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"": bytes, "identity": bytes, "gzip": _gunzip}
