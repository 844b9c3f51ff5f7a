"""The options for ``DATABASES`` in the settings that payments need."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SQLITE_OPTIONS: Final[Mapping[str, object]] = MappingProxyType(
    {
        # A read that becomes a write fails at once, even with a long time-out, so every transaction begins as a write.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
    }
)
"""For SQLite: many processes can write, what was committed survives a power failure, and what was erased is gone."""
