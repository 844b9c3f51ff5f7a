"""Times that the local Daraja waits: whole or broken seconds, up to a day."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import attrs

__all__ = ["check_seconds", "seconds_of"]

_LONGEST: Final = 86_400


def check_seconds(name: str, seconds: float) -> None:
    """Check a time to wait.

    Raises:
        ValueError: If it is not from 0 to 86,400 seconds.
    """
    if not 0 <= seconds <= _LONGEST:
        message = f"{name} is {seconds!r}; give seconds, from 0 to {_LONGEST:,}"
        raise ValueError(message)


def seconds_of(_: object, attribute: "attrs.Attribute[float]", seconds: float) -> None:
    """Check a field that is a time to wait; for attrs."""
    check_seconds(attribute.name, seconds)
