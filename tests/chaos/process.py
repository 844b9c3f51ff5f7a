"""One worker as a process: started, spoken to and killed."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from threading import Thread
from typing import Final, TypeAlias

from tests.chaos.points import Point
from tests.chaos.worker import Settings
from tests.support.unmeasured import unmeasured

__all__ = ["Hear", "Worker", "WorkerFailed"]

Hear: TypeAlias = Callable[["Worker", str, str], None]
"""Hears each line that a worker says, split at the first blank, and ``gone`` once it has ended."""

_ROOT: Final = Path(__file__).parents[2]
_LAST_WORDS: Final = 4000
_PATIENCE: Final = 60
"""Seconds that a worker may take to end in good order."""


class WorkerFailed(Exception):  # noqa: N818 - it says what happened
    """A worker did what none should; says what, and gives the last words of all."""


class Worker:
    """A process.

    Args:
        settings: What it has to know.
        log: A file for what it complains of.
        hear: Hears what it says.
    """

    def __init__(self, settings: Settings, log: Path, hear: Hear) -> None:
        self.attempts: Final[list[int]] = []
        """The numbers of the attempts that it is to make, or is making."""
        self.doom: Point | None = None
        """The point at which it is to die."""
        self.successor: Worker | None = None
        """Who took its place, once it was killed."""
        self._log: Final = log
        self._hear: Final = hear
        with log.open("ab") as complaints:
            self._process: Final = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker"],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=unmeasured(),  # what they run depends on chance, so none of it counts as covered
                pass_fds=[settings["listener"]],
            )
        self._listening: Final = Thread(target=self._listen)
        self._listening.start()
        self._tell(json.dumps(settings))

    def start(self, number: int) -> None:
        """Have it make an attempt."""
        self.attempts.append(number)
        self._tell(f"start {number}")

    def reconcile(self, ahead: float) -> None:
        """Move its clock so many seconds ahead, and have it look after what is due then."""
        self._tell(f"reconcile {ahead}")

    def die(self, point: Point) -> None:
        """Have it killed: at once, or when it comes to a point."""
        self.doom = point
        if point is Point.ANYWHERE:
            self._process.kill()
        else:
            self._tell(f"die {point.name}")

    def end(self) -> None:
        """Let it end in good order, which its ``gone`` tells."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def was_killed(self) -> bool:
        """Wait for its end, and tell whether it was killed.

        Raises:
            WorkerFailed: If it neither was killed nor ended in good order.
        """
        self.end()
        status = self._process.wait(_PATIENCE)
        self._listening.join()
        if status not in {0, -SIGKILL}:
            raise WorkerFailed(status, self.complaints())
        return status == -SIGKILL

    def complaints(self) -> str:
        """Give the last that workers complained of."""
        return self._log.read_text()[-_LAST_WORDS:]

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead, which its last line will say
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                if line.endswith(b"\n"):  # or it was killed in the midst of it
                    word, _, what = line.decode().strip().partition(" ")
                    self._hear(self, word, what)
        self._hear(self, "gone", "")
