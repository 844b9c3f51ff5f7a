"""The async code reuses the sync code: few lines are written only for async."""

import ast
from pathlib import Path

import pytest

import daraja
from bench.lines import lines_of_code, lines_only_for_async


def test_few_lines_are_for_async_code_alone() -> None:
    assert 100 < lines_only_for_async() < 450  # with a line for each of the eighty methods


def has_coroutines(source: str) -> bool:
    return any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(ast.parse(source)))


def test_only_the_clients_the_loop_and_what_is_beside_it_await() -> None:
    package = Path(daraja.__file__).parent
    awaiting = [module for module in package.rglob("*.py") if has_coroutines(module.read_text(encoding="utf-8"))]
    entries = {module.relative_to(package).parts[0] for module in awaiting}

    assert entries == {"aio", "runtime", "system", "testing", "transports"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", 0),
        ('"""A room."""\n\nimport ast\nfrom a import (\n    b,\n)\n', 0),
        ("# a comment\nx = 1  # another\n", 1),
        ('def f(\n    a,\n):\n    """Do it.\n\n    And more.\n    """\n\n    return """two\nlines"""\n', 5),
    ],
)
def test_imports_comments_docstrings_and_empty_lines_do_not_count(source: str, lines: int) -> None:
    assert lines_of_code(source) == lines
