"""The places where a machine may have the program of a server."""

import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import attrs

__all__ = ["Program", "installed", "packaged"]

_NUMBER: Final = re.compile(r"\d+")


@attrs.frozen
class Program:
    """A program, and the folders that it needs to run elsewhere."""

    path: Path
    parts: tuple[Path, ...] = ()

    def within_reach(self, folder: Path) -> Path:
        """Return a path where every user may run it: its own path, or a copy of its parts in *folder*."""
        if not self.parts or all(place.stat().st_mode & stat.S_IXOTH for place in (self.path, *self.path.parents)):
            return self.path
        copy = folder / "programs"
        for part in self.parts:
            shutil.copytree(part, copy / part.name)
        return copy / self.path.relative_to(self.parts[0].parent)


def installed(names: Sequence[str], *, usual: Sequence[str] = ()) -> Iterator[Program]:
    """Find what the machine has: on PATH, then in the *usual* folders under ``/``, which are patterns, newest first."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    for pattern in usual:
        folders += sorted(Path("/").glob(pattern), key=_version, reverse=True)
    paths = [folder / name for name in names for folder in folders]
    usable = [_target(path) for path in paths if os.access(path, os.X_OK) and path.is_file()]
    for path in dict.fromkeys(usable):
        yield Program(path)


def _target(path: Path) -> Path:
    """Follow a link unless its target has another name; Debian's redis-server chooses its role by its name."""
    target = path.resolve()
    return target if target.name == path.name else path


def packaged(package: str, path: str) -> Iterator[Program]:
    """Find the files of an installed wheel at *path*, a pattern. The wheel's own code does not run."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        home = Path(folder)
        parts = tuple(part for part in (home, home.with_name(f"{package}.libs")) if part.is_dir())
        for found in home.glob(path):
            yield Program(found, parts)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in _NUMBER.findall(str(folder))]
