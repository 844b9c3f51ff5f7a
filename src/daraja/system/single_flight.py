"""What many want at the same time is done by one of them, for all."""

import copy
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Event, Lock, get_ident
from typing import Any, Final, Generic, Protocol, TypeVar

__all__ = ["Board", "Flight", "ThreadCalls"]

Result = TypeVar("Result")


class Signal(Protocol):
    """What those who wait look at; the event of threads, or that of tasks."""

    def set(self) -> None:
        """Let everybody go on who waits."""
        ...


Landed = TypeVar("Landed", bound=Signal)


class Flight(Generic[Landed]):
    """Work that is under way.

    Args:
        landed: Set when it is over.
        pilot: Who does it.
    """

    def __init__(self, landed: Landed, pilot: object) -> None:
        self.landed: Final = landed
        self.pilot: Final = pilot
        self.result: Any = None  # Any: flights of all types fly from one place
        self.error: BaseException | None = None

    @property
    def arrived(self) -> bool:
        """Whether it came to an end, good or bad; one who was interrupted has no answer for the others."""
        return self.error is None or isinstance(self.error, Exception)

    def end(self) -> Any:  # noqa: ANN401 - as `result`
        """Give its result, or raise a copy of its error."""
        if isinstance(self.error, Exception):
            raise _copied(self.error)
        return self.result


class Board(Generic[Landed]):
    """Says who does what is asked for under a key, and who waits for it.

    Args:
        signal: Makes what those who wait look at.
        who: Tells who asks.
    """

    def __init__(self, signal: Callable[[], Landed], who: Callable[[], object], /) -> None:
        self._signal: Final = signal
        self._who: Final = who
        self._lock: Final = Lock()
        self._flying: Final[dict[str, Flight[Landed]]] = {}

    def join(self, key: str, /) -> tuple[Flight[Landed], bool]:
        """Give the flight for *key*, and whether it is new, so that whoever asks has to fly it."""
        with self._lock:
            flight = self._flying.get(key)
            if flight is not None:
                return flight, False
            flight = self._flying[key] = Flight(self._signal(), self._who())
            return flight, True

    @contextmanager
    def flying(self, key: str, flight: Flight[Landed], /) -> Generator[None]:
        """Note how the work in this block ends, and let everybody know."""
        try:
            yield
        except BaseException as error:
            # A copy made here, since the caller may go on to write into the original whom it was raised for.
            flight.error = _copied(error) if isinstance(error, Exception) else error
            raise
        finally:
            with self._lock:
                del self._flying[key]
            flight.landed.set()


class ThreadCalls:
    """Single flight: the first to ask for a key does the work, those who ask meanwhile share its end, good or bad."""

    def __init__(self) -> None:
        self._board: Final = Board(Event, get_ident)

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
            flight, is_new = self._board.join(key)
            if is_new:
                with self._board.flying(key, flight):
                    result = flight.result = work()
                return result
            if flight.pilot == get_ident():
                return work()  # waiting for oneself would take for ever
            if not flight.landed.wait(patience):
                message = "another caller is still at it"
                raise TimeoutError(message)
            if flight.arrived:
                ended: Result = flight.end()
                return ended


def _copied(error: Exception) -> Exception:
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 - whatever a stranger's exception does when it is copied
        return error
