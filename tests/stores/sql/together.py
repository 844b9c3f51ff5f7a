"""Processes that begin their work in a database at the same moment."""

import subprocess
import sys

__all__ = ["work_together"]


def work_together(processes: int, program: str, *arguments: str) -> list[str]:
    """Return the words that all of them print, each of which prints "ready" and waits for a line before its work."""
    pipe, command = subprocess.PIPE, [sys.executable, "-c", program, *arguments]
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [word for process in started for word in process.communicate(timeout=60)[0].split()]
