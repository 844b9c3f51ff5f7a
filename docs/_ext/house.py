"""The rows of modules, as import-linter enforces them."""

import ast
import tomllib
from pathlib import Path
from typing import Any, Final

import attrs

import daraja

__all__ = ["Row", "rows"]

_PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
_PACKAGE: Final = Path(daraja.__file__).parent


@attrs.frozen
class Row:
    """A row of modules that do not import each other.

    Args:
        modules: Their names, each with the first line of its documentation.
        pure: Whether they are free of I/O, clocks, random numbers, threads and logging.
    """

    modules: dict[str, str]
    pure: bool


def rows() -> list[Row]:
    """Read the rows from pyproject.toml, the highest first."""
    settings: dict[str, Any] = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))  # Any: whatever TOML can hold
    layers, purity, *_ = settings["tool"]["importlinter"]["contracts"]
    pure = {name.removeprefix("daraja.") for name in purity["source_modules"]}
    found: list[Row] = []
    for layer in layers["layers"]:
        names = [name.strip() for name in layer.split("|")]
        found.append(Row({name: _first_line(name) for name in names}, pure.issuperset(names)))
    return found


def _first_line(module: str) -> str:
    file = _PACKAGE / f"{module}.py"
    file = file if file.exists() else _PACKAGE / module / "__init__.py"
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]
