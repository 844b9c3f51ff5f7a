"""Every error and what to do next, from the docstrings of the classes."""

import inspect

from daraja import errors

__all__ = ["error_tree"]


def error_tree() -> str:
    """Return the tree of errors as a list, with what to do about each."""
    return "\n".join(_branch(errors.DarajaError, 0))


def _branch(kind: type[BaseException], depth: int) -> list[str]:
    words = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ").replace("``", "`")
    lines = [f"{'  ' * depth}- {{py:class}}`~daraja.errors.{kind.__name__}`: {words}"]
    for name in errors.__all__:
        child = getattr(errors, name)
        if child.__bases__[0] is kind:
            lines += _branch(child, depth + 1)
    return lines
