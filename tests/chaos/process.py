"""One worker process: it is started, gets commands and is killed."""

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
from tests.chaos.shop import Settings
from tests.support.unmeasured import unmeasured

__all__ = ["OnEvent", "Worker", "WorkerFailed"]

OnEvent: TypeAlias = Callable[["Worker", str, str], None]
"""Called with each line of a worker, split at the first blank, and with ``gone`` after its end."""

_ROOT: Final = Path(__file__).parents[2]
_LAST_WORDS: Final = 4000
_TIMEOUT: Final = 60
"""Maximum seconds for a worker to end in good order."""


class WorkerFailed(Exception):  # noqa: N818 - it says what happened
    """A worker failed. The error has its reason and the last error output of all workers."""


class Worker:
    """A worker process.

    Args:
        program: The module that it runs.
        settings: Its settings.
        log: A file for its error output.
        on_event: Called with its events.
    """

    def __init__(self, program: str, settings: Settings, log: Path, on_event: OnEvent) -> None:
        self.attempts: Final[list[int]] = []
        """The numbers of its waiting and running attempts."""
        self.kill_point: Point | None = None
        """The point at which it will be killed."""
        self.replacement: Worker | None = None
        """The worker that replaced it after its kill."""
        self._log: Final = log
        self._on_event: Final = on_event
        with log.open("ab") as error_output:
            self._process: Final = subprocess.Popen(
                [sys.executable, "-m", program],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=error_output,
                env=unmeasured(),  # what they run depends on chance, so none of it counts as covered
                pass_fds=[settings["listener"]],
            )
        self._listening: Final = Thread(target=self._listen)
        self._listening.start()
        self._send(json.dumps(settings))

    def start(self, number: int) -> None:
        """Make an attempt."""
        self.attempts.append(number)
        self._send(f"start {number}")

    def reconcile(self, ahead: float) -> None:
        """Move its clock ahead by these seconds, and reconcile the payments that are due then."""
        self._send(f"reconcile {ahead}")

    def kill(self, point: Point) -> None:
        """Kill it: at once, or when it reaches a point."""
        self.kill_point = point
        if point is Point.ANYWHERE:
            self._process.kill()
        else:
            self._send(f"kill {point.name}")

    def end(self) -> None:
        """Let it end in good order; then it reports ``gone``."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def was_killed(self) -> bool:
        """Wait for its end, and return whether it was killed.

        Raises:
            WorkerFailed: If it was not killed and did not end in good order.
        """
        self.end()
        status = self._process.wait(_TIMEOUT)
        self._listening.join()
        if status not in {0, -SIGKILL}:
            raise WorkerFailed(status, self.error_output())
        return status == -SIGKILL

    def error_output(self) -> str:
        """Return the last error output of the workers."""
        return self._log.read_text()[-_LAST_WORDS:]

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead; its last line will say so
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                if line.endswith(b"\n"):  # otherwise it was killed in the middle of the line
                    word, _, what = line.decode().strip().partition(" ")
                    self._on_event(self, word, what)
        self._on_event(self, "gone", "")
