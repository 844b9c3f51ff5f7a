"""What a client is made of, checked before anybody is asked for money with it."""

from collections.abc import Sequence
from typing import Final

from daraja.config import Config
from daraja.errors import ConfigurationError
from daraja.validation import raise_faults, value_or_fault
from daraja.values.phone import type_name

__all__ = ["check_parts"]

_CLOCK: Final = "now", "monotonic", "sleep"
_TOKENS: Final = "get", "put"
_HTTP_LIBRARIES: Final = {"aiohttp", "httpx", "httpx2", "requests"}


def check_parts(config: object, /, *, clock: object, tokens: object, transport: object, sends: str) -> None:
    """See that each part can do what will be asked of it, as far as its methods tell.

    Args:
        config: See ``Daraja``, like the others down to *transport*; of these None stands for our own.
        clock: As above.
        tokens: As above.
        transport: As above.
        sends: The method by which a transport sends.

    Raises:
        ConfigurationError: If not; every part that is wrong is named at once.
    """
    parts = {
        "config": value_or_fault(_check_config, config),
        "clock": value_or_fault(_see, clock, methods=_CLOCK, hint="see daraja.system.clock"),
        "tokens": value_or_fault(_see, tokens, methods=_TOKENS, hint='give one like RedisTokens("redis://...")'),
        "transport": value_or_fault(_check_transport, transport, sends),
    }
    raise_faults(parts, ConfigurationError)


def _check_config(config: object) -> None:
    if not isinstance(config, Config):
        message = f"is {type_name(config)}; give Config(...) or Config.from_env()"
        raise ValueError(message)


def _check_transport(transport: object, sends: str) -> None:
    if _is_of_http_library(transport):
        hint = "put it into a transport, as RequestsTransport(session) or Httpx2Transport(client)"
        message = f"is {type_name(transport)} of another library; {hint}"
        raise ValueError(message)
    _see(transport, methods=[sends], hint="see daraja.transports.base")


def _is_of_http_library(part: object) -> bool:
    return any(base.__module__.partition(".")[0] in _HTTP_LIBRARIES for base in type(part).__mro__)


def _see(part: object, /, *, methods: Sequence[str], hint: str) -> None:
    missing = [f"{name}()" for name in methods if not callable(getattr(part, name, None))]
    if part is not None and (missing or isinstance(part, type)):
        what = f"is the class {part.__name__}" if isinstance(part, type) else f"is {type_name(part)}"
        lacks = f", which has no {' and no '.join(missing)}" if missing else ""
        message = f"{what}{lacks}; {hint}"
        raise ValueError(message)
