"""The lines of the log, without customers' numbers."""

import logging
import re
from typing import Final

from daraja.phone import mask_runs

__all__ = ["WithoutNumbers"]

_KEY: Final = re.compile(r"\b([0-9a-f]{32})\b")
"""A payment's key, in which digits may stand in a row as well."""


class WithoutNumbers(logging.Formatter):
    """Masks whatever is as long as a phone number: the last word on a line that others wrote, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        texts = _KEY.split(super().format(record))
        return "".join(text if place % 2 else mask_runs(text) for place, text in enumerate(texts))
