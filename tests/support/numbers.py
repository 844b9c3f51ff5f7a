"""The parts of a customer's number that a text shows."""

import re
from typing import Final

__all__ = ["digits_shown"]

_SEPARATORS: Final = re.compile(r"[\s().,_\-\u2010-\u2015]")
_WHOLE: Final = 9
"""Digits that make a Kenyan number whole: the rest of it is the country's code or a nought."""


def digits_shown(number: str, text: str, /) -> list[str]:
    """List every nine digits in a row of *number* that *text* shows, with or without separators between them."""
    digits = "".join(filter(str.isdigit, number))
    windows = {digits[start : start + _WHOLE] for start in range(len(digits) - _WHOLE + 1)}
    joined = _SEPARATORS.sub("", text)
    return sorted(window for window in windows if window in text or window in joined)
