"""A program that lives exactly as long as the run that started it."""

import os
import pwd
import shutil
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryFile, mkdtemp
from typing import BinaryIO, Final

from tests.support.real.programs import Program
from tests.support.real.server import Unavailable

__all__ = ["kept"]

_READY: Final = "ready to accept connections"  # in the words of PostgreSQL, Redis and Valkey alike
_ENDED: Final = b"(it ended with status "
_PATIENCE: Final = 60  # seconds, on a machine that is busy with other things

# A shell runs the program. It reads a pipe, which ends when we end, also by `kill -9`. Then it stops
# the program and removes the folder. It tries several times, because a starting program ignores signals.
_KEEPER: Final = """
trap '' INT TERM
{ %s
echo "(it ended with status $?)"; } &
server=$!
cat >/dev/null
while true; do kill -%s 0; sleep 0.05; done &
wait $server
kill -KILL $!
rm -rf "$0"
"""


@contextmanager
def kept(
    script: str,
    program: Program,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    ready: str = _READY,
    stop: str = "INT",
) -> Generator[Path]:
    """Run *script* until the block ends, or this process does.

    Args:
        script: Lines of shell that run a server, which says that it is ready and ends at the signal *stop*. ``$0``
            is a new folder, ``$1`` the program, ``$2`` and on the arguments.
        program: What the script runs.
        *arguments: What else the script has to know.
        environ: Variables for what other users of this machine may not see in a list of its programs.
        ready: What the server says when it is ready, in small letters.
        stop: The signal at which the server ends.

    Yields:
        The folder. Only we may look into it, and it goes when the server goes.

    Raises:
        Unavailable: The server did not start; gives its last words.
    """
    folder = Path(mkdtemp(prefix="daraja-"))
    with TemporaryFile() as log:
        try:
            account = _account()
            path = _handed_over(folder, program, account)
            keeper = Popen(
                ["/bin/sh", "-c", _KEEPER % (script, stop), folder, path, *arguments],
                stdin=PIPE,
                stdout=log,
                stderr=STDOUT,
                cwd=folder,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath), **(environ or {})},
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=account and (),
                start_new_session=True,  # so that Ctrl-C reaches only us
            )
        except OSError as error:
            shutil.rmtree(folder)
            message = f"{program.path} did not start: {error}"
            raise Unavailable(message) from None
        with keeper:  # leaving it closes the pipe and waits
            _wait_until_ready(log, program, ready.encode())
            yield folder


def _handed_over(folder: Path, program: Program, account: pwd.struct_passwd | None) -> Path:
    if account is None:
        return program.path
    path = program.within_reach(folder)
    for entry in (folder, *folder.rglob("*")):
        os.chown(entry, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return path


def _account() -> pwd.struct_passwd | None:
    """Return the account for the program if we are root, because PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                return pwd.getpwnam(name)
    return None


def _wait_until_ready(log: BinaryIO, program: Program, ready: bytes) -> None:
    deadline = time.monotonic() + _PATIENCE
    while ready not in (said := os.pread(log.fileno(), 1 << 20, 0)).lower():
        if _ENDED in said or time.monotonic() > deadline:
            words = " / ".join(said.decode(errors="replace").strip().splitlines()[-4:])
            message = f"{program.path} did not start: {words}"
            raise Unavailable(message)
        time.sleep(0.01)
