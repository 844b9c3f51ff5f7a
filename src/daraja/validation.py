"""Checks that go on after the first fault, so that a caller sees all of them at once."""

from collections.abc import Callable
from typing import TypeVar, cast

from daraja.errors import InvalidInput

__all__ = ["Faults"]

_Given = TypeVar("_Given")
_Checked = TypeVar("_Checked")


class Faults:
    """A collector: check field after field, then ``settle`` once."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, field: str, fault: str, /) -> None:
        """Note a fault; the first one of a field stays."""
        self._found.setdefault(field, fault)

    def check(self, field: str, check: Callable[[_Given], _Checked], value: _Given, /) -> _Checked:
        """Give what *check* makes of *value*, or note its complaint.

        After a complaint the result is None in truth; ``settle`` raises before anybody can use it.
        """
        try:
            return check(value)
        except InvalidInput as error:
            for inner, fault in error.faults.items():
                self.add(inner, fault)
        except ValueError as error:
            self.add(field, str(error))
        return cast("_Checked", None)

    def amend(self, amend: Callable[[str, str], str], /) -> None:
        """Put every fault in other words: *amend* is given the field and the fault."""
        self._found = {field: amend(field, fault) for field, fault in self._found.items()}

    def forget(self, field: str, /) -> None:
        """Drop the fault of a field, if it has one."""
        self._found.pop(field, None)

    def __contains__(self, field: str) -> bool:
        return field in self._found

    def settle(self, error: type[InvalidInput], /) -> None:
        """Raise *error* with all the faults, if there are any.

        A constructor settles last, when its value is built: tools that show the local variables of a traceback ask
        even a faulty value for its repr.
        """
        if self._found:
            raise error(self._found)
