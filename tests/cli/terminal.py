"""A program in a pseudo-terminal."""

import os
import pty
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final, Self

__all__ = ["TERMINAL", "Terminal"]

TERMINAL: Final = {"TERM": "xterm-256color", "COLUMNS": "80"}


class Terminal:
    """Runs a program as a person sees it.

    Args:
        arguments: The command.
        environ: Its variables.
        folder: Where it runs.
    """

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str], folder: str | None = None) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            arguments, stdin=theirs, stdout=theirs, stderr=theirs, env={**environ}, cwd=folder, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(timeout=60)
        os.close(self._ours)

    def until(self, words: str, times: int = 1) -> None:
        """Read until *words* were shown so many times."""
        while self.shown.count(words) < times:
            part = self._read()
            assert part, self.shown
            self.shown += part

    def rest(self) -> str:
        """Read to the end, and return all that was shown."""
        while part := self._read():
            self.shown += part
        return self.shown

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit status."""
        self._process.send_signal(signal.SIGINT)
        self.rest()
        return self._process.wait(timeout=60)

    def _read(self) -> str:
        try:
            return os.read(self._ours, 4096).decode(errors="replace")
        except OSError:  # Linux says so that the other end is closed
            return ""
