"""The pages of the documentation as programs: their Python blocks, run in order against a local Daraja."""

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from sybil import Document, Example, Region, Sybil
from sybil.parsers.myst import PythonCodeBlockParser

__all__ = ["DOCS", "PAGES", "Program"]

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGES: Final = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)

_FILE: Final = re.compile(r"# ([\w/]+\.py)\n")
_BLOCKS: Final = PythonCodeBlockParser()


class Program:
    """One page: its blocks run in order and share their names, like lines in one terminal.

    A block whose first line is ``# shop.py`` is written to that file instead, where later blocks can import it. When
    all have run, those that nobody imported are imported too, and ``test_*.py`` are for pytest.

    Args:
        path: The page.
        folder: Where its files go.
        names: The names that exist at the start.
    """

    def __init__(self, path: Path, folder: Path, names: Mapping[str, object] | None = None) -> None:
        self._folder: Final = folder
        self._files: Final[list[str]] = []
        self._document: Final[Document] = Sybil(parsers=[self._regions], encoding="utf-8").parse(path)
        self._document.namespace.update(names or {})

    def run(self) -> None:
        """Run every block, then import the files that no block imported."""
        for example in self._document.examples():
            example.evaluate()
        for name in self._files:
            if not name.startswith("test_") and name != "conftest.py":
                import_module(name.removesuffix(".py").replace("/", "."))

    @property
    def tests(self) -> list[str]:
        """The files that are for pytest."""
        return [name for name in self._files if name.startswith("test_")]

    def _regions(self, document: Document) -> Iterable[Region]:
        for region in _BLOCKS(document):
            if _FILE.match(str(region.parsed)):
                region.evaluator = self._write
            yield region

    def _write(self, example: Example) -> None:
        text = str(example.parsed)
        file = self._folder / text.partition("\n")[0].removeprefix("# ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self._files.append(str(file.relative_to(self._folder)))
