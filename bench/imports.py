"""The cost of imports, each time in a new interpreter."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from bench.callbacks import PAID
from bench.figures import Figure, count, duration, medians, ratio, seconds

__all__ = ["measure"]

_NEEDED_ANYWAY = "import requests, attrs"
_PARSING = "from daraja import parse_stk_callback"
_CLIENT = "from daraja import Daraja"
_CLIENT_MADE = """
from daraja import Config, Daraja, PayBill
Daraja(Config(
    consumer_key="key",
    consumer_secret="secret",
    business=PayBill("174379", passkey="passkey"),
    environment="simulator",
    callback_url="https://shop.example/callback/",
))
"""
_HEAVY = ("asyncio", "cryptography", "requests", "sqlalchemy", "ssl", "urllib3")
_WHAT_PARSING_LOADS = f"""
import sys
before = set(sys.modules)
{_PARSING}
parse_stk_callback({PAID!r})
print(*sorted({{*{_HEAVY}}} & (set(sys.modules) - before)))
"""


def measure(*, quick: bool) -> list[Figure]:
    """Compare imports with the import of their dependencies, both without the start of the interpreter."""
    contenders = [_started(code) for code in ("pass", _NEEDED_ANYWAY, _PARSING, _CLIENT, _CLIENT_MADE)]
    start, *imports = medians(3 if quick else 41, *contenders)
    needed, parsing, client, made = (taken - start for taken in imports)
    details = f"{_NEEDED_ANYWAY} (both less {duration(start)} for a start)"
    loaded = _run(_WHAT_PARSING_LOADS).split()
    found = f"{' '.join(loaded) or 'none'} of {' '.join(_HEAVY)}"
    return [
        ratio("import for parsing", parsing, needed, details, at_most=0.60),
        ratio("import of the client", client, needed, details, at_most=1.20),
        ratio("import and make a client", made, needed, "the same; making one loads requests", at_most=None),
        count("heavy modules for parsing", len(loaded), found, exactly=0),
    ]


def _started(code: str) -> Callable[[], float]:
    return partial(seconds, partial(_run, code))


def _run(code: str) -> str:
    # With bytecode, like an installed package; the warm-up round writes it if it is missing.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, check=True, env=environ, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - ours
