"""The interface of a real server for tests, and the ways to get one."""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Final, Protocol

import attrs

__all__ = ["NONE", "Kind", "Server", "Unavailable", "Unusable"]

NONE: Final = "none"
"""In the place of a server's address: act as if this machine had none."""


class Server(Protocol):
    """A server that provides databases."""

    def database(self) -> AbstractContextManager[str]:
        """Yield the address of an empty database until the block ends."""
        ...


class Unavailable(Exception):  # noqa: N818 - nothing is wrong with the test that asked
    """No server can be started here. The error says why and what to do."""


class Unusable(ValueError):  # noqa: N818 - it says how a setting is
    """The server that a setting names cannot be used. The error says why."""


@attrs.frozen(kw_only=True)
class Kind:
    """A kind of server, and the ways to start it."""

    variable: str
    """The environment variable that may name one."""
    named: Callable[[str], Server]
    """Use the one at an address; raises ``Unusable``."""
    attempts: Callable[[], Iterable[AbstractContextManager[Server]]]
    """Find the ways of starting one, the best first; they raise ``Unavailable``."""
    advice: str
    """What to do where there is none."""

    @contextmanager
    def served(self, environ: Mapping[str, str]) -> Generator[Server]:
        """Use the server that *environ* names, or the first that starts here.

        Raises:
            Unavailable: There is neither.
            Unusable: One is named, and cannot be used.
        """
        address = environ.get(self.variable)
        if address == NONE:
            message = f"{self.variable} says {NONE}; leave it out to have them run."
            raise Unavailable(message)
        with ExitStack() as stack:
            yield self._at(address) if address else self._started(stack)

    def _at(self, address: str) -> Server:
        try:
            return self.named(address)
        except Unusable as error:
            message = f"{self.variable} {error}"
            raise Unusable(message) from None

    def _started(self, stack: ExitStack) -> Server:
        faults: dict[str, None] = {}
        for attempt in self.attempts():
            try:
                return stack.enter_context(attempt)
            except Unavailable as fault:
                faults[str(fault)] = None
        message = f"{'; '.join(faults) or 'this machine has none'}. {self.advice}"
        raise Unavailable(message)
