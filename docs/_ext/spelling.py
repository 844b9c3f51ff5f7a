"""Check the spelling of pages and docstrings: ``python docs/_ext/spelling.py``.

codespell finds common misspellings; ``docs/british.txt`` adds American spellings.
"""

import ast
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from codespell_lib import main

_ROOT: Final = Path(__file__).parents[2]
_CODE: Final = r"`+[^`]+`+|https?://\S+"
_RIGHT: Final = "asend,fulfilment,optin"
_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _docstrings(file: Path) -> str:
    """Return the docstrings of a module, each on its own lines, and nothing else."""
    lines: dict[int, str] = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, _DOCUMENTED) and (words := ast.get_docstring(node, clean=False)):
            lines |= dict(enumerate(words.splitlines(), start=node.body[0].lineno))
    return "".join(f"{lines.get(number, '')}\n" for number in range(1, max(lines, default=0) + 1))


def _misspelt() -> int:
    pages = [*_ROOT.glob("*.md"), *(page for page in _ROOT.glob("docs/**/*.md") if "_build" not in page.parts)]
    with TemporaryDirectory() as folder:
        for file in _ROOT.glob("src/**/*.py"):
            copy = Path(folder) / file.relative_to(_ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_docstrings(file), encoding="utf-8")
        american = str(_ROOT / "docs" / "british.txt")
        return main("--ignore-regex", _CODE, "-L", _RIGHT, "-D", "-", "-D", american, *map(str, pages), folder)


if __name__ == "__main__":
    sys.exit(1 if _misspelt() else 0)
