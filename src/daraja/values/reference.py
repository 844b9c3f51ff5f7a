"""The two short texts in the customer's prompt: the account reference and the description."""

import hashlib
import re
from base64 import b32encode
from typing import Final

from daraja.values.pasted import without_invisible
from daraja.values.phone import MaskedText
from daraja.values.secret import hide_locals

__all__ = ["check_description", "check_reference", "check_text", "short_reference"]

# What Daraja documents. It was seen to accept 17 and 27 characters, but of a longer reference it is reported that no
# phone showed the prompt: a push that nobody sees is worse than one that is refused.
_LONGEST_REFERENCE: Final = 12
_LONGEST_DESCRIPTION: Final = 13
_NO_BREAK_SPACE: Final = "\u00a0"
_ALLOWED: Final = re.compile(r"[A-Za-z0-9 \-_./]+")


def check_reference(reference: str, /) -> str:
    """Check an account reference: 1 to 12 letters, digits, spaces and ``- _ . /``; it is never cut.

    Invisible characters are removed, and a no-break space becomes a space.

    Raises:
        ValueError: If it is longer, blank or has other characters; ``short_reference`` makes one that fits.

    Source:
        Daraja, MpesaExpressSimulate (AccountReference).
    """
    way_out = "; daraja.short_reference(order_id) makes one that fits"
    return check_text(reference, longest=_LONGEST_REFERENCE, way_out=way_out)


def check_description(description: str, /) -> str:
    """Check a description: 1 to 13 letters, digits, spaces and ``- _ . /``; it is never cut.

    Raises:
        ValueError: If it is longer, blank or has other characters.

    Source:
        Daraja, MpesaExpressSimulate (TransactionDesc).
    """
    return check_text(description, longest=_LONGEST_DESCRIPTION)


def check_text(text: str, /, *, longest: int, shortest: int = 1, way_out: str = "") -> str:
    """Check a text that Safaricom shows or keeps: letters, digits, spaces and ``- _ . /``; it is never cut.

    Args:
        text: The text.
        longest: The highest number of characters.
        shortest: The lowest number of characters.
        way_out: What to do with a longer text; it begins with a semicolon.

    Raises:
        ValueError: If it is shorter, longer, blank or has other characters.
    """
    if not isinstance(text, str):
        message = f"text is needed, not {type(text).__name__}" + ("" if text is None else "; write str(...) around it")
        raise ValueError(message)
    text = MaskedText(text if text.isascii() else without_invisible(text).replace(_NO_BREAK_SPACE, " "))
    if not text.strip():
        message = "text is needed; it is blank"
        raise ValueError(message)
    if len(text) < shortest:
        message = f"{text!r} is too short; Safaricom takes {shortest} characters or more"
        raise ValueError(message)
    if len(text) > longest:
        message = f"{MaskedText(text[:80])!r} has {len(text)} characters, Safaricom takes {longest}{way_out}"
        raise ValueError(message)
    if not _ALLOWED.fullmatch(text):
        refused = next(character for character in text if not _ALLOWED.fullmatch(character))
        message = f"{text!r} has {refused!r}, which Safaricom refuses; use letters, digits, space and - _ . /{way_out}"
        raise ValueError(message)
    return text


@hide_locals
def short_reference(order_id: str, /) -> str:
    """Return a reference of at most 12 characters for an order id of any length, always the same for the same id.

    >>> short_reference("ORD-2025-001")
    'ORD-2025-001'
    >>> short_reference("ORDER-2026-000000117")
    'BLBRSE2C4KC4'

    Args:
        order_id: Your own id of the order, of any length and in any alphabet.

    Returns:
        The id itself where it fits, else twelve letters and digits made from its SHA-256 (60 bits, so that two of
        a million orders share one with a chance of less than one in a million).

    Raises:
        ValueError: If the id is blank, or is a number rather than text.
    """
    if not isinstance(order_id, str):
        message = f"an order id is text, not {type(order_id).__name__}; write str(order_id)"
        raise ValueError(message)
    if not order_id.strip():
        message = "an order id is needed; it is blank"
        raise ValueError(message)
    if len(order_id) <= _LONGEST_REFERENCE and _ALLOWED.fullmatch(order_id):
        return order_id
    digest = hashlib.sha256(order_id.encode("utf-8", "surrogatepass")).digest()
    return b32encode(digest).decode("ascii")[:_LONGEST_REFERENCE]
