"""Log lines without customers' numbers and without signed callback addresses, for ``LOGGING`` in the settings."""

import logging
import re
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Final

from daraja.api.addresses import TOKEN
from daraja.values.secret import mask_runs

__all__ = ["MaskingFormatter", "PrivateFileHandler", "logging_to"]

_KEY: Final = re.compile(r"\b([0-9a-f]{32})\b")
"""The key of a payment or payout, which may contain many digits in a row."""
_TOKEN: Final = re.compile(rf"\b{TOKEN.pattern}\b")
"""The last segment of a callback address: its purpose, a key, and a signature."""


class MaskingFormatter(logging.Formatter):
    """Masks everything that is as long as a phone number, also in lines of other libraries and in tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        texts = _KEY.split(_TOKEN.sub(r"\2 signed", super().format(record)))
        return "".join(text if place % 2 else mask_runs(text) for place, text in enumerate(texts))


class PrivateFileHandler(WatchedFileHandler):
    """Writes a file that nobody else on the machine may read, and a new one after logrotate has moved this one."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(mode=0o600)
        return super()._open()


def logging_to(file: str | Path, /, *loggers: str, level: str = "INFO") -> dict[str, Any]:  # Any: as Django has it
    """Return ``LOGGING`` that writes daraja's log, and failed requests, to a file that only its owner can read.

    Args:
        file: The file.
        loggers: More loggers that write there, such as those of your own apps.
        level: The least important lines that are written.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "masked": {
                "()": "daraja.django.logs.MaskingFormatter",
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            }
        },
        "handlers": {
            "private": {
                "class": "daraja.django.logs.PrivateFileHandler",
                "filename": str(file),
                "delay": True,
                "formatter": "masked",
            }
        },
        "loggers": {name: {"handlers": ["private"], "level": level} for name in ("daraja", "django.request", *loggers)},
    }
