"""Everything public is documented: each argument, and each exception by a name that exists."""

import ast
import builtins
import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

import daraja
from daraja import errors, stores, tokens
from daraja.http import messages
from daraja.stores import sql
from daraja.system import machine
from daraja.transports import base

DEFERS = re.compile(r"(?i:^see ``|; see ``\w)")


def documented() -> Iterator[tuple[str, Callable[..., object]]]:
    """Give every public function, class and method, with its name."""
    for module in (daraja, errors, stores, sql, tokens, base, messages, machine):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value):
                yield f"{module.__name__}.{name}", value
            elif inspect.isclass(value) and not issubclass(value, Enum):
                if "__init__" in vars(value) and not getattr(value, "_is_protocol", False):
                    yield f"{module.__name__}.{name}", value
                for attribute, method in inspect.getmembers_static(value):
                    function = getattr(method, "__func__", method)
                    if not str(getattr(function, "__module__", "")).startswith("daraja"):
                        continue
                    if inspect.isfunction(function) and not attribute.startswith("_"):
                        yield f"{module.__name__}.{name}.{attribute}", function


DOCUMENTED = dict(documented())


def section(documentation: str, head: str) -> list[str]:
    """Give the names that a section of a docstring describes."""
    found = re.search(rf"^{head}:\n((?:    .*\n?|\n)*)", documentation, re.MULTILINE)
    return re.findall(r"^    (\w+):", found[1], re.MULTILINE) if found else []


def documentations(name: str) -> list[str]:
    """Give the docstring of a function; of a class also those of its bases, whose fields it has."""
    one = DOCUMENTED[name]
    return [inspect.getdoc(each) or "" for each in (one.__mro__ if inspect.isclass(one) else [one])]


def faults_of(name: str) -> Iterator[str]:
    documentation = inspect.getdoc(DOCUMENTED[name]) or ""
    first = documentation.partition("\n")[0]
    if not first.endswith("."):
        yield f"{name}: its first line is no sentence"
    for error in section(documentation, "Raises"):
        if not any(hasattr(module, error) for module in (errors, sql, builtins)):
            yield f"{name}: there is no error {error}"
    if DEFERS.search(first):
        return
    arguments = [one for one in inspect.signature(DOCUMENTED[name]).parameters if one not in {"self", "cls", "_"}]
    told = [one for documentation in documentations(name) for one in section(documentation, "Args")]
    yield from (f"{name}: there is no argument {one}" for one in told if one not in arguments)
    for one in arguments:
        if one not in told and f"*{one}*" not in documentation:
            yield f"{name}: nothing is said of {one}"


def test_each_says_what_it_does_and_takes_and_which_errors_it_raises() -> None:
    assert [fault for name in DOCUMENTED for fault in faults_of(name)] == []


def test_there_is_something_to_look_at() -> None:
    assert {"daraja.Checkout.start", "daraja.explain", "daraja.stores.PaymentStore.swap"} <= set(DOCUMENTED)


def openings() -> Iterator[str]:
    """Give the first line of each property, and of each thing that is returned."""
    for module in Path(daraja.__file__).parent.rglob("*.py"):
        for one in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                documentation = ast.get_docstring(one) or ""
                yield from re.findall(r"^Returns:\n    (.*)", documentation, re.MULTILINE)
                if any(
                    isinstance(decorator, ast.Name) and decorator.id == "property" for decorator in one.decorator_list
                ):
                    yield documentation.partition("\n")[0]


def test_no_sentence_is_taken_for_a_type() -> None:
    """Sphinx does so with what stands before a colon in such a line."""
    lines = list(openings())

    assert len(lines) > 100
    assert [line for line in lines if ":" in re.sub("``.*?``", "", line)] == []
