"""The lines of the log, without customers' numbers and without what lets one speak for Safaricom."""

import logging
import re
from typing import Final

from daraja.values.phone import mask_runs

__all__ = ["WithoutNumbers"]

_KEY: Final = re.compile(r"\b([0-9a-f]{32})\b")
"""A payment's key, in which digits may stand in a row as well."""
_TOKEN: Final = re.compile(r"\b([0-9a-f]{32})[0-9a-f]{64}\b")
"""The last segment of a callback address, which stands in the path of every request to it: a key and its signature."""


class WithoutNumbers(logging.Formatter):
    """Masks whatever is as long as a phone number: the last word on a line that others wrote, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        texts = _KEY.split(_TOKEN.sub(r"\1 signed", super().format(record)))
        return "".join(text if place % 2 else mask_runs(text) for place, text in enumerate(texts))
