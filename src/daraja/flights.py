"""What many threads want at the same time is done by one of them, for all."""

import copy
from collections.abc import Callable
from threading import Event, Lock, get_ident
from typing import Any, Final, TypeVar

__all__ = ["Flights"]

Result = TypeVar("Result")


class _Flight:
    def __init__(self) -> None:
        self.landed: Final = Event()
        self.result: Any = None  # Any: flights of all types fly from one place
        self.error: BaseException | None = None
        self.pilot: Final = get_ident()


class Flights:
    """Single flight: the first to ask for a key does the work, those who ask meanwhile share its end, good or bad."""

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._flying: Final[dict[str, _Flight]] = {}

    def share(self, key: str, work: Callable[[], Result], patience: float | None = None, /) -> Result:
        """Give what *work* gives, done once for all who ask for *key* until it is done.

        Args:
            key: What is asked for.
            work: Does it.
            patience: Seconds to wait for another who does it; None for as long as it takes.

        Raises:
            TimeoutError: If another one did it, and *patience* was over before it was done.
            Exception: What *work* raised; each caller gets a copy of its own, where it can be copied.
        """
        while True:
            with self._lock:
                flight = self._flying.get(key)
                boarded = flight is not None
                if flight is None:
                    flight = self._flying[key] = _Flight()
            if not boarded:
                return self._fly(key, flight, work)
            if flight.pilot == get_ident():
                return work()  # waiting for oneself would take for ever
            if not flight.landed.wait(patience):
                message = "another caller is still at it"
                raise TimeoutError(message)
            if isinstance(flight.error, Exception):
                raise _copied(flight.error)
            if flight.error is None:
                result: Result = flight.result
                return result
            # Whoever did the work was interrupted, which is no answer for the others: one of them starts anew.

    def _fly(self, key: str, flight: _Flight, work: Callable[[], Result]) -> Result:
        try:
            result = flight.result = work()
        except BaseException as error:
            # A copy made here, since the caller may go on to write into the original whom it was raised for.
            flight.error = _copied(error) if isinstance(error, Exception) else error
            raise
        finally:
            with self._lock:
                del self._flying[key]
            flight.landed.set()
        return result


def _copied(error: Exception) -> Exception:
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 - whatever a stranger's exception does when it is copied
        return error
