"""The number of lines for async code only."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import daraja

__all__ = ["lines_of_code", "lines_of_its_transport", "lines_only_for_async"]

_PACKAGE: Final = Path(daraja.__file__).parent
_FOR_ASYNC: Final = ("aio/*.py", "runtime/tasks.py", "system/tasks.py")
_NO_CODE: Final = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def lines_only_for_async() -> int:
    """Count the lines of the async clients, of the async loop, and of its tools."""
    return sum(_lines_of(module) for pattern in _FOR_ASYNC for module in _PACKAGE.glob(pattern))


def lines_of_its_transport() -> int:
    """Count the lines of the httpx2 transport; requests has its own."""
    return _lines_of(_PACKAGE / "transports" / "httpx2.py")


def _lines_of(module: Path) -> int:
    return lines_of_code(module.read_text(encoding="utf-8"))


def lines_of_code(source: str, /) -> int:
    """Count lines without imports, comments, docstrings and empty lines."""
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(code.difference(_left_out(source)))


def _left_out(source: str) -> Iterator[int]:
    """Return the line numbers of imports and of strings that stand alone."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(ast.Constant(str())):
                yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
            case _:
                pass
