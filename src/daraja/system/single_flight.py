"""Single flight: if many callers want the same work at the same time, one of them does it for all."""

import copy

# Its names are looked up when they are needed: gevent and eventlet replace them, perhaps after this import.
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, Generic, Protocol, TypeVar

Result = TypeVar("Result")


class Signal(Protocol):
    """The event that waiting callers watch: that of ``threading`` or that of ``asyncio``."""

    def set(self) -> None:
        """Wake all who wait."""
        ...


Done = TypeVar("Done", bound=Signal)


class Call(Generic[Done]):
    """Work that is running.

    Args:
        done: Set when the work is over.
        owner: The thread or task that does the work.
    """

    def __init__(self, done: Done, owner: object) -> None:
        self.done: Final = done
        self.owner: Final = owner
        self.result: Any = None  # Any: calls of all types stand in one place
        self.error: BaseException | None = None

    @property
    def finished(self) -> bool:
        """Whether there is a result or an error to share. An interruption of the owner is neither."""
        return self.error is None or isinstance(self.error, Exception)

    def outcome(self) -> Any:  # noqa: ANN401 - as `result`
        """Return the result, or raise a copy of the error."""
        if isinstance(self.error, Exception):
            raise _copied(self.error)
        return self.result


class Calls(Generic[Done]):
    """The calls that are running, by key.

    Args:
        make_signal: Makes the event that tells that a call is over.
        current: Returns the thread or task that asks.
    """

    def __init__(self, make_signal: Callable[[], Done], current: Callable[[], object], /) -> None:
        self._make_signal: Final = make_signal
        self._current: Final = current
        self._lock: Final = threading.Lock()
        self._running: Final[dict[str, Call[Done]]] = {}

    def join(self, key: str, /) -> tuple[Call[Done], bool]:
        """Return the call for *key*, and whether it is new: then the caller owns it and has to do the work."""
        with self._lock:
            call = self._running.get(key)
            if call is not None:
                return call, False
            call = self._running[key] = Call(self._make_signal(), self._current())
            return call, True

    @contextmanager
    def running(self, key: str, call: Call[Done], /) -> Generator[None]:
        """Remember how the work in this block ends, and wake all who wait for it."""
        try:
            yield
        except BaseException as error:
            # Copied here, since the owner may go on to write into the original.
            call.error = _copied(error) if isinstance(error, Exception) else error
            raise
        finally:
            with self._lock:
                del self._running[key]
            call.done.set()


class ThreadCalls:
    """Single flight for threads: the first who asks for a key does the work, the others share its end, good or bad."""

    def __init__(self) -> None:
        self._calls: Final = Calls(threading.Event, threading.get_ident)

    def share(self, key: str, work: Callable[[], Result], timeout: float | None = None, /) -> Result:
        """Return what *work* returns, done once for all who ask for *key* before it is done.

        Args:
            key: What is asked for.
            work: Does it.
            timeout: Seconds to wait for another thread that does it; None for as long as it takes.

        Raises:
            TimeoutError: If another thread does the work, and *timeout* passed before it was done.
            Exception: What *work* raised; each caller gets a copy of its own, if it can be copied.
        """
        while True:
            call, is_new = self._calls.join(key)
            if is_new:
                with self._calls.running(key, call):
                    result = call.result = work()
                return result
            if call.owner == threading.get_ident():
                return work()  # waiting for oneself would take for ever
            if not call.done.wait(timeout):
                raise TimeoutError(f"another thread has not finished within {timeout:g} s")
            if call.finished:
                shared: Result = call.outcome()
                return shared


def _copied(error: Exception) -> Exception:
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 - a foreign exception may raise anything when it is copied
        return error
