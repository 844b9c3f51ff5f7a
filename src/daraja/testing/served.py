"""The local Daraja over HTTP, whose callbacks a test may take to where no address leads."""

from collections.abc import Callable, Sequence

from daraja.http.messages import HttpRequest
from daraja.simulator.engine import Engine
from daraja.simulator.local import LocalDaraja

__all__ = ["ServedDaraja"]


class ServedDaraja(LocalDaraja):
    """A local Daraja on a free port of 127.0.0.1.

    Args:
        engine: What answers.
    """

    receiver: Callable[[HttpRequest], object] | None = None
    """Called with each callback as it becomes due, in a thread; None has them posted to their addresses."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine=engine)
        self._raised = list[BaseException]()

    def close(self) -> None:
        """Stop serving, perhaps before the block ends, and then complain.

        Raises:
            BaseException: As ``complain`` does.
        """
        self.__exit__()
        self.complain()

    def complain(self) -> None:
        """Raise here what ``receiver`` raised in a thread, where no test would see it; of several the first.

        Raises:
            BaseException: If it raised anything since the last call.
        """
        raised, self._raised = self._raised, []
        if raised:
            raise raised[0]

    def _post(self, callback: HttpRequest) -> object:
        if self.receiver is None:
            return super()._post(callback)
        try:
            return self.receiver(callback)
        except BaseException as error:  # noqa: BLE001 - whatever makes a test fail
            self._raised.append(error)
            return f"failed with {type(error).__name__}"

    def _deliver(self, callbacks: Sequence[HttpRequest]) -> None:
        super()._deliver(callbacks)
        self.complain()
