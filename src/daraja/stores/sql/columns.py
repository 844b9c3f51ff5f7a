"""A point in time as databases keep it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["UtcTime"]


class UtcTime(TypeDecorator[datetime]):
    """A datetime that knows its zone: it goes in and comes out as UTC, also where the database keeps no zones."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)  # Any: as the base class has it
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """Turn what is written to UTC.

        Raises:
            ValueError: If it does not know its zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time for the store has no zone; write datetime.now(UTC), for example"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """Say that what is read is UTC, which SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
