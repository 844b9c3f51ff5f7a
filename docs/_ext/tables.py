"""The library's own tables, written as Markdown."""

from sphinx.pycode import ModuleAnalyzer

from daraja import Config
from daraja.cli.app import app
from daraja.config.checks import EXAMPLES, VARIABLES
from daraja.disbursements.kind import PayoutStatus
from daraja.errors import ConfigurationError
from daraja.events import EVENTS
from daraja.payments.model import Status
from daraja.simulator import Engine

__all__ = ["commands", "environment_variables", "events", "magic_numbers", "statuses"]


def statuses(name: str = "payment") -> str:
    """List the statuses of a kind, the lowest first, with the text of their own documentation."""
    every = Status if name == "payment" else PayoutStatus
    words = _documented(every.__module__, every.__name__)
    return _table(["Status", "Meaning"], [[f"`{status.value}`", words[status.name]] for status in every])


def environment_variables() -> str:
    """List the variables that settings are read from, with an example of each."""
    needed = _needed()
    fields: dict[str, list[str]] = {}
    for field, variable in VARIABLES.items():
        fields.setdefault(variable, []).append(field)
    return "\n".join(
        f"`{variable}`\n"
        f": {'Needed' if variable in needed else 'Optional'}: {' or '.join(f'`{field}`' for field in named)}. "
        f"For example {EXAMPLES[named[0]]}\n"
        for variable, named in fields.items()
    )


def _needed() -> set[str]:
    """Return the variables that an empty environment lacks."""
    try:
        Config.from_env({})
    except ConfigurationError as error:
        return {VARIABLES[field] for field in error.faults}
    return set()


def commands() -> str:
    """List the commands with the first sentence of their help."""
    rows = (f"`{name}`\n: {(command.help or '').partition('.')[0]}.\n" for name, command in app.commands.items())
    return "\n".join(rows)


def events() -> str:
    """List the events: what has happened, what to do, level and fields."""
    return "\n".join(
        f"`{name}`\n"
        f": {info.meaning}\n"
        f": **What to do:** {info.what_to_do}\n"
        f": Level `{info.level}`{', only in the log' if info.in_log_only else ''}. "
        f"Fields: {', '.join(f'`{field}`' for field in info.fields) or 'none'}.\n"
        for name, info in EVENTS.items()
    )


def magic_numbers() -> str:
    """List the numbers with a scenario of their own, product by product."""
    lines: list[str] = []
    for product in Engine().products:
        rows = [f"`{row.number}` `{row.name}`\n: {row.about}\n" for row in product.magic_numbers]
        lines += [f"## {product.title}\n", *rows] if rows else []
    return "\n".join(lines)


def _documented(module: str, owner: str) -> dict[str, str]:
    """Return the documentation of each member of an enumeration."""
    found = ModuleAnalyzer.for_module(module).find_attr_docs()
    return {name: " ".join(lines).strip() for (kind, name), lines in found.items() if kind == owner}


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
