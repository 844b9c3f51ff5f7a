"""The command line: ``python -m daraja``, also installed as ``daraja-kit`` (extra ``cli``)."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    Args:
        arguments: The command line without the program's name; None for the one of this process.

    Returns:
        0 if all is well, 1 if a person has to look at something, 2 if the command or the settings are wrong.
    """
    try:
        from daraja.cli.app import run  # noqa: PLC0415 - it needs packages of the extra `cli`
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write('The command line needs click and rich; install them with: pip install "daraja-kit[cli]"\n')
        return 2
    return run(arguments)
