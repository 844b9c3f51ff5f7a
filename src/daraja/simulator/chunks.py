"""The body of a request that comes in chunks, as the clients of .NET and Go send one whose length they do not know."""

import re
from typing import IO, Final

__all__ = ["unchunked"]

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,6})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LARGEST: Final = 999_999
_LONGEST_LINE: Final = 8_192


def unchunked(stream: IO[bytes]) -> bytes | None:
    """Read a body to its end; None for one that is senseless or larger than any request to Daraja."""
    body = b""
    while size := _SIZE.fullmatch(stream.readline(_LONGEST_LINE)):
        length = int(size[1], 16)
        if not length:
            while stream.readline(_LONGEST_LINE).strip():
                pass  # headers may follow the body, and tell nothing here
            return body
        body += stream.read(length)
        if len(body) > _LARGEST or stream.readline(_LONGEST_LINE).strip():
            break
    return None
